#include "seccomp/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp/calls.h"
#include "seccomp/narrow.h"

/* FNV-1a. */
static uint32_t key_of(const char *name)
{
	uint32_t key = 2166136261U;

	for (; *name != '\0'; name++)
		key = (key ^ (unsigned char)*name) * 16777619U;
	return key;
}

static bool is_named(const struct rule *rule, const char *name, uint32_t key)
{
	return rule->key == key && strcmp(rule->name, name) == 0;
}

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
	profile->rules[profile->count] = *rule;
	profile->rules[profile->count].key = key_of(rule->name);
	profile->rules[profile->count++].narrow = rule->count > 0 ? narrow_arguments(rule->name) : 0;
	return 0;
}

void profile_free(struct profile *profile)
{
	free(profile->rules);
	profile->rules = NULL;
	profile->count = profile->room = 0;
}

uint64_t condition_mask(const struct rule *rule, const struct condition *c)
{
	const uint64_t wanted = c->op == COMPARE_MASKED_EQ ? c->datum & c->value : c->value;

	if (wanted <= UINT16_MAX && (rule->narrow >> (c->index + NARROW_SHORT) & 1) != 0)
		return UINT16_MAX;
	return wanted <= UINT32_MAX && (rule->narrow >> c->index & 1) != 0 ? UINT32_MAX : UINT64_MAX;
}

static bool condition_holds(const struct rule *rule, const struct condition *c, const uint64_t args[static 6])
{
	const uint64_t mask = condition_mask(rule, c);
	const uint64_t arg = args[c->index] & mask;
	const uint64_t value = c->value & mask;

	switch (c->op) {
	case COMPARE_NE: return arg != value;
	case COMPARE_LT: return arg < value;
	case COMPARE_LE: return arg <= value;
	case COMPARE_EQ: return arg == value;
	case COMPARE_GE: return arg >= value;
	case COMPARE_GT: return arg > value;
	case COMPARE_MASKED_EQ: return (arg & value) == (c->datum & value);
	}
	return false;
}

bool rule_matches(const struct rule *rule, const uint64_t args[static 6])
{
	for (unsigned i = 0; i < rule->count; i++)
		if (!condition_holds(rule, &rule->conditions[i], args))
			return false;
	return true;
}

/* KILL_PROCESS is negative. */
bool action_is_stricter(uint32_t one, uint32_t other)
{
	return (int32_t)(one & SECCOMP_RET_ACTION_FULL) < (int32_t)(other & SECCOMP_RET_ACTION_FULL);
}

bool action_denies(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE: return false;
	default: return true;
	}
}

static uint32_t default_answer(const struct profile *profile, int nr)
{
	const bool newer = profile->newest > 0 && nr > profile->newest;

	return newer && action_denies(profile->default_action) ? SECCOMP_RET_ERRNO | ENOSYS : profile->default_action;
}

const struct rule *profile_plain_rule(const struct profile *profile, const char *name)
{
	const struct rule *best = NULL;
	const uint32_t key = key_of(name);

	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (rule->count == 0 && is_named(rule, name, key) && (best == NULL || action_is_stricter(rule->action, best->action)))
			best = rule;
	}
	return best;
}

uint32_t profile_plain_answer(const struct profile *profile, const char *name, int nr)
{
	const struct rule *best = profile_plain_rule(profile, name);

	return best != NULL ? best->action : default_answer(profile, nr);
}

uint32_t profile_rule_answer(const struct profile *profile, const char *name, int nr, const uint64_t args[static 6])
{
	const struct rule *best = NULL;
	const uint32_t key = key_of(name);

	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (rule->count > 0 && is_named(rule, name, key) && rule_matches(rule, args) &&
		    (best == NULL || action_is_stricter(rule->action, best->action)))
			best = rule;
	}
	return best != NULL ? best->action : profile_plain_answer(profile, name, nr);
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
	return profile_rule_answer(profile, name, nr, args);
}
