/* What surrounds the start: HUSK_OPTIONS, LISTEN_PID, -p --parent-death-signal, --subreaper. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/launch.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_start, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_start, test)

#define ENVIRON(...) \
	(const char *const[]) \
	{ \
		"PATH=/usr/bin:/bin", __VA_ARGS__, NULL \
	}

BOTH_WAYS(husk_options_come_before_the_command_lines)
{
	struct launch l = {.as = (enum launch_as) * way, .environ = ENVIRON("HUSK_OPTIONS=-e 5 --rewrite 'USR1:none'")};

	LAUNCH(&l, "-e", "6", "--", "sh", "-c", "exit 5");
	cr_expect_eq(launch_wait(&l), 0);
	LAUNCH(&l, "-e", "6", "--", "sh", "-c", "exit 6");
	cr_expect_eq(launch_wait(&l), 0);
	LAUNCH(&l, "sh", "-c", "exit 7");
	cr_expect_eq(launch_wait(&l), 7);
}

/* Options on the command line stay options. */
BOTH_WAYS(husk_options_may_end_with_two_dashes)
{
	struct launch l = {.as = (enum launch_as) * way, .environ = ENVIRON("HUSK_OPTIONS=-e 5 --")};

	LAUNCH(&l, "-e", "6", "--", "sh", "-c", "exit 6");
	cr_expect_eq(launch_wait(&l), 0);
}

BOTH_WAYS(husk_options_are_not_passed_on)
{
	struct launch l = {.as = (enum launch_as) * way, .environ = ENVIRON("A=1", "HUSK_OPTIONS=-q", "B=2")};
	char line[128];

	LAUNCH(&l, "env");
	while (launch_line(&l, line, sizeof line))
		cr_expect_null(strstr(line, "HUSK_OPTIONS"), "%s", line);
	cr_expect_eq(launch_wait(&l), 0);
}

BOTH_WAYS(wrong_husk_options_are_refused)
{
	static const char *const wrong[] = {"HUSK_OPTIONS=sh", "HUSK_OPTIONS=-v -- sh", "HUSK_OPTIONS='-v", "HUSK_OPTIONS=--nonsense",
					    "HUSK_OPTIONS=--rewrite=USR1:none --status-file"};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct launch l = {.as = (enum launch_as) * way, .environ = ENVIRON(wrong[i])};
		char text[512];

		LAUNCH(&l, "echo", "started");
		cr_expect_not(launch_line(&l, text, sizeof text), "%s", wrong[i]);
		cr_expect_eq(launch_wait(&l), 125, "%s", wrong[i]);
	}
}

/* "LISTEN_PID=" with room for the pid of the process that is about to become husk. */
static char listen_pid[32];

static void activate(void *with)
{
	const int *self = with;

	(void)dup2(0, 3);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)snprintf(listen_pid, sizeof listen_pid, "%d", *self != 0 ? *self : getpid());
	(void)setenv("LISTEN_PID", listen_pid, 1);
}

BOTH_WAYS(socket_activation_reaches_the_workload)
{
	int self = 0;
	struct launch l = {.as = (enum launch_as) * way, .prepare = activate, .prepare_with = &self, .keep_fds = 1};
	char line[128];
	int pid;
	int told;
	char state[16];

	LAUNCH(&l, "--", helper("probe"), "listen");
	cr_assert(launch_line(&l, line, sizeof line));
	cr_assert_eq(sscanf(line, "%d %d 1 %15s", &pid, &told, state), 3, "%s", line);
	cr_expect_eq(pid, told, "LISTEN_PID isn't the workload's: %s", line);
	cr_expect_str_eq(state, "open");
	cr_expect_eq(launch_wait(&l), 0);
}

/* The workload would count on a descriptor that it doesn't get. */
BOTH_WAYS(an_activated_socket_for_the_status_is_refused)
{
	int self = 0;
	struct launch l = {.as = (enum launch_as) * way, .prepare = activate, .prepare_with = &self, .keep_fds = 1};
	char text[512];

	(void)unlink("/tmp/husk-refused.json");
	LAUNCH(&l, "--status-fd", "3", "--learn", "/tmp/husk-refused.json", "echo", "started");
	cr_expect_not(launch_line(&l, text, sizeof text), "%s", text);
	cr_expect_eq(launch_wait(&l), 125);
	cr_expect_neq(unlink("/tmp/husk-refused.json"), 0, "a file was made, though nothing was started");
	cr_expect_not_null(strstr(launch_stderr(&l, text, sizeof text), "LISTEN_FDS"), "%s", text);
}

/* Meant for somebody else: neither rewritten nor passed on. */
BOTH_WAYS(socket_activation_of_another_process_is_left_alone)
{
	int self = 4711;
	struct launch l = {.as = (enum launch_as) * way, .prepare = activate, .prepare_with = &self, .keep_fds = 1};
	char line[128];

	LAUNCH(&l, "--", helper("probe"), "listen");
	cr_assert(launch_line(&l, line, sizeof line));
	cr_expect_not_null(strstr(line, " 4711 1 closed"), "%s", line);
	cr_expect_eq(launch_wait(&l), 0);
}

/* Waits until the process is gone, without being its parent; one that stays is killed. */
static bool goes_away(pid_t pid)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	bool gone;

	if (pidfd < 0)
		return errno == ESRCH;
	gone = poll(&ended, 1, 10000) == 1;
	if (!gone)
		(void)kill(pid, SIGKILL);
	(void)close(pidfd);
	return gone;
}

/* husk is started by a child of the test, which then dies. Returns the workload's pid. */
static pid_t orphaned_husk(const char *const *options, int *out)
{
	const char *argv[16] = {"husk"};
	const char *husk = getenv("HUSK") != NULL ? getenv("HUSK") : HUSK_BUILT;
	int fds[2];
	char line[32] = "";
	size_t count = 1;
	pid_t parent;

	for (; *options != NULL; options++)
		argv[count++] = *options;
	argv[count++] = "sh";
	argv[count++] = "-c";
	argv[count++] = "trap 'echo got-term; exit 0' TERM; echo $$; while :; do sleep 0.05; done";
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		if (fork() == 0) {
			(void)dup2(fds[1], 1);
			(void)execv(husk, (char **)(unsigned long)argv);
			_exit(251);
		}
		(void)pause();
		_exit(0);
	}
	(void)close(fds[1]);
	*out = fds[0];
	for (size_t at = 0; at + 1 < sizeof line && read(fds[0], line + at, 1) == 1 && line[at] != '\n'; at++)
		;
	cr_assert_gt(atoi(line), 1, "'%s'", line);
	(void)kill(parent, SIGKILL);
	(void)waitpid(parent, NULL, 0);
	return atoi(line);
}

static pid_t parent_of(pid_t pid)
{
	char path[64];
	int parent = 0;
	FILE *stat;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (stat == NULL)
		return 0;
	if (fscanf(stat, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	(void)fclose(stat);
	return parent;
}

Test(init_start, parent_death_signal_term_is_forwarded)
{
	int out;
	char text[64] = "";
	const pid_t workload = orphaned_husk((const char *const[]){"--parent-death-signal", "TERM", NULL}, &out);

	cr_expect(goes_away(workload));
	cr_expect_gt(read(out, text, sizeof text - 1), 0);
	cr_expect_str_eq(text, "got-term\n");
}

Test(init_start, parent_death_signal_survives_the_identity_switch)
{
	int out;
	const pid_t workload = orphaned_husk((const char *const[]){"-p", "SIGTERM", "--user", "65534:65534", NULL}, &out);

	cr_expect(goes_away(workload), "setresuid cleared the signal");
}

/* husk dies of it at once, and takes the workload along: tini leaves it running. */
Test(init_start, parent_death_signal_kill_reaches_the_workload_too)
{
	int out;
	const pid_t workload = orphaned_husk((const char *const[]){"-p", "KILL", NULL}, &out);

	cr_expect(goes_away(workload));
}

Test(init_start, without_parent_death_signal_husk_lives_on)
{
	int out;
	const pid_t workload = orphaned_husk((const char *const[]){"-q", NULL}, &out);
	const pid_t husk = parent_of(workload);

	cr_expect_eq(kill(workload, 0), 0);
	cr_expect_gt(husk, 1);
	/* A launcher that is killed doesn't leave the workload behind. */
	(void)kill(husk, SIGKILL);
	cr_expect(goes_away(workload), "the workload outlives a SIGKILL of husk");
}

Test(init_start, a_wrong_parent_death_signal_is_refused)
{
	struct launch l = {.as = AS_SUBREAPER};

	LAUNCH(&l, "-p", "NONSENSE", "true");
	cr_expect_eq(launch_wait(&l), 125);
}

BOTH_WAYS(verbose_says_more_and_quiet_less)
{
	static const struct {
		const char *argv[8];
		const char *text; /* NULL: nothing at all */
	} rows[] = {
		{{"true"}, NULL},
		{{"-v", "true"}, "husk: Spawned child process 'true' with pid '"},
		{{"--verbose", "true"}, "husk: Main child exited normally (with status '0')"},
		{{"-vv", "sh", "-c", "kill -WINCH $PPID; sleep 0.1"}, "husk: Passing signal: 'SIGWINCH'"},
		{{"-q", "-w", "sh", "-c", "(true &); sleep 0.1"}, NULL},
		{{"--quiet", "-v", "-w", "sh", "-c", "(true &); sleep 0.1"}, "husk: warning: Reaped zombie"},
		{{"-q", "-q", "/nonexistent"}, "husk: "},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct launch l = {.as = (enum launch_as) * way};
		char text[2048];

		launch(&l, rows[i].argv);
		(void)launch_wait(&l);
		(void)launch_stderr(&l, text, sizeof text);
		if (rows[i].text == NULL)
			cr_expect_str_empty(text, "row %zu: %s", i, text);
		else
			cr_expect_not_null(strstr(text, rows[i].text), "row %zu: %s", i, text);
	}
}
