/* A workload for tests: what it does is its first argument. Static and small, so that it runs anywhere.
 *   signals            block everything, say "ready", print each signal that comes as "NUMBER CODE VALUE"; TERM ends it with 0
 *   await N MS         0 once signal N came, 9 after MS milliseconds
 *   storm              catch everything, fork children all the time; signal 63: print how many of signal 40 came; TERM ends it
 *   deaf               ignore what asks to end, say "ready", wait for ever
 *   mask               print the blocked and the ignored signals as two hexadecimal masks
 *   exit N / die N     exit with N / die of signal N
 *   orphans N          N orphans in waves, double-forked, some in sessions of their own; "wave" after each, 0 once the kernel knows
 *                      none of them
 *   leave N            leave N orphans that ignore TERM, then exit 0
 *   leave-polite N     leave N orphans that end at TERM, then exit 0
 *   listen             print its pid, LISTEN_PID, LISTEN_FDS and whether descriptor 3 is open
 *   terminal           print "foreground" or "background" of the controlling terminal, "none" without one */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uint64_t all = ~0ULL;

static void say(const char *text)
{
	ssize_t ignored = write(1, text, strlen(text));

	(void)ignored;
}

static void block_all(void)
{
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
}

static void nap(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	(void)nanosleep(&ms, NULL);
}

static int signals(void)
{
	siginfo_t info;
	char line[64];

	block_all();
	say("ready\n");
	for (;;) {
		const long got = syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all);

		if (got <= 0)
			continue;
		(void)snprintf(line, sizeof line, "%ld %d %d\n", got, info.si_code, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
		say(line);
		if (got == SIGTERM)
			return 0;
	}
}

static int await(int signal, int ms)
{
	const uint64_t wanted = 1ULL << (signal - 1);
	const struct {
		long s, ns;
	} limit = {ms / 1000, (ms % 1000) * 1000000L};

	block_all();
	return syscall(SYS_rt_sigtimedwait, &wanted, NULL, &limit, sizeof wanted) == signal ? 0 : 9;
}

static volatile sig_atomic_t storm_over;
static volatile sig_atomic_t storm_counted;
static volatile sig_atomic_t storm_asked;

static void on_storm(int signal)
{
	if (signal == SIGTERM)
		storm_over = 1;
	if (signal == 40)
		storm_counted++;
	if (signal == 63)
		storm_asked = 1;
}

static int storm(void)
{
	char line[32];

	for (int signal = 1; signal <= 64; signal++) {
		struct sigaction action = {.sa_handler = on_storm, .sa_flags = SA_RESTART};

		if (signal != SIGCHLD)
			(void)sigaction(signal, &action, NULL);
	}
	say("ready\n");
	while (!storm_over) {
		const pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0) /* an orphan for husk */
				_exit(0);
			_exit(0);
		}
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (storm_asked) {
			storm_asked = 0;
			(void)snprintf(line, sizeof line, "%d\n", (int)storm_counted);
			say(line);
		}
	}
	return 0;
}

static _Noreturn void deaf(void)
{
	static const int asking[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};

	for (int i = 0; i < 4; i++)
		(void)signal(asking[i], SIG_IGN);
	say("ready\n");
	for (;;)
		(void)pause();
}

static int mask(void)
{
	uint64_t blocked = 0;
	uint64_t ignored = 0;
	char line[64];

	(void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked);
	for (int signal = 1; signal <= 64; signal++) {
		struct {
			void *handler;
			unsigned long flags;
			void *restorer;
			uint64_t mask;
		} action = {0};

		if (syscall(SYS_rt_sigaction, signal, NULL, &action, sizeof action.mask) == 0 && action.handler == (void *)1)
			ignored |= 1ULL << (signal - 1);
	}
	(void)snprintf(line, sizeof line, "%016llx %016llx\n", (unsigned long long)blocked, (unsigned long long)ignored);
	say(line);
	return 0;
}

static int die(int signal)
{
	const struct rlimit none = {0};
	const uint64_t mask = 0;

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)!sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
	(void)syscall(SYS_kill, getpid(), signal);
	return 0; /* a signal that is ignored by default */
}

/* One wave: a child that leaves behind grandchildren, each of which tells its pid. */
static int wave(int count)
{
	static pid_t pids[1000];
	int fds[2];
	int known = 0;
	pid_t child;

	if (pipe(fds) != 0 || (child = fork()) < 0)
		return 1;
	if (child == 0) {
		for (int i = 0; i < count; i++) {
			const pid_t orphan = fork();

			if (orphan < 0)
				_exit(1);
			if (orphan > 0)
				continue;
			if (i % 5 == 0)
				(void)setsid();
			child = getpid();
			_exit(write(fds[1], &child, sizeof child) == (ssize_t)sizeof child ? 0 : 1);
		}
		_exit(0);
	}
	(void)close(fds[1]);
	while (known < 1000 && read(fds[0], &pids[known], sizeof pids[0]) == (ssize_t)sizeof pids[0])
		known++;
	(void)close(fds[0]);
	(void)waitpid(child, NULL, 0);
	if (known != count)
		return 1;
	for (int i = 0, naps = 0; i < known; i++)
		for (; kill(pids[i], 0) == 0; nap())
			if (++naps > 20000)
				return 2;
	return 0;
}

static int orphans(int count)
{
	for (; count > 0; count -= 500) {
		const int failed = wave(count < 500 ? count : 500);

		if (failed != 0)
			return failed;
		say("wave\n");
	}
	return 0;
}

static int leave(int count, int polite)
{
	/* Before the fork: the TERM comes as soon as this process has ended. */
	if (!polite)
		(void)signal(SIGTERM, SIG_IGN);
	for (int i = 0; i < count; i++) {
		if (fork() > 0)
			continue;
		if (i % 2 == 0)
			(void)setsid();
		say("ready\n");
		for (;;)
			(void)pause();
	}
	return 0;
}

static int listening(void)
{
	char line[128];
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");

	(void)snprintf(line, sizeof line, "%d %s %s %s\n", getpid(), pid != NULL ? pid : "-", fds != NULL ? fds : "-",
		       fcntl(3, F_GETFD) >= 0 ? "open" : "closed");
	say(line);
	return 0;
}

static int terminal(void)
{
	const int fd = open("/dev/tty", O_RDWR);
	const pid_t group = fd >= 0 ? tcgetpgrp(fd) : -1;

	say(fd < 0 ? "none\n" : (group == getpgrp() ? "foreground\n" : "background\n"));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const int n = argc > 2 ? atoi(argv[2]) : 0;

	if (strcmp(what, "signals") == 0)
		return signals();
	if (strcmp(what, "await") == 0)
		return await(n, argc > 3 ? atoi(argv[3]) : 5000);
	if (strcmp(what, "storm") == 0)
		return storm();
	if (strcmp(what, "deaf") == 0)
		deaf();
	if (strcmp(what, "mask") == 0)
		return mask();
	if (strcmp(what, "exit") == 0)
		return n;
	if (strcmp(what, "die") == 0)
		return die(n);
	if (strcmp(what, "orphans") == 0)
		return orphans(n);
	if (strcmp(what, "leave") == 0)
		return leave(n, 0);
	if (strcmp(what, "leave-polite") == 0)
		return leave(n, 1);
	if (strcmp(what, "listen") == 0)
		return listening();
	if (strcmp(what, "terminal") == 0)
		return terminal();
	return 99;
}
