/* HUSK_OPTIONS: options that come before those of the command line, for an engine's --init, which passes none. */
#ifndef HUSK_INIT_ENVOPTIONS_H
#define HUSK_INIT_ENVOPTIONS_H

#include <stddef.h>

#include "common/err.h"

struct env_options {
	int argc;
	char **argv; /* argv[0], the words of HUSK_OPTIONS; NULL-terminated */
};

/* Removes NAME=… from envp in place (the workload doesn't get it) and returns its value, or NULL. */
const char *env_take(char **envp, const char *name);

/* Splits text as a shell would, without expanding anything: blanks separate, '…' is literal, "…" and a backslash quote. The words
 * come behind argv0, an argument vector of their own: an option without its argument can't take one from the command line. Allocates
 * out->argv, one block. Returns 0, or -1 with *e set. */
int env_options_split(const char *text, char *argv0, struct env_options *out, struct err *e);

/* HUSK_OPTIONS holds options alone. command: where the operands begin in out->argv. Returns 0, or -1 with *e set. */
int env_options_check(const struct env_options *out, char *const *command, struct err *e);

#endif
