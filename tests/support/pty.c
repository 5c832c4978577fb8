#include "tests/support/pty.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/launch.h"

enum { TIMEOUT_MS = 30 * 1000 };

static void lead_session(const char *slave_name, const char *const *argv)
{
	int slave;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setsid();
	slave = open(slave_name, O_RDWR);
	(void)ioctl(slave, TIOCSCTTY, 0);
	(void)dup2(slave, 0);
	(void)dup2(slave, 1);
	(void)dup2(slave, 2);
	(void)syscall(SYS_close_range, 3U, ~0U, 0U);
	(void)execvp(argv[0], (char **)(unsigned long)argv);
	_exit(251);
}

void pty_start(struct pty *p, bool pid1, const char *const *argv)
{
	const char *husk = getenv("HUSK");
	char name[64];

	memset(p, 0, sizeof *p);
	(void)setenv("HUSK_BIN", husk != NULL ? husk : HUSK_BUILT, 1);
	(void)setenv("PROBE", helper("probe"), 1);
	(void)setenv("PS1", "prompt> ", 1);
	(void)setenv("TERM", "dumb", 1); /* no escape sequences between the lines */
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(p->master, 0);
	cr_assert_eq(grantpt(p->master), 0);
	cr_assert_eq(unlockpt(p->master), 0);
	cr_assert_eq(ptsname_r(p->master, name, sizeof name), 0);
	p->pid = (pid_t)syscall(SYS_clone, (pid1 ? (unsigned long)CLONE_NEWPID : 0UL) | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
	if (p->pid == 0)
		lead_session(name, argv);
	cr_assert_gt(p->pid, 0);
}

void pty_type(struct pty *p, const char *text)
{
	cr_assert_eq(write(p->master, text, strlen(text)), (ssize_t)strlen(text));
}

static bool more(struct pty *p)
{
	struct pollfd ready = {.fd = p->master, .events = POLLIN};
	ssize_t got;

	if (p->used + 1 >= sizeof p->seen || poll(&ready, 1, TIMEOUT_MS) != 1)
		return false;
	got = read(p->master, p->seen + p->used, sizeof p->seen - p->used - 1);
	if (got <= 0)
		return false;
	p->used += (unsigned long)got;
	return true;
}

void pty_expect(struct pty *p, const char *text)
{
	const char *found;

	while ((found = strstr(p->seen + p->matched, text)) == NULL)
		cr_assert(more(p), "'%s' doesn't come; the terminal shows:\n%s", text, p->seen);
	p->matched = (unsigned long)(found - p->seen) + strlen(text);
}

int pty_wait(struct pty *p)
{
	struct launch l = {.pid = p->pid, .out = p->master};

	return launch_wait(&l);
}
