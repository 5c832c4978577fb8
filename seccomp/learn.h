/* --learn FILE: a recorder process answers a user notification (seccomp_unotify(2), Linux 5.5) for each call that the workload and
 * its descendants make, and writes a profile that allows those. Nothing is recorded of husk itself.
 *
 * The notifying filter is loaded in the workload's process just before exec, on top of husk's own: what that one denies stays denied
 * and isn't learned. The recorder lives until the last process under the filter has ended. Should it die, every further call of
 * the workload fails with ENOSYS, and husk kills what is left.
 *
 * What it costs: about 6 us a call in place of 0.2 (Linux 6.18); python3 importing ssl takes 25 ms in place of 21. What to know: a
 * signal that arrives before the recorder has taken a call interrupts that call, even one that otherwise can't fail with EINTR; from
 * Linux 5.19 on none does later. Before 5.10 the recorder doesn't see the last process end.
 * The workload can't have a listener of its own (EBUSY). A profile underneath must allow seccomp and sendmsg. */
#ifndef HUSK_SECCOMP_LEARN_H
#define HUSK_SECCOMP_LEARN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

struct learn {
	const char *file; /* NULL: nothing is to be learned, and every call below does nothing */
	const char *name; /* its last component */
	int dir;          /* of the file, where the new one is made */
	int fd;           /* of the file, for where the workload's user can't make one in the folder */
	char *old;        /* what it held, NULL: nothing */
	size_t old_size;
	int control; /* to the recorder */
	pid_t recorder;
	uint64_t pass[3]; /* opens the filter for the two calls that hand the listener over */
	bool answered;    /* the recorder has written the file at least once */
};

/* Opens and checks the file, with the rights of whoever started husk. Returns 0, or -1 with *e set. */
int learn_open(const char *file, struct learn *learn, struct err *e);

/* Starts the recorder: after the credentials are dropped, before the profile is loaded, which needn't allow what a recorder does. */
int learn_start(struct learn *learn, struct err *e);

/* In the workload's process, the last thing before exec; no other call than exec and exit_group may follow. Touches no heap, so it
 * may run under vfork. Returns 0, or -1 with errno (EBUSY: there is a listener already) and *step. */
int learn_attach(const struct learn *learn, const char **step);

/* The workload was executed: from now on there is something to write. */
void learn_started(const struct learn *learn);

/* Has everything that was recorded written out: before what is left is killed. */
void learn_flush(struct learn *learn);

/* True where pid is the recorder's. *died: before it had written. */
bool learn_is_recorder(struct learn *learn, pid_t pid, bool *died);

/* Waits until the profile is written. Returns 0, or -1 with *e set. */
int learn_finish(struct learn *learn, struct err *e);

/* The workload couldn't be started: the recorder ends, and leaves the file as it was. */
void learn_cancel(struct learn *learn);

/* Nothing was started: a file that learn_open made goes again. */
void learn_abandon(const struct learn *learn);

#endif
