/* The workload's environment: HOME, USER and LOGNAME are the user's, all else is the caller's. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/environment.h"

static struct environment env;

static char **make(char *const *envp)
{
	struct err e;

	return environment_make(&env, envp, "/home/app", "app", &e);
}

static void expect(char *const *found, const char *const *wanted)
{
	size_t i = 0;

	for (; wanted[i] != NULL; i++) {
		cr_assert_not_null(found[i], "'%s' is missing", wanted[i]);
		cr_expect_str_eq(found[i], wanted[i]);
	}
	cr_assert_null(found[i], "'%s' is too much", found[i]);
}

Test(environment, the_users_names_take_the_place_of_the_callers)
{
	char *const envp[] = {(char[]){"USER=root"}, (char[]){"A=1"}, (char[]){"HOME=/root"},   (char[]){"HOMER=2"},
			      (char[]){"HOME=/x"},   (char[]){"B"},   (char[]){"LOGNAME=root"}, NULL};

	expect(make(envp), (const char *const[]){"A=1", "HOMER=2", "B", "HOME=/home/app", "USER=app", "LOGNAME=app", NULL});
}

Test(environment, an_empty_one_gets_them_too)
{
	char *const none[] = {NULL};

	expect(make(none), (const char *const[]){"HOME=/home/app", "USER=app", "LOGNAME=app", NULL});
}

/* Around the number that there is room for without a heap: nothing is lost, nothing is written beyond. */
Test(environment, any_number_of_entries_is_kept)
{
	for (size_t count = ENVIRONMENT_FEW - 8; count < ENVIRONMENT_FEW + 8; count++) {
		static char entries[ENVIRONMENT_FEW + 8][16];
		char *envp[ENVIRONMENT_FEW + 9] = {NULL};
		char **found;
		size_t i;

		for (i = 0; i < count; i++) {
			snprintf(entries[i], sizeof entries[i], "N%zu=x", i);
			envp[i] = entries[i];
		}
		found = make(envp);
		for (i = 0; i < count; i++)
			cr_assert_eq(found[i], envp[i], "%zu of %zu", i, count);
		cr_assert_str_eq(found[count + 2], "LOGNAME=app");
		cr_assert_null(found[count + 3]);
		if (found != env.few)
			free(found);
	}
}

Test(environment, the_longest_names_fit)
{
	char home[USER_HOME_SIZE];
	char name[USER_NAME_SIZE];
	char *const none[] = {NULL};
	char **found;
	struct err e;

	memset(home, 'h', sizeof home);
	memset(name, 'n', sizeof name);
	home[sizeof home - 1] = name[sizeof name - 1] = '\0';
	found = environment_make(&env, none, home, name, &e);
	cr_assert_str_eq(found[0] + 5, home);
	cr_assert_str_eq(found[1] + 5, name);
	cr_assert_str_eq(found[2] + 8, name);
}
