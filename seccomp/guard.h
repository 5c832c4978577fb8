/* The guard: the part of a filter that stands in front of libseccomp's allowlist and says what an allowlist can't. Pure. */
#ifndef HUSK_SECCOMP_GUARD_H
#define HUSK_SECCOMP_GUARD_H

#include "seccomp/program.h"
#include "seccomp/rules.h"

/* True where the call is compiled by the guard and not by libseccomp: its rules have more than one action (libseccomp lets an
 * unconditional one erase the others), an ordered comparison or an inequality (it emits BPF that allows too much, or hangs), very
 * many conditions (its time is quadratic), or its number is only in the project's own table. */
bool guard_has(const struct profile *profile, const char *name);

/* Appends the guard. What it doesn't decide runs on behind it, with anything in the accumulator. Foreign architectures and x32 kill
 * the process. */
void guard_emit(const struct profile *profile, bool allow_clone3, struct program *program);

#endif
