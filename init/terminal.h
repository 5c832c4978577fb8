/* The controlling terminal: who is in its foreground. No trouble with a terminal is ever fatal. */
#ifndef HUSK_INIT_TERMINAL_H
#define HUSK_INIT_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

struct terminal {
	int fd;      /* the controlling terminal, -1 where there is none */
	pid_t group; /* husk's own process group; 0 where it lies in an outer PID namespace and has no number here */
	bool given;  /* the workload's group got the foreground from husk, which owes it to its caller */
};

/* Finds the controlling terminal on 0 to 2, else /dev/tty (close-on-exec). */
void terminal_find(struct terminal *t);

/* True where husk's group is the foreground. */
bool terminal_is_ours(const struct terminal *t);

/* True where the foreground is a group without a number in this PID namespace, and husk is in such a group too. The foreground
 * couldn't be given back (TIOCSPGRP needs a number), so the workload has to share husk's group. */
bool terminal_is_outer(const struct terminal *t);

/* Makes a group the foreground. SIGTTOU must be blocked, or the kernel stops the caller. */
void terminal_hand_to(const struct terminal *t, pid_t group);

/* Gives the foreground back to husk's own group, where husk had given it away: a caller's read would fail otherwise. */
void terminal_take_back(struct terminal *t);

#endif
