/* Exit status and output, as users of tini, gosu and env know them. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/husk.h"

Test(contract, the_workloads_exit_status_is_husks)
{
	cr_assert_eq(RUN(husk(), "--", "sh", "-c", "exit 0")->exit, 0);
	cr_assert_eq(RUN(husk(), "--", "sh", "-c", "exit 7")->exit, 7);
	cr_assert_eq(RUN(husk(), "sh", "-c", "exit 255")->exit, 255);
}

Test(contract, a_workload_killed_by_signal_n_gives_128_plus_n)
{
	cr_assert_eq(RUN(husk(), "sh", "-c", "kill -KILL $$")->exit, 128 + SIGKILL);
	cr_assert_eq(RUN(husk(), "sh", "-c", "kill -SEGV $$")->exit, 128 + SIGSEGV);
}

Test(contract, husk_is_silent_and_leaves_stdout_to_the_workload)
{
	const struct run_result *result = RUN(husk(), "printf", "a\\nb");

	assert_quiet(result);
	cr_assert_str_eq(result->out, "a\nb");
}

Test(contract, options_stop_at_the_first_operand)
{
	cr_assert_str_eq(RUN(husk(), "echo", "-v", "--help", "--user", "x")->out, "-v --help --user x\n");
	cr_assert_str_eq(RUN(husk(), "-v", "--", "echo", "--")->out, "--\n");
}

struct refusal {
	char words[6][48];
	int status;
	char text[48];
};

ParameterizedTestParameters(contract, wrong_use_is_refused_in_one_line)
{
	static struct refusal rows[] = {
		{{""}, 125, "no command given"},
		{{"--"}, 125, "no command given"},
		{{"--", "", "EMPTY"}, 125, "the command is empty"},
		{{"--nosuch", "true"}, 125, "unknown option '--nosuch'"},
		{{"--repor", "true"}, 125, "unknown option '--repor'"},
		{{"-Z", "true"}, 125, "unknown option '-Z'"},
		{{"--user"}, 125, "option '--user' needs an argument"},
		{{"-u"}, 125, "option '-u' needs an argument"},
		{{"--check=yes", "true"}, 125, "takes no argument"},
		{{"--seccomp", "/nonexistent", "true"}, 125, "can't read '/nonexistent'"},
		{{"--clone3", "perhaps", "true"}, 125, "'perhaps' isn't valid"},
		{{"-e", "256", "true"}, 125, "'256' isn't valid"},
		{{"-e", "-1", "true"}, 125, "'-1' isn't valid"},
		{{"-p", "NOSUCH", "true"}, 125, "NOSUCH"},
		{{"--user", "nosuchuser", "true"}, 125, "no user 'nosuchuser'"},
		{{"--timeout", "10", "true"}, 125, "'10' isn't valid"},
		{{"--caps", "drop", "true"}, 125, "'drop' isn't valid"},
		{{"--pause", "true"}, 125, "--pause runs no workload"},
		{{"nosuchcommand"}, 127, "command 'nosuchcommand' not found"},
		{{"/nonexistent/x"}, 127, "'/nonexistent/x' not found"},
		{{"/etc/passwd"}, 126, "can't run '/etc/passwd': Permission denied"},
		{{"/etc/passwd/x"}, 126, "can't run '/etc/passwd/x': Not a directory"},
		{{"/etc"}, 126, "can't run '/etc': Is a directory"},
	};

	return cr_make_param_array(struct refusal, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct refusal *row, contract, wrong_use_is_refused_in_one_line)
{
	const char *argv[8] = {husk()};
	int argc = 1;

	for (size_t i = 0; i < 6; i++) {
		bool empty = row->words[i][0] == '\0' && strcmp(i + 1 < 6 ? row->words[i + 1] : "", "EMPTY") == 0;

		if (strcmp(row->words[i], "EMPTY") != 0 && (row->words[i][0] != '\0' || empty))
			argv[argc++] = row->words[i];
	}
	assert_refused(run(&(struct run_spec){.argv = argv}), row->status, row->text);
}

Test(contract, a_file_without_an_interpreter_line_isnt_given_to_a_shell)
{
	char name[] = "/tmp/husk-test-XXXXXX";
	int fd = mkstemp(name);

	cr_assert_eq(write(fd, "echo ran\n", 9), 9);
	fchmod(fd, 0755);
	close(fd);
	assert_refused(RUN(husk(), name), 126, "Exec format error");
	unlink(name);
}

Test(contract, a_missing_interpreter_is_named_as_the_trouble)
{
	char name[] = "/tmp/husk-test-XXXXXX";
	int fd = mkstemp(name);

	cr_assert_eq(write(fd, "#!/nonexistent\n", 15), 15);
	fchmod(fd, 0755);
	close(fd);
	assert_refused(RUN(husk(), name), 126, "interpreter");
	unlink(name);
}

static void close_standard(const void *unused)
{
	(void)unused;
	close(0);
	close(1);
	close(2);
}

Test(contract, closed_standard_descriptors_are_no_trouble_and_stay_closed)
{
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV(husk(), "sh", "-c", "[ ! -e /proc/self/fd/0 ] && [ ! -e /proc/self/fd/1 ] && exit 9"),
				       .prepare = close_standard});

	cr_assert_eq(result->exit, 9);
}

static void open_some(const void *unused)
{
	(void)unused;
	dup2(1, 5);
	dup2(1, 200);
}

Test(contract, no_descriptor_above_2_reaches_the_workload_or_stays_in_husk)
{
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(
			husk(), "--seccomp", "off", "--caps", "keep", "sh", "-c",
			"for p in self $PPID; do for f in /proc/$p/fd/*; do case ${f##*/} in 5|200) echo $f;; esac; done; done; echo end"),
		.prepare = open_some});

	cr_assert_str_eq(result->out, "end\n");
}

Test(contract, a_hostile_name_stays_one_line)
{
	assert_refused(RUN(husk(), "no\nsuch\033[31m"), 127, "no?such?[31m");
}

Test(contract, help_and_version_go_to_stdout)
{
	const struct run_result *result = RUN(husk(), "--help");

	assert_quiet(result);
	cr_assert_not_null(strstr(result->out, "--keep-caps"));
	result = RUN(husk(), "--version");
	assert_quiet(result);
	cr_assert_eq(strncmp(result->out, "husk ", 5), 0);
}

Test(contract, every_option_is_in_help)
{
	static const char *const names[] = {
#define OPTION(id, short_name, long_name, argument, metavar, group, help) "--" long_name,
#include "init/options.def"
#undef OPTION
	};
	const struct run_result *result = RUN(husk(), "--help");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cr_assert_not_null(strstr(result->out, names[i]), "%s", names[i]);
}

/* These are found, and execve(2) itself says no. */
Test(contract, what_execve_refuses_gives_126_in_one_line)
{
	char name[] = "/tmp/husk-test-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	cr_assert_eq(fchmod(fd, 0755), 0);
	assert_refused(RUN(husk(), name), 126, "Text file busy");
	close(fd);
	assert_refused(RUN(husk(), name), 126, "Exec format error");
	cr_assert_eq(truncate(name, 4096), 0);
	assert_refused(RUN(husk(), name), 126, "Exec format error");
	unlink(name);
}

Test(contract, what_only_the_new_user_may_not_run_gives_126)
{
	char name[] = "/tmp/husk-test-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	require_root();
	cr_assert_eq(write(fd, "#!/bin/sh\necho ran\n", 19), 19);
	cr_assert_eq(fchmod(fd, 0700), 0);
	close(fd);
	cr_assert_str_eq(RUN(husk(), "--user", "root", name)->out, "ran\n");
	assert_refused(RUN(husk(), "--user", "nobody", name), 126, "Permission denied");
	unlink(name);
}

/* Each way to say no must come before anything changes: a PID 1 that refuses ends its namespace as well. */
Test(contract, the_statuses_are_the_same_as_pid_1)
{
	require_root();
	cr_assert_eq(RUN_PID1(husk(), "sh", "-c", "exit 41")->exit, 41);
	cr_assert_eq(RUN_PID1(husk(), "sh", "-c", "kill -TERM $$")->exit, 128 + SIGTERM);
	assert_refused(RUN_PID1(husk(), "nosuchcommand"), 127, "not found");
	assert_refused(RUN_PID1(husk(), "/etc/passwd"), 126, "Permission denied");
	assert_refused(RUN_PID1(husk(), "--user", "nosuchuser", "echo", "ran"), 125, "nosuchuser");
}

Test(contract, help_and_version_on_a_full_disk_are_errors)
{
	const struct run_result *result = RUN("sh", "-c", "exec \"$0\" --version >/dev/full", husk());

	assert_refused(result, 125, "No space left on device");
	result = RUN("sh", "-c", "exec \"$0\" --help >/dev/full", husk());
	assert_refused(result, 125, "No space left on device");
}
