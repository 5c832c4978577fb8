/* Capability sets as values, and their names. */
#ifndef HUSK_CAPS_CAPSET_H
#define HUSK_CAPS_CAPSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* Bit n stands for capability n (capabilities(7)). */
typedef uint64_t capmask;

/* Those of linux/capability.h that others name; libcap's header stays in caps/. */
enum { CAPABILITY_KILL = 5, CAPABILITY_SETGID = 6, CAPABILITY_SETUID = 7, CAPABILITY_SETPCAP = 8 };

static inline capmask capset_of(unsigned capability)
{
	return UINT64_C(1) << capability;
}

/* All capabilities from 0 to last. */
capmask capset_up_to(unsigned last);

/* Reads "net_bind_service,CAP_KILL": names with or without cap_, in any case; "none" and "all" (up to last) stand alone. Digits,
 * empty items and unknown names are refused by name. option is what the message begins with. Returns 0, or -1 with *e set. */
int capset_parse(const char *option, const char *list, unsigned last, capmask *out, struct err *e);

/* Writes "cap_kill,cap_setpcap", or "none"; a set too long for buf ends in "…". Capabilities without a name are written as
 * numbers. */
void capset_format(capmask set, char *buf, size_t size);

#endif
