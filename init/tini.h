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
 * leaves every privilege alone. Returns 0, or -1 with *e set (status TINI_FAILED). */
int tini_parse(int argc, char **argv, struct options *opt, struct err *e);

/* What --version prints: docker reads "tini version N" and an optional " - git.COMMIT". */
#define TINI_VERSION "tini version 0.19.0 - husk " HUSK_VERSION

void tini_help(const char *argv0, int fd);

/* Warns as tini does where orphans would not become children of this process. */
void tini_check_reaper(bool pid1, bool subreaper);

#endif
