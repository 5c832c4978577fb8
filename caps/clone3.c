#include "caps/clone3.h"

#include <stdio.h>
#include <sys/capability.h>

#define FIX_DROP   "don't keep it, or leave clone3 to --clone3 auto"
#define FIX_FORBID "add --forbid-userns (needs CAP_SYS_ADMIN), or leave clone3 to --clone3 auto"
#define FIX_TRUST  "add --forbid-userns, or --trust-host-userns if the host won't change it, or leave clone3 to --clone3 auto"

/* Each of them makes or enters namespaces: directly, through a network namespace, through a process that is in one. */
static const capmask namespace_caps = (UINT64_C(1) << CAP_SYS_ADMIN) | (UINT64_C(1) << CAP_NET_ADMIN) | (UINT64_C(1) << CAP_SYS_PTRACE);

static capmask breaking_caps(const struct clone3_facts *facts, enum cap_set *where)
{
	/* With CAP_SYS_CHROOT the covered root of --forbid-userns can be left. */
	capmask bad = namespace_caps | (facts->forbidden_by_husk ? UINT64_C(1) << CAP_SYS_CHROOT : 0);

	for (enum cap_set set = CAPS_BOUNDING; set < CAPS_SETS; set++) {
		*where = set;
		if ((facts->caps.set[set] & bad) != 0)
			return facts->caps.set[set] & bad;
	}
	return 0;
}

bool clone3_needs_try(const struct clone3_facts *facts, bool absent)
{
	enum cap_set where;

	return breaking_caps(facts, &where) == 0 && (facts->forbidden_by_husk || facts->trust_host || absent);
}

static enum clone3_verdict refused(const struct clone3_facts *facts, const char *number, char *reason, size_t size, const char **fix)
{
	if (facts->forbidden_by_husk || facts->trust_host) {
		(void)snprintf(reason, size, "user namespaces are refused (%s) by %s", number,
			       facts->forbidden_by_husk ? "the covered root of --forbid-userns"
							: "the host, which --trust-host-userns trusts");
		return CLONE3_PROVEN;
	}
	(void)snprintf(reason, size, "the host refuses user namespaces (%s), but it can change that while the workload runs", number);
	*fix = FIX_TRUST;
	return CLONE3_NOT_PROVEN;
}

static enum clone3_verdict by_answer(const struct clone3_facts *facts, char *reason, size_t size, const char **fix)
{
	*fix = FIX_FORBID;
	switch (facts->answer) {
	case USERNS_ABSENT:
		(void)snprintf(reason, size, "the kernel has no user namespaces (EINVAL, no /proc/self/ns/user)");
		return CLONE3_PROVEN;
	case USERNS_NO_CLONE3:
		(void)snprintf(reason, size, "there is no clone3 to allow: the kernel or an outer filter answers ENOSYS");
		return CLONE3_MOOT;
	case USERNS_EPERM: return refused(facts, "EPERM", reason, size, fix);
	case USERNS_ENOSPC: return refused(facts, "ENOSPC", reason, size, fix);
	case USERNS_OPEN: (void)snprintf(reason, size, "the kernel permits user namespaces: clone3(CLONE_NEWUSER) succeeded"); break;
	case USERNS_INCONCLUSIVE: (void)snprintf(reason, size, "the try of clone3(CLONE_NEWUSER) was inconclusive"); break;
	case USERNS_UNTRIED: (void)snprintf(reason, size, "nothing proves user namespaces out of reach"); break;
	}
	return CLONE3_NOT_PROVEN;
}

enum clone3_verdict clone3_decide(const struct clone3_facts *facts, char *reason, size_t size, const char **fix)
{
	enum cap_set where;
	capmask breaking = breaking_caps(facts, &where);
	char names[80];

	*fix = "";
	if (breaking == 0)
		return by_answer(facts, reason, size, fix);
	capset_format(breaking, names, sizeof names);
	(void)snprintf(reason, size, "%s in the %s set can make namespaces", names, cap_set_name(where));
	*fix = FIX_DROP;
	return CLONE3_NOT_PROVEN;
}
