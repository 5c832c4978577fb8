/* What one launch knows: filled by the phases in their order, read by the report. */
#ifndef HUSK_INIT_RUN_H
#define HUSK_INIT_RUN_H

#include <stdbool.h>

#include "init/options.h"
#include "init/plan.h"
#include "init/posture.h"

struct run {
	int argc;
	char **argv;
	struct options options;
	struct plan plan;
	struct posture posture; /* as read back from the kernel */
	struct workload workload;
	bool done;  /* nothing is left to do: no later phase runs */
	int status; /* exit status, once done */
};

#endif
