/* HUSK_OPTIONS: options that come before those of the command line, for an engine's --init, which passes none. */
#ifndef HUSK_INIT_ENVOPTIONS_H
#define HUSK_INIT_ENVOPTIONS_H

#include <stddef.h>

#include "common/err.h"

struct env_options {
	int argc;
	char **argv; /* argv[0], the words of HUSK_OPTIONS, argv[1…]; NULL-terminated */
	int words;   /* how many came from HUSK_OPTIONS */
};

/* Removes NAME=… from envp in place (the workload doesn't get it) and returns its value, or NULL. */
const char *env_take(char **envp, const char *name);

/* Splits text as a shell would, without expanding anything: blanks separate, '…' is literal, "…" and a backslash quote. Puts the
 * words between argv[0] and the rest. Allocates out->argv, one block; with text NULL nothing, and out->argv is argv. Returns 0, or -1
 * with *e set. */
int env_options_merge(const char *text, int argc, char **argv, struct env_options *out, struct err *e);

/* HUSK_OPTIONS holds options alone: a command in it would swallow the real one. command: where the operands begin in out->argv.
 * Returns 0, or -1 with *e set. */
int env_options_check(const struct env_options *out, char *const *command, struct err *e);

#endif
