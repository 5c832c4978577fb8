/* A line is written at once or dropped: no reader can hold husk up, no error gets out. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/say.h"

/* body in a child, which must end in time. */
static void expect_in_time(void (*body)(void))
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)signal(SIGPIPE, SIG_IGN);
		(void)alarm(10);
		body();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", WIFSIGNALED(status) ? "it blocks" : "it fails");
}

static void many_lines(int fd)
{
	(void)dup2(fd, 2);
	say_setup("husk", SAY_TRACE);
	say_open_terminal();
	for (int i = 0; i < 5000; i++)
		say(SAY_TRACE, "line %d of many that nobody reads, of a length that divides nothing", i);
}

static void full_pipe(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		_exit(1);
	many_lines(fds[1]);
}

static void full_socket(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		_exit(1);
	many_lines(fds[1]);
}

static int terminal(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	int slave;

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		_exit(1);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	return slave >= 0 ? slave : (_exit(1), -1);
}

static void full_terminal(void)
{
	many_lines(terminal());
}

static void stopped_terminal(void)
{
	const int slave = terminal();

	if (tcflow(slave, TCOOFF) != 0)
		_exit(1);
	many_lines(slave);
}

static void no_reader(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		_exit(1);
	(void)close(fds[0]);
	many_lines(fds[1]);
	errno = 7;
	say_warn("nobody hears this");
	_exit(errno == 7 ? 0 : 1);
}

static void closed(void)
{
	(void)close(2);
	say_setup("husk", SAY_TRACE);
	errno = 7;
	say_warn("nobody hears this");
	_exit(errno == 7 ? 0 : 1);
}

/* As XFS and btrfs do; ext4 and tmpfs answer EOPNOTSUPP. */
static void answer_nowait_with_eagain(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwritev2, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RWF_NOWAIT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(1);
}

static void file_of_a_system_that_would_wait(void)
{
	FILE *file = tmpfile();
	char text[64] = "";

	if (file == NULL)
		_exit(1);
	answer_nowait_with_eagain();
	say_write(fileno(file), "first\n", 6);
	say_write(fileno(file), "second\n", 7);
	_exit(pread(fileno(file), text, sizeof text - 1, 0) == 13 && strcmp(text, "first\nsecond\n") == 0 ? 0 : 1);
}

Test(say, loses_no_line_of_a_file)
{
	expect_in_time(file_of_a_system_that_would_wait);
}

Test(say, does_not_block_on_a_full_pipe)
{
	expect_in_time(full_pipe);
}

Test(say, does_not_block_on_a_full_socket)
{
	expect_in_time(full_socket);
}

Test(say, does_not_block_on_a_terminal_that_nobody_reads)
{
	expect_in_time(full_terminal);
}

Test(say, does_not_block_on_a_stopped_terminal)
{
	expect_in_time(stopped_terminal);
}

Test(say, survives_a_reader_that_went_away)
{
	expect_in_time(no_reader);
}

Test(say, survives_a_closed_stderr)
{
	expect_in_time(closed);
}

Test(say, a_line_is_one_write_in_husks_or_tinis_form)
{
	int fds[2];
	char text[256] = "";
	const int saved = dup(2);

	cr_assert_eq(pipe2(fds, O_DIRECT | O_CLOEXEC), 0); /* packets: one read gives one write */
	(void)dup2(fds[1], 2);
	say_setup("husk", SAY_WARN);
	say_warn("careful %d", 1);
	say(SAY_INFO, "not said");
	say_setup("tini", SAY_WARN);
	say_warn("careful");
	(void)dup2(saved, 2);
	cr_expect_gt(read(fds[0], text, sizeof text - 1), 0);
	cr_expect_str_eq(text, "husk: warning: careful 1\n");
	memset(text, 0, sizeof text);
	cr_expect_gt(read(fds[0], text, sizeof text - 1), 0);
	cr_expect_eq(strncmp(text, "[WARN  tini (", 13), 0, "%s", text);
}
