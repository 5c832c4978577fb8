#include "common/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* linux/fs.h; musl 1.2.3 hasn't got it */
#endif

static const char *say_name = "husk";
static bool say_like_tini;
static int say_verbosity = SAY_WARN;
static int say_fd = STDERR_FILENO;

void say_setup(const char *name, int verbosity)
{
	say_name = name;
	say_like_tini = strcmp(name, "tini") == 0;
	say_verbosity = verbosity;
}

void say_open_terminal(void)
{
	int fd;

	if (!isatty(STDERR_FILENO))
		return;
	/* The flag would change the workload's terminal too if it were set on the inherited descriptor. */
	fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		say_fd = fd;
}

/* poll alone isn't enough for a pipe: others may fill it between the answer and the write. Linux 5.9 can write without waiting;
 * files and terminals say EOPNOTSUPP. */
static bool write_now(int fd, const char *line, size_t length)
{
	const struct iovec part = {.iov_base = (void *)(unsigned long)line, .iov_len = length};
	const long written = syscall(SYS_pwritev2, fd, &part, 1UL, -1L, -1L, RWF_NOWAIT);

	return written >= 0 || errno == EAGAIN || errno == EPIPE || errno == EBADF;
}

/* Writing nothing at a place tells what has places (else ESPIPE): a file, where no reader is waited for. It must be told apart, as
 * XFS and btrfs answer most writes without waiting with EAGAIN: for a time stamp or a block that is due. The price: a file system that
 * hangs holds husk up. */
static bool has_places(int fd)
{
	return syscall(SYS_pwritev2, fd, NULL, 0UL, 0L, 0L, 0) == 0;
}

static bool takes_now(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

void say_write(int fd, const char *line, size_t length)
{
	const int saved = errno;

	if (has_places(fd) || (!write_now(fd, line, length) && takes_now(fd))) {
		const ssize_t ignored = write(fd, line, length);

		(void)ignored;
	}
	errno = saved;
}

bool say_would(enum say_level level)
{
	return (int)level <= say_verbosity;
}

static int prefix(enum say_level level, char *line, size_t size)
{
	static const char *const names[] = {"FATAL", "WARN ", "INFO ", "DEBUG", "TRACE"};

	if (say_like_tini)
		return snprintf(line, size, "[%s tini (%d)] ", names[level], getpid());
	return snprintf(line, size, "%s: %s", say_name, level == SAY_WARN ? "warning: " : "");
}

void say(enum say_level level, const char *fmt, ...)
{
	char line[1024];
	int saved = errno;
	int used;
	va_list args;

	if (!say_would(level))
		return;
	used = prefix(level, line, sizeof line);
	va_start(args, fmt);
	used += vsnprintf(line + used, sizeof line - (size_t)used, fmt, args);
	va_end(args);
	if ((size_t)used >= sizeof line)
		used = sizeof line - 1;
	line[used++] = '\n';
	say_write(say_fd, line, (size_t)used);
	errno = saved;
}
