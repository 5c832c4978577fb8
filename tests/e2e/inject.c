/* Every system call that husk makes between phase 3 and the start is made to fail, one at a time, and every step that changes
 * something is made to lie (success without effect). The list comes from a trace of a real run, so that none is forgotten. */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/phases.h"
#include "tests/support/husk.h"

enum { CALLS = 2048, NAMES = 64, LINE = 512, NAME = 32 };

struct call {
	char name[NAME];
	char line[LINE];
	int when;       /* the how-manieth call of that name it is */
	bool in_region; /* between phase 3 and the start */
};

static struct call calls[CALLS];
static size_t call_count;

static const char workload[] = "grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp):' /proc/self/status; echo ran";

/* What a failing call may leave as it is: the workload then runs with the whole posture all the same. */
static const char *const tolerated[] = {
	"TCGETS",
	/* musl asks TIOCGWINSZ */ "TIOCGWINSZ", /* whether stderr is a terminal */
	"\"/proc\"",                             /* walking over descendants */
	"/proc/self/fd/2",                       /* stderr opened anew */
	"/proc/self/status",                     /* how many filters are stacked is left out of the report where there is no /proc */
	"Name:\\thusk",
	"CLONE_NEWUSER", /* ENOSYS is an answer as well: an outer filter took clone3 away, the question is moot */
	"STATX_MNT_ID",  /* whether the root is covered: where it can't be asked, the try of clone3 alone decides */
	"/proc/self/ns", /* whether user namespaces can exist: only ever makes clone3 stricter */
	"setresuid(0, 0, 0)",
	"setresgid(0, 0, 0)", /* getting the old ids back, which must fail */
	"close_range(",       /* an engine's old filter refuses it: the descriptors are found in /proc then */
	"getgroups(64, [])",
	"getresgid([0]",
	"getresuid([0]", /* whether the switch can be left out */
	"PR_CAPBSET_READ, 0x29",
	"CAP_CHECKPOINT_RESTORE+1", /* the end of the list: an error is the answer */
	"close(",
	"TIOCGPGRP",
	"\"/dev/tty\"",
	/* of the sanitizers and libc, not of husk */
	"F_SETFD, FD_CLOEXEC", /* musl says again what O_CLOEXEC said */
	"GRND_NONBLOCK",       /* glibc's first malloc */
	"mmap(",
	"munmap(",
	"brk(",
	"mprotect(",
	"madvise(",
	"sigaltstack(",
	"futex(",
};

static bool is_tolerated(const char *line)
{
	for (size_t i = 0; i < sizeof tolerated / sizeof tolerated[0]; i++)
		if (strstr(line, tolerated[i]) != NULL)
			return true;
	return false;
}

static int count_before(const char *name)
{
	int count = 0;

	for (size_t i = 0; i < call_count; i++)
		count += strcmp(calls[i].name, name) == 0;
	return count;
}

/* Reads the trace of a run: "NAME(ARGUMENTS) = RESULT" a line. */
static void read_trace(const char *path)
{
	FILE *in = fopen(path, "r");
	bool region = false;
	char line[LINE];

	cr_assert_not_null(in);
	while (fgets(line, sizeof line, in) != NULL && call_count < CALLS) {
		struct call *call = &calls[call_count];
		size_t length = strcspn(line, "(");

		if (length == 0 || length >= sizeof call->name || line[length] != '(')
			continue;
		if (strstr(line, "PR_SET_CHILD_SUBREAPER") != NULL)
			region = true;
		if (strncmp(line, "vfork(", 6) == 0 || strncmp(line, "clone(", 6) == 0)
			break;
		(void)snprintf(call->name, sizeof call->name, "%.*s", (int)length, line);
		(void)snprintf(call->line, sizeof call->line, "%s", line);
		call->when = count_before(call->name) + 1;
		call->in_region = region;
		call_count++;
	}
	(void)fclose(in);
	cr_assert(region, "no phase 3 in the trace");
}

/* husk's own options in the run that is traced. */
static const char *const as_nobody[] = {"--user", "nobody", NULL};
static const char *const *options = as_nobody;

/* A run that is made to believe it has a mount namespace of its own would change the machine's. */
static void apart(const void *unused)
{
	(void)unused;
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		_exit(99);
}

static const struct run_result *traced(const char *inject, const char *out)
{
	const char *argv[32] = {"strace", "-qq", "-o", out, "-e", inject != NULL ? inject : "trace=all", husk()};
	size_t argc = 7;

	for (size_t i = 0; options[i] != NULL; i++)
		argv[argc++] = options[i];
	argv[argc++] = "--";
	argv[argc++] = "sh";
	argv[argc++] = "-c";
	argv[argc] = workload;
	return run(&(struct run_spec){.argv = argv, .env = ARGV("ASAN_OPTIONS=detect_leaks=0"), .prepare = apart});
}

static char sealed[4096];

static void setup(void)
{
	char name[] = "/tmp/husk-trace-XXXXXX";
	const struct run_result *result;

	require_root();
	close(mkstemp(name));
	result = traced(NULL, name);
	(void)snprintf(sealed, sizeof sealed, "%.4000s", result->out);
	cr_assert_not_null(strstr(sealed, "NoNewPrivs:\t1\nSeccomp:\t2\nran\n"), "%s%s", sealed, result->err);
	cr_assert_not_null(strstr(sealed, "CapBnd:\t0000000000000"), "%s", sealed);
	call_count = 0;
	read_trace(name);
	unlink(name);
}

/* These have no way to fail (their man pages: "always successful"). */
static bool cannot_fail(const struct call *call)
{
	static const char *const names[] = {"getpid", "getppid", "getuid", "getgid", "getpgrp", "getpgid"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(call->name, names[i]) == 0)
			return true;
	return false;
}

/* Reading the capabilities one by one takes hundreds of calls that are all alike. */
static bool is_one_of_many(const struct call *call)
{
	bool many = strstr(call->line, "PR_CAPBSET_READ") != NULL || strstr(call->line, "PR_CAP_AMBIENT_IS_SET") != NULL ||
		    strstr(call->line, "PR_CAPBSET_DROP") != NULL;

	return many && call->when % 13 != 0;
}

/* The line names what failed: "husk: PHASE: ", PHASE one of those of phases 3 to 11. */
static bool names_its_phase(const char *line)
{
	for (enum phase phase = PHASE_REAPER; phase <= PHASE_START; phase++) {
		const char *name = phase_name(phase);

		if (strncmp(line, "husk: ", 6) == 0 && strncmp(line + 6, name, strlen(name)) == 0 && line[6 + strlen(name)] == ':')
			return true;
	}
	return false;
}

static void try_one(const struct call *call, const char *fault)
{
	const struct run_result *result;
	char inject[128];
	char what[LINE + 64];

	(void)snprintf(inject, sizeof inject, "inject=%s:%s:when=%d", call->name, fault, call->when);
	(void)snprintf(what, sizeof what, "%s on %s", fault, call->line);
	result = traced(inject, "/dev/null");
	cr_expect_eq(result->timed_out, false, "hangs: %s", what);
	if (result->exit == 0 && strncmp(fault, "error", 5) == 0 && is_tolerated(call->line)) {
		cr_expect_str_eq(result->out, sealed, "the workload ran with another posture: %s", what);
		return;
	}
	cr_expect_eq(result->exit, 125, "exit %d, signal %d, %s%s: %s", result->exit, result->signal, result->out, result->err, what);
	cr_expect_str_empty(result->out, "the workload ran: %s", what);
	cr_expect_eq(count_lines(result->err), 1, "%s: %s", result->err, what);
	cr_expect(names_its_phase(result->err), "%s: %s", result->err, what);
}

static void each_fails_once(const char *fault)
{
	size_t tried = 0;

	for (size_t i = 0; i < call_count; i++)
		if (calls[i].in_region && !cannot_fail(&calls[i]) && !is_one_of_many(&calls[i])) {
			try_one(&calls[i], fault);
			tried++;
		}
	cr_assert_gt(tried, 30, "only %zu calls", tried);
}

Test(inject, after_any_failing_call_nothing_runs_with_more_than_was_asked_for, .init = setup, .timeout = 240)
{
	each_fails_once("error=EPERM");
}

static void setup_keeping(void)
{
	static const char *const words[] = {"--user", "nobody", "-p", "TERM", "--keep-caps", "net_bind_service", "--report=/dev/null",
					    NULL};

	options = words;
	setup();
}

Test(inject, the_same_with_a_kept_capability_a_parent_death_signal_and_a_report, .init = setup_keeping, .timeout = 240)
{
	each_fails_once("error=EPERM");
}

static void setup_forbidding(void)
{
	static const char *const words[] = {"--user", "nobody", "--forbid-userns", "--clone3", "allow", NULL};

	options = words;
	setup();
}

Test(inject, the_same_with_the_refusal_of_user_namespaces_built_and_proven, .init = setup_forbidding, .timeout = 240)
{
	each_fails_once("error=ENOSYS");
}

static void all_are_noticed(const char *const *steps, size_t count)
{
	for (size_t s = 0; s < count; s++) {
		size_t found = 0;

		for (size_t i = 0; i < call_count; i++)
			if (calls[i].in_region && strstr(calls[i].line, steps[s]) != NULL) {
				try_one(&calls[i], "retval=0");
				found++;
			}
		cr_expect_gt(found, 0, "husk never calls %s", steps[s]);
	}
}

Test(inject, a_step_that_only_pretends_to_work_is_noticed, .init = setup, .timeout = 120)
{
	static const char *const steps[] = {
		"PR_SET_CHILD_SUBREAPER",
		"PR_CAPBSET_DROP, CAP_CHOWN",
		"PR_CAPBSET_DROP, CAP_SYS_ADMIN",
		"setgroups(",
		"setresgid(65534",
		"setresuid(65534",
		"PR_SET_NO_NEW_PRIVS",
		"seccomp(SECCOMP_SET_MODE",
		"setresuid(0, 0, 0)",
		"setresgid(0, 0, 0)", /* these two had better fail */
	};

	all_are_noticed(steps, sizeof steps / sizeof steps[0]);
}

static void setup_keeping_setuid(void)
{
	static const char *const words[] = {"--user", "nobody", "--keep-caps", "setuid,kill", NULL};

	options = words;
	setup();
}

static void setup_keeping_setgid(void)
{
	static const char *const words[] = {"--user", "nobody", "--keep-caps", "setgid", NULL};

	options = words;
	setup();
}

/* Who may take the old uid back may still not take the gid, and the other way about. */
Test(inject, the_old_gid_had_back_is_noticed_beside_cap_setuid, .init = setup_keeping_setuid, .timeout = 60)
{
	static const char *const steps[] = {"setresgid(0, 0, 0)"};

	all_are_noticed(steps, sizeof steps / sizeof steps[0]);
}

Test(inject, the_old_uid_had_back_is_noticed_beside_cap_setgid, .init = setup_keeping_setgid, .timeout = 60)
{
	static const char *const steps[] = {"setresuid(0, 0, 0)"};

	all_are_noticed(steps, sizeof steps / sizeof steps[0]);
}

static void setup_root(void)
{
	static const char *const words[] = {"--user", "root", NULL};

	options = words;
	setup();
}

/* For nobody the switch of the uid has done by itself what these two do. */
Test(inject, a_drop_that_only_pretends_to_work_is_noticed_for_root_too, .init = setup_root, .timeout = 120)
{
	static const char *const steps[] = {"capset(", "PR_SET_DUMPABLE"};

	all_are_noticed(steps, sizeof steps / sizeof steps[0]);
}

Test(inject, keeping_a_capability_that_only_pretends_to_work_is_noticed, .init = setup_keeping, .timeout = 120)
{
	static const char *const steps[] = {"PR_SET_KEEPCAPS, 1", "PR_SET_KEEPCAPS, 0", "capset(", "PR_CAP_AMBIENT_RAISE",
					    "PR_SET_PDEATHSIG"};

	all_are_noticed(steps, sizeof steps / sizeof steps[0]);
}

Test(inject, a_refusal_of_user_namespaces_that_was_never_built_is_noticed, .init = setup_forbidding, .timeout = 120)
{
	static const char *const steps[] = {"mount(\"/\", \"/\""};

	all_are_noticed(steps, sizeof steps / sizeof steps[0]);
}

/* The first that the kernel doesn't know is made to be there: no library has a name for it, and it can't be dropped. */
Test(inject, a_capability_that_wont_leave_is_named_though_no_library_knows_it, .init = setup, .timeout = 60)
{
	const struct run_result *result;
	char inject[64];
	char number[64];
	size_t at = 0;
	unsigned unknown;

	/* The last look before phase 3: libcap has looked as well, before main. */
	for (size_t i = 0; i < call_count && !calls[i].in_region; i++)
		if (strstr(calls[i].line, "PR_CAPBSET_READ") != NULL && strstr(calls[i].line, "EINVAL") != NULL)
			at = i;
	cr_assert_eq(sscanf(calls[at].line, "prctl(PR_CAPBSET_READ, %x", &unknown), 1, "%s", calls[at].line);
	(void)snprintf(inject, sizeof inject, "inject=prctl:retval=1:when=%d", calls[at].when);
	(void)snprintf(number, sizeof number, "bounding: %u won't leave the bounding set", unknown);
	result = traced(inject, "/dev/null");
	assert_refused(result, 125, number);
}
