/* Every way a container starts, with what must happen, against the kernel. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caps/drop.h"
#include "tests/support/husk.h"

TestSuite(caps, .init = require_root);

#define STATUS "grep -E '^(Uid|Cap...|NoNewPrivs):' /proc/self/status"

/* How husk is started. */
struct start {
	bool root, setpcap, setuid;
};

static void must(bool good)
{
	if (!good)
		_exit(98);
}

static void put(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)permitted, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
	};

	must(capset(&header, data) == 0);
}

/* Root loses a capability through the bounding set, as from an engine; another user holds its own through the ambient set. */
static void start_as(const void *argument)
{
	const struct start *start = argument;
	const unsigned lost[] = {start->setuid ? 64 : CAP_SETUID, start->setuid ? 64 : CAP_SETGID, start->setpcap ? 64 : CAP_SETPCAP};
	struct cap_state now;
	uint64_t held;
	struct err e;

	must(cap_state_read(&now, &e) == 0);
	held = now.set[CAPS_PERMITTED];
	for (size_t i = 0; i < 3; i++) {
		if (lost[i] == 64)
			continue;
		held &= ~capset_of(lost[i]);
		must(!start->root || prctl(PR_CAPBSET_DROP, lost[i]) == 0);
	}
	if (start->root)
		return;
	must(prctl(PR_SET_KEEPCAPS, 1) == 0);
	become((const unsigned[]){1000, 1000});
	put(held, held);
	for (unsigned i = 0; i < 64; i++)
		must((held & capset_of(i)) == 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) == 0);
}

static void expect_status(const struct run_result *result, capmask kept, bool inert, bool no_new_privs, const char *row)
{
	char wanted[128];

	cr_expect_eq(result->exit, 0, "%s: exit %d: %s", row, result->exit, result->err);
	cr_expect_not_null(strstr(result->out, "Uid:\t1234\t1234\t1234\t1234\n"), "%s: %s", row, result->out);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(wanted, sizeof wanted, "Cap%s:\t%016llx\n", ((const char *const[]){"Inh", "Prm", "Eff", "Amb"})[i],
			       (unsigned long long)kept);
		cr_expect_not_null(strstr(result->out, wanted), "%s: no %s in %s", row, wanted, result->out);
	}
	(void)snprintf(wanted, sizeof wanted, "CapBnd:\t%016llx\n", (unsigned long long)kept);
	cr_expect((strstr(result->out, wanted) != NULL) != inert, "%s: %s", row, result->out);
	(void)snprintf(wanted, sizeof wanted, "NoNewPrivs:\t%d\n", no_new_privs);
	cr_expect_not_null(strstr(result->out, wanted), "%s: %s", row, result->out);
}

/* One row of the table: refused, or exactly what was asked for. */
static void row(const struct start *start, bool keep, bool no_new_privs)
{
	bool inert = !start->setpcap && no_new_privs && !keep;
	bool runs = start->setuid && (start->setpcap || inert);
	const char *argv[16] = {husk(), "--user", "1234:1234", "--seccomp", "off"};
	const struct run_result *result;
	char name[128];
	int argc = 5;

	if (keep)
		argv[argc++] = "--keep-caps=kill";
	if (!no_new_privs)
		argv[argc++] = "--allow-new-privs";
	argv[argc++] = "sh";
	argv[argc++] = "-c";
	argv[argc++] = STATUS;
	(void)snprintf(name, sizeof name, "%s, %s CAP_SETPCAP, %s CAP_SETUID, %s, no_new_privs %s", start->root ? "root" : "uid 1000",
		       start->setpcap ? "with" : "without", start->setuid ? "with" : "without", keep ? "keep" : "drop all",
		       no_new_privs ? "on" : "off");
	result = run(&(struct run_spec){.argv = argv, .prepare = start_as, .argument = start});
	cr_expect_neq(result->exit, 98, "%s: can't be prepared", name);
	if (runs) {
		expect_status(result, keep ? capset_of(CAP_KILL) : 0, inert, no_new_privs, name);
		return;
	}
	cr_expect_eq(result->exit, 125, "%s: exit %d, %s", name, result->exit, result->out);
	cr_expect_str_empty(result->out, "%s: ran", name);
	cr_expect_eq(count_lines(result->err), 1, "%s: %s", name, result->err);
}

Test(caps, all_combinations_of_start_and_wish)
{
	for (unsigned bits = 0; bits < 32; bits++) {
		const struct start start = {bits & 1, bits & 2, bits & 4};

		row(&start, bits & 8, bits & 16);
	}
}

Test(caps, root_keeps_exactly_what_is_asked_for)
{
	const struct run_result *result = RUN(husk(), "--keep-caps", "NET_BIND_SERVICE,cap_kill", "sh", "-c", STATUS);

	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_not_null(strstr(result->out, "CapInh:\t0000000000000420\nCapPrm:\t0000000000000420\nCapEff:\t0000000000000420\n"
					       "CapBnd:\t0000000000000420\nCapAmb:\t0000000000000420\n"),
			   "%s", result->out);
}

Test(caps, exact_sets_are_exactly_those)
{
	const struct run_result *result =
		RUN(husk(), "--user", "nobody", "--cap-set", "bounding=kill,chown", "--cap-set", "permitted=kill,chown", "--cap-set",
		    "effective=kill", "--cap-set", "inheritable=kill", "--cap-set", "ambient=kill", "sh", "-c", STATUS);

	cr_assert_eq(result->exit, 0, "%s", result->err);
	/* exec computes permitted and effective of a plain file from ambient. */
	cr_assert_not_null(strstr(result->out, "CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n"
					       "CapBnd:\t0000000000000021\nCapAmb:\t0000000000000020\n"),
			   "%s", result->out);
}

Test(caps, contradicting_sets_are_refused)
{
	assert_refused(RUN(husk(), "--cap-set", "effective=kill", "echo", "ran"), 125, "cap_kill can't be effective");
	assert_refused(RUN(husk(), "--cap-set", "ambient=kill", "echo", "ran"), 125, "cap_kill can't be ambient");
	assert_refused(RUN(husk(), "--cap-set", "permitted=sys_resource", "echo", "ran"), 125, "cap_sys_resource");
	assert_refused(RUN(husk(), "--keep-caps", "sys_resource", "echo", "ran"), 125, "cap_sys_resource can't be kept");
	assert_refused(RUN(husk(), "--cap-set", "nosuch=kill", "echo", "ran"), 125, "'nosuch=kill'");
	assert_refused(RUN(husk(), "--cap-set", "bounding", "echo", "ran"), 125, "'bounding'");
	assert_refused(RUN(husk(), "--keep-caps", "kill", "--caps", "keep", "echo", "ran"), 125, "contradicts");
}

Test(caps, caps_keep_touches_nothing_and_the_report_says_so)
{
	const struct run_result *result = RUN(husk(), "--caps", "keep", "--seccomp", "off", "--report", "sh", "-c",
					      "grep CapBnd /proc/self/status; grep CapBnd /proc/$PPID/status");

	cr_assert_eq(result->exit, 0);
	cr_assert_null(strstr(result->out, "CapBnd:\t0000000000000000"));
	cr_assert_not_null(strstr(result->err, "--caps keep"), "%s", result->err);
}

/* The switch to another user clears what --caps keep left alone, and only the ambient set outlives exec there. */
Test(caps, the_filter_opens_no_namespaces_to_a_workload_that_holds_nothing)
{
	static const char script[] = "unshare --user true 2>/dev/null && echo open; grep CapPrm /proc/self/status";

	cr_assert_str_eq(RUN(husk(), "--user", "nobody", "--caps", "keep", "sh", "-c", script)->out, "CapPrm:\t0000000000000000\n");
	cr_assert_str_eq(RUN(husk(), "--user", "nobody", "--cap-set", "permitted=sys_admin", "sh", "-c", script)->out,
			 "CapPrm:\t0000000000000000\n");
	cr_assert_str_eq(RUN(husk(), "--user", "nobody", "--keep-caps", "sys_admin", "sh", "-c", script)->out,
			 "open\nCapPrm:\t0000000000200000\n");
	cr_assert_not_null(strstr(RUN(husk(), "--caps", "keep", "sh", "-c", script)->out, "open\n"));
}

Test(caps, setuid_without_kill_is_warned_of)
{
	const struct run_result *result = RUN(husk(), "--keep-caps", "setuid", "true");

	cr_assert_eq(result->exit, 0);
	cr_assert_not_null(strstr(result->err, "warning: cap_setuid is kept without cap_kill"), "%s", result->err);
	assert_quiet(RUN(husk(), "--keep-caps", "setuid,kill", "true"));
	assert_refused(RUN(husk(), "--keep-caps", "setuid", "nosuchcommand"), 127, "nosuchcommand");
}

/* Copies of the helper that give something to who executes them. */
static char folder[] = "/tmp/husk-gain-XXXXXX";

static void make_gainers(void)
{
	char script[1024];

	require_root();
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(script, sizeof script,
		       "cd %s && chmod 755 . && cp %s plain && cp plain setuid && chmod 4755 setuid && cp plain file && setcap "
		       "cap_net_raw+ep file",
		       folder, helper("gain"));
	cr_assert_eq(RUN("sh", "-ec", script)->exit, 0);
}

static void remove_gainers(void)
{
	(void)RUN("rm", "-rf", "--", folder);
}

/* Runs all three, behind husk where prefix is given. */
static const struct run_result *gainers(const char *prefix, const struct start *start)
{
	char script[1024];

	(void)snprintf(script, sizeof script, "%s %s/setuid; %s %s/file; %s %s/plain", prefix, folder, prefix, folder, prefix, folder);
	return run(&(struct run_spec){.argv = ARGV("sh", "-c", script), .prepare = start_as, .argument = start});
}

static void as_pod(const void *unused)
{
	(void)unused;
	become((const unsigned[]){1000, 1000});
}

Test(caps, an_undroppable_bounding_set_gives_nothing_back_under_no_new_privs, .init = make_gainers, .fini = remove_gainers)
{
	const struct start root = {true, false, true};
	char script[1024];
	const struct run_result *result;

	/* A pod with runAsNonRoot: the bounding set is full, nothing else. */
	(void)snprintf(script, sizeof script, "%s sh -c '%s/setuid; %s/file; %s/plain'", husk(), folder, folder, folder);
	result = run(&(struct run_spec){.argv = ARGV("sh", "-c", script), .prepare = as_pod});
	cr_assert_str_eq(result->out, "1000 1000 0000000000000000\n1000 1000 0000000000000000\n1000 1000 0000000000000000\n", "%s",
			 result->err);
	/* uid 0 that can't drop its bounding set. */
	(void)snprintf(script, sizeof script, "%s", husk());
	result = gainers(script, &root);
	cr_assert_str_eq(result->out, "0 0 0000000000000000\n0 0 0000000000000000\n0 0 0000000000000000\n", "%s", result->err);
}

Test(caps, the_same_helpers_do_gain_without_it, .init = make_gainers, .fini = remove_gainers)
{
	const struct start root = {true, false, true};
	char script[1024];
	const struct run_result *result;

	(void)snprintf(script, sizeof script, "%s/setuid; %s/file", folder, folder);
	result = run(&(struct run_spec){.argv = ARGV("sh", "-c", script), .prepare = as_pod});
	cr_assert_eq(strncmp(result->out, "1000 0 0", 8), 0, "%s", result->out);
	cr_assert_not_null(strstr(result->out, "1000 1000 0000000000002000\n"), "%s", result->out);
	result = gainers("", &root);
	cr_assert_null(strstr(result->out, " 0000000000000000\n"), "%s", result->out);
}

Test(caps, a_bounding_set_that_wont_go_is_refused_where_it_isnt_inert)
{
	const struct start pod = {true, false, true};
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--allow-new-privs", "--seccomp", "off", "echo", "ran"), .prepare = start_as, .argument = &pod});

	assert_refused(result, 125, "won't leave the bounding set");
}
