/* The posture as the kernel tells it, beside what was decided. */
#ifndef HUSK_INIT_POSTURE_H
#define HUSK_INIT_POSTURE_H

#include <stdbool.h>
#include <sys/types.h>

#include "caps/clone3.h"
#include "caps/drop.h"
#include "common/err.h"
#include "seccomp/filter.h"

struct posture {
	bool pid1;
	bool subreaper;
	uid_t uid[3]; /* real, effective, saved */
	gid_t gid[3];
	int groups;
	struct cap_drop drop; /* .now holds the five sets */
	bool no_new_privs;
	struct filter_state filter;
	enum clone3_verdict clone3;
	bool clone3_allowed;
	char clone3_reason[200];
	char loosened[5][200]; /* what is looser than the default, by the user's word */
	unsigned loosened_count;
};

/* Reads identity, capabilities, no_new_privs and the reaper state back: before the filter is loaded, which needn't allow it and changes
 * none of them. .filter is filter_load's to fill. Returns 0, or -1 with *e set. */
int posture_read(struct posture *posture, struct err *e);

/* Remembers one thing that the user asked to be looser than the default, for the report. */
void posture_note(struct posture *posture, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for what --permissive turned from an error into a warning, which it prints. */
void posture_loosen(struct posture *posture, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
