/* The five capability sets of this process, as the kernel has them. */
#ifndef HUSK_CAPS_CAPSTATE_H
#define HUSK_CAPS_CAPSTATE_H

#include "caps/capset.h"

enum cap_set { CAPS_BOUNDING, CAPS_PERMITTED, CAPS_EFFECTIVE, CAPS_INHERITABLE, CAPS_AMBIENT, CAPS_SETS };

struct cap_state {
	capmask set[CAPS_SETS];
	unsigned last; /* the last capability that the kernel knows */
};

/* "bounding", "permitted", … */
const char *cap_set_name(enum cap_set set);

/* Reads all five sets of the calling thread; the last capability is found from the kernel, not from a header. Returns 0, or -1
 * with *e set. */
int cap_state_read(struct cap_state *state, struct err *e);

/* The two halves of it: the bounding set and the last capability (a call for each capability), and the four other sets. */
int cap_state_read_bounding(struct cap_state *state, struct err *e);
int cap_state_read_rest(struct cap_state *state, struct err *e);

/* In place of the first half, for whoever drops the whole bounding set and reads it back: finds the last capability alone, in seven
 * calls, and takes the set for full. Returns 0, or -1 with *e set. */
int cap_state_read_last(struct cap_state *state, struct err *e);

/* Any of the five sets. */
capmask cap_state_any(const struct cap_state *state);

/* True where exec gives capabilities to uid 0: the securebit noroot isn't set (capabilities(7)). */
bool cap_root_is_special(void);

/* Sets *e to "NAMES WHY the SET set" and is -1; the names are those of extra. */
int cap_refuse(capmask extra, enum cap_set set, const char *why, const char *fix, struct err *e);

#endif
