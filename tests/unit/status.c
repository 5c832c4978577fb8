/* The status lines stay JSON whatever a command is called. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/status.h"

static void expect_escaped(const char *text, const char *expected)
{
	char buf[256];

	cr_expect_eq(json_escape(buf, 0, sizeof buf, text), strlen(expected));
	cr_expect_str_eq(buf, expected);
}

Test(status, strings_are_escaped)
{
	expect_escaped("plain", "plain");
	expect_escaped("a\"b\\c", "a\\\"b\\\\c");
	expect_escaped("\n\t\x01\x7f", "\\u000a\\u0009\\u0001\\u007f");
	expect_escaped("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	expect_escaped("\xf0\x9f\x90\x9a", "\xf0\x9f\x90\x9a");
	expect_escaped("\xff", "\\ufffd");
	expect_escaped("\xc0\xaf", "\\ufffd\\ufffd");            /* overlong */
	expect_escaped("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"); /* a surrogate */
	expect_escaped("\xe2\x82", "\\ufffd\\ufffd");            /* cut short */
}

Test(status, escaping_stops_before_the_end_of_the_buffer)
{
	for (size_t size = 1; size < 20; size++) {
		char buf[24];

		memset(buf, 'x', sizeof buf);
		cr_expect_lt(json_escape(buf, 0, size, "\n\"\xc3\xbc\n"), size);
		cr_expect_eq(buf[size], 'x', "writes past %zu bytes", size);
	}
}

/* Reads back what was written to a pipe, as JSON. */
static json_t *line_of(int fd)
{
	char line[8192];
	ssize_t length = read(fd, line, sizeof line - 1);
	json_error_t error;
	json_t *value;

	cr_assert_gt(length, 0);
	line[length] = '\0';
	cr_assert_eq(line[length - 1], '\n');
	cr_assert_eq(strchr(line, '\n'), line + length - 1, "more than one line");
	value = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(value, "%s: %s", error.text, line);
	return value;
}

Test(status, started_line_is_json_with_any_command)
{
	static char big[10000];
	char *const commands[][3] = {{(char[]){"sh"}, (char[]){"a\"\n\xff"}, NULL}, {big, NULL, NULL}};
	int fds[2];

	memset(big, 'y', sizeof big - 1);
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	for (size_t i = 0; i < 2; i++) {
		json_t *line;

		status_started(fds[1], 42, commands[i], "{\"uid\":65534}");
		line = line_of(fds[0]);
		cr_expect_str_eq(json_string_value(json_object_get(line, "event")), "started");
		cr_expect_eq(json_integer_value(json_object_get(line, "pid")), 42);
		cr_expect_eq(json_is_true(json_object_get(line, "command_cut")), i == 1);
		cr_expect_eq(json_integer_value(json_object_get(json_object_get(line, "posture"), "uid")), 65534);
		json_decref(line);
	}
}

Test(status, ended_line_tells_exit_signal_and_core)
{
	static const struct {
		int wait_status;
		json_int_t exit; /* -1: null */
		const char *signal;
		bool core;
	} rows[] = {{3 << 8, 3, NULL, false}, {SIGTERM, -1, "TERM", false}, {SIGSEGV | 0x80, -1, "SEGV", true}, {37, -1, "RTMIN+3", false}};
	int fds[2];

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct run_state run = {.reaped = true, .wait_status = rows[i].wait_status, .ended_by = ENDED_KILL_AFTER};
		const struct status_end end = {.pid = 9, .run = &run, .exit_status = 11, .wall_ms = 12, .reaped = 13};
		json_t *line;

		status_ended(fds[1], &end);
		line = line_of(fds[0]);
		cr_expect_str_eq(json_string_value(json_object_get(line, "event")), "ended");
		cr_expect_eq(json_is_null(json_object_get(line, "exit")), rows[i].exit < 0);
		if (rows[i].exit >= 0)
			cr_expect_eq(json_integer_value(json_object_get(line, "exit")), rows[i].exit);
		cr_expect_eq(json_is_null(json_object_get(line, "signal")), rows[i].signal == NULL);
		if (rows[i].signal != NULL)
			cr_expect_str_eq(json_string_value(json_object_get(line, "signal")), rows[i].signal);
		cr_expect_eq(json_is_true(json_object_get(line, "core")), rows[i].core);
		cr_expect_eq(json_integer_value(json_object_get(line, "status")), 11);
		cr_expect_str_eq(json_string_value(json_object_get(line, "ended_by")), "kill-after");
		cr_expect_eq(json_integer_value(json_object_get(line, "wall_ms")), 12);
		cr_expect_eq(json_integer_value(json_object_get(line, "orphans_reaped")), 13);
		cr_expect(json_is_integer(json_object_get(line, "cpu_user_us")));
		cr_expect(json_is_integer(json_object_get(line, "cpu_system_us")));
		cr_expect(json_is_integer(json_object_get(line, "max_rss_kib")));
		json_decref(line);
	}
}
