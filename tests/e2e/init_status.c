/* --status-fd and --status-file: one JSON line for the start, one for the end; the schema of the README. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/support/launch.h"

#define BOTH_WAYS(test) \
	ParameterizedTestParameters(init_status, test) \
	{ \
		static int ways[] = {AS_SUBREAPER, AS_PID1}; \
		return cr_make_param_array(int, ways, 2); \
	} \
	ParameterizedTest(int *way, init_status, test)

/* The two lines of a run, taken from stderr. */
struct lines {
	json_t *started;
	json_t *ended;
	int status;
};

static struct lines lines_of(char *text)
{
	struct lines found = {.status = 0};
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		const char *event = json_string_value(json_object_get(value, "event"));

		cr_assert_not_null(event, "not a status line: %s", line);
		if (strcmp(event, "started") == 0)
			found.started = value;
		else
			found.ended = value;
	}
	cr_assert_not_null(found.started);
	cr_assert_not_null(found.ended);
	return found;
}

static struct lines run(int way, int signal, const char *const *argv)
{
	struct launch l = {.as = (enum launch_as)way};
	struct lines found;
	char text[16384];
	int status;

	launch(&l, argv);
	if (signal != 0) {
		launch_expect(&l, "ready");
		launch_kill(&l, signal);
	}
	status = launch_wait(&l);
	found = lines_of((char *)(unsigned long)launch_stderr(&l, text, sizeof text));
	found.status = status;
	return found;
}

#define RUN(way, signal, ...) run(way, signal, (const char *const[]){__VA_ARGS__, NULL})

static void done(struct lines *lines)
{
	json_decref(lines->started);
	json_decref(lines->ended);
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	cr_assert(json_is_integer(value), "%s is no integer", key);
	return json_integer_value(value);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

BOTH_WAYS(started_tells_pid_command_and_posture)
{
	struct lines lines = RUN(*way, 0, "--user", "65534:65534", "--status-fd", "2", "sh", "-c", "exit 3", "a\"b\n\xff");
	const json_t *posture = json_object_get(lines.started, "posture");

	cr_expect_eq(lines.status, 3);
	cr_expect_gt(number(lines.started, "pid"), 1);
	cr_expect_gt(number(lines.started, "time_ms"), 1600000000000);
	cr_expect_str_eq(json_string_value(json_array_get(json_object_get(lines.started, "command"), 3)), "a\"b\n\xef\xbf\xbd");
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(posture, "uid"), 1)), 65534);
	cr_expect(json_is_true(json_object_get(posture, "no_new_privs")));
	cr_expect_eq(number(posture, "seccomp_mode"), 2);
	cr_expect_eq(json_is_true(json_object_get(posture, "pid1")), *way == AS_PID1);
	cr_expect_str_eq(text_of(json_object_get(posture, "caps"), "permitted"), "0000000000000000");
	cr_expect_eq(number(lines.ended, "pid"), number(lines.started, "pid"));
	done(&lines);
}

BOTH_WAYS(ended_tells_exit_and_what_husk_reports)
{
	struct lines lines = RUN(*way, 0, "--status-fd", "2", "-e", "7", "sh", "-c", "exit 7");

	cr_expect_eq(lines.status, 0);
	cr_expect_eq(number(lines.ended, "exit"), 7);
	cr_expect_eq(number(lines.ended, "status"), 0);
	cr_expect(json_is_null(json_object_get(lines.ended, "signal")));
	cr_expect(json_is_false(json_object_get(lines.ended, "core")));
	cr_expect_str_eq(text_of(lines.ended, "ended_by"), "itself");
	done(&lines);
}

BOTH_WAYS(ended_by_a_forwarded_signal)
{
	struct lines lines = RUN(*way, SIGTERM, "--status-fd", "2", "sh", "-c", "echo ready; exec sleep 1000");

	cr_expect_eq(lines.status, 143);
	cr_expect(json_is_null(json_object_get(lines.ended, "exit")));
	cr_expect_str_eq(text_of(lines.ended, "signal"), "TERM");
	cr_expect_str_eq(text_of(lines.ended, "ended_by"), "signal");
	done(&lines);
}

BOTH_WAYS(ended_by_itself_where_it_kills_itself)
{
	struct lines lines = RUN(*way, 0, "--status-fd", "2", helper("probe"), "die", "37");

	cr_expect_eq(lines.status, 165);
	cr_expect_str_eq(text_of(lines.ended, "signal"), "RTMIN+3");
	cr_expect_str_eq(text_of(lines.ended, "ended_by"), "itself");
	done(&lines);
}

BOTH_WAYS(ended_by_kill_after)
{
	struct lines lines = RUN(*way, SIGINT, "--kill-after", "100ms", "--status-fd", "2", helper("probe"), "deaf");

	cr_expect_eq(lines.status, 137);
	cr_expect_str_eq(text_of(lines.ended, "signal"), "KILL");
	cr_expect_str_eq(text_of(lines.ended, "ended_by"), "kill-after");
	cr_expect_geq(number(lines.ended, "wall_ms"), 100);
	done(&lines);
}

BOTH_WAYS(ended_by_timeout)
{
	struct lines lines = RUN(*way, 0, "--timeout", "100ms", "--status-fd", "2", "sleep", "1000");

	cr_expect_eq(lines.status, 124);
	cr_expect_str_eq(text_of(lines.ended, "signal"), "TERM");
	cr_expect_str_eq(text_of(lines.ended, "ended_by"), "timeout");
	cr_expect_eq(number(lines.ended, "status"), 124);
	done(&lines);
}

BOTH_WAYS(ended_counts_cpu_time_memory_and_orphans)
{
	struct lines lines = RUN(*way, 0, "--status-fd", "2", "sh", "-c",
				 "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exec \"$0\" orphans 25", helper("probe"));

	cr_expect_eq(number(lines.ended, "orphans_reaped"), 25);
	cr_expect_gt(number(lines.ended, "cpu_user_us") + number(lines.ended, "cpu_system_us"), 10000);
	cr_expect_gt(number(lines.ended, "max_rss_kib"), 100);
	done(&lines);
}

static void allow_core(void *unused)
{
	const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	(void)unused;
	(void)setrlimit(RLIMIT_CORE, &limit);
	(void)chdir("/tmp");
}

/* Whether the kernel writes a core depends on the machine: what husk says must be what waitpid says without husk. */
BOTH_WAYS(ended_tells_whether_core_was_dumped)
{
	struct launch l = {.as = (enum launch_as) * way, .prepare = allow_core};
	struct lines lines;
	char text[16384];
	FILE *pattern = fopen("/proc/sys/kernel/core_pattern", "re");
	char first = '|';

	cr_assert_not_null(pattern);
	(void)fscanf(pattern, "%c", &first);
	(void)fclose(pattern);
	(void)setenv("ASAN_OPTIONS", "disable_coredump=0", 1); /* it would set the limit to 0, for the workload too */
	LAUNCH(&l, "--status-fd", "2", "sh", "-c", "kill -SEGV $$");
	cr_expect_eq(launch_wait(&l), 139);
	lines = lines_of((char *)(unsigned long)launch_stderr(&l, text, sizeof text));
	cr_expect_str_eq(text_of(lines.ended, "signal"), "SEGV");
	if (first != '|')
		cr_expect(json_is_true(json_object_get(lines.ended, "core")), "a core in /tmp was to be expected");
	(void)unlink("/tmp/core");
	done(&lines);
}

BOTH_WAYS(status_file_is_written_even_where_the_user_may_not)
{
	struct launch l = {.as = (enum launch_as) * way};
	char path[] = "/tmp/husk-status-XXXXXX";
	const int fd = mkstemp(path);
	struct lines lines;
	char text[8192];
	ssize_t length;

	cr_assert_geq(fd, 0);
	LAUNCH(&l, "--user", "65534:65534", "--status-file", path, "--", "true");
	cr_expect_eq(launch_wait(&l), 0);
	length = read(fd, text, sizeof text - 1);
	cr_assert_gt(length, 0);
	text[length] = '\0';
	lines = lines_of(text);
	done(&lines);
	(void)close(fd);
	(void)unlink(path);
}

BOTH_WAYS(a_status_descriptor_is_not_the_workloads)
{
	struct launch l = {.as = (enum launch_as) * way};
	char path[] = "/tmp/husk-status-XXXXXX";

	(void)close(mkstemp(path));
	LAUNCH(&l, "--status-file", path, "sh", "-c", "ls /proc/self/fd | tr '\\n' ' '; echo; ls /proc/$$/fd | wc -l");
	(void)launch_expect(&l, "0 1 2 3 "); /* 3: ls reading the folder */
	cr_expect_eq(launch_wait(&l), 0);
	(void)unlink(path);
}

Test(init_status, wrong_use_is_refused_before_anything_starts)
{
	static const char *const wrong[][2] = {{"--status-fd", "77"}, {"--status-fd", "x"}, {"--status-file", "/nonexistent/x"}};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct launch l = {.as = AS_SUBREAPER};
		char text[512];

		LAUNCH(&l, wrong[i][0], wrong[i][1], "echo", "started");
		cr_expect_not(launch_line(&l, text, sizeof text));
		cr_expect_eq(launch_wait(&l), 125, "%s %s", wrong[i][0], wrong[i][1]);
		cr_expect_not_null(strstr(launch_stderr(&l, text, sizeof text), "--status-"), "%s", text);
	}
}
