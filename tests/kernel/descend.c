/* Everything below husk is found by walking /proc, and nothing else. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/descend.h"

/* Each runs in a forked child of its own, which ends with _exit: 0, or a number that says which step failed. */
static void expect_0(int (*body)(void))
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
		(void)alarm(20); /* a sleeper that isn't found would keep wait() for ever */
		_exit(body());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
	cr_assert_eq(WEXITSTATUS(status), 0, "step %d", WEXITSTATUS(status));
}

/* A sleeper below generations of parents that have all ended; told is written to once it sleeps. */
static void sleeper(int generations, int told)
{
	if (fork() != 0)
		return;
	if (generations % 2 == 0)
		(void)setsid();
	if (generations > 0) {
		sleeper(generations - 1, told);
		_exit(0);
	}
	(void)alarm(60);
	if (write(told, "x", 1) == 1)
		for (;;)
			(void)pause();
	_exit(1);
}

static int reap_all(int signal)
{
	int killed = 0;
	int status;

	while (wait(&status) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == signal;
	return killed;
}

static int reaches_all(void)
{
	enum { SLEEPERS = 40 };
	struct reach reach;
	int told[2];
	char c;

	reach_open(&reach, false);
	if (reach.proc < 0 || pipe(told) != 0)
		return 1;
	for (int i = 0; i < SLEEPERS; i++)
		sleeper(i % 4, told[1]);
	for (int i = 0; i < SLEEPERS; i++)
		if (read(told[0], &c, 1) != 1)
			return 2;
	if (reach_signal(&reach, SIGUSR1) != 0)
		return 3;
	return reap_all(SIGUSR1) == SLEEPERS ? 0 : 4;
}

Test(descend, finds_double_forks_and_other_sessions)
{
	expect_0(reaches_all);
}

static int grandchildren_with_live_parents(void)
{
	struct reach reach;
	int told[2];
	char c;

	reach_open(&reach, false);
	if (pipe(told) != 0)
		return 1;
	if (fork() == 0) {
		(void)signal(SIGUSR1, SIG_IGN);
		if (fork() == 0) {
			(void)signal(SIGUSR1, SIG_DFL);
			if (write(told[1], "x", 1) == 1)
				(void)pause();
			_exit(1);
		}
		(void)wait(&(int){0});
		_exit(9);
	}
	if (read(told[0], &c, 1) != 1 || reach_signal(&reach, SIGUSR1) != 0)
		return 2;
	return wait(&(int){0}) > 0 ? 0 : 3; /* the parent ends only if its child was reached */
}

Test(descend, finds_grandchildren_whose_parents_live)
{
	expect_0(grandchildren_with_live_parents);
}

static void *outlives_the_leader(void *told)
{
	ssize_t ignored = write(*(int *)told, "x", 1);

	(void)ignored;
	for (;;)
		(void)pause();
	return NULL;
}

/* /proc shows a process whose first thread has ended as a zombie, though it lives on. */
static int leader_ended(void)
{
	static int told[2];
	struct reach reach;
	char c;

	reach_open(&reach, false);
	if (pipe(told) != 0)
		return 1;
	if (fork() == 0) {
		pthread_t thread;

		(void)pthread_create(&thread, NULL, outlives_the_leader, &told[1]);
		pthread_exit(NULL);
	}
	if (read(told[0], &c, 1) != 1 || reach_signal(&reach, SIGTERM) != 0)
		return 2;
	return reap_all(SIGTERM) == 1 ? 0 : 3;
}

Test(descend, finds_a_process_whose_first_thread_has_ended)
{
	expect_0(leader_ended);
}

static int spares_others(void)
{
	struct reach reach;
	int told[2];
	char c;
	const pid_t other = fork(); /* reaches from inside a child: this process is above it, not below */

	if (other == 0) {
		const pid_t inner = fork();

		if (inner != 0)
			_exit(waitpid(inner, &(int){0}, 0) == inner ? 0 : 1);
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
		reach_open(&reach, false);
		if (pipe(told) != 0)
			_exit(1);
		sleeper(1, told[1]);
		if (read(told[0], &c, 1) != 1)
			_exit(2);
		_exit(reach_signal(&reach, SIGKILL) == 0 && reap_all(SIGKILL) == 1 ? 0 : 3);
	}
	{
		int status;

		return waitpid(other, &status, 0) == other && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
	}
}

Test(descend, spares_what_is_above_and_beside)
{
	expect_0(spares_others);
}

static int nothing_there(void)
{
	struct reach reach;

	reach_open(&reach, false);
	return reach_signal(&reach, SIGKILL);
}

Test(descend, nothing_below_is_no_error)
{
	expect_0(nothing_there);
}
