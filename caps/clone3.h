/* SEC-CLONE3: BPF can't see clone3's flags, so a filter may allow it only where no namespace can come of it. Pure decisions on
 * facts; caps/userns.h finds them. */
#ifndef HUSK_CAPS_CLONE3_H
#define HUSK_CAPS_CLONE3_H

#include <stdbool.h>
#include <stddef.h>

#include "caps/capstate.h"
#include "caps/userns.h"

struct clone3_facts {
	struct cap_state caps;     /* the workload's, final */
	enum userns_answer answer; /* what the try said */
	bool forbidden_by_husk;    /* --forbid-userns built the refusal */
	bool trust_host;           /* --trust-host-userns */
};

enum clone3_verdict {
	CLONE3_UNDECIDED,
	CLONE3_PROVEN,     /* both halves hold for the workload's life */
	CLONE3_MOOT,       /* there is no clone3 to allow */
	CLONE3_NOT_PROVEN, /* a capability, or the kernel's answer, breaks it */
};

/* False where no answer could prove anything, so the try can be saved: a namespace capability is left, or there is nothing that
 * could hold for the workload's life (no refusal of husk's own, no trust in the host's, and the kernel has user namespaces). */
bool clone3_needs_try(const struct clone3_facts *facts, bool absent);

/* Decides, and writes why (one line) into reason and what would mend it into fix. */
enum clone3_verdict clone3_decide(const struct clone3_facts *facts, char *reason, size_t size, const char **fix);

#endif
