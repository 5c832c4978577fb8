#include "seccomp/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp/calls.h"

int profile_add(struct profile *profile, const struct rule *rule, struct err *e)
{
	if (profile->count == profile->room) {
		size_t room = profile->room == 0 ? 512 : profile->room * 2;
		struct rule *larger = reallocarray(profile->rules, room, sizeof *larger);

		if (larger == NULL)
			return err_set(e, errno, "make the profile smaller", "seccomp: too many rules");
		profile->rules = larger;
		profile->room = room;
	}
	profile->rules[profile->count++] = *rule;
	return 0;
}

void profile_free(struct profile *profile)
{
	free(profile->rules);
	profile->rules = NULL;
	profile->count = profile->room = 0;
}

bool condition_holds(const struct condition *c, const uint64_t args[static 6])
{
	uint64_t arg = args[c->index];

	switch (c->op) {
	case COMPARE_NE: return arg != c->value;
	case COMPARE_LT: return arg < c->value;
	case COMPARE_LE: return arg <= c->value;
	case COMPARE_EQ: return arg == c->value;
	case COMPARE_GE: return arg >= c->value;
	case COMPARE_GT: return arg > c->value;
	case COMPARE_MASKED_EQ: return (arg & c->value) == (c->datum & c->value);
	}
	return false;
}

bool rule_matches(const struct rule *rule, const uint64_t args[static 6])
{
	for (unsigned i = 0; i < rule->count; i++)
		if (!condition_holds(&rule->conditions[i], args))
			return false;
	return true;
}

/* As the kernel ranks the answers of stacked filters: KILL_PROCESS is negative. */
static bool is_stricter(uint32_t one, uint32_t other)
{
	return (int32_t)(one & SECCOMP_RET_ACTION_FULL) < (int32_t)(other & SECCOMP_RET_ACTION_FULL);
}

uint32_t profile_plain_answer(const struct profile *profile, const char *name)
{
	const struct rule *best = NULL;

	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (rule->count == 0 && strcmp(rule->name, name) == 0 && (best == NULL || is_stricter(rule->action, best->action)))
			best = rule;
	}
	return best != NULL ? best->action : profile->default_action;
}

uint32_t profile_rule_answer(const struct profile *profile, const char *name, const uint64_t args[static 6])
{
	const struct rule *best = NULL;

	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (rule->count > 0 && strcmp(rule->name, name) == 0 && rule_matches(rule, args) &&
		    (best == NULL || is_stricter(rule->action, best->action)))
			best = rule;
	}
	return best != NULL ? best->action : profile_plain_answer(profile, name);
}

uint32_t profile_answer(const struct profile *profile, bool allow_clone3, int nr, const uint64_t args[static 6])
{
	char name[RULE_NAME_SIZE];

	if (!call_name(profile->arch, nr, name))
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (strcmp(name, "clone3") == 0 && !allow_clone3)
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (!profile->sys_admin_kept) {
		if ((strcmp(name, "clone") == 0 && (args[0] & CLONE_NAMESPACES) != 0) ||
		    (strcmp(name, "unshare") == 0 && (args[0] & UNSHARE_NAMESPACES) != 0) || strcmp(name, "setns") == 0)
			return SECCOMP_RET_ERRNO | EPERM;
	}
	return profile_rule_answer(profile, name, args);
}
