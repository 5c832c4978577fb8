/* husk as the entry point of a container that a real runc makes. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/husk.h"

static char folder[] = "/tmp/husk-bundle-XXXXXX";
static char name[64];

static void make_folder(void)
{
	require_root();
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(name, sizeof name, "husk-test-%d", (int)getpid());
}

static void remove_folder(void)
{
	(void)RUN("runc", "delete", "--force", name);
	(void)RUN("rm", "-rf", "--", folder);
}

TestSuite(runc, .init = make_folder, .fini = remove_folder);

/* Writes the bundle; words are husk's arguments. */
static void bundle(const char *user, const char *const *words)
{
	const char *argv[32] = {HUSK_SOURCE "/tests/support/bundle.sh", folder, husk(), user};
	size_t argc = 4;

	while (*words != NULL)
		argv[argc++] = *words++;
	cr_assert_eq(run(&(struct run_spec){.argv = argv})->exit, 0, "no bundle");
}

static const struct run_result *runc(void)
{
	return RUN("runc", "run", "--bundle", folder, name);
}

#define STATUS "/bin/grep -hE '^(Uid|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status /proc/1/status"

Test(runc, the_engines_root_becomes_the_images_user_and_is_sealed)
{
	const struct run_result *result;

	bundle("0:0", ARGV("--user", "app", "--", "sh", "-c", STATUS));
	result = runc();
	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_str_eq(
		result->out,
		"Uid:\t1000\t1000\t1000\t1000\nCapPrm:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"
		"Uid:\t1000\t1000\t1000\t1000\nCapPrm:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
}

Test(runc, a_container_that_isnt_root_just_works_and_says_that_its_bounding_set_is_inert)
{
	const struct run_result *result;

	bundle("1000:1000", ARGV("--report", "--", "sh", "-c", STATUS));
	result = runc();
	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_not_null(strstr(result->err, "inert under no_new_privs"), "%s", result->err);
	cr_assert_not_null(strstr(result->out, "CapPrm:\t0000000000000000\n"));
	cr_assert_not_null(strstr(result->out, "NoNewPrivs:\t1\nSeccomp:\t2\n"));
}

Test(runc, without_no_new_privs_an_undroppable_bounding_set_is_refused)
{
	const struct run_result *result;

	bundle("1000:1000", ARGV("--allow-new-privs", "--seccomp", "off", "--", "echo", "ran"));
	result = runc();
	cr_assert_eq(result->exit, 125);
	cr_assert_str_empty(result->out);
	cr_assert_not_null(strstr(result->err, "won't leave the bounding set"), "%s", result->err);
}

Test(runc, the_exit_status_arrives)
{
	bundle("0:0", ARGV("--user", "app", "--", "sh", "-c", "exit 42"));
	cr_assert_eq(runc()->exit, 42);
}

Test(runc, a_stop_reaches_the_workload)
{
	struct running running;
	const struct run_result *result;

	bundle("0:0", ARGV("--user", "app", "--", "sh", "-c", "trap 'echo stopped; exit 3' TERM; echo up; while :; do sleep 0.1; done"));
	run_start(&(struct run_spec){.argv = ARGV("runc", "run", "--bundle", folder, name)}, &running);
	cr_assert(run_until(&running, "up\n"));
	cr_assert_eq(system("exec 2>/dev/null; runc kill $(runc list -q | grep '^husk-test-') TERM"), 0);
	result = run_finish(&running);
	cr_assert_eq(result->exit, 3, "%s", result->err);
	cr_assert_not_null(strstr(result->out, "stopped\n"));
}

Test(runc, orphans_are_reaped)
{
	const struct run_result *result;

	/* The workload stays until no zombie is left, which only PID 1 can bring about. */
	bundle("0:0", ARGV("--user", "app", "--", "sh", "-c",
			   "for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.01 & sleep 0 &) ; done; sleep 0.3; while grep -l '^State:.Z' "
			   "/proc/[0-9]*/status; do sleep 0.1; done; echo none"));
	result = runc();
	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_not_null(strstr(result->out, "none\n"));
}
