/* A filter is checked against its rules before it is loaded: libseccomp isn't trusted blindly. Pure. */
#ifndef HUSK_SECCOMP_PROVE_H
#define HUSK_SECCOMP_PROVE_H

#include "common/err.h"
#include "seccomp/rules.h"

#include <linux/filter.h>

/* Runs the program over every number up to beyond the last known, over each rule at its boundary values (one below, at, one above,
 * high bits set), over x32 and foreign architectures, and compares with what the rules say; then over the calls that husk itself
 * makes once the filter is loaded. Returns 0, or -1 with *e naming the rule. */
int prove(const struct profile *profile, bool allow_clone3, const struct sock_filter *code, size_t length, struct err *e);

/* The last of it alone, for a filter that no rules are known of. what: it, for the message. */
int prove_own_calls(const char *what, uint32_t arch, const struct sock_filter *code, size_t length, struct err *e);

#endif
