/* The loop: wait, forward, reap. It decides nothing (init/next.h does), allocates nothing, and sleeps until a signal or a deadline. */
#ifndef HUSK_INIT_SUPERVISE_H
#define HUSK_INIT_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/descend.h"
#include "init/next.h"
#include "init/options.h"
#include "init/workload.h"

/* The one wake-up of a quiet run: a workload that ends sooner never pays for it. */
enum { SETTLE_MS = 100 };

struct supervise_config {
	struct policy policy;
	enum forward forward;
	struct reach reach; /* filled by reach_open, before the seal */
	bool warn_on_reap;
	int status_fd;        /* -1: none */
	const char *posture;  /* JSON object for the started line, or NULL */
	void (*settle)(void); /* called once, when nothing has happened for SETTLE_MS; NULL: nothing */
	char *const *command;
	struct learn *learn; /* NULL: nothing is learned */
};

/* Waits until the run is over and returns the exit status. Reaps whatever becomes husk's child. Everything must be blocked
 * (signals_block). With --pause w->pid is 0. PID 1 that returns from here ends its container. */
int supervise(struct supervise_config *config, struct workload *w);

#endif
