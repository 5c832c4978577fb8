/* From the words of the command line to what the supervisor works with. Pure. */
#ifndef HUSK_INIT_POLICY_H
#define HUSK_INIT_POLICY_H

#include "common/err.h"
#include "init/next.h"
#include "init/options.h"

/* Fills *policy, except pid1, job_control and shares_group, which the machine decides. Returns 0, or -1 with *e set. */
int policy_make(const struct options *opt, struct policy *policy, struct err *e);

/* --parent-death-signal as a number; 0 where it isn't given. Returns 0, or -1 with *e set. */
int policy_parent_death(const struct options *opt, int *signal, struct err *e);

#endif
