#include "tests/support/launch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_TIMEOUT_MS = 30 * 1000, END_TIMEOUT_MS = 60 * 1000, ARGUMENTS = 64 };

const char *const launch_ways[LAUNCH_WAYS] = {"as a subreaper", "as PID 1"};

static const char *binary_of(const struct launch *l)
{
	const char *husk = getenv("HUSK");

	if (l->binary != NULL)
		return l->binary;
	return husk != NULL ? husk : HUSK_BUILT;
}

int rounds(int plain)
{
#ifdef __SANITIZE_ADDRESS__
	if (getenv("HUSK") == NULL)
		return plain / 10 > 0 ? plain / 10 : 1;
#endif
	return plain;
}

const char *helper(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof path, "%s/%s", HUSK_HELPERS, name);
	return path;
}

static void become_husk(struct launch *l, char *const *argv, int out, int err)
{
	const int null = open("/dev/null", O_RDWR);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setsid();
	(void)dup2(null, 0);
	(void)dup2(out, 1);
	(void)dup2(err, 2);
	if (l->prepare != NULL)
		l->prepare(l->prepare_with);
	(void)syscall(SYS_close_range, (unsigned)(l->keep_fds + 3), ~0U, 0U);
	if (l->environ != NULL)
		(void)execve(binary_of(l), argv, (char **)(unsigned long)l->environ);
	else
		(void)execv(binary_of(l), argv);
	_exit(251);
}

void launch(struct launch *l, const char *const *argv)
{
	char *full[ARGUMENTS] = {(char *)(unsigned long)(l->name != NULL ? l->name : "husk")};
	int out[2];
	int err[2];

	for (int i = 0; argv[i] != NULL && i + 2 < ARGUMENTS; i++)
		full[i + 1] = (char *)(unsigned long)argv[i];
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(err, O_CLOEXEC), 0);
	/* A raw clone: glibc's fork has no way to ask for a PID namespace, and unshare would move the test's later children too. */
	l->pid = (pid_t)syscall(SYS_clone, (l->as == AS_PID1 ? (unsigned long)CLONE_NEWPID : 0UL) | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
	if (l->pid == 0)
		become_husk(l, full, out[1], err[1]);
	if (l->pid < 0 && errno == EPERM && getenv("HUSK_TESTS_REQUIRE_PRIVILEGES") == NULL)
		cr_skip("a PID namespace needs root");
	cr_assert_gt(l->pid, 0, "clone: %s", strerror(errno));
	(void)close(out[1]);
	(void)close(err[1]);
	l->out = out[0];
	l->err = err[0];
}

static bool read_in_time(int fd, char *to)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	cr_assert_eq(poll(&ready, 1, LINE_TIMEOUT_MS), 1, "no output for %d ms", LINE_TIMEOUT_MS);
	return read(fd, to, 1) == 1;
}

bool launch_line(struct launch *l, char *line, size_t size)
{
	size_t used = 0;
	char c;

	while (read_in_time(l->out, &c)) {
		if (c == '\n' || used + 1 == size) {
			line[used] = '\0';
			return true;
		}
		line[used++] = c;
	}
	line[used] = '\0';
	return used > 0;
}

void launch_expect(struct launch *l, const char *text)
{
	char line[256] = "";
	char errors[1024];

	while (launch_line(l, line, sizeof line))
		if (strcmp(line, text) == 0)
			return;
	cr_assert_fail("output ended before '%s'; exit %d, stderr: %s", text, launch_wait(l), launch_stderr(l, errors, sizeof errors));
}

void launch_kill(const struct launch *l, int signal)
{
	cr_assert_eq(kill(l->pid, signal), 0, "husk is gone");
}

int launch_wait(struct launch *l)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0U);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	int status = 0;
	const bool in_time = poll(&ended, 1, END_TIMEOUT_MS) == 1;

	(void)close(pidfd);
	if (!in_time)
		(void)kill(l->pid, SIGKILL);
	cr_assert_eq(waitpid(l->pid, &status, 0), l->pid);
	(void)close(l->out);
	cr_assert(in_time, "husk didn't end within %d ms", END_TIMEOUT_MS);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

const char *launch_stderr(struct launch *l, char *text, size_t size)
{
	size_t used = 0;
	char c;

	/* Orphans that husk left may still hold the descriptor: what is there is enough. */
	struct pollfd ready = {.fd = l->err, .events = POLLIN};

	while (used + 1 < size && poll(&ready, 1, 0) == 1 && read(l->err, &c, 1) == 1)
		text[used++] = c;
	text[used] = '\0';
	(void)close(l->err);
	return text;
}
