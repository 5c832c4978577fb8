/* Called as tini: its options, environment, messages and exit codes; nothing hardened. Where the real tini is installed the same rows
 * are put to it too. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/launch.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_tini, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_tini, test)

static struct launch as_tini(int way)
{
	return (struct launch){.as = (enum launch_as)way, .name = "/sbin/docker-init"};
}

#define REAL_TINI "/usr/bin/tini"

static int status_of(struct launch l, const char *const *argv)
{
	int status;

	launch(&l, argv);
	status = launch_wait(&l);
	(void)close(l.err);
	return status;
}

BOTH_WAYS(exit_codes_are_tinis)
{
	static const struct {
		const char *argv[8];
		int status;
	} rows[] = {
		{{"--", "sh", "-c", "exit 3"}, 3},
		{{"-s", "--", "sh", "-c", "kill -TERM $$"}, 143},
		{{"-e", "143", "--", "sh", "-c", "kill -TERM $$"}, 0},
		{{"-e3", "--", "sh", "-c", "exit 3"}, 0},
		{{"-gvv", "--", "true"}, 0},
		{{"-svvwg", "true"}, 0},
		{{"/nonexistent"}, 127},
		{{"nonexistent-command"}, 127},
		{{"/etc/passwd"}, 126},
		{{"-z", "true"}, 1},
		{{"-e", "256", "true"}, 1},
		{{"-e", "x", "true"}, 1},
		{{"-p", "FOO", "true"}, 1},
		{{"-p", "SIGTERM", "true"}, 0},
		{{"-g"}, 1},
		{{NULL}, 1},
		{{"--version"}, 0},
		{{"-h"}, 0},
		{{"-l"}, 0},
		{{"--help"}, 1},
		{{"sh", "--", "-c", "exit 9"}, 9},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct launch l = as_tini(*way);
		const char *first = rows[i].argv[0] != NULL ? rows[i].argv[0] : "(nothing)";

		cr_expect_eq(status_of(l, rows[i].argv), rows[i].status, "tini %s …", first);
		l.binary = REAL_TINI;
		if (access(REAL_TINI, X_OK) == 0)
			cr_expect_eq(status_of(l, rows[i].argv), rows[i].status, "the real tini %s …", first);
	}
}

/* "tini sh -c x" without "--" fails under tini, whose getopt takes -c for its own. */
BOTH_WAYS(options_stop_at_the_program)
{
	cr_expect_eq(status_of(as_tini(*way), (const char *const[]){"sh", "-c", "exit 4", NULL}), 4);
}

BOTH_WAYS(a_file_without_hash_bang_is_run_by_the_shell)
{
	char path[] = "/tmp/husk-test-XXXXXX";
	const int fd = mkstemp(path);
	struct launch l = as_tini(*way);

	cr_assert_gt(dprintf(fd, "echo script $1\nexit 6\n"), 0);
	(void)fchmod(fd, 0755);
	(void)close(fd);
	LAUNCH(&l, "--", path, "argument");
	launch_expect(&l, "script argument");
	cr_expect_eq(launch_wait(&l), 6);
	(void)unlink(path);
}

static void stderr_of(struct launch l, const char *const *argv, char *text, size_t size)
{
	launch(&l, argv);
	(void)launch_wait(&l);
	(void)launch_stderr(&l, text, size);
}

Test(init_tini, warns_where_zombies_would_not_reach_it)
{
	static const char *const plain[] = {"true", NULL};
	static const char *const with_s[] = {"-s", "true", NULL};
	char text[2048];

	stderr_of(as_tini(AS_SUBREAPER), plain, text, sizeof text);
	cr_expect_not_null(strstr(text, "Tini is not running as PID 1 and isn't registered as a child subreaper.\n"), "%s", text);
	cr_expect_not_null(strstr(text, "zombie reaping won't work"));
	stderr_of(as_tini(AS_SUBREAPER), with_s, text, sizeof text);
	cr_expect_str_empty(text, "%s", text);
	stderr_of(as_tini(AS_PID1), plain, text, sizeof text);
	cr_expect_str_empty(text, "%s", text);
	(void)setenv("TINI_SUBREAPER", "", 1);
	stderr_of(as_tini(AS_SUBREAPER), plain, text, sizeof text);
	cr_expect_str_empty(text, "%s", text);
	(void)unsetenv("TINI_SUBREAPER");
	(void)setenv("TINI_VERBOSITY", "0", 1);
	stderr_of(as_tini(AS_SUBREAPER), plain, text, sizeof text);
	cr_expect_str_empty(text, "%s", text);
}

BOTH_WAYS(reaped_zombies_are_told_in_tinis_words)
{
	struct launch l = as_tini(*way);
	char text[4096];
	const char *line;
	int pid;

	LAUNCH(&l, "-s", "-w", "--", helper("probe"), "orphans", "3");
	cr_expect_eq(launch_wait(&l), 0);
	(void)launch_stderr(&l, text, sizeof text);
	line = strstr(text, "[WARN  tini (");
	cr_assert_not_null(line, "%s", text);
	cr_expect_eq(sscanf(line, "[WARN  tini (%*d)] Reaped zombie process with pid=%d", &pid), 1, "%s", text);
}

BOTH_WAYS(a_program_that_cannot_run_is_told_in_tinis_words)
{
	static const char *const nope[] = {"-s", "/nope", NULL};
	static const char *const name[] = {"-s", "nope", NULL};
	static const char *const denied[] = {"-s", "/etc/passwd", NULL};
	char text[1024];

	stderr_of(as_tini(*way), nope, text, sizeof text);
	cr_expect_not_null(strstr(text, ")] exec /nope failed: No such file or directory\n"), "%s", text);
	stderr_of(as_tini(*way), name, text, sizeof text);
	cr_expect_not_null(strstr(text, ")] exec nope failed: No such file or directory\n"), "%s", text);
	stderr_of(as_tini(*way), denied, text, sizeof text);
	cr_expect_not_null(strstr(text, ")] exec /etc/passwd failed: Permission denied\n"), "%s", text);
}

BOTH_WAYS(g_and_the_environment_forward_to_the_group)
{
	for (int by_environment = 0; by_environment < 2; by_environment++) {
		struct launch l = as_tini(*way);

		if (by_environment == 1)
			(void)setenv("TINI_KILL_PROCESS_GROUP", "1", 1);
		LAUNCH(&l, "-s", by_environment == 1 ? "-s" : "-g", "--", "sh", "-c", "\"$0\" signals & \"$0\" signals; wait",
		       helper("probe"));
		launch_expect(&l, "ready");
		launch_expect(&l, "ready");
		launch_kill(&l, SIGWINCH); /* one that the shell ignores */
		launch_expect(&l, "28 0 0");
		launch_expect(&l, "28 0 0");
		launch_kill(&l, SIGTERM);
		(void)launch_wait(&l);
		(void)close(l.err);
	}
}

BOTH_WAYS(version_is_what_docker_reads)
{
	struct launch l = as_tini(*way);
	char line[128];

	LAUNCH(&l, "--version");
	cr_assert(launch_line(&l, line, sizeof line));
	cr_expect_eq(strncmp(line, "tini version 0.19.0 - ", 22), 0, "%s", line);
	cr_expect_eq(launch_wait(&l), 0);
}

/* The lines of a shell's /proc/self/status that a seal would change. */
static void posture_of(struct launch l, const char *const *argv, char *text, size_t size)
{
	size_t used = 0;
	char line[128];

	launch(&l, argv);
	while (launch_line(&l, line, sizeof line))
		used += (size_t)snprintf(text + used, size - used, "%s\n", line);
	cr_expect_eq(launch_wait(&l), 0);
	(void)close(l.err);
}

BOTH_WAYS(nothing_is_hardened_unless_husk_options_say_so)
{
	static const char *const grep[] = {"-s", "--", "grep", "-E", "^(Uid|Cap|NoNewPrivs|Seccomp):", "/proc/self/status", NULL};
	struct launch l = as_tini(*way);
	char tini[1024];
	char real[1024];

	posture_of(l, grep, tini, sizeof tini);
	cr_expect_not_null(strstr(tini, "NoNewPrivs:\t0"), "%s", tini);
	cr_expect_not_null(strstr(tini, "Seccomp:\t0"), "%s", tini);
	l.binary = REAL_TINI;
	if (access(REAL_TINI, X_OK) == 0) {
		posture_of(l, grep, real, sizeof real);
		cr_expect_str_eq(tini, real, "husk as tini changes something");
	}
	l.binary = NULL;
	(void)setenv("HUSK_OPTIONS", "--user 65534:65534", 1);
	posture_of(l, grep, tini, sizeof tini);
	cr_expect_not_null(strstr(tini, "NoNewPrivs:\t1"), "%s", tini);
	cr_expect_not_null(strstr(tini, "Seccomp:\t2"), "%s", tini);
	cr_expect_not_null(strstr(tini, "Uid:\t65534"), "%s", tini);
}

/* tini -w writes its warning into the closed pipe and forwards the SIGPIPE of it to the workload, which dies. */
static void stderr_without_reader(void *unused)
{
	int fds[2];

	(void)unused;
	if (pipe(fds) != 0 || dup2(fds[1], 2) < 0)
		_exit(250);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

BOTH_WAYS(tinis_bug_with_a_log_reader_that_went_away_is_not_copied)
{
	struct launch l = as_tini(*way);

	l.prepare = stderr_without_reader;
	LAUNCH(&l, "-s", "-w", "--", "sh", "-c", "\"$0\" orphans 50; exit 5", helper("probe"));
	cr_expect_eq(launch_wait(&l), 5);
}

static void ignore_chld(void *unused)
{
	(void)unused;
	(void)signal(SIGCHLD, SIG_IGN);
}

BOTH_WAYS(tinis_bug_with_sigchld_ignored_is_not_copied)
{
	struct launch l = as_tini(*way);

	l.prepare = ignore_chld;
	LAUNCH(&l, "-s", "--", "true");
	cr_expect_eq(launch_wait(&l), 0, "tini hangs for ever here");
}
