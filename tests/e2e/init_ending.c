/* How a run ends: exit status, --remap-exit, --grace, --kill-after, --timeout, --pause. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/launch.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_ending, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_ending, test)

static struct launch as(int way)
{
	return (struct launch){.as = (enum launch_as)way};
}

static long long ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int run(int way, const char *const *argv)
{
	struct launch l = as(way);
	int status;

	launch(&l, argv);
	status = launch_wait(&l);
	(void)close(l.err);
	return status;
}

#define RUN(way, ...) run(way, (const char *const[]){__VA_ARGS__, NULL})

BOTH_WAYS(every_exit_code_is_the_workloads)
{
	for (int code = 0; code < 256; code++) {
		char text[8];

		(void)snprintf(text, sizeof text, "%d", code);
		cr_assert_eq(RUN(*way, helper("probe"), "exit", text), code);
	}
}

BOTH_WAYS(every_cause_of_death_is_128_plus_the_signal)
{
	static const int harmless[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};

	for (int signal = 1; signal <= 64; signal++) {
		char text[8];
		bool kills = true;

		for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
			kills = kills && signal != harmless[i];
		(void)snprintf(text, sizeof text, "%d", signal);
		if (kills)
			cr_assert_eq(RUN(*way, helper("probe"), "die", text), 128 + signal, "signal %d", signal);
	}
}

BOTH_WAYS(remap_exit_reports_a_code_as_0)
{
	cr_expect_eq(RUN(*way, "--remap-exit", "143", "-e", "3", "sh", "-c", "exit 3"), 0);
	cr_expect_eq(RUN(*way, "--remap-exit", "143", "-e", "3", "sh", "-c", "exit 4"), 4);
	cr_expect_eq(RUN(*way, "-e143", "sh", "-c", "kill -TERM $$"), 0);
}

BOTH_WAYS(kill_after_ends_a_workload_that_ignores_term)
{
	static const int asking[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};

	for (size_t i = 0; i < 4; i++) {
		struct launch l = as(*way);
		long long began;

		LAUNCH(&l, "--kill-after", "300ms", helper("probe"), "deaf");
		launch_expect(&l, "ready");
		began = ms();
		launch_kill(&l, asking[i]);
		cr_expect_eq(launch_wait(&l), 137);
		cr_expect_geq(ms() - began, 290);
		(void)close(l.err);
	}
}

BOTH_WAYS(kill_after_does_not_hurt_one_that_obeys)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--kill-after", "1h", helper("probe"), "signals");
	launch_expect(&l, "ready");
	launch_kill(&l, SIGTERM);
	cr_expect_eq(launch_wait(&l), 0);
}

/* TERM every 50 ms until husk has ended, or for ten seconds. True where it ended. */
static bool ends_while_asked_again(const struct launch *l)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0U);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	int times = 0;

	cr_assert_geq(pidfd, 0);
	do
		launch_kill(l, SIGTERM);
	while (poll(&ended, 1, 50) == 0 && ++times < 200);
	(void)close(pidfd);
	return times < 200;
}

BOTH_WAYS(asking_again_does_not_lengthen_kill_after)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--kill-after", "500ms", helper("probe"), "deaf");
	launch_expect(&l, "ready");
	cr_expect(ends_while_asked_again(&l));
	cr_expect_eq(launch_wait(&l), 137);
}

BOTH_WAYS(timeout_ends_the_run_with_124)
{
	long long began = ms();

	cr_expect_eq(RUN(*way, "--timeout", "200ms", "sleep", "100"), 124);
	cr_expect_geq(ms() - began, 190);
	cr_expect_lt(ms() - began, 5000, "TERM alone should have ended sleep");
	cr_expect_eq(RUN(*way, "--timeout", "200ms", "--kill-after", "200ms", helper("probe"), "deaf"), 124);
	cr_expect_eq(RUN(*way, "--timeout", "1h", "sh", "-c", "exit 5"), 5);
}

/* A timeout that left the children of the build running would be none: the shell dies of TERM, what it started mustn't stay. */
BOTH_WAYS(timeout_takes_everything_along)
{
	struct launch l = as(*way);
	char line[32];

	LAUNCH(&l, "--timeout", "200ms", "--kill-after", "200ms", "sh", "-c", "setsid \"$0\" deaf & echo $!; wait", helper("probe"));
	cr_assert(launch_line(&l, line, sizeof line));
	cr_expect_eq(launch_wait(&l), 124);
	if (*way == AS_SUBREAPER)
		cr_expect(kill(atoi(line), 0) != 0 && errno == ESRCH, "%s is still there", line);
}

BOTH_WAYS(a_stopped_workload_ends_at_the_timeout)
{
	cr_expect_eq(RUN(*way, "--timeout", "200ms", "--kill-after", "1h", "sh", "-c", "kill -STOP $$"), 124);
}

BOTH_WAYS(grace_ends_as_soon_as_nothing_is_left)
{
	long long began = ms();

	cr_expect_eq(RUN(*way, "--grace", "1h", "--", helper("probe"), "leave-polite", "8"), 0);
	cr_expect_lt(ms() - began, 10000);
	began = ms();
	cr_expect_eq(RUN(*way, "--grace", "1h", "sh", "-c", "exit 3"), 3, "nothing left at all");
	cr_expect_lt(ms() - began, 10000);
}

BOTH_WAYS(grace_kills_what_ignores_term_and_keeps_the_status)
{
	struct launch l = as(*way);
	long long began = ms();
	char text[2048];

	LAUNCH(&l, "--grace", "300ms", "--status-fd", "2", "--", helper("probe"), "leave", "8");
	cr_expect_eq(launch_wait(&l), 0);
	cr_expect_geq(ms() - began, 290);
	cr_expect_lt(ms() - began, 10000);
	cr_expect_not_null(strstr(launch_stderr(&l, text, sizeof text), "\"orphans_reaped\":8"), "%s", text);
}

BOTH_WAYS(grace_does_not_outlast_the_timeout)
{
	cr_expect_eq(RUN(*way, "--grace", "1h", "--timeout", "300ms", "--kill-after", "300ms", "--", helper("probe"), "leave", "1"), 0);
}

BOTH_WAYS(asking_again_does_not_lengthen_the_grace)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--grace", "500ms", "--", helper("probe"), "leave", "1");
	launch_expect(&l, "ready");
	cr_expect(ends_while_asked_again(&l));
	/* The first TERM may come before the workload has left by itself. */
	(void)launch_wait(&l);
}

BOTH_WAYS(asking_again_does_not_lengthen_what_timeout_leaves)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--timeout", "100ms", "--kill-after", "500ms", helper("probe"), "deaf");
	launch_expect(&l, "ready");
	cr_expect(ends_while_asked_again(&l));
	cr_expect_eq(launch_wait(&l), 124);
}

BOTH_WAYS(pause_reaps_until_term_or_int)
{
	static const int ending[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < 2; i++) {
		struct launch l = as(*way);
		char line[512];

		LAUNCH(&l, "--pause", "--status-fd", "1");
		cr_assert(launch_line(&l, line, sizeof line));
		cr_expect_not_null(strstr(line, "\"started\""), "%s", line);
		launch_kill(&l, SIGHUP);
		launch_kill(&l, SIGUSR1);
		launch_kill(&l, SIGCHLD);
		launch_kill(&l, ending[i]);
		cr_expect_eq(launch_wait(&l), 0);
		(void)close(l.err);
	}
}

BOTH_WAYS(pause_with_timeout_ends_with_124)
{
	cr_expect_eq(RUN(*way, "--pause", "--timeout", "100ms"), 124);
}

BOTH_WAYS(a_command_that_cannot_be_run_is_126_or_127)
{
	static const struct {
		const char *command;
		int status;
	} rows[] = {{"/nonexistent", 127}, {"nonexistent-command", 127}, {"/etc/passwd", 126}, {"/etc", 126}, {"/etc/passwd/x", 126}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(RUN(*way, "--", rows[i].command), rows[i].status, "%s", rows[i].command);
}

BOTH_WAYS(a_file_that_is_no_program_is_126_and_no_shell_runs_it)
{
	char path[] = "/tmp/husk-test-XXXXXX";
	const int fd = mkstemp(path);
	struct launch l = as(*way);
	char text[512];

	cr_assert_geq(fd, 0);
	cr_assert_eq(dprintf(fd, "echo run by a shell\n"), 20);
	(void)fchmod(fd, 0755);
	(void)close(fd);
	LAUNCH(&l, "--", path);
	cr_expect_not(launch_line(&l, text, sizeof text), "%s", text);
	cr_expect_eq(launch_wait(&l), 126);
	cr_expect_not_null(strstr(launch_stderr(&l, text, sizeof text), "Exec format error"), "%s", text);
	(void)unlink(path);
}

BOTH_WAYS(a_missing_interpreter_is_126_and_named)
{
	char path[] = "/tmp/husk-test-XXXXXX";
	const int fd = mkstemp(path);
	struct launch l = as(*way);
	char text[512];

	cr_assert_geq(fd, 0);
	cr_assert_gt(dprintf(fd, "#!/nonexistent/interpreter\n"), 0);
	(void)fchmod(fd, 0755);
	(void)close(fd);
	LAUNCH(&l, "--", path);
	cr_expect_eq(launch_wait(&l), 126);
	cr_expect_not_null(strstr(launch_stderr(&l, text, sizeof text), "interpreter"), "%s", text);
	(void)unlink(path);
}
