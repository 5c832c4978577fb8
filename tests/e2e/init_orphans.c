/* Reaping: storms of orphans, children inherited across exec, and only the workload ends the run. -s, -w --warn-on-reap. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/launch.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_orphans, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_orphans, test)

/* probe tells 2 where the kernel still knows an orphan, that is, where one stays a zombie. */
BOTH_WAYS(a_storm_of_orphans_leaves_no_zombie)
{
	struct launch l = {.as = (enum launch_as) * way};
	char count[16];
	char expected[64];
	char text[4096];

	(void)snprintf(count, sizeof count, "%d", rounds(50000));
	LAUNCH(&l, "--status-fd", "2", "--", helper("probe"), "orphans", count);
	/* However slow the machine is: each wave is waited for by itself. */
	while (launch_line(&l, text, sizeof text))
		;
	cr_assert_eq(launch_wait(&l), 0);
	(void)snprintf(expected, sizeof expected, "\"orphans_reaped\":%s}", count);
	cr_assert_not_null(strstr(launch_stderr(&l, text, sizeof text), expected), "%s", text);
}

static void leave_children(void *unused)
{
	(void)unused;
	/* One that has ended already, one that ends with 7 soon, one that stays. */
	if (fork() == 0)
		_exit(5);
	(void)waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOWAIT);
	if (fork() == 0) {
		(void)usleep(20000);
		_exit(7);
	}
	if (fork() == 0) {
		(void)close(1);
		(void)close(2);
		(void)pause();
		_exit(9);
	}
}

BOTH_WAYS(a_child_inherited_across_exec_is_reaped_and_does_not_end_the_run)
{
	struct launch l = {.as = (enum launch_as) * way, .prepare = leave_children};
	char text[4096];

	LAUNCH(&l, "-w", "--", "sh", "-c", "sleep 0.1; exit 3");
	cr_assert_eq(launch_wait(&l), 3);
	(void)launch_stderr(&l, text, sizeof text);
	cr_assert_not_null(strstr(strstr(text, "Reaped zombie") + 1, "Reaped zombie process with pid="), "%s", text);
}

BOTH_WAYS(warn_on_reap_names_the_orphan)
{
	struct launch l = {.as = (enum launch_as) * way};
	char text[4096];
	char expected[96];
	char line[32];

	/* The substitution waits until the orphan has written. */
	LAUNCH(&l, "--warn-on-reap", "sh", "-c", "echo $( (sh -c 'echo $$' &) ); \"$0\" orphans 1", helper("probe"));
	cr_assert(launch_line(&l, line, sizeof line));
	cr_assert_eq(launch_wait(&l), 0);
	(void)snprintf(expected, sizeof expected, "husk: warning: Reaped zombie process with pid=%s\n", line);
	cr_assert_not_null(strstr(launch_stderr(&l, text, sizeof text), expected), "%s", text);
}

BOTH_WAYS(silent_without_warn_on_reap)
{
	struct launch l = {.as = (enum launch_as) * way};
	char text[256];

	LAUNCH(&l, "--subreaper", "-s", "--", helper("probe"), "orphans", "20");
	cr_assert_eq(launch_wait(&l), 0);
	cr_assert_str_empty(launch_stderr(&l, text, sizeof text), "%s", text);
}

/* While husk is stopped they come to be all at once; what is left of them mustn't be reaped before the signal is passed on. */
Test(init_orphans, many_orphans_dont_keep_a_signal_waiting)
{
	static const char script[] =
		"import os, signal, time\n"
		"print('ready', flush=True)\n"
		"while open(f'/proc/{os.getppid()}/stat').read().rsplit(')', 1)[1].split()[0] != 'T': time.sleep(0.001)\n"
		"if os.fork() == 0:\n"
		"    for i in range(800):\n"
		"        if os.fork() == 0: os._exit(0)\n"
		"    os._exit(0)\n"
		"os.wait()\n"
		"print('done', flush=True)\n"
		"signal.pause()";
	static char text[256 * 1024];
	struct launch l = {.as = AS_SUBREAPER};
	const char *passed;
	int before = 0;

	LAUNCH(&l, "-w", "-vv", "/usr/bin/python3", "-c", script);
	launch_expect(&l, "ready");
	launch_kill(&l, SIGSTOP);
	launch_expect(&l, "done");
	launch_kill(&l, 34);
	launch_kill(&l, SIGCONT);
	cr_assert_eq(launch_wait(&l), 128 + 34);
	passed = strstr(launch_stderr(&l, text, sizeof text), "Passing signal: 'SIGRTMIN'");
	cr_assert_not_null(passed, "%s", text);
	for (const char *at = text; (at = strstr(at, "Reaped zombie")) != NULL && at < passed; at++)
		before++;
	cr_assert_lt(before, 400, "%d were reaped first", before);
}

static void leave_zombie(void *unused)
{
	(void)unused;
	if (fork() == 0)
		_exit(5);
	(void)waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOWAIT);
}

/* Its SIGCHLD is long gone: nothing but a look before the first wait finds it. */
BOTH_WAYS(a_zombie_inherited_across_exec_is_reaped_without_another_event)
{
	struct launch l = {.as = (enum launch_as) * way, .prepare = leave_zombie};
	char path[64];
	int children = 2;

	LAUNCH(&l, "sh", "-c", "echo ready; exec sleep 1000");
	launch_expect(&l, "ready");
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", l.pid, l.pid);
	for (int tries = 0; tries < 2000 && children != 1; tries++) {
		FILE *list = fopen(path, "re");
		int pid;

		cr_assert_not_null(list);
		for (children = 0; fscanf(list, "%d", &pid) == 1;)
			children++;
		(void)fclose(list);
		(void)usleep(1000);
	}
	cr_expect_eq(children, 1, "the zombie stays");
	launch_kill(&l, SIGTERM);
	cr_expect_eq(launch_wait(&l), 143);
}
