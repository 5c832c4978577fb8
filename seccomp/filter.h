/* The seccomp filter of the workload: planned before anything is changed, loaded last. */
#ifndef HUSK_SECCOMP_FILTER_H
#define HUSK_SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

enum filter_source { FILTER_DEFAULT, FILTER_OFF, FILTER_FILE };

struct filter_request {
	enum filter_source source;
	const char *file;         /* FILTER_FILE */
	uint64_t kept;            /* capabilities that the workload holds; bit n = capability n */
	bool compat32;            /* also the 32-bit architecture */
	bool log_only;            /* log what the profile denies, and allow it */
	const char *const *allow; /* lists of names on top of the profile */
	size_t allow_count;
	const char *const *deny;
	size_t deny_count;
	const int *bpf_fds; /* ready-made BPF */
	size_t bpf_count;
};

/* A program ready to be loaded. */
struct filter_program {
	const struct sock_filter *code;
	unsigned short length;
	unsigned flags; /* of seccomp(2), beside the plan's */
};

enum { FILTER_EXTRA = 64 };

struct filter_plan {
	struct filter_program open;   /* with clone3 allowed */
	struct filter_program closed; /* with clone3 answered by ENOSYS */
	struct filter_program extra[FILTER_EXTRA];
	size_t extra_count;
	unsigned flags;  /* of seccomp(2), for every program */
	unsigned before; /* how many filters were there before husk's; 0: none, or the kernel doesn't tell */
};

/* Reads, compiles and proves whatever is to be loaded; everything that can be refused is refused here. FILTER_DEFAULT with nothing
 * on top takes the program that was compiled at build time and allocates nothing. Returns 0, or -1 with *e set. */
int filter_plan(const struct filter_request *request, struct filter_plan *plan, struct err *e);

/* What is there once everything is loaded. */
struct filter_state {
	unsigned mode;  /* 0 none, 2 filter */
	unsigned count; /* how many filters are stacked; 0 where the kernel doesn't tell (Seccomp_filters of proc(5), Linux 5.9) */
};

/* Loads the planned programs with seccomp(2) (Linux 3.17) and reads back that they are there. *state (NULL: nobody asks) tells what is
 * stacked then. Returns 0, or -1 with *e set. */
int filter_load(const struct filter_plan *plan, bool allow_clone3, struct filter_state *state, struct err *e);

#endif
