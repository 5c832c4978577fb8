#include "seccomp/doors.h"

#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "seccomp/calls.h"

/* Behind a door nobody can tell whether a condition holds: what it says must not be opened there, nor denied where it allows. */
static bool conditions_contradict(const struct profile *profile, const struct rule *plain)
{
	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (rule->count > 0 && strcmp(rule->name, plain->name) == 0 &&
		    !(action_denies(plain->action) && action_denies(rule->action)))
			return true;
	}
	return false;
}

/* Rules with conditions come first: a twin must not loosen what the profile says of the door itself. */
static bool loosens_door(const struct profile *profile, const char *door, uint32_t action)
{
	const struct rule *own = profile_plain_rule(profile, door);

	return own != NULL && !action_is_stricter(action, own->action);
}

int profile_add_doors(struct profile *profile, struct err *e)
{
	const size_t count = profile->arch == AUDIT_ARCH_I386 ? profile->count : 0;

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &profile->rules[i];
		struct rule twin = {.action = rule->action, .count = 1};
		const char *door;
		const unsigned operation = rule->count == 0 ? call_door(profile->arch, rule->name, &door) : 0;

		if (operation == 0 || conditions_contradict(profile, rule) || loosens_door(profile, door, rule->action))
			continue;
		(void)snprintf(twin.name, sizeof twin.name, "%s", door);
		/* ipc has a version in the upper half. */
		twin.conditions[0] = (struct condition){0, COMPARE_MASKED_EQ, 0xffff, operation};
		if (profile_add(profile, &twin, e) != 0)
			return -1;
	}
	return 0;
}
