/* Standard descriptors: pipes and terminals are given to the user, what others share never is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/husk.h"
#include "tests/support/pty.h"

TestSuite(stdio, .init = require_root);

Test(stdio, pipes_on_0_to_2_can_be_opened_anew_by_the_user)
{
	const struct run_result *result =
		RUN_PID1(husk(), "--user", "nobody", "sh", "-c", "echo out >/proc/self/fd/1; echo err >/proc/self/fd/2");

	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_str_eq(result->out, "out\n");
	cr_assert_str_eq(result->err, "err\n");
	result = RUN_PID1(husk(), "--chown-stdio", "no", "--user", "nobody", "sh", "-c", "echo out >/proc/self/fd/1");
	cr_assert_neq(result->exit, 0);
	result = RUN(husk(), "--user", "nobody", "sh", "-c", "echo out >/proc/self/fd/1");
	cr_assert_neq(result->exit, 0, "auto gives only as PID 1");
	result = RUN(husk(), "--chown-stdio", "yes", "--user", "nobody", "sh", "-c", "echo out >/proc/self/fd/1");
	cr_assert_eq(result->exit, 0, "%s", result->err);
}

Test(stdio, files_and_dev_null_are_never_given_away)
{
	char name[] = "/tmp/husk-stdout-XXXXXX";
	char script[512];
	struct stat before;
	struct stat st;
	int fd = mkstemp(name);

	cr_assert_eq(stat("/dev/null", &before), 0);

	(void)snprintf(script, sizeof script, "exec %s --chown-stdio yes --user nobody true </dev/null >%s 2>/dev/null", husk(), name);
	cr_assert_eq(RUN("sh", "-c", script)->exit, 0);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(st.st_uid, 0);
	cr_assert_eq(stat("/dev/null", &st), 0);
	cr_assert_eq(st.st_uid, before.st_uid);
	unlink(name);
	close(fd);
}

static void on_a_socket(const void *unused)
{
	int fds[2];

	(void)unused;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0 || dup2(fds[0], STDIN_FILENO) != STDIN_FILENO)
		_exit(98);
}

Test(stdio, sockets_are_never_given_away)
{
	const struct run_result *result = run(&(struct run_spec){.argv = ARGV(husk(), "--chown-stdio", "yes", "--user", "nobody", "stat",
									      "-L", "-c", "%u", "/proc/self/fd/0", "/proc/self/fd/1"),
								 .prepare = on_a_socket});

	assert_quiet(result);
	cr_assert_str_eq(result->out, "0\n65534\n", "the socket, the pipe: %s", result->out);
}

static void reopen_on_a_terminal(const char *option, const char *expected)
{
	struct pty p;
	char script[256];

	(void)snprintf(
		script, sizeof script,
		"\"$HUSK_BIN\" --chown-stdio %s --user nobody sh -c 'if (: >/dev/stdout) 2>&-; then echo open; else echo closed; fi'",
		option);
	PTY_START(&p, true, "sh", "-c", script);
	pty_expect(&p, expected);
	(void)pty_wait(&p);
}

Test(stdio, a_terminal_can_be_opened_anew_by_the_user)
{
	reopen_on_a_terminal("yes", "open");
	reopen_on_a_terminal("no", "closed");
}

/* Without CAP_CHOWN nothing can be given, and nobody needs to know. */
Test(stdio, what_cant_be_given_is_no_error)
{
	assert_quiet(RUN("capsh", "--drop=cap_chown", "--", "-c", "exec \"$0\" --chown-stdio yes --user nobody true", husk()));
}
