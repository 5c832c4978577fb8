/* The two-phase drop around the identity switch: the bounding set needs CAP_SETPCAP, which the switch takes away; the other sets
 * are rewritten by the switch, so they come after it. */
#ifndef HUSK_CAPS_DROP_H
#define HUSK_CAPS_DROP_H

#include "caps/target.h"

enum cap_drop_state { CAP_DROP_INITIAL, CAP_DROP_BOUNDING_DROPPED, CAP_DROP_DROPPED };

struct cap_drop {
	enum cap_drop_state state;
	struct cap_state now; /* as read back after the last phase; at first what the caller has read already, or zero */
	bool bounding_inert;  /* the bounding set stayed, for want of CAP_SETPCAP, and can't give anything back */
	bool bounding_loose;  /* it stayed, and can: only where the target is permissive. The caller says so */
};

/* First phase, with CAP_SETPCAP still there: bounding down to the target, ambient cleared, inheritable down to the target, read
 * back. A second call is a no-op. Returns 0, or -1 with *e set. */
int cap_drop_bounding(struct cap_drop *drop, const struct cap_target *target, struct err *e);

/* Second phase, after the identity switch: permitted, effective, inheritable, then ambient, exactly; read back. Before the first
 * phase it is an error, a second call is a no-op. Returns 0, or -1 with *e set. */
int cap_drop_rest(struct cap_drop *drop, const struct cap_target *target, struct err *e);

#endif
