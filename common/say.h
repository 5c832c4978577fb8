/* Lines on stderr: one write(2) each, so that lines never mix; a closed or full stderr is no trouble. */
#ifndef HUSK_COMMON_SAY_H
#define HUSK_COMMON_SAY_H

/* The name in front of each line ("husk" or "tini") and how much is said: 0 errors only … 1 warnings, 2 info, 3 debug, 4 trace. */
void say_setup(const char *name, int verbosity);

enum say_level { SAY_ERROR, SAY_WARN, SAY_INFO, SAY_DEBUG, SAY_TRACE };

/* Writes "NAME: TEXT\n" (warnings as "NAME: warning: TEXT\n") where the verbosity covers the level. Never blocks on a full pipe
 * (the line is dropped), never raises an error, keeps errno. */
void say(enum say_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define say_warn(...) say(SAY_WARN, __VA_ARGS__)

#endif
