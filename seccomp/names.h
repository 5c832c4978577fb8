/* The words of the profile language. Pure. */
#ifndef HUSK_SECCOMP_NAMES_H
#define HUSK_SECCOMP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "seccomp/rules.h"

/* "SCMP_ACT_ERRNO" to SECCOMP_RET_ERRNO. SCMP_ACT_KILL kills the process: a killed thread leaves a hung process behind. */
bool names_action(const char *name, uint32_t *action);
bool names_compare(const char *name, enum compare *op);
/* "SCMP_ARCH_X86_64" to AUDIT_ARCH_X86_64; 0 for one that husk doesn't run on. */
bool names_arch(const char *name, uint32_t *arch);
/* "amd64", as Docker writes it; 0 for others. */
uint32_t names_engine_arch(const char *name);
/* Adds the flag of seccomp(2) to *flags, where it has any for husk. */
bool names_flag(const char *name, unsigned *flags);
/* "CAP_KILL" to 5; -1 for an unknown one. */
int names_capability(const char *name);

#endif
