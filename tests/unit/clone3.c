/* SEC-CLONE3: every row of the table of answers, and the capabilities in all five sets. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "caps/clone3.h"

static const struct {
	enum userns_answer answer;
	bool forbidden, trusted;
	enum clone3_verdict verdict;
	const char *reason;
} rows[] = {
	{USERNS_OPEN, false, false, CLONE3_NOT_PROVEN, "succeeded"},
	{USERNS_OPEN, true, true, CLONE3_NOT_PROVEN, "succeeded"},
	{USERNS_ABSENT, false, false, CLONE3_PROVEN, "has no user namespaces"},
	{USERNS_NO_CLONE3, false, false, CLONE3_MOOT, "ENOSYS"},
	{USERNS_EPERM, false, false, CLONE3_NOT_PROVEN, "can change that"},
	{USERNS_EPERM, true, false, CLONE3_PROVEN, "--forbid-userns"},
	{USERNS_EPERM, false, true, CLONE3_PROVEN, "--trust-host-userns"},
	{USERNS_ENOSPC, false, false, CLONE3_NOT_PROVEN, "can change that"},
	{USERNS_ENOSPC, true, false, CLONE3_PROVEN, "--forbid-userns"},
	{USERNS_ENOSPC, false, true, CLONE3_PROVEN, "--trust-host-userns"},
	{USERNS_INCONCLUSIVE, true, true, CLONE3_NOT_PROVEN, "inconclusive"},
	{USERNS_UNTRIED, true, true, CLONE3_NOT_PROVEN, "nothing proves"},
};

Test(clone3, each_answer_of_the_kernel_has_its_verdict)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct clone3_facts facts = {
			.answer = rows[i].answer, .forbidden_by_husk = rows[i].forbidden, .trust_host = rows[i].trusted};
		const char *fix = NULL;
		char reason[200];

		cr_expect_eq(clone3_decide(&facts, reason, sizeof reason, &fix), rows[i].verdict, "row %zu: %s", i, reason);
		cr_expect_not_null(strstr(reason, rows[i].reason), "row %zu: %s", i, reason);
		cr_expect(rows[i].verdict != CLONE3_NOT_PROVEN || *fix != '\0', "row %zu has no fix", i);
	}
}

Test(clone3, a_namespace_capability_in_any_set_breaks_it)
{
	static const unsigned capabilities[] = {21, 12, 19}; /* CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SYS_PTRACE */
	static const char *const names[] = {"cap_sys_admin", "cap_net_admin", "cap_sys_ptrace"};

	for (int set = 0; set < CAPS_SETS; set++)
		for (size_t i = 0; i < 3; i++) {
			struct clone3_facts facts = {.answer = USERNS_ABSENT, .forbidden_by_husk = true};
			const char *fix;
			char reason[200];

			facts.caps.set[set] = capset_of(capabilities[i]);
			cr_expect_eq(clone3_decide(&facts, reason, sizeof reason, &fix), CLONE3_NOT_PROVEN);
			cr_expect_not_null(strstr(reason, names[i]), "%s", reason);
			cr_expect_not_null(strstr(reason, cap_set_name((enum cap_set)set)), "%s", reason);
			cr_expect_not(clone3_needs_try(&facts, true), "a try that can't prove anything");
		}
}

Test(clone3, the_covered_root_proves_nothing_to_who_can_leave_it)
{
	struct clone3_facts facts = {.answer = USERNS_EPERM, .forbidden_by_husk = true};
	const char *fix;
	char reason[200];

	facts.caps.set[CAPS_BOUNDING] = capset_of(18); /* CAP_SYS_CHROOT */
	cr_assert_eq(clone3_decide(&facts, reason, sizeof reason, &fix), CLONE3_NOT_PROVEN);
	cr_assert_not_null(strstr(reason, "cap_sys_chroot"));
}

Test(clone3, a_try_is_made_only_where_it_could_prove_something)
{
	cr_assert_not(clone3_needs_try(&(struct clone3_facts){.answer = USERNS_UNTRIED}, false));
	cr_assert(clone3_needs_try(&(struct clone3_facts){.forbidden_by_husk = true}, false));
	cr_assert(clone3_needs_try(&(struct clone3_facts){.trust_host = true}, false));
	cr_assert(clone3_needs_try(&(struct clone3_facts){.trust_host = false}, true));
}

Test(clone3, errnos_are_told_apart)
{
	cr_assert_eq(userns_answer_of(0, false), USERNS_OPEN);
	cr_assert_eq(userns_answer_of(EINVAL, true), USERNS_ABSENT);
	cr_assert_eq(userns_answer_of(EINVAL, false), USERNS_INCONCLUSIVE);
	cr_assert_eq(userns_answer_of(ENOSYS, false), USERNS_NO_CLONE3);
	cr_assert_eq(userns_answer_of(EPERM, false), USERNS_EPERM);
	cr_assert_eq(userns_answer_of(ENOSPC, false), USERNS_ENOSPC);
	cr_assert_eq(userns_answer_of(EAGAIN, false), USERNS_INCONCLUSIVE);
	cr_assert_eq(userns_answer_of(ENOMEM, false), USERNS_INCONCLUSIVE);
}
