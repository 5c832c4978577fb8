#include "tests/support/husk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *husk(void)
{
	const char *named = getenv("HUSK");

	return named != NULL ? named : HUSK_BUILT;
}

void assert_refused(const struct run_result *result, int status, const char *text)
{
	cr_assert_eq(result->exit, status, "exit %d in place of %d: %s", result->exit, status, result->err);
	cr_assert_eq(count_lines(result->err), 1, "not one line: %s", result->err);
	cr_assert_eq(strncmp(result->err, "husk: ", 6), 0, "no name in front: %s", result->err);
	cr_assert_not_null(strstr(result->err, text), "'%s' isn't in: %s", text, result->err);
	cr_assert_str_empty(result->out, "something was started: %s", result->out);
}

void assert_quiet(const struct run_result *result)
{
	cr_assert_eq(result->exit, 0, "exit %d, signal %d: %s", result->exit, result->signal, result->err);
	cr_assert_str_empty(result->err);
}

void require_root(void)
{
	if (geteuid() == 0 && access("/proc/self/ns/pid", F_OK) == 0)
		return;
	cr_assert_null(getenv("HUSK_TESTS_REQUIRE_PRIVILEGES"), "this machine should have the privileges");
	cr_skip_test("needs root");
}
