/* JSON lines about the start and the end of a run, for --status-fd and --status-file. The schema is in the README. */
#ifndef HUSK_INIT_STATUS_H
#define HUSK_INIT_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/next.h"

struct err;

/* Makes the descriptor ready: --status-fd must be open for writing and becomes close-on-exec (0 to 2 stay as they are);
 * --status-file is created or appended to. fd -1 and file NULL: no status. Returns the descriptor, -1 where none is wanted, or -2
 * with *e set. */
int status_open(int fd, const char *file, struct err *e);

/* {"event":"started",…}. posture: a JSON object, or NULL. command: argv, or NULL for --pause. */
void status_started(int fd, pid_t pid, char *const *command, const char *posture);

struct status_end {
	pid_t pid;
	const struct run_state *run;
	int exit_status; /* what husk ends with */
	int64_t wall_ms;
	uint64_t reaped; /* orphans, the workload not among them */
};

/* {"event":"ended",…}. CPU time and peak memory are those of everything that was reaped. */
void status_ended(int fd, const struct status_end *end);

/* Appends text to a JSON string at buf[used…size), escaped; what isn't UTF-8 becomes U+FFFD. Returns the new length; stops before a
 * character that doesn't fit. */
size_t json_escape(char *buf, size_t used, size_t size, const char *text);

#endif
