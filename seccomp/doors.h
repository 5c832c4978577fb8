/* Two calls of i386 that lead to others. */
#ifndef HUSK_SECCOMP_DOORS_H
#define HUSK_SECCOMP_DOORS_H

#include "seccomp/rules.h"

/* On i386 socketcall(2) and ipc(2) lead to calls that mostly have numbers of their own too: what is said of such a call without
 * conditions is said of its door as well, unless a rule about the door itself is stricter, or a rule with conditions says otherwise.
 * Returns 0, or -1 with *e set. */
int profile_add_doors(struct profile *profile, struct err *e);

#endif
