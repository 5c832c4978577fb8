/* The profile language of the engines: OCI and Docker JSON to rules. Pure. */
#ifndef HUSK_SECCOMP_PROFILE_H
#define HUSK_SECCOMP_PROFILE_H

#include "seccomp/rules.h"

/* What conditions in a profile (includes, excludes) are about. */
struct profile_context {
	uint64_t caps;   /* that the workload keeps; bit n = capability n */
	unsigned kernel; /* major << 8 | minor */
};

/* Reads JSON text into *profile, whose arch, compat32 and sys_admin_kept are set; rules are added to those that are there. name goes
 * into messages, which give line and column. Unknown names of calls are passed over (unknown_count says how many); unknown fields,
 * actions, operators, architectures and flags are errors. Returns 0, or -1 with *e set. */
int profile_parse(const char *name, const char *text, size_t size, const struct profile_context *context, struct profile *profile,
		  unsigned *unknown_count, struct err *e);

/* Whether rules about the call mean anything on the profile's architecture; found: the name to put into them. *known: whether any
 * architecture has the call. *nr: its number, negative where it has none. */
bool profile_knows(const struct profile *profile, const char *name, char found[static RULE_NAME_SIZE], bool *known, int *nr);

/* AUDIT_ARCH_… of this machine. */
uint32_t profile_native_arch(void);

/* The running kernel as profile_context wants it (uname(2)). */
unsigned profile_kernel(void);

#endif
