/* tini's command line and environment. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/tini.h"

/* words: what follows "tini" on the command line, separated by blanks. */
static int parse(struct options *opt, struct err *e, const char *words)
{
	static char line[128];
	static char *argv[16];
	int argc = 0;

	(void)snprintf(line, sizeof line, "tini %s", words);
	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	options_default(opt);
	return tini_parse(argc, argv, opt, e);
}

Test(tini, is_known_by_its_names)
{
	cr_expect(tini_is_called("tini"));
	cr_expect(tini_is_called("/sbin/docker-init"));
	cr_expect(tini_is_called("/a/b/tini-static"));
	cr_expect_not(tini_is_called("husk"));
	cr_expect_not(tini_is_called("/tini/husk"));
	cr_expect_not(tini_is_called("mytini"));
	cr_expect_not(tini_is_called(NULL));
}

Test(tini, combined_options_and_attached_values)
{
	struct options opt;
	struct err e;

	cr_assert_eq(parse(&opt, &e, "-gvvw -e5 -e 143 -psSIGKILL x"), -1);
	cr_assert_eq(parse(&opt, &e, "-gvvw -e5 -e 143 -pSIGKILL -s sh -c x"), 0);
	cr_expect_eq(opt.forward, FORWARD_GROUP);
	cr_expect_eq(opt.verbosity, 3);
	cr_expect(opt.warn_on_reap);
	cr_expect(opt.subreaper);
	cr_expect(opt.remap_exit[5] && opt.remap_exit[143] && !opt.remap_exit[0]);
	cr_expect_str_eq(opt.parent_death_signal, "SIGKILL");
	cr_expect_str_eq(opt.command[0], "sh");
	cr_expect_str_eq(opt.command[1], "-c");
}

Test(tini, program_then_dashes_then_arguments)
{
	struct options opt;
	struct err e;

	cr_assert_eq(parse(&opt, &e, "-g sh -- -c x"), 0);
	cr_expect_str_eq(opt.command[0], "sh");
	cr_expect_str_eq(opt.command[1], "-c", "tini's getopt swallows the first --");
	cr_expect_str_eq(opt.command[2], "x");
	cr_expect_null(opt.command[3]);
	cr_assert_eq(parse(&opt, &e, "-- sh -- -c x"), 0);
	cr_expect_str_eq(opt.command[1], "--", "only the first one is tini's");
	cr_assert_eq(parse(&opt, &e, "sh -c x -- y"), 0);
	cr_expect_str_eq(opt.command[1], "-c", "tini would take -c for its own and fail");
	cr_expect_str_eq(opt.command[3], "--");
}

Test(tini, nothing_is_hardened)
{
	struct options opt;
	struct err e;

	cr_assert_eq(parse(&opt, &e, "-- true"), 0);
	cr_expect(opt.tini);
	cr_expect(opt.caps_keep);
	cr_expect(opt.allow_new_privs);
	cr_expect_eq(opt.seccomp, SECCOMP_OFF);
	cr_expect_eq(opt.chown_stdio, CHOWN_NO);
	cr_expect_not(opt.subreaper, "tini isn't a subreaper by itself");
	cr_expect_str_eq(opt.command[0], "true");
}

Test(tini, wrong_use_ends_with_1)
{
	struct options opt;
	struct err e;

	cr_assert_eq(parse(&opt, &e, "-z true"), -1);
	cr_expect_eq(e.status, TINI_FAILED);
	cr_assert_eq(parse(&opt, &e, "-e 256 true"), -1);
	cr_expect_str_eq(e.what, "Not a valid option for -e: 256");
	cr_assert_eq(parse(&opt, &e, "-p FOO true"), -1);
	cr_expect_str_eq(e.what, "Not a valid option for -p: FOO");
	cr_assert_eq(parse(&opt, &e, "-g"), -1);
	cr_expect_eq(e.status, TINI_FAILED);
	cr_assert_eq(parse(&opt, &e, "--user nobody true"), -1);
}

Test(tini, environment_is_read_after_the_options)
{
	struct options opt;
	struct err e;

	(void)setenv("TINI_SUBREAPER", "", 1);
	(void)setenv("TINI_KILL_PROCESS_GROUP", "", 1);
	(void)setenv("TINI_VERBOSITY", "0", 1);
	cr_assert_eq(parse(&opt, &e, "-vvv true"), 0);
	cr_expect(opt.subreaper);
	cr_expect_eq(opt.forward, FORWARD_GROUP);
	cr_expect_eq(opt.verbosity, 0);
	(void)setenv("TINI_VERBOSITY", "-1", 1);
	cr_assert_eq(parse(&opt, &e, "true"), 0);
	cr_expect_eq(opt.verbosity, 0, "what is fatal wouldn't be said");
}

Test(tini, version_has_the_form_that_docker_reads)
{
	struct options opt;
	struct err e;

	cr_assert_eq(parse(&opt, &e, "--version"), 0);
	cr_expect_eq(opt.action, ACTION_VERSION);
	/* moby splits at " - " and cuts "tini version " off the first part. */
	cr_expect_eq(strncmp(TINI_VERSION, "tini version 0.19.0 - ", 22), 0);
}
