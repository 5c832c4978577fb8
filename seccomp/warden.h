/* Filters for husk's own processes. Once the workload runs: whoever takes PID 1 over finds the calls of waiting, forwarding, reaping,
 * reporting and exiting, and no other. */
#ifndef HUSK_SECCOMP_WARDEN_H
#define HUSK_SECCOMP_WARDEN_H

#include <stdbool.h>

#include "common/err.h"

/* Loads it on this process; children that exist already are untouched. pid1: without what only a launcher needs (walking over /proc,
 * stopping itself). learns: with reading what the recorder of --learn answers. Every other call answers EPERM, since PID 1 must not die of
 * trouble; those of foreign architectures too. Allocates nothing. Returns 0, or -1 with *e set. */
int warden_load(bool pid1, bool learns, struct err *e);

/* For the child that reads and compiles a profile: memory, time and its end are left to it, no file and no other process. Sets
 * no_new_privs. Returns 0, or -1 with *e set. */
int warden_confine(struct err *e);

#endif
