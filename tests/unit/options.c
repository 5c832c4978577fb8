/* The command line, without running anything. */
#include "init/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/say.h"

static struct options opt;
static struct err e;

static int parse(const char *const *words)
{
	static char copies[160][64];
	static char *argv[161];
	int argc = 0;

	/* options_default, as phase 2 does, so that no row sees another's. */
	options_default(&opt);
	memset(&e, 0, sizeof e);
	for (; words[argc] != NULL; argc++) {
		(void)snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
		argv[argc] = copies[argc];
	}
	argv[argc] = NULL;
	return options_parse(argc, argv, &opt, &e);
}

#define PARSE(...) parse((const char *const[]){"husk", __VA_ARGS__, NULL})

Test(options, nothing_given_means_the_strictest_defaults)
{
	cr_assert_eq(PARSE("true"), 0);
	cr_assert_eq(opt.action, ACTION_RUN);
	cr_assert_eq(opt.seccomp, SECCOMP_DEFAULT);
	cr_assert_eq(opt.clone3, CLONE3_AUTO);
	cr_assert_eq(opt.forward, FORWARD_CHILD);
	cr_assert_eq(opt.verbosity, SAY_WARN);
	cr_assert_eq(opt.grace_ms, -1);
	cr_assert_eq(opt.kill_after_ms, -1);
	cr_assert_eq(opt.timeout_ms, -1);
	cr_assert_eq(opt.status_fd, -1);
	cr_assert_not(opt.caps_keep || opt.allow_new_privs || opt.permissive || opt.compat32 || opt.seccomp_log || opt.trust_host_userns);
	cr_assert_null(opt.user);
	cr_assert_null(opt.keep_caps);
	cr_assert_str_eq(opt.command[0], "true");
	cr_assert_null(opt.command[1]);
}

Test(options, the_command_begins_at_the_first_operand_or_behind_two_dashes)
{
	cr_assert_eq(PARSE("-v", "sh", "-c", "x", "--check"), 0);
	cr_assert_eq(opt.action, ACTION_RUN);
	cr_assert_str_eq(opt.command[0], "sh");
	cr_assert_str_eq(opt.command[3], "--check");
	cr_assert_eq(PARSE("--", "--check"), 0);
	cr_assert_str_eq(opt.command[0], "--check");
	cr_assert_eq(PARSE("--", "--", "x"), 0);
	cr_assert_str_eq(opt.command[0], "--");
	cr_assert_eq(PARSE("-", "-v"), 0, "a lone dash is a word");
	cr_assert_str_eq(opt.command[0], "-");
	cr_assert_eq(opt.verbosity, SAY_WARN);
}

Test(options, values_follow_an_equals_sign_a_letter_or_a_space)
{
	cr_assert_eq(PARSE("--user=a", "x"), 0);
	cr_assert_str_eq(opt.user, "a");
	cr_assert_eq(PARSE("-ub", "x"), 0);
	cr_assert_str_eq(opt.user, "b");
	cr_assert_eq(PARSE("-gvwsu", "c", "x"), 0, "%s", e.what);
	cr_assert_str_eq(opt.user, "c");
	cr_assert(opt.warn_on_reap && opt.subreaper);
	cr_assert_eq(opt.forward, FORWARD_GROUP);
	cr_assert_eq(opt.verbosity, SAY_INFO);
	cr_assert_eq(PARSE("--user", "--check", "x"), 0, "the word behind it is the value, whatever it looks like");
	cr_assert_str_eq(opt.user, "--check");
	cr_assert_eq(opt.action, ACTION_RUN);
}

Test(options, a_report_takes_its_file_only_behind_an_equals_sign)
{
	cr_assert_eq(PARSE("--report", "x"), 0);
	cr_assert(opt.report);
	cr_assert_null(opt.report_file);
	cr_assert_str_eq(opt.command[0], "x");
	cr_assert_eq(PARSE("--report=f", "x"), 0);
	cr_assert_str_eq(opt.report_file, "f");
}

Test(options, no_beginning_of_a_long_name_stands_for_it)
{
	static const char *const names[] = {
#define OPTION(id, short_name, long_name, argument, metavar, group, help) long_name,
#include "init/options.def"
#undef OPTION
	};

	for (size_t i = 0; i < OPTIONS_COUNT; i++) {
		char word[64];
		bool other = false;

		(void)snprintf(word, sizeof word, "--%.*s", (int)strlen(names[i]) - 1, names[i]);
		for (size_t j = 0; j < OPTIONS_COUNT; j++)
			other = other || strcmp(names[j], word + 2) == 0;
		if (other)
			continue;
		cr_expect_eq(PARSE(word, "x"), -1, "%s", word);
		cr_expect_not_null(strstr(e.what, "unknown option"), "%s: %s", word, e.what);
		cr_expect_eq(e.status, 125);
	}
}

Test(options, short_and_long_names_are_each_one_options)
{
	static const struct {
		char letter;
		const char *name;
	} rows[] = {
#define OPTION(id, short_name, long_name, argument, metavar, group, help) {short_name, long_name},
#include "init/options.def"
#undef OPTION
	};

	for (size_t i = 0; i < OPTIONS_COUNT; i++)
		for (size_t j = i + 1; j < OPTIONS_COUNT; j++) {
			cr_expect(rows[i].letter == 0 || rows[i].letter != rows[j].letter, "-%c", rows[i].letter);
			cr_expect_str_neq(rows[i].name, rows[j].name);
		}
}

Test(options, tinis_letters_mean_what_tini_means)
{
	static const char *const rows[][2] = {{"-s", "--subreaper"}, {"-g", "--group"}, {"-w", "--warn-on-reap"},
					      {"-v", "--verbose"},   {"-h", "--help"},  {"-l", "--license"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct options letter;

		cr_expect_eq(PARSE(rows[i][0], "x"), 0);
		letter = opt;
		cr_expect_eq(PARSE(rows[i][1], "x"), 0);
		letter.command = opt.command;
		cr_expect_eq(memcmp(&letter, &opt, sizeof opt), 0, "%s isn't %s", rows[i][0], rows[i][1]);
	}
}

Test(options, the_last_of_two_values_counts_and_lists_keep_their_order)
{
	cr_assert_eq(PARSE("--clone3", "allow", "--clone3", "deny", "--rewrite", "TERM:INT", "--rewrite", "HUP:none", "-e", "143", "-e",
			   "0", "x"),
		     0);
	cr_assert_eq(opt.clone3, CLONE3_DENY);
	cr_assert_eq(opt.rewrite.count, 2);
	cr_assert_str_eq(opt.rewrite.at[1], "HUP:none");
	cr_assert(opt.remap_exit[143] && opt.remap_exit[0] && !opt.remap_exit[1]);
}

Test(options, a_file_named_behind_default_doesnt_linger)
{
	cr_assert_eq(PARSE("--seccomp", "f.json", "--seccomp", "default", "x"), 0);
	cr_assert_eq(opt.seccomp, SECCOMP_DEFAULT);
	cr_assert_null(opt.seccomp_file);
}

Test(options, verbosity_stays_within_its_levels)
{
	cr_assert_eq(PARSE("-vvvvvvvvv", "x"), 0);
	cr_assert_eq(opt.verbosity, SAY_TRACE);
	cr_assert_eq(PARSE("-qqqqqq", "x"), 0);
	cr_assert_eq(opt.verbosity, SAY_ERROR);
}

Test(options, more_repetitions_than_there_is_room_for_are_refused)
{
	static const char *const names[] = {"--rewrite", "--cap-set", "--seccomp-allow", "--seccomp-deny", "--seccomp-bpf"};

	for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
		const char *words[2 * OPTION_REPEATS + 5] = {"husk"};
		size_t count = 1;

		for (size_t i = 0; i < OPTION_REPEATS; i++) {
			words[count++] = names[n];
			words[count++] = "7";
		}
		words[count] = "x";
		cr_expect_eq(parse(words), 0, "%s: %s", names[n], e.what);
		words[count++] = names[n];
		words[count++] = "7";
		words[count] = "x";
		cr_expect_eq(parse(words), -1, "%s", names[n]);
		cr_expect_not_null(strstr(e.what, "more than 64 times"), "%s", e.what);
	}
}

Test(options, what_contradicts_itself_is_refused)
{
	cr_expect_eq(PARSE("--caps", "keep", "--keep-caps", "kill", "x"), -1);
	cr_expect_eq(PARSE("--cap-set", "bounding=", "--caps", "keep", "x"), -1);
	cr_expect_eq(PARSE("--seccomp", "off", "--clone3", "deny", "x"), -1);
	cr_expect_eq(PARSE("--keep-caps", "kill", "--cap-set", "bounding=", "x"), -1);
	cr_expect_eq(PARSE("--status-fd", "5", "--status-file", "f", "x"), -1);
	cr_expect_eq(PARSE("--pause", "x"), -1);
	cr_expect_eq(PARSE("--pause"), 0);
	cr_expect_eq(PARSE("--check"), 0);
	cr_expect_eq(PARSE("-v"), -1);
	cr_expect_eq(PARSE("--", ""), -1);
}
