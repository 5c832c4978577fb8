/* The posture as a table for a person. */
#ifndef HUSK_INIT_REPORT_H
#define HUSK_INIT_REPORT_H

#include "common/err.h"
#include "init/posture.h"

/* Writes the table to fd, with colour where fd is a terminal and NO_COLOR isn't set. A failing write is an error: a report that
 * was asked for and isn't there would be taken for a good one. Returns 0, or -1 with *e set. */
int report_write(int fd, const struct posture *posture, struct err *e);

#endif
