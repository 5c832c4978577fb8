/* Phase 3: husk becomes the process that orphans fall to, and lets go of every descriptor that isn't the workload's business. */
#ifndef HUSK_INIT_REAPER_H
#define HUSK_INIT_REAPER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

/* Fills the places of closed standard descriptors, so that no file opened later becomes the workload's stdin or husk's stderr.
 * The placeholders read and write as closed ones do (EBADF) and vanish at exec. Returns 0, or -1 with *e set. */
int descriptors_reserve(struct err *e);

/* Closes every descriptor from first on but those listed (ascending). Returns 0, or -1 with *e set. */
int descriptors_close(int first, const int *keep, size_t count, struct err *e);

/* Makes husk the child subreaper (prctl(2), Linux 3.4) and reads it back. Returns 0, or -1 with *e set. */
int subreaper_set(struct err *e);

/* 1 where this process is a subreaper, 0 where it isn't, -1 where the kernel can't tell (errno). */
int subreaper_get(void);

#endif
