/* What one launch knows: filled by the phases in their order, read by the report. */
#ifndef HUSK_INIT_RUN_H
#define HUSK_INIT_RUN_H

#include <stdbool.h>

#include "init/options.h"
#include "init/plan.h"
#include "init/posture.h"
#include "init/posture_json.h"

/* Small and often used first: what lies together costs one page at the start. */
struct run {
	int argc;
	char **argv;
	bool done;  /* nothing is left to do: no later phase runs */
	int status; /* exit status, once done */
	struct workload workload;
	struct posture posture; /* as read back from the kernel */
	struct options options;
	struct plan plan;
	char posture_json[POSTURE_JSON_SIZE]; /* for --status-fd, --status-file */
};

#endif
