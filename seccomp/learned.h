/* What a workload was seen to do: the calls, and the values of those arguments that a profile compares. Pure. */
#ifndef HUSK_SECCOMP_LEARNED_H
#define HUSK_SECCOMP_LEARNED_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The calls whose argument is recorded: the rules compare it under a mask. */
enum learned_call { LEARNED_CLONE, LEARNED_IOCTL, LEARNED_PERSONALITY, LEARNED_PRCTL, LEARNED_SOCKET, LEARNED_SOCKETPAIR, LEARNED_CALLS };

struct learned_argument {
	const char *name;
	unsigned index; /* of the argument */
	uint32_t mask;  /* the kernel looks at 32 bits of each of these; of clone's flags the namespaces count */
};

extern const struct learned_argument learned_arguments[LEARNED_CALLS];

enum { LEARNED_NUMBERS = 1024, LEARNED_VALUES = 1024 };

/* Ascending, each once. */
struct learned_values {
	uint32_t at[LEARNED_VALUES];
	size_t count;
};

struct learned {
	bool native[LEARNED_NUMBERS];
	bool compat[LEARNED_NUMBERS]; /* made by 32-bit programs; indexed by the numbers of that architecture */
	bool any_compat;
	struct learned_values values[LEARNED_CALLS];
	unsigned unnamed; /* calls that no profile can name: x32, unknown numbers */
	bool overflow;    /* more different values than there is room for */
	bool changed;     /* something was new since this was last cleared */
};

/* Numbers of the argument-recorded calls, resolved once. */
void learned_begin(struct learned *learned);

/* Notes one call as the kernel tells it (seccomp(2)). */
void learned_note(struct learned *learned, const struct seccomp_data *data);

/* Writes the profile as JSON text (to be freed by the caller): what is in old (its text, size 0: a new profile), with what was
 * learned added. A call that old denies by name stays denied; *denied counts those. Returns NULL without memory. */
char *learned_write(const struct learned *learned, const char *old, size_t size, unsigned *denied);

#endif
