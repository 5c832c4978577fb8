/* What husk prints in place of running something: help, version, licence, the built-in profile. */
#ifndef HUSK_INIT_PRINT_H
#define HUSK_INIT_PRINT_H

#include "common/err.h"
#include "init/options.h"

/* Writes to stdout what opt->action asks for. Returns 0, or -1 with *e set. */
int print_action(const struct options *opt, const char *argv0, struct err *e);

#endif
