/* The error value and the line that it becomes. */
#include "common/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(err, the_line_says_what_why_and_what_to_do)
{
	struct err e;
	char line[800];

	cr_assert_eq(err_set(&e, EPERM, "run it as root", "mounting '%s'", "/x"), -1);
	cr_assert_eq(e.status, EXIT_REFUSED);
	cr_assert_eq(e.number, EPERM);
	err_format(&e, line, sizeof line);
	cr_assert_str_eq(line, "mounting '/x': Operation not permitted; run it as root");
}

Test(err, a_missing_number_or_fix_leaves_no_punctuation)
{
	struct err e;
	char line[800];

	(void)err_set(&e, 0, "do this", "that");
	err_format(&e, line, sizeof line);
	cr_assert_str_eq(line, "that; do this");
	(void)err_set(&e, ENOENT, NULL, "that");
	err_format(&e, line, sizeof line);
	cr_assert_str_eq(line, "that: No such file or directory");
	(void)err_set(&e, 0, NULL, "that");
	err_format(&e, line, sizeof line);
	cr_assert_str_eq(line, "that");
}

Test(err, another_exit_status_is_kept)
{
	struct err e;

	cr_assert_eq(err_set_status(&e, EXIT_NOT_FOUND, ENOENT, NULL, "x"), -1);
	cr_assert_eq(e.status, 127);
}

Test(err, control_characters_cant_make_a_second_line_or_colour)
{
	struct err e;
	char line[800];

	(void)err_set(&e, 0, "a\rb", "'%s'", "x\ny\033[31m\x7f\t\xc3\xa4");
	err_format(&e, line, sizeof line);
	cr_assert_str_eq(line, "'x?y?[31m??\xc3\xa4'; a?b");
}

Test(err, a_long_text_is_cut_and_terminated)
{
	struct err e;
	char text[5000];
	char line[64];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	(void)err_set(&e, EPERM, text, "%s", text);
	cr_assert_eq(strlen(e.what), sizeof e.what - 1);
	cr_assert_eq(strlen(e.fix), sizeof e.fix - 1);
	err_format(&e, line, sizeof line);
	cr_assert_eq(strlen(line), sizeof line - 1);
}
