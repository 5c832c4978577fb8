/* HUSK_OPTIONS: split as a shell would, and never a command. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "init/envoptions.h"

static char husk[] = "husk";

static void expect_words(const char *text, const char *const *words)
{
	struct env_options out;
	struct err e;
	int count = 0;

	cr_assert_eq(env_options_split(text, husk, &out, &e), 0, "%s", text);
	while (words[count] != NULL)
		count++;
	cr_assert_eq(out.argc, count + 1, "'%s' gives %d words", text, out.argc - 1);
	cr_assert_eq(out.argv[0], husk);
	for (int i = 0; i < count; i++)
		cr_assert_str_eq(out.argv[i + 1], words[i], "'%s'", text);
	cr_assert_null(out.argv[count + 1]);
	free(out.argv);
}

Test(envoptions, words_are_split_and_unquoted)
{
	expect_words("-v", (const char *[]){"-v", NULL});
	expect_words("  -v\t--user  nobody\n", (const char *[]){"-v", "--user", "nobody", NULL});
	expect_words("--status-file 'a b' --grace=5s", (const char *[]){"--status-file", "a b", "--grace=5s", NULL});
	expect_words("\"a \\\" b\" c\\ d 'e\\f'", (const char *[]){"a \" b", "c d", "e\\f", NULL});
	expect_words("'' x", (const char *[]){"", "x", NULL});
	expect_words("$HOME `id` *", (const char *[]){"$HOME", "`id`", "*", NULL});
	expect_words("a\\", (const char *[]){"a\\", NULL});
	expect_words("a b c d e", (const char *[]){"a", "b", "c", "d", "e", NULL});
	expect_words("", (const char *[]){NULL});
}

Test(envoptions, an_open_quote_is_refused)
{
	struct env_options out;
	struct err e;

	cr_assert_eq(env_options_split("-v 'x", husk, &out, &e), -1);
	cr_assert_eq(e.status, 125);
	free(out.argv);
}

Test(envoptions, a_command_inside_is_refused)
{
	struct env_options out;
	struct err e;

	cr_assert_eq(env_options_split("-v sh", husk, &out, &e), 0);
	cr_assert_eq(env_options_check(&out, out.argv + 2, &e), -1, "sh would swallow the real command");
	cr_assert_eq(env_options_check(&out, out.argv + 3, &e), 0);
	free(out.argv);
}

Test(envoptions, the_variable_is_taken_out_of_the_environment)
{
	char *envp[] = {(char[]){"A=1"}, (char[]){"HUSK_OPTIONS=-v"}, (char[]){"HUSK_OPTIONSX=2"}, (char[]){"HUSK_OPTIONS=-q"}, NULL};

	cr_assert_str_eq(env_take(envp, "HUSK_OPTIONS"), "-v");
	cr_assert_str_eq(envp[0], "A=1");
	cr_assert_str_eq(envp[1], "HUSK_OPTIONSX=2");
	cr_assert_null(envp[2]);
	cr_assert_null(env_take(envp, "HUSK_OPTIONS"));
}
