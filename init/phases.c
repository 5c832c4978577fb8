#include "init/phases.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "caps/userns.h"
#include "common/say.h"
#include "init/early.h"
#include "init/parent.h"
#include "init/reaper.h"
#include "init/report.h"
#include "init/seal.h"
#include "init/stdio.h"
#include "init/supervise.h"
#include "init/workload.h"

/* Why one phase comes before another. Whoever reorders the list meets the reason. */
_Static_assert(PHASE_BLOCK == 0, "a signal that arrives before it is blocked is lost");
_Static_assert(PHASE_PLAN < PHASE_REAPER, "what can be refused is refused before anything is changed");
_Static_assert(PHASE_REAPER < PHASE_BOUNDING, "the covered root of --forbid-userns needs CAP_SYS_ADMIN");
_Static_assert(PHASE_BOUNDING < PHASE_IDENTITY, "dropping the bounding set needs CAP_SETPCAP, which the identity switch clears");
_Static_assert(PHASE_BOUNDING < PHASE_CAPABILITIES, "dropping the bounding set needs CAP_SETPCAP, which this phase drops");
_Static_assert(PHASE_IDENTITY < PHASE_CAPABILITIES, "the switch needs CAP_SETUID and CAP_SETGID, and rewrites the sets by itself");
_Static_assert(PHASE_IDENTITY < PHASE_PARENT_DEATH, "setresuid clears the parent-death signal");
_Static_assert(PHASE_CAPABILITIES < PHASE_PARENT_DEATH, "a change of capabilities clears the parent-death signal too");
_Static_assert(PHASE_CAPABILITIES < PHASE_SEC_CLONE3, "the proof holds for the credentials that the workload gets");
_Static_assert(PHASE_NO_NEW_PRIVS < PHASE_SECCOMP, "without CAP_SYS_ADMIN the filter needs no_new_privs");
_Static_assert(PHASE_SEC_CLONE3 < PHASE_SECCOMP, "the filter hides the kernel's answer");
_Static_assert(PHASE_SECCOMP + 1 == PHASE_START, "the filter comes last, so that it needn't allow any step of husk's");
_Static_assert(PHASE_START < PHASE_SUPERVISE && PHASE_SUPERVISE + 1 == PHASES_COUNT, "there is a workload to wait for");

static int phase_block(struct run *run, struct err *e)
{
	early_block(&run->plan.workload);
	return descriptors_reserve(e);
}
