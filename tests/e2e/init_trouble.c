/* husk never dies of trouble, never waits for a reader, never spins. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/support/launch.h"
#include "tests/support/pty.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_trouble, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_trouble, test)

/* A field of /proc/PID/status as a number. */
static long status_field(pid_t pid, const char *name)
{
	char path[64];
	char line[256];
	long value = -1;
	FILE *status;

	(void)snprintf(path, sizeof path, "/proc/%d/status", pid);
	status = fopen(path, "re");
	cr_assert_not_null(status);
	while (fgets(line, sizeof line, status) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	(void)fclose(status);
	return value;
}

/* The workload of a husk, as the test sees it. */
static pid_t child_of(pid_t husk)
{
	char path[64];
	int pid = 0;
	FILE *children;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", husk, husk);
	children = fopen(path, "re");
	cr_assert_not_null(children);
	cr_assert_eq(fscanf(children, "%d", &pid), 1);
	(void)fclose(children);
	return pid;
}

static void onto_stderr(void *with)
{
	(void)dup2(*(const int *)with, 2);
}

BOTH_WAYS(a_full_pipe_on_stderr_does_not_block)
{
	static int fds[2];
	struct launch l = {.as = (enum launch_as) * way, .prepare = onto_stderr, .prepare_with = &fds[1]};

	/* The reader is there (this test) but doesn't read. */
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	cr_assert_eq(fcntl(fds[1], F_SETPIPE_SZ, 4096), 4096);
	cr_assert_eq(write(fds[1], (char[4000]){0}, 4000), 4000);
	LAUNCH(&l, "-vvvv", "-w", "--", helper("probe"), "signals");
	launch_expect(&l, "ready");
	for (int i = 0; i < 200; i++) {
		launch_kill(&l, SIGUSR1);
		launch_expect(&l, "10 0 0");
	}
	launch_kill(&l, SIGTERM);
	cr_expect_eq(launch_wait(&l), 0);
}

static void close_output(void *unused)
{
	(void)unused;
	(void)close(1);
	(void)close(2);
}

BOTH_WAYS(closed_stdout_and_stderr_are_no_trouble)
{
	struct launch l = {.as = (enum launch_as) * way, .prepare = close_output};

	LAUNCH(&l, "-vvvv", "-w", "sh", "-c", "\"$0\" orphans 20; exit 7", helper("probe"));
	cr_expect_eq(launch_wait(&l), 7);
}

/* Ctrl-S stops the terminal's output for everybody but husk. */
Test(init_trouble, a_terminal_stopped_by_ctrl_s_does_not_block)
{
	static struct pty p;

	for (int pid1 = 0; pid1 < 2; pid1++) {
		PTY_START(&p, pid1 == 1, getenv("HUSK") != NULL ? getenv("HUSK") : HUSK_BUILT, "-vvvv", "--", "sh", "-c",
			  "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done");
		pty_expect(&p, "up");
		pty_type(&p, "\023");
		for (int i = 0; i < 100; i++)
			(void)kill(p.pid, SIGWINCH);
		(void)kill(p.pid, SIGTERM);
		cr_expect_eq(pty_wait(&p), 7);
	}
}

/* 64 KiB of messages that nobody reads: the last one that fits only in part must not block either. */
Test(init_trouble, a_terminal_that_nobody_reads_does_not_block)
{
	static struct pty p;

	for (int pid1 = 0; pid1 < 2; pid1++) {
		PTY_START(&p, pid1 == 1, getenv("HUSK") != NULL ? getenv("HUSK") : HUSK_BUILT, "-vvvv", "--", "sh", "-c",
			  "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done");
		pty_expect(&p, "up");
		for (int i = 0; i < 30000; i++)
			(void)kill(p.pid, SIGWINCH);
		(void)kill(p.pid, SIGTERM);
		cr_expect_eq(pty_wait(&p), 7);
	}
}

/* tini exits on EPERM and takes the container down. */
BOTH_WAYS(a_workload_out_of_reach_is_said_once)
{
	struct launch l = {.as = (enum launch_as) * way};
	char text[4096];
	const char *first;

	LAUNCH(&l, "--keep-caps", "setuid,setgid", "-q", "--", "setpriv", "--reuid=65534", "--clear-groups", helper("probe"), "signals");
	launch_expect(&l, "ready");
	(void)launch_stderr(&l, text, sizeof text);
	(void)kill(child_of(l.pid), SIGKILL);
	cr_expect_eq(launch_wait(&l), 137);

	LAUNCH(&l, "--keep-caps", "setuid,setgid", "--", "setpriv", "--reuid=65534", "--clear-groups", helper("probe"), "signals");
	launch_expect(&l, "ready");
	for (int i = 0; i < 5; i++)
		launch_kill(&l, SIGUSR1);
	launch_kill(&l, SIGTERM);
	cr_expect_eq(kill(child_of(l.pid), SIGWINCH), 0);
	launch_expect(&l, "28 0 0");
	cr_expect_eq(kill(l.pid, 0), 0, "husk has ended");
	(void)kill(child_of(l.pid), SIGTERM);
	cr_expect_eq(launch_wait(&l), 0);
	first = strstr(launch_stderr(&l, text, sizeof text), "cannot forward");
	cr_assert_not_null(first, "%s", text);
	cr_expect_null(strstr(first + 1, "cannot forward"), "said more than once: %s", text);
}

static void one_process(void *unused)
{
	const struct rlimit limit = {1, 1};

	(void)unused;
	(void)setrlimit(RLIMIT_NPROC, &limit);
}

BOTH_WAYS(eagain_at_fork_is_125_and_says_why)
{
	struct launch l = {.as = (enum launch_as) * way, .prepare = one_process};
	char text[1024];

	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* looking for leaks takes a process too */
	LAUNCH(&l, "--user", "54321:54321", "--", "echo", "started");
	cr_expect_not(launch_line(&l, text, sizeof text));
	cr_expect_eq(launch_wait(&l), 125);
	(void)launch_stderr(&l, text, sizeof text);
	cr_expect_not_null(strstr(text, "Resource temporarily unavailable"), "%s", text);
	cr_expect_not_null(strstr(text, "RLIMIT_NPROC"), "%s", text);
}

BOTH_WAYS(a_stopped_workload_is_waited_for_and_continued)
{
	struct launch l = {.as = (enum launch_as) * way};
	pid_t workload;

	LAUNCH(&l, "sh", "-c", "echo ready; kill -STOP $$; exit 3");
	launch_expect(&l, "ready");
	workload = child_of(l.pid);
	for (char state = 'R'; state != 'T';) {
		char path[64];
		FILE *stat;

		(void)snprintf(path, sizeof path, "/proc/%d/stat", workload);
		stat = fopen(path, "re");
		cr_assert_not_null(stat);
		cr_assert_eq(fscanf(stat, "%*d %*s %c", &state), 1);
		(void)fclose(stat);
	}
	launch_kill(&l, SIGCONT);
	cr_expect_eq(launch_wait(&l), 3);
}

/* The one place where a test has to let time pass: nothing must happen in it. */
static bool sleeps_through(const struct launch *l)
{
	const long before = status_field(l->pid, "voluntary_ctxt_switches");
	const long forced = status_field(l->pid, "nonvoluntary_ctxt_switches");

	cr_assert_geq(before, 0);
	(void)usleep(1100 * 1000);
	return status_field(l->pid, "voluntary_ctxt_switches") == before && status_field(l->pid, "nonvoluntary_ctxt_switches") == forced;
}

/* husk wakes up once, at the first quiet moment, to give memory back; never again. */
static void expect_no_wakeup(const struct launch *l)
{
	cr_expect(sleeps_through(l) || sleeps_through(l), "husk wakes up while idle");
}

static void idle(int way, const char *const *argv)
{
	struct launch l = {.as = (enum launch_as)way};

	launch(&l, argv);
	launch_expect(&l, "ready");
	(void)usleep(20000); /* until husk, too, has gone to sleep after the start */
	expect_no_wakeup(&l);
	launch_kill(&l, SIGTERM);
	cr_expect_eq(launch_wait(&l), 0);
}

/* tini wakes up once a second. */
BOTH_WAYS(no_wake_up_while_idle)
{
	idle(*way, (const char *const[]){"--", helper("probe"), "signals", NULL});
}

BOTH_WAYS(no_wake_up_while_idle_with_timers)
{
	idle(*way, (const char *const[]){"--timeout", "1h", "--grace", "1h", "--kill-after", "1h", "--", helper("probe"), "signals", NULL});
}

BOTH_WAYS(the_loop_allocates_nothing)
{
	struct launch l = {.as = (enum launch_as) * way};
	char line[64];
	long data;

	LAUNCH(&l, "-vvvv", "-w", "--forward", "all", "--", helper("probe"), "storm");
	launch_expect(&l, "ready");
	data = status_field(l.pid, "VmData");
	cr_assert_gt(data, 0);
	for (int i = 0; i < 300; i++)
		launch_kill(&l, i % 10 != 0 ? SIGUSR1 : 40);
	launch_kill(&l, 63);
	(void)launch_line(&l, line, sizeof line); /* all of them are through */
	cr_expect_eq(status_field(l.pid, "VmData"), data, "the heap has grown");
	launch_kill(&l, SIGTERM);
	cr_expect_eq(launch_wait(&l), 0, "its own filter lets it allocate nothing: malloc would return NULL");
}
