/* Rules to BPF: a tree over ranges of numbers with one answer, whose leaves are an answer or a test of arguments. */
#ifndef HUSK_SECCOMP_COMPILE_H
#define HUSK_SECCOMP_COMPILE_H

#include "common/err.h"
#include "seccomp/program.h"
#include "seccomp/rules.h"

/* Compiles the profile for its architecture. Of libseccomp it takes the tables of names and numbers alone. Returns 0, or -1 with *e
 * set. */
int compile(const struct profile *profile, bool allow_clone3, struct program *program, struct err *e);

#endif
