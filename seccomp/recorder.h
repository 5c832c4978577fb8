/* The recorder's process (see seccomp/learn.h). */
#ifndef HUSK_SECCOMP_RECORDER_H
#define HUSK_SECCOMP_RECORDER_H

#include "seccomp/learn.h"

enum { RECORDER_STARTED = 's', RECORDER_WRITE = 'w' };

/* What it says after each RECORDER_WRITE, and by itself when the last process under the filter has ended. */
struct recorder_answer {
	bool failed;
	struct err e;
	unsigned unnamed; /* calls that a profile can't name */
	unsigned denied;  /* calls that the file denies by name */
};

/* Never returns. control: where the listener comes from, then commands; answers go there. */
void recorder_run(const struct learn *learn, int control) __attribute__((noreturn));

/* Puts text into the file: as a new file with the old one's mode and owner in its place, or, where the folder is closed, into the
 * old one. Returns 0, or -1 with *e set. */
int recorder_put(const struct learn *learn, const char *text, struct err *e);

#endif
