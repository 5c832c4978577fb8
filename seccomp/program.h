/* A BPF program in the making. */
#ifndef HUSK_SECCOMP_PROGRAM_H
#define HUSK_SECCOMP_PROGRAM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t length;
	bool overflow;  /* it grew beyond BPF_MAXINSNS; code holds its beginning */
	unsigned flags; /* of seccomp(2), to load it with */
};

void program_add(struct program *program, uint16_t code, uint32_t k, uint8_t jump_true, uint8_t jump_false);

/* Runs a program over one call as the kernel does (net/core/filter.c, kernel/seccomp.c). Returns the action, or
 * SECCOMP_RET_KILL_PROCESS for what the kernel wouldn't load: unknown instructions, reading outside the data, running off the end. */
uint32_t program_run(const struct sock_filter *code, size_t length, int nr, uint32_t arch, const uint64_t args[static 6]);

/* Whether the program answers a number without looking at its arguments. */
bool program_ignores_arguments(const struct sock_filter *code, size_t length, int nr, uint32_t arch);

#endif
