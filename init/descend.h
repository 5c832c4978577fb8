/* Signals for everything below husk. */
#ifndef HUSK_INIT_DESCEND_H
#define HUSK_INIT_DESCEND_H

#include <stdbool.h>
#include <sys/types.h>

struct reach {
	bool pid1; /* kill(-1) reaches everything in the PID namespace at once */
	pid_t self;
	int proc; /* /proc, opened before the seal, else -1 */
};

/* Prepares: opens /proc where husk isn't PID 1 (close-on-exec). Without /proc only children of husk's own can't be found either. */
void reach_open(struct reach *reach, bool pid1);

/* Sends signal to every descendant of husk: as PID 1 to all in the namespace, otherwise by walking /proc. Never to husk itself or
 * to a process that isn't below it. Returns 0, or an errno where a process was found and none could be signalled. */
int reach_signal(const struct reach *reach, int signal);

#endif
