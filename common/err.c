#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A file name or an environment value may hold a newline or an escape sequence; the message stays one harmless line. */
static void one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void err_fill(struct err *e, int status, int number, const char *fix, const char *fmt, ...)
{
	va_list args;

	e->number = number;
	e->status = status;
	va_start(args, fmt);
	(void)vsnprintf(e->what, sizeof e->what, fmt, args);
	va_end(args);
	(void)snprintf(e->fix, sizeof e->fix, "%s", fix != NULL ? fix : "");
	one_line(e->what);
	one_line(e->fix);
}

void err_format(const struct err *e, char *buf, unsigned long size)
{
	(void)snprintf(buf, size, "%s%s%s%s%s", e->what, e->number != 0 ? ": " : "", e->number != 0 ? strerror(e->number) : "",
		       e->fix[0] != '\0' ? "; " : "", e->fix);
}
