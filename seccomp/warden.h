/* husk's own second filter, once the workload runs: whoever takes PID 1 over finds the calls of waiting, forwarding, reaping,
 * reporting and exiting, and no other. */
#ifndef HUSK_SECCOMP_WARDEN_H
#define HUSK_SECCOMP_WARDEN_H

#include <stdbool.h>

#include "common/err.h"

/* Loads it on this process; children that exist already are untouched. pid1: without what only a launcher needs (walking over /proc,
 * stopping itself). learns: with reading what the recorder of --learn answers. Every other call answers EPERM, since PID 1 must not die of
 * trouble; a foreign architecture kills. Allocates nothing. Returns 0, or -1 with *e set. */
int warden_load(bool pid1, bool learns, struct err *e);

#endif
