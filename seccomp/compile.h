/* Rules to BPF: the guard, then libseccomp's allowlist. */
#ifndef HUSK_SECCOMP_COMPILE_H
#define HUSK_SECCOMP_COMPILE_H

#include "common/err.h"
#include "seccomp/program.h"
#include "seccomp/rules.h"

/* Compiles the profile for its architecture. libseccomp keeps 405 KB of heap, so at run time this belongs into a child that exits
 * (seccomp/apart.h). Returns 0, or -1 with *e set. */
int compile(const struct profile *profile, bool allow_clone3, struct program *program, struct err *e);

#endif
