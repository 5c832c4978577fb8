/* The workload of a measurement, static and small: workload true|sleep|echo|orphans N|calls N. Says "." on stdout once it is up. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(void)
{
	if (write(1, ".", 1) != 1)
		_exit(1);
}

/* Answers each SIGUSR1 until a SIGTERM. */
static void answer(void (*work)(int), int argument)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	say();
	while (sigwait(&set, &signal) == 0 && signal != SIGTERM) {
		if (work != NULL)
			work(argument);
		say();
	}
}

/* Each orphan's pipe closes when it ends; the init has reaped it once its pid is free, which kill(2) tells. */
static void orphans(int count)
{
	pid_t last = 0;

	for (int i = 0; i < count; i += 50) {
		int ends[2];
		pid_t parent;

		if (pipe(ends) != 0)
			_exit(1);
		parent = vfork();
		if (parent == 0) {
			for (int j = 0; j < 50; j++) {
				pid_t pid = fork();

				if (pid == 0)
					_exit(0);
				if (pid > 0 && write(ends[1], &pid, sizeof pid) != (ssize_t)sizeof pid)
					_exit(1);
			}
			_exit(0);
		}
		waitpid(parent, NULL, 0);
		close(ends[1]);
		while (read(ends[0], &last, sizeof last) == (ssize_t)sizeof last)
			while (kill(last, 0) == 0)
				sched_yield();
		close(ends[0]);
	}
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds of an allowed call: the best of 20 runs. */
static void calls(int count)
{
	double best = 1e18;

	for (int run = 0; run < 20; run++) {
		double begin = now_ns();

		for (int i = 0; i < count; i++)
			(void)syscall(SYS_getppid);
		best = (now_ns() - begin) / count < best ? (now_ns() - begin) / count : best;
	}
	printf("%.2f\n", best);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "true";
	int count = argc > 2 ? atoi(argv[2]) : 0;

	if (strcmp(what, "sleep") == 0 || strcmp(what, "echo") == 0)
		answer(NULL, 0);
	if (strcmp(what, "orphans") == 0)
		answer(orphans, count);
	if (strcmp(what, "calls") == 0)
		calls(count);
	return 0;
}
