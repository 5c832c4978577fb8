/* The two steps of the seal that are one prctl(2) each. */
#ifndef HUSK_INIT_SEAL_H
#define HUSK_INIT_SEAL_H

#include <sys/types.h>

#include "common/err.h"

/* Sets no_new_privs (Linux 3.5) and reads it back. Returns 0, or -1 with *e set. */
int no_new_privs_set(struct err *e);

/* 1 where no_new_privs is on, 0 where it is off, -1 where the kernel has none (errno). */
int no_new_privs_get(void);

/* Arms the parent-death signal (prctl(2); cleared by a change of credentials, so after it), reads it back, then compares the
 * parent with the one at the start: had it died before the arming, the signal would never come. Returns 0, or -1 with *e set. */
int parent_death_arm(int signal, pid_t parent, struct err *e);

/* Keeps other processes of the same user from tracing this one, reading its memory or taking its descriptors (PR_SET_DUMPABLE,
 * prctl(2)); exec resets it, so the workload isn't concerned. Reads it back. Returns 0, or -1 with *e set. */
int not_dumpable_set(struct err *e);

#endif
