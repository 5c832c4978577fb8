/* The story of a launch as data: one list that yields the enum, the names and the runner. */
#ifndef HUSK_INIT_PHASES_H
#define HUSK_INIT_PHASES_H

#include "common/err.h"
#include "init/run.h"

#define PHASES(PHASE) \
	PHASE(BLOCK, block) \
	PHASE(PLAN, plan) \
	PHASE(REAPER, reaper) \
	PHASE(BOUNDING, bounding) \
	PHASE(IDENTITY, identity) \
	PHASE(CAPABILITIES, capabilities) \
	PHASE(PARENT_DEATH, parent_death) \
	PHASE(NO_NEW_PRIVS, no_new_privs) \
	PHASE(SEC_CLONE3, sec_clone3) \
	PHASE(SECCOMP, seccomp) \
	PHASE(START, start) \
	PHASE(SUPERVISE, supervise)

enum phase {
#define PHASE(id, name) PHASE_##id,
	PHASES(PHASE)
#undef PHASE
		PHASES_COUNT
};

/* The name that a failure carries, "bounding" for PHASE_BOUNDING. */
const char *phase_name(enum phase phase);

/* Runs the phases in their order until one fails, or one has set run->done (help, --check). Returns 0, or -1 with *e set and
 * *failed naming the phase; no later phase has run then, so the workload never runs after a failure. */
int phases_run(struct run *run, enum phase *failed, struct err *e);

#endif
