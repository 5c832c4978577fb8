/* BPF for the conditions and rules of one call, and for what stands in front of all calls. Pure. */
#ifndef HUSK_SECCOMP_EMIT_H
#define HUSK_SECCOMP_EMIT_H

#include "seccomp/program.h"
#include "seccomp/rules.h"

/* Foreign architectures and x32 kill the process; then the number is in the accumulator. */
void emit_architecture(struct program *program, uint32_t arch);

/* All that the profile says to one call, decided to the end, with husk's own rule about namespace flags in front. */
void emit_call(struct program *program, const struct profile *profile, const char *name, int nr);

#endif
