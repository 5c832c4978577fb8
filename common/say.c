#include "common/say.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *say_name = "husk";
static int say_verbosity = SAY_WARN;

void say_setup(const char *name, int verbosity)
{
	say_name = name;
	say_verbosity = verbosity;
}

/* A log reader that stopped reading must not stop PID 1: a line that doesn't fit now is dropped. */
static void put(const char *line, size_t length)
{
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t ignored;

	if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0)
		return;
	ignored = write(STDERR_FILENO, line, length);
	(void)ignored;
}

void say(enum say_level level, const char *fmt, ...)
{
	char line[1024];
	int saved = errno;
	int used;
	va_list args;

	if ((int)level > say_verbosity)
		return;
	used = snprintf(line, sizeof line, "%s: %s", say_name, level == SAY_WARN ? "warning: " : "");
	va_start(args, fmt);
	used += vsnprintf(line + used, sizeof line - (size_t)used, fmt, args);
	va_end(args);
	if ((size_t)used >= sizeof line)
		used = sizeof line - 1;
	line[used++] = '\n';
	put(line, (size_t)used);
	errno = saved;
}
