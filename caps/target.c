#include "caps/target.h"

#define FIX_ENGINE "have the container engine add it, or don't ask for it"

capmask cap_target_held(const struct cap_target *target)
{
	const capmask *set = target->set;
	capmask roots = target->root ? set[CAPS_BOUNDING] | set[CAPS_INHERITABLE] : 0;

	return set[CAPS_AMBIENT] | (roots & (target->no_new_privs ? set[CAPS_PERMITTED] : ~UINT64_C(0)));
}

static int check_contradictions(const capmask *set, struct err *e)
{
	if ((set[CAPS_EFFECTIVE] & ~set[CAPS_PERMITTED]) != 0)
		return cap_refuse(set[CAPS_EFFECTIVE] & ~set[CAPS_PERMITTED], CAPS_PERMITTED, "can't be effective: it isn't in",
				  "add it to permitted too", e);
	if ((set[CAPS_AMBIENT] & ~set[CAPS_PERMITTED]) != 0)
		return cap_refuse(set[CAPS_AMBIENT] & ~set[CAPS_PERMITTED], CAPS_PERMITTED, "can't be ambient: it isn't in",
				  "add it to permitted too", e);
	if ((set[CAPS_AMBIENT] & ~set[CAPS_INHERITABLE]) != 0)
		return cap_refuse(set[CAPS_AMBIENT] & ~set[CAPS_INHERITABLE], CAPS_INHERITABLE, "can't be ambient: it isn't in",
				  "add it to inheritable too", e);
	return 0;
}

static int check_within(const capmask *set, const struct cap_state *now, struct err *e)
{
	/* The bounding set is dropped first, and what lies outside can't be added to inheritable any more (capset(2)). */
	capmask reachable = now->set[CAPS_INHERITABLE] | (now->set[CAPS_PERMITTED] & set[CAPS_BOUNDING]);

	if ((set[CAPS_PERMITTED] & ~now->set[CAPS_PERMITTED]) != 0)
		return cap_refuse(set[CAPS_PERMITTED] & ~now->set[CAPS_PERMITTED], CAPS_PERMITTED, "can't be kept: it isn't in", FIX_ENGINE,
				  e);
	if ((set[CAPS_BOUNDING] & ~now->set[CAPS_BOUNDING]) != 0)
		return cap_refuse(set[CAPS_BOUNDING] & ~now->set[CAPS_BOUNDING], CAPS_BOUNDING, "can't be kept: it isn't in", FIX_ENGINE,
				  e);
	if ((set[CAPS_INHERITABLE] & ~reachable) != 0)
		return cap_refuse(set[CAPS_INHERITABLE] & ~reachable, CAPS_INHERITABLE, "can't be put into",
				  "add it to bounding too (--cap-set bounding=LIST)", e);
	return 0;
}

/* What husk sets lasts until exec; the workload must not find more there than was asked for. */
static int check_exec(const struct cap_target *target, struct err *e)
{
	const capmask *set = target->set;
	capmask held = cap_target_held(target);

	if ((held & ~set[CAPS_PERMITTED]) != 0)
		return cap_refuse(held & ~set[CAPS_PERMITTED], CAPS_PERMITTED, "would be given to uid 0 at exec: it isn't in",
				  "take it out of bounding and inheritable, or leave out --allow-new-privs", e);
	if ((held & ~set[CAPS_EFFECTIVE]) != 0)
		return cap_refuse(held & ~set[CAPS_EFFECTIVE], CAPS_EFFECTIVE, "becomes effective at exec: it isn't in",
				  "add it to effective too", e);
	return 0;
}

int cap_target_check(const struct cap_target *target, const struct cap_state *now, struct err *e)
{
	if (target->keep_all)
		return 0;
	if (check_contradictions(target->set, e) != 0 || check_within(target->set, now, e) != 0)
		return -1;
	return check_exec(target, e);
}
