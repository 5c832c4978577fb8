/* Everything that can be refused, decided before the first step that can't be undone. */
#ifndef HUSK_INIT_PLAN_H
#define HUSK_INIT_PLAN_H

#include <limits.h>
#include <stdbool.h>

#include "caps/drop.h"
#include "common/err.h"
#include "init/identity.h"
#include "init/options.h"
#include "init/supervise.h"
#include "init/workload.h"
#include "seccomp/filter.h"

struct plan {
	struct identity identity;
	struct cap_target caps;
	struct filter_plan filter;
	struct workload_plan workload;
	struct supervise_config supervise;
	bool pid1;
	int report_fd;
};

/* Turns options into decisions: looks up the user, reads and compiles the profile, resolves the command. Reads files; changes
 * nothing but descriptors of its own. Returns 0, or -1 with *e set (126 and 127 where the command is the trouble). */
int plan_make(const struct options *opt, struct plan *plan, struct err *e);

#endif
