#include "init/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* TIOCGPGRP fails with ENOTTY on everything but the caller's controlling terminal (ioctl_tty(2)). */
static pid_t foreground(int fd)
{
	pid_t group;

	return ioctl(fd, TIOCGPGRP, &group) == 0 ? group : -1;
}

void terminal_find(struct terminal *t)
{
	*t = (struct terminal){.fd = -1, .group = getpgrp()};
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (foreground(fd) >= 0) {
			t->fd = fd;
			return;
		}
	}
	/* A pipeline's members have no terminal on 0 to 2, yet a pager among them opens /dev/tty. */
	t->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

bool terminal_is_ours(const struct terminal *t)
{
	return t->fd >= 0 && t->group > 0 && foreground(t->fd) == t->group;
}

bool terminal_is_outer(const struct terminal *t)
{
	return t->fd >= 0 && t->group == 0 && foreground(t->fd) == 0;
}

void terminal_hand_to(const struct terminal *t, pid_t group)
{
	(void)ioctl(t->fd, TIOCSPGRP, &group);
}

void terminal_take_back(struct terminal *t)
{
	if (t->given)
		terminal_hand_to(t, t->group);
	t->given = false;
}
