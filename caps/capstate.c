#include "caps/capstate.h"

#include <errno.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NO_CAPABILITY = 2 };

const char *cap_set_name(enum cap_set set)
{
	static const char *const names[CAPS_SETS] = {
		[CAPS_BOUNDING] = "bounding",       [CAPS_PERMITTED] = "permitted", [CAPS_EFFECTIVE] = "effective",
		[CAPS_INHERITABLE] = "inheritable", [CAPS_AMBIENT] = "ambient",
	};

	return names[set];
}

/* The raw call: libcap's cap_t lives on the heap and knows no more capabilities than its header did. */
static int read_capget(struct cap_state *state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, data) != 0)
		return -1;
	state->set[CAPS_PERMITTED] = data[0].permitted | (capmask)data[1].permitted << 32;
	state->set[CAPS_EFFECTIVE] = data[0].effective | (capmask)data[1].effective << 32;
	state->set[CAPS_INHERITABLE] = data[0].inheritable | (capmask)data[1].inheritable << 32;
	return 0;
}

/* Is the capability in the bounding set? NO_CAPABILITY where the kernel doesn't know it, -1 with *e set. */
static int read_one(unsigned capability, struct err *e)
{
	int found = prctl(PR_CAPBSET_READ, (unsigned long)capability, 0UL, 0UL, 0UL);

	if (found < 0 && errno == EINVAL && capability > 0)
		return NO_CAPABILITY;
	if (found < 0)
		return err_set(e, errno, "allow prctl in the outer seccomp filter", "prctl(PR_CAPBSET_READ, %u)", capability);
	return found;
}

int cap_state_read_last(struct cap_state *state, struct err *e)
{
	unsigned known = 0;
	unsigned beyond = 64;

	while (beyond - known > 1) {
		const unsigned middle = (known + beyond) / 2;
		const int found = read_one(middle, e);

		if (found < 0)
			return -1;
		*(found == NO_CAPABILITY ? &beyond : &known) = middle;
	}
	state->last = known;
	state->set[CAPS_BOUNDING] = capset_up_to(known);
	return 0;
}

int cap_state_read_bounding(struct cap_state *state, struct err *e)
{
	state->set[CAPS_BOUNDING] = 0;
	state->last = 0;
	for (unsigned capability = 0; capability < 64; capability++) {
		const int found = read_one(capability, e);

		if (found < 0)
			return -1;
		if (found == NO_CAPABILITY)
			break;
		state->set[CAPS_BOUNDING] |= found > 0 ? capset_of(capability) : 0;
		state->last = capability;
	}
	return 0;
}

/* A capability is ambient only if it is permitted and inheritable (capabilities(7)): no other bit needs to be asked for. */
static int read_ambient(struct cap_state *state, struct err *e)
{
	const capmask possible = state->set[CAPS_PERMITTED] & state->set[CAPS_INHERITABLE];

	state->set[CAPS_AMBIENT] = 0;
	for (unsigned capability = 0; capability < 64; capability++) {
		int found;

		if ((possible & capset_of(capability)) == 0)
			continue;
		found = prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_IS_SET, (unsigned long)capability, 0UL, 0UL);
		if (found < 0 && errno != EINVAL) /* EINVAL: before Linux 4.3 there is no ambient set */
			return err_set(e, errno, "allow prctl in the outer seccomp filter", "prctl(PR_CAP_AMBIENT_IS_SET, %u)", capability);
		state->set[CAPS_AMBIENT] |= found > 0 ? capset_of(capability) : 0;
	}
	return 0;
}

int cap_state_read_rest(struct cap_state *state, struct err *e)
{
	if (read_capget(state) != 0)
		return err_set(e, errno, "allow capget in the outer seccomp filter", "capget");
	return read_ambient(state, e);
}

int cap_state_read(struct cap_state *state, struct err *e)
{
	return cap_state_read_bounding(state, e) == 0 ? cap_state_read_rest(state, e) : -1;
}

capmask cap_state_any(const struct cap_state *state)
{
	capmask any = 0;

	for (int i = 0; i < CAPS_SETS; i++)
		any |= state->set[i];
	return any;
}

bool cap_root_is_special(void)
{
	const int bits = prctl(PR_GET_SECUREBITS, 0UL, 0UL, 0UL, 0UL);

	return bits < 0 || (bits & SECBIT_NOROOT) == 0;
}

int cap_refuse(capmask extra, enum cap_set set, const char *why, const char *fix, struct err *e)
{
	char names[120];

	capset_format(extra, names, sizeof names);
	return err_set(e, 0, fix, "%s %s the %s set", names, why, cap_set_name(set));
}
