/* Forwarding: all that was sent, nothing that husk caused, nothing lost. -g --group, --forward, --rewrite. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/launch.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_signals, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_signals, test)

static struct launch as(int way)
{
	return (struct launch){.as = (enum launch_as)way};
}

static void expect_signal(struct launch *l, int signal)
{
	char line[64];
	char expected[16];

	cr_assert(launch_line(l, line, sizeof line), "signal %d: the workload has ended", signal);
	(void)snprintf(expected, sizeof expected, "%d ", signal);
	cr_assert_eq(strncmp(line, expected, strlen(expected)), 0, "signal %d arrives as '%s' (%s)", signal, line, launch_ways[l->as]);
}

BOTH_WAYS(every_signal_reaches_the_workload)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--", helper("probe"), "signals");
	launch_expect(&l, "ready");
	for (int signal = 1; signal <= 64; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP || signal == SIGTERM)
			continue;
		/* libc's kill would take 32 and 33 too. */
		launch_kill(&l, signal);
		expect_signal(&l, signal);
	}
	launch_kill(&l, SIGTERM);
	expect_signal(&l, SIGTERM);
	cr_assert_eq(launch_wait(&l), 0);
}

/* Where nothing was stopped there is nothing else to continue. */
BOTH_WAYS(a_continue_arrives_once)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--", helper("probe"), "signals");
	launch_expect(&l, "ready");
	for (int i = 0; i < rounds(2000); i++) {
		launch_kill(&l, SIGCONT);
		expect_signal(&l, SIGCONT);
		launch_kill(&l, SIGUSR1);
		expect_signal(&l, SIGUSR1);
	}
	launch_kill(&l, SIGTERM);
	expect_signal(&l, SIGTERM);
	cr_assert_eq(launch_wait(&l), 0);
}

BOTH_WAYS(a_queued_value_is_passed_on)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--", helper("probe"), "signals");
	launch_expect(&l, "ready");
	cr_assert_eq(sigqueue(l.pid, 40, (union sigval){.sival_int = 4711}), 0);
	launch_expect(&l, "40 -1 4711");
	launch_kill(&l, SIGTERM);
	cr_assert_eq(launch_wait(&l), 0);
}

/* Two processes, the second a child of the workload in its group or in a session of its own. */
static void two_receivers(int way, const char *option, const char *value, const char *start)
{
	struct launch l = as(way);
	char script[256];

	/* The shell outlives its own TERM, or the run would end before both have told theirs. */
	(void)snprintf(script, sizeof script, "trap : TERM; %s \"$0\" signals & \"$0\" signals; wait; wait", start);
	LAUNCH(&l, option, value, "sh", "-c", script, helper("probe"));
	launch_expect(&l, "ready");
	launch_expect(&l, "ready");
	launch_kill(&l, SIGWINCH); /* one that the shell ignores */
	expect_signal(&l, SIGWINCH);
	expect_signal(&l, SIGWINCH);
	launch_kill(&l, SIGTERM);
	expect_signal(&l, SIGTERM);
	expect_signal(&l, SIGTERM);
	(void)launch_wait(&l);
}

BOTH_WAYS(forward_group_reaches_the_workloads_group)
{
	two_receivers(*way, "--forward", "group", "");
}

BOTH_WAYS(group_means_forward_group)
{
	two_receivers(*way, "--group", "-g", "");
}

BOTH_WAYS(forward_all_reaches_other_sessions)
{
	two_receivers(*way, "--forward", "all", "setsid");
}

BOTH_WAYS(forward_child_reaches_the_workload_alone)
{
	struct launch l = as(*way);
	char line[64];

	/* The shell's child would print 10 if the group got the signal; the shell prints "trapped" after it. */
	LAUNCH(&l, "--forward", "child", "sh", "-c",
	       "trap 'echo trapped' USR1; trap 'kill $!; wait $!; exit 0' USR2; \"$0\" signals & while :; do wait; done", helper("probe"));
	launch_expect(&l, "ready");
	launch_kill(&l, SIGUSR1);
	cr_assert(launch_line(&l, line, sizeof line));
	cr_expect_str_eq(line, "trapped");
	launch_kill(&l, SIGUSR2);
	cr_assert(launch_line(&l, line, sizeof line));
	cr_expect_eq(strncmp(line, "15 ", 3), 0, "the child got '%s'", line);
	cr_expect_eq(launch_wait(&l), 0);
}

BOTH_WAYS(rewrite_replaces_and_drops)
{
	struct launch l = as(*way);

	LAUNCH(&l, "--rewrite", "USR1:USR2", "--rewrite", "HUP:none", "--rewrite", "INT:RTMIN+3", "--", helper("probe"), "signals");
	launch_expect(&l, "ready");
	launch_kill(&l, SIGUSR1);
	expect_signal(&l, SIGUSR2);
	launch_kill(&l, SIGHUP);
	launch_kill(&l, SIGINT);
	expect_signal(&l, 37);
	launch_kill(&l, SIGTERM);
	cr_assert_eq(launch_wait(&l), 0);
}

static void stderr_without_reader(void *unused)
{
	int fds[2];

	(void)unused;
	if (pipe(fds) != 0 || dup2(fds[1], 2) < 0)
		_exit(250);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* tini forwards the SIGPIPE of its own log line: with -w a log reader that goes away kills the workload. */
BOTH_WAYS(husks_own_sigpipe_is_not_forwarded)
{
	struct launch l = as(*way);

	l.prepare = stderr_without_reader;
	LAUNCH(&l, "-vvvv", "--", helper("probe"), "signals");
	launch_expect(&l, "ready");
	for (int i = 0; i < 20; i++) {
		launch_kill(&l, SIGUSR1);
		expect_signal(&l, SIGUSR1);
	}
	launch_kill(&l, SIGPIPE);
	expect_signal(&l, SIGPIPE);
	launch_kill(&l, SIGTERM);
	expect_signal(&l, SIGTERM);
	cr_assert_eq(launch_wait(&l), 0);
}

static void block_and_ignore(void *with)
{
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, with, NULL, sizeof(uint64_t));
}

/* Python and ssh ignore SIGPIPE, nohup SIGHUP: a program that is run through husk sees what it would see without. */
BOTH_WAYS(workload_has_the_callers_mask_and_dispositions)
{
	static uint64_t mask = 1ULL << (SIGUSR1 - 1) | 1ULL << (SIGCHLD - 1) | 1ULL << 31 | 1ULL << 32 | 1ULL << 63;
	const uint64_t ignored = 1ULL << (SIGHUP - 1) | 1ULL << (SIGCHLD - 1) | 1ULL << (SIGPIPE - 1);
	char expected[64];
	struct launch l = as(*way);

	l.prepare = block_and_ignore;
	l.prepare_with = &mask;
	(void)snprintf(expected, sizeof expected, "%016llx %016llx", (unsigned long long)mask, (unsigned long long)ignored);
	LAUNCH(&l, "--", helper("probe"), "mask");
	launch_expect(&l, expected);
	cr_assert_eq(launch_wait(&l), 0, "with SIGCHLD ignored by the caller, wait() would hang");
}

/* The signal comes somewhere in the first two milliseconds: before main, between any two phases, around the fork and the exec. It
 * is blocked from the clone on: until husk's main runs only the caller can keep it. */
static void starts(int way, const char *mode)
{
	const uint64_t mask = 1ULL << (SIGUSR1 - 1);
	const int count = rounds(1000);

	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
	for (int i = 0; i < count; i++) {
		const struct timespec pause = {.tv_nsec = (long)(i % 100) * 20000};
		struct launch l = as(way);

		LAUNCH(&l, "--forward", mode, "--", helper("probe"), "await", "10", "5000");
		(void)nanosleep(&pause, NULL);
		launch_kill(&l, SIGUSR1);
		cr_assert_eq(launch_wait(&l), 0, "start %d: a signal was lost (%s, %s)", i, mode, launch_ways[way]);
		(void)close(l.err);
	}
}

BOTH_WAYS(no_signal_is_lost_at_the_start_child)
{
	starts(*way, "child");
}

BOTH_WAYS(no_signal_is_lost_at_the_start_group)
{
	starts(*way, "group");
}

BOTH_WAYS(no_signal_is_lost_at_the_start_all)
{
	starts(*way, "all");
}

BOTH_WAYS(a_storm_of_signals_while_children_come_and_go)
{
	static const int kinds[] = {SIGHUP,   SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGCHLD, SIGCONT, SIGURG, SIGXCPU,
				    SIGWINCH, SIGIO,  SIGPWR,  SIGTTIN, SIGTTOU, SIGTSTP, SIGSEGV, SIGSYS,  35,      50,     64};
	const int count = rounds(100000);
	unsigned seed = 20250101;
	int queued = 0;
	char line[32];
	struct launch l = as(*way);

	LAUNCH(&l, "--", helper("probe"), "storm");
	launch_expect(&l, "ready");
	for (int i = 0; i < count; i++) {
		seed = seed * 1103515245 + 12345;
		launch_kill(&l, kinds[(seed >> 16) % (sizeof kinds / sizeof kinds[0])]);
		/* Real-time signals queue, so these can be counted. */
		if (i % 1000 == 0) {
			cr_assert_eq(sigqueue(l.pid, 40, (union sigval){.sival_int = i}), 0);
			queued++;
		}
	}
	/* The lowest signal comes first, so 63 comes after every 40. */
	launch_kill(&l, 63);
	cr_assert(launch_line(&l, line, sizeof line), "the workload is gone");
	launch_kill(&l, SIGTERM);
	cr_expect_eq(launch_wait(&l), 0);
	cr_expect_eq(atoi(line), queued, "%s of %d queued signals arrived", line, queued);
}
