/* A profile as data: what is to happen for which call with which arguments. Pure. */
#ifndef HUSK_SECCOMP_RULES_H
#define HUSK_SECCOMP_RULES_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

enum compare { COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_GE, COMPARE_GT, COMPARE_MASKED_EQ };

struct condition {
	unsigned index; /* of the argument, 0 to 5 */
	enum compare op;
	uint64_t value; /* the mask for COMPARE_MASKED_EQ */
	uint64_t datum; /* what the masked argument is compared with */
};

enum { RULE_CONDITIONS = 6, RULE_NAME_SIZE = 40 };

struct rule {
	char name[RULE_NAME_SIZE];
	uint32_t key;    /* of the name, so that most names are told apart by one comparison; filled in by profile_add */
	unsigned narrow; /* narrow_arguments of the call; filled in by profile_add */
	uint32_t action; /* SECCOMP_RET_…, the errno in its low bits */
	unsigned count;
	struct condition conditions[RULE_CONDITIONS]; /* all must hold */
};

/* What was asked for, one architecture, conditions on capabilities and kernel resolved. */
struct profile {
	uint32_t default_action;
	uint32_t arch;       /* AUDIT_ARCH_… */
	bool compat32;       /* the filter also holds the architecture's 32-bit sibling, with rules of its own */
	bool sys_admin_kept; /* the workload keeps CAP_SYS_ADMIN: the profile decides about namespaces */
	unsigned flags;      /* of seccomp(2), as the profile wants it loaded */
	int newest;          /* the highest number that the profile itself names; 0: not told */
	struct rule *rules;
	size_t count;
	size_t room;
};

/* Adds a copy of rule. Returns 0, or -1 with *e set. */
int profile_add(struct profile *profile, const struct rule *rule, struct err *e);
void profile_free(struct profile *profile);

/* The bits of the argument that are compared, as the kernel sees it: 32 of an int, 16 of a mode. More where the wanted value has more. */
uint64_t condition_mask(const struct rule *rule, const struct condition *condition);
bool rule_matches(const struct rule *rule, const uint64_t args[static 6]);

/* As the kernel ranks the answers of stacked filters. */
bool action_is_stricter(uint32_t one, uint32_t other);
/* Whether the call isn't made. A tracer may let it be made. */
bool action_denies(uint32_t action);

/* What the profile says to one call of its architecture, as a table walk, with husk's own rules in front: clone3 and namespaces. nr
 * unknown by any table answers ENOSYS. Rules of a call with conditions come before those without. Where several match, the
 * strictest counts: engines give no order, and libseccomp lets the last one win, so nothing else is safe under both readings. */
uint32_t profile_answer(const struct profile *profile, bool allow_clone3, int nr, const uint64_t args[static 6]);

/* What profile_answer says to the calls of name and number, husk's own rules left out. */
uint32_t profile_rule_answer(const struct profile *profile, const char *name, int nr, const uint64_t args[static 6]);

/* The strictest rule without conditions that names the call, or NULL. */
const struct rule *profile_plain_rule(const struct profile *profile, const char *name);

/* The same without rules that have conditions. Where none names the call, the default; but ENOSYS in place of a default that denies
 * where the call is newer than any that the profile names: its author didn't know it, and libc falls back (as runc has it). */
uint32_t profile_plain_answer(const struct profile *profile, const char *name, int nr);

/* The namespace flags of clone (its low byte is a signal, so CLONE_NEWTIME isn't among them) and of unshare. */
#define CLONE_NAMESPACES   0x7E020000U
#define UNSHARE_NAMESPACES 0x7E020080U

#endif
