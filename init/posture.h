/* The posture as the kernel tells it, beside what was decided. */
#ifndef HUSK_INIT_POSTURE_H
#define HUSK_INIT_POSTURE_H

#include <stdbool.h>
#include <sys/types.h>

#include "caps/clone3.h"
#include "caps/drop.h"
#include "common/err.h"

struct posture {
	bool pid1;
	bool subreaper;
	uid_t uid[3]; /* real, effective, saved */
	gid_t gid[3];
	int groups;
	struct cap_drop drop; /* .now holds the five sets */
	bool no_new_privs;
	unsigned seccomp_mode;    /* 0 none, 2 filter */
	unsigned seccomp_filters; /* how many are stacked; 0 where the kernel doesn't tell */
	enum clone3_verdict clone3;
	bool clone3_allowed;
	char clone3_reason[200];
	char loosened[5][200]; /* what --permissive and its like turned from an error into a warning */
	unsigned loosened_count;
};

/* Reads identity, capabilities, no_new_privs and the reaper state back. Returns 0, or -1 with *e set. */
int posture_read(struct posture *posture, struct err *e);

/* Remembers one thing that the user asked to be looser than the default, for the report. */
void posture_note(struct posture *posture, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for what --permissive turned from an error into a warning, which it prints. */
void posture_loosen(struct posture *posture, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
