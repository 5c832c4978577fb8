/* Everything that can be refused, decided before the first step that can't be undone. */
#ifndef HUSK_INIT_PLAN_H
#define HUSK_INIT_PLAN_H

#include <limits.h>
#include <stdbool.h>

#include "caps/drop.h"
#include "common/err.h"
#include "init/environment.h"
#include "init/identity.h"
#include "init/options.h"
#include "init/supervise.h"
#include "init/workload.h"
#include "seccomp/filter.h"
#include "seccomp/learn.h"

/* What is large and mostly untouched lies last, each behind the other's used beginning: a page less at each start. */
struct plan {
	struct cap_state caps_before;
	struct cap_target caps;
	struct filter_plan filter;
	struct learn learn;
	struct workload_plan workload;
	struct supervise_config supervise;
	bool pid1;
	bool chown_stdio;
	int parent_death_signal; /* 0: none */
	pid_t parent;            /* as it was at the start */
	int report_fd;
	unsigned listen_fds; /* descriptors of socket activation, from 3 on */
	struct environment environment;
	struct identity identity;
	char path[PATH_MAX]; /* of the command */
};

/* Turns options into decisions: looks up the user, reads and compiles the profile, resolves the command. Reads files; changes
 * nothing but descriptors and the environment of its own. Returns 0, or -1 with *e set (126, 127: the command is the trouble). */
int plan_make(const struct options *opt, struct plan *plan, struct err *e);

#endif
