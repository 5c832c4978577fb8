/* What exec makes of the sets that are asked for: whatever they are, no workload finds more. */
#include <criterion/criterion.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "caps/target.h"
#include "tests/support/husk.h"

TestSuite(caps_exec, .init = require_root);

#define CAPS "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb):' /proc/self/status"

static const char *const lines[CAPS_SETS] = {
	[CAPS_BOUNDING] = "CapBnd",    [CAPS_PERMITTED] = "CapPrm", [CAPS_EFFECTIVE] = "CapEff",
	[CAPS_INHERITABLE] = "CapInh", [CAPS_AMBIENT] = "CapAmb",
};

struct world {
	const char *name;
	bool root, noroot, no_new_privs;
};

/* Without noroot uid 0 would have everything again at husk's own exec; with it, only what is ambient. */
static void start_in(const void *argument)
{
	const struct world *world = argument;

	if (!world->noroot)
		return;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) != 0)
		_exit(98);
	raise_ambient_of_all(NULL);
}

/* Bit n of which: CAP_KILL is asked for in set n. */
static const struct run_result *ask(const struct world *world, unsigned which)
{
	static char words[CAPS_SETS][32];
	const char *argv[24] = {husk(), "--seccomp", "off", "--user", world->root ? "0:0" : "65534:65534"};
	size_t argc = 5;

	if (!world->no_new_privs)
		argv[argc++] = "--allow-new-privs";
	for (enum cap_set set = CAPS_BOUNDING; set < CAPS_SETS; set++) {
		(void)snprintf(words[set], sizeof words[set], "%s=%s", cap_set_name(set), (which >> set & 1) != 0 ? "kill" : "none");
		argv[argc++] = "--cap-set";
		argv[argc++] = words[set];
	}
	argv[argc++] = "sh";
	argv[argc++] = "-c";
	argv[argc] = CAPS;
	return run(&(struct run_spec){.argv = argv, .env = ARGV("ASAN_OPTIONS=detect_leaks=0"), .prepare = start_in, .argument = world});
}

/* The sets that hold CAP_KILL; 64 where one holds anything else. */
static unsigned found(const char *out)
{
	unsigned which = 0;

	for (enum cap_set set = CAPS_BOUNDING; set < CAPS_SETS; set++) {
		const char *line = strstr(out, lines[set]);
		unsigned long long value = 0;

		if (line == NULL || sscanf(line + 7, "%llx", &value) != 1 || (value & ~capset_of(CAP_KILL)) != 0)
			return 64;
		which |= value != 0 ? 1U << set : 0;
	}
	return which;
}

/* Returns whether the workload ran. */
static bool try_one(const struct world *world, unsigned which)
{
	const unsigned lasting = 1U << CAPS_PERMITTED | 1U << CAPS_EFFECTIVE;
	const struct run_result *result = ask(world, which);
	unsigned held;

	if (result->exit == 125) {
		cr_expect_str_empty(result->out, "%s, sets %02x: ran", world->name, which);
		cr_expect_eq(count_lines(result->err), 1, "%s, sets %02x: %s", world->name, which, result->err);
		cr_expect_null(strstr(result->err, "report this as a bug"), "%s, sets %02x: %s", world->name, which, result->err);
		return false;
	}
	cr_expect_eq(result->exit, 0, "%s, sets %02x: exit %d: %s", world->name, which, result->exit, result->err);
	held = found(result->out);
	cr_expect_eq(held & ~which, 0, "%s, sets %02x: the workload holds more: %02x", world->name, which, held);
	cr_expect_eq((which & ~held) & ~lasting, 0, "%s, sets %02x: the workload holds less: %02x", world->name, which, held);
	cr_expect_eq(which == held, strstr(result->err, "warning: cap_kill is PID 1's alone") == NULL, "%s, sets %02x, held %02x: %s",
		     world->name, which, held, result->err);
	return true;
}

/* Effective or ambient beyond permitted, ambient beyond inheritable: tests/unit/capset.c. */
static bool contradicts_itself(unsigned which)
{
	const bool permitted = (which >> CAPS_PERMITTED & 1) != 0;
	const bool inheritable = (which >> CAPS_INHERITABLE & 1) != 0;
	const bool ambient = (which >> CAPS_AMBIENT & 1) != 0;

	return (!permitted && ((which >> CAPS_EFFECTIVE & 1) != 0 || ambient)) || (!inheritable && ambient);
}

Test(caps_exec, no_workload_holds_more_than_was_asked_for, .timeout = 240)
{
	static const struct world worlds[] = {
		{"root, no_new_privs", true, false, true},
		{"root", true, false, false},
		{"root with noroot, no_new_privs", true, true, true},
		{"root with noroot", true, true, false},
		{"nobody, no_new_privs", false, false, true},
		{"nobody", false, false, false},
	};

	for (size_t i = 0; i < sizeof worlds / sizeof worlds[0]; i++) {
		unsigned ran = 0;

		for (unsigned which = 0; which < 1U << CAPS_SETS; which++)
			ran += !contradicts_itself(which) && try_one(&worlds[i], which) ? 1 : 0;
		cr_expect_geq(ran, 5, "%s: only %u sets could be had", worlds[i].name, ran);
	}
}

/* The profile decides about namespaces only for a workload that does hold CAP_SYS_ADMIN. */
Test(caps_exec, who_loses_sys_admin_on_the_way_gets_no_namespaces)
{
	static const struct world ambient = {.noroot = true};

	cr_expect_neq(RUN(husk(), "--caps", "keep", "--user", "nobody", "unshare", "-U", "true")->exit, 0);
	cr_expect_neq(run(&(struct run_spec){.argv = ARGV(husk(), "--caps", "keep", "--user", "nobody", "unshare", "-U", "true"),
					     .prepare = start_in,
					     .argument = &ambient})
			      ->exit,
		      0, "the change of the uid clears the ambient set");
	cr_expect_neq(RUN(husk(), "--cap-set", "permitted=sys_admin", "--user", "nobody", "unshare", "-U", "true")->exit, 0);
	cr_expect_neq(RUN(husk(), "--cap-set", "permitted=sys_admin", "unshare", "-U", "true")->exit, 0);
	cr_expect_eq(RUN(husk(), "--caps", "keep", "unshare", "-m", "true")->exit, 0, "root keeps it");
	cr_expect_eq(RUN(husk(), "--keep-caps", "sys_admin", "--user", "nobody", "unshare", "-m", "true")->exit, 0, "by the ambient set");
}
