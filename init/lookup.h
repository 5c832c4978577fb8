/* Finds the file that a command names. */
#ifndef HUSK_INIT_LOOKUP_H
#define HUSK_INIT_LOOKUP_H

#include <stddef.h>

#include "common/err.h"

/* Where PATH isn't set. */
#define LOOKUP_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Writes the file that command names into out, looking along path (NULL: the default) where command has no slash. Only a regular
 * file with an execute bit is taken; there is no fall-back to a shell. Returns 0, or -1 with *e set, status 127 (not found) or 126
 * (found, but can't be run). */
int lookup_command(const char *command, const char *path, char *out, size_t size, struct err *e);

#endif
