/* Lines on stderr: one write(2) each, so that lines never mix; a closed or full stderr is no trouble. */
#ifndef HUSK_COMMON_SAY_H
#define HUSK_COMMON_SAY_H

#include <stdbool.h>
#include <stddef.h>

/* The name in front of each line ("husk" or "tini") and how much is said: 0 errors only … 1 warnings, 2 info, 3 debug, 4 trace.
 * "tini" also takes tini's form, "[WARN  tini (PID)] TEXT", which scripts match. */
void say_setup(const char *name, int verbosity);

/* Where stderr is a terminal, opens it once more, non-blocking and close-on-exec: neither Ctrl-S nor a terminal that nobody reads
 * can hold husk up then. Failing is no trouble. Call it once, after inherited descriptors are closed and before the seal. */
void say_open_terminal(void);

enum say_level { SAY_ERROR, SAY_WARN, SAY_INFO, SAY_DEBUG, SAY_TRACE };

/* Writes "NAME: TEXT\n" (warnings as "NAME: warning: TEXT\n") where the verbosity covers the level. Never blocks on a full pipe
 * (the line is dropped), never raises an error, keeps errno. */
void say(enum say_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define say_warn(...) say(SAY_WARN, __VA_ARGS__)

/* True where say would write a line of that level. */
bool say_would(enum say_level level);

/* Writes a whole line to any descriptor without ever waiting for a reader; what doesn't fit is dropped. Keeps errno. */
void say_write(int fd, const char *line, size_t length);

#endif
