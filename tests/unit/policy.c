/* --rewrite and --parent-death-signal: from words to numbers. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "init/policy.h"

static int rewrite(const char *text, struct policy *policy, struct err *e)
{
	struct options opt;

	options_default(&opt);
	opt.rewrite.at[opt.rewrite.count++] = text;
	return policy_make(&opt, policy, e);
}

Test(policy, rewrite_takes_names_numbers_and_none)
{
	struct policy p;
	struct err e;

	cr_assert_eq(rewrite("TERM:QUIT", &p, &e), 0);
	cr_expect_eq(p.rewrite[SIGTERM], SIGQUIT);
	cr_expect_eq(p.rewrite[SIGHUP], SIGHUP);
	cr_assert_eq(rewrite("15:RTMIN+3", &p, &e), 0);
	cr_expect_eq(p.rewrite[SIGTERM], 37);
	cr_assert_eq(rewrite("SIGHUP:none", &p, &e), 0);
	cr_expect_eq(p.rewrite[SIGHUP], 0);
	cr_assert_eq(rewrite("1:0", &p, &e), 0);
	cr_expect_eq(p.rewrite[SIGHUP], 0, "dumb-init's way to say none");
	cr_assert_eq(rewrite("TERM:KILL", &p, &e), 0);
	cr_expect_eq(p.rewrite[SIGTERM], SIGKILL);
}

Test(policy, rewrite_refuses_what_it_cannot_mean)
{
	static const char *const bad[] = {
		"",          ":",         "TERM", "TERM:", ":TERM",         "FOO:TERM",  "TERM:FOO",
		"KILL:TERM", "STOP:TERM", "0:1",  "65:1",  "TERM:QUIT:HUP", "none:TERM", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:TERM"};
	struct policy p;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_expect_eq(rewrite(bad[i], &p, &e), -1, "'%s' passes", bad[i]);
		cr_expect_eq(e.status, 125);
	}
}

Test(policy, parent_death_signal_is_a_signal)
{
	struct options opt;
	struct err e;
	int signal;

	options_default(&opt);
	cr_assert_eq(policy_parent_death(&opt, &signal, &e), 0);
	cr_expect_eq(signal, 0);
	opt.parent_death_signal = "SIGTERM";
	cr_assert_eq(policy_parent_death(&opt, &signal, &e), 0);
	cr_expect_eq(signal, SIGTERM);
	opt.parent_death_signal = "BAR";
	cr_assert_eq(policy_parent_death(&opt, &signal, &e), -1);
}
