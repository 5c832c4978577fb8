/* The capabilities that are asked for, and whether they can be had. Pure. */
#ifndef HUSK_CAPS_TARGET_H
#define HUSK_CAPS_TARGET_H

#include "caps/capstate.h"

/* What PID 1 is to hold, exactly, and the workload after its exec. */
struct cap_target {
	capmask set[CAPS_SETS];
	bool keep_all;     /* --caps keep: nothing is touched; set is what the switch of the uid leaves */
	bool root;         /* exec gives the workload what uid 0 gets */
	bool no_new_privs; /* no_new_privs will be set: a bounding set that can't be dropped is inert if the rest is empty */
	bool permissive;   /* --permissive: one that isn't inert may stay as well, for want of CAP_SETPCAP */
};

/* What the workload holds, permitted and effective, once it has executed a file without set-id bits and capabilities: its ambient set;
 * as root also bounding and inheritable, under no_new_privs only what was permitted before (capabilities(7), execve(2)). */
capmask cap_target_held(const struct cap_target *target);

/* Refuses a target that contradicts itself or asks for more than this process has: effective beyond permitted, ambient beyond
 * permitted and inheritable, a capability that isn't there to keep, one that exec would give beyond effective. Returns 0, or -1 with
 * *e naming the set and the capability. */
int cap_target_check(const struct cap_target *target, const struct cap_state *now, struct err *e);

#endif
