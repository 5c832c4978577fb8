/* husk as tini: its options, environment and messages, nothing hardened. */
#ifndef HUSK_INIT_TINI_H
#define HUSK_INIT_TINI_H

#include <stdbool.h>

#include "common/err.h"
#include "init/options.h"

enum { TINI_FAILED = 1 }; /* tini's exit status where husk has 125 */

/* True where argv[0] is tini, tini-static or docker-init, in any folder. */
bool tini_is_called(const char *argv0);

/* Reads tini's command line and its environment (TINI_SUBREAPER, TINI_VERBOSITY, TINI_KILL_PROCESS_GROUP). Sets opt->tini and
 * leaves every privilege alone; may take a "--" out of argv. Returns 0, or -1 with *e set (status TINI_FAILED). */
int tini_parse(int argc, char **argv, struct options *opt, struct err *e);

/* What --version prints: docker reads "tini version N" and an optional " - git.COMMIT". */
#define TINI_VERSION "tini version 0.19.0 - husk " HUSK_VERSION

/* Prints the fatal line as tini does and returns its exit status: 127 and 126 where the command is the trouble, else TINI_FAILED. */
int tini_fail(char *const *command, const struct err *e);

/* {"/bin/sh", path, command[1], …}: how tini, through execvp, runs a file without a #! line. NULL without memory; never freed. */
char *const *tini_shell(const char *path, char *const *command);

void tini_help(const char *argv0, int fd);

/* Warns as tini does where orphans would not become children of this process. */
void tini_check_reaper(bool pid1, bool subreaper);

#endif
