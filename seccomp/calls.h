/* System calls by name and number: libseccomp's tables, and the project's own for calls that are newer than those. */
#ifndef HUSK_SECCOMP_CALLS_H
#define HUSK_SECCOMP_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "seccomp/rules.h"

/* The number of a call on an architecture (AUDIT_ARCH_…), or -1 where that has none. *known: whether any architecture knows the
 * name. *own: whether the number comes from the project's table, which libseccomp doesn't know. */
int call_number(uint32_t arch, const char *name, bool *known, bool *own);

/* On i386 socketcall(2) and ipc(2) lead to calls that mostly have numbers of their own too. *door: which of the two; returns its operation,
 * or 0 where the call has no such door. */
unsigned call_door(uint32_t arch, const char *name, const char **door);

/* Writes the name of a number. Returns false where nobody knows it. */
bool call_name(uint32_t arch, int nr, char name[static RULE_NAME_SIZE]);

/* No known call of this architecture has this number or a higher one. */
int call_limit(uint32_t arch);

/* libseccomp's token for AUDIT_ARCH_…, 0 where unsupported. */
uint32_t call_arch_token(uint32_t arch);

#endif
