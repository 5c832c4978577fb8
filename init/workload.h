/* Starting the workload: the one fork and the one exec of husk. */
#ifndef HUSK_INIT_WORKLOAD_H
#define HUSK_INIT_WORKLOAD_H

#include "init/signals.h"
#include "init/terminal.h"

#include <stdbool.h>
#include <sys/types.h>

struct err;
struct learn;

struct workload_plan {
	const char *path;  /* what to execute, resolved already; no search, no shell for a file without #! */
	char *const *argv; /* argv[0] as the user wrote it */
	char **envp;       /* its LISTEN_PID entry is replaced for the time of the call, where it names husk */
	struct signals_before signals;
	int death_signal;          /* the workload gets it when husk dies; 0: none. SIGKILL where husk isn't PID 1 */
	const struct learn *learn; /* attached just before exec; NULL: nothing is learned */
	char *const *shell;        /* argv for /bin/sh where the file has no #! (execvp's habit, for tini alone), else NULL */
	bool want_group;           /* a process group of its own even where the terminal can't be given back */
};

struct workload {
	pid_t pid;         /* 0 once it was reaped: the number may be somebody else's by then */
	bool shares_group; /* it stays in husk's process group, so a terminal's signals reach it without husk */
	struct terminal terminal;
};

/* Runs the command in a process group of its own, in the foreground if husk was there, with the caller's mask and dispositions.
 * Returns 0 once it has been executed. -1 with e->status 125 (no process), 126 (can't be run) or 127 (not found). */
int workload_start(const struct workload_plan *plan, struct workload *w, struct err *e);

/* How many descriptors from 3 on are handed over by socket activation (sd_listen_fds(3)): LISTEN_FDS where LISTEN_PID is husk's
 * own pid, else 0. They must stay open and lose close-on-exec only in the workload. */
unsigned workload_listen_fds(char *const *envp, pid_t self);

#endif
