#include "caps/drop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NAMES_SIZE = 120 };

static int put_sets(capmask permitted, capmask effective, capmask inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
	};

	return (int)syscall(SYS_capset, &header, data);
}

/* capset(2) ignores bits that the kernel doesn't know and setuid(2) has rules of its own: only what is read back counts. */
static int read_back(struct cap_drop *drop, enum cap_set set, capmask wanted, struct err *e)
{
	capmask wrong = drop->now.set[set] ^ wanted;

	if (wrong == 0)
		return 0;
	if ((wrong & drop->now.set[set]) != 0)
		return cap_refuse(wrong & drop->now.set[set], set, "is still in", "report this as a bug", e);
	return cap_refuse(wrong, set, "is missing from", "report this as a bug", e);
}

static bool inert_without_bounding(const struct cap_target *target)
{
	return target->no_new_privs && target->set[CAPS_PERMITTED] == 0 && target->set[CAPS_INHERITABLE] == 0 &&
	       target->set[CAPS_AMBIENT] == 0;
}

static bool bounding_stays(const struct cap_drop *drop)
{
	return drop->bounding_inert || drop->bounding_loose;
}

static int drop_bounding_bits(struct cap_drop *drop, const struct cap_target *target, struct err *e)
{
	capmask surplus = drop->now.set[CAPS_BOUNDING] & ~target->set[CAPS_BOUNDING];

	for (unsigned capability = 0; capability <= drop->now.last; capability++) {
		char name[NAMES_SIZE];

		if ((surplus & capset_of(capability)) == 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, (unsigned long)capability, 0UL, 0UL, 0UL) == 0)
			continue;
		/* Only a want of CAP_SETPCAP explains it; with it, a drop that fails is no harmless thing. */
		if (errno == EPERM && (drop->now.set[CAPS_EFFECTIVE] & capset_of(CAP_SETPCAP)) == 0 &&
		    (inert_without_bounding(target) || target->permissive)) {
			drop->bounding_inert = inert_without_bounding(target);
			drop->bounding_loose = !drop->bounding_inert;
			return 0;
		}
		capset_format(capset_of(capability), name, sizeof name);
		return err_set(e, errno,
			       errno == EPERM ? "start husk with CAP_SETPCAP; without it, drop every capability and leave out "
						"--allow-new-privs"
					      : "report this as a bug",
			       "%s won't leave the bounding set: prctl(PR_CAPBSET_DROP)", name);
	}
	return 0;
}

/* A capability that is permitted but not effective (a file without the effective bit) can still do the work. */
static int raise_effective(struct cap_drop *drop, struct err *e)
{
	const capmask *now = drop->now.set;

	if ((now[CAPS_PERMITTED] & ~now[CAPS_EFFECTIVE]) == 0)
		return 0;
	if (put_sets(now[CAPS_PERMITTED], now[CAPS_PERMITTED], now[CAPS_INHERITABLE]) != 0)
		return err_set(e, errno, "allow capset in the outer seccomp filter", "capset");
	drop->now.set[CAPS_EFFECTIVE] = now[CAPS_PERMITTED];
	return 0;
}

static int clear_ambient(const struct cap_drop *drop, struct err *e)
{
	if (drop->now.set[CAPS_AMBIENT] == 0)
		return 0;
	if (prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL) != 0)
		return err_set(e, errno, "allow prctl in the outer seccomp filter", "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
	return 0;
}

static int lower_inheritable(const struct cap_drop *drop, const struct cap_target *target, struct err *e)
{
	const capmask *now = drop->now.set;
	capmask kept = now[CAPS_INHERITABLE] & target->set[CAPS_INHERITABLE];

	if (kept == now[CAPS_INHERITABLE])
		return 0;
	if (put_sets(now[CAPS_PERMITTED], now[CAPS_EFFECTIVE], kept) != 0)
		return err_set(e, errno, "allow capset in the outer seccomp filter", "capset");
	return 0;
}

int cap_drop_bounding(struct cap_drop *drop, const struct cap_target *target, struct err *e)
{
	if (drop->state != CAP_DROP_INITIAL)
		return 0;
	if (drop->now.last == 0 && cap_state_read(&drop->now, e) != 0)
		return -1;
	if (!target->keep_all) {
		if (raise_effective(drop, e) != 0 || drop_bounding_bits(drop, target, e) != 0 || clear_ambient(drop, e) != 0 ||
		    lower_inheritable(drop, target, e) != 0 || cap_state_read(&drop->now, e) != 0)
			return -1;
		if (!bounding_stays(drop) && read_back(drop, CAPS_BOUNDING, target->set[CAPS_BOUNDING], e) != 0)
			return -1;
		if (read_back(drop, CAPS_AMBIENT, 0, e) != 0 ||
		    read_back(drop, CAPS_INHERITABLE, drop->now.set[CAPS_INHERITABLE] & target->set[CAPS_INHERITABLE], e) != 0)
			return -1;
	}
	drop->state = CAP_DROP_BOUNDING_DROPPED;
	return 0;
}

static int raise_ambient(const struct cap_target *target, unsigned last, struct err *e)
{
	for (unsigned capability = 0; capability <= last; capability++) {
		char name[NAMES_SIZE];

		if ((target->set[CAPS_AMBIENT] & capset_of(capability)) == 0)
			continue;
		if (prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_RAISE, (unsigned long)capability, 0UL, 0UL) == 0)
			continue;
		capset_format(capset_of(capability), name, sizeof name);
		return err_set(e, errno, "use Linux 4.3 or later, without the securebit no_cap_ambient_raise",
			       "%s can't be made ambient: prctl(PR_CAP_AMBIENT_RAISE)", name);
	}
	return 0;
}

static int put_exactly(struct cap_drop *drop, const struct cap_target *target, struct err *e)
{
	const capmask *set = target->set;

	/* One call for three sets: there is no moment in which effective exceeds permitted. */
	if (put_sets(set[CAPS_PERMITTED], set[CAPS_EFFECTIVE], set[CAPS_INHERITABLE]) != 0)
		return err_set(e, errno, "report this as a bug", "capset");
	/* The bounding set was read back by the first phase, and only ever shrinks. */
	if (raise_ambient(target, drop->now.last, e) != 0 || cap_state_read_rest(&drop->now, e) != 0)
		return -1;
	for (enum cap_set i = CAPS_BOUNDING; i < CAPS_SETS; i++)
		if (!(i == CAPS_BOUNDING && bounding_stays(drop)) && read_back(drop, i, set[i], e) != 0)
			return -1;
	return 0;
}

int cap_drop_rest(struct cap_drop *drop, const struct cap_target *target, struct err *e)
{
	if (drop->state == CAP_DROP_DROPPED)
		return 0;
	if (drop->state != CAP_DROP_BOUNDING_DROPPED)
		return err_set(e, 0, "report this as a bug", "the bounding set must be dropped before the other sets");
	if (target->keep_all ? cap_state_read_rest(&drop->now, e) != 0 : put_exactly(drop, target, e) != 0)
		return -1;
	drop->state = CAP_DROP_DROPPED;
	return 0;
}
