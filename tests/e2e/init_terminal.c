/* At a terminal: who has the foreground, Ctrl-C, Ctrl-Z, window size, hang-up; as PID 1 and below a shell. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/launch.h"
#include "tests/support/pty.h"

#define CTRL_C "\003"
#define CTRL_Z "\032"

static struct pty p;

static const char *husk(void)
{
	return getenv("HUSK") != NULL ? getenv("HUSK") : HUSK_BUILT;
}

/* An interactive bash at the prompt. */
static void shell(void)
{
	PTY_START(&p, false, "bash", "--norc", "--noprofile", "-i");
	pty_expect(&p, "prompt> ");
}

static void type_line(const char *line)
{
	pty_type(&p, line);
	pty_type(&p, "\n");
}

static void leave_shell(void)
{
	type_line("exit 0");
	cr_expect_eq(pty_wait(&p), 0);
}

Test(init_terminal, pid1_gives_the_workload_the_foreground)
{
	PTY_START(&p, true, husk(), "--", helper("probe"), "terminal");
	pty_expect(&p, "foreground");
	cr_expect_eq(pty_wait(&p), 0);
}

Test(init_terminal, a_shell_under_pid1_has_job_control)
{
	PTY_START(&p, true, husk(), "--", "bash", "--norc", "--noprofile", "-i");
	pty_expect(&p, "prompt> ");
	type_line("sh -c 'echo u\"\"p; while read x; do echo got-$x; done'");
	pty_expect(&p, "up");
	pty_type(&p, CTRL_Z);
	pty_expect(&p, "Stopped");
	pty_expect(&p, "prompt> ");
	type_line("fg");
	type_line("hello");
	pty_expect(&p, "got-hello");
	pty_type(&p, CTRL_C);
	pty_expect(&p, "prompt> ");
	type_line("echo status=$?");
	pty_expect(&p, "status=130");
	leave_shell();
}

Test(init_terminal, ctrl_c_ends_a_program_under_pid1)
{
	PTY_START(&p, true, husk(), "--", "sh", "-c", "echo up; exec sleep 1000");
	pty_expect(&p, "up");
	pty_type(&p, CTRL_C);
	cr_expect_eq(pty_wait(&p), 130);
}

/* PID 1 can't be stopped and nobody is there to continue the workload: under tini Ctrl-Z hangs the container. */
Test(init_terminal, ctrl_z_under_pid1_does_not_hang)
{
	PTY_START(&p, true, husk(), "--", "sh", "-c", "echo up; while read x; do echo got-$x; done");
	pty_expect(&p, "up");
	pty_type(&p, CTRL_Z);
	type_line("hello");
	pty_expect(&p, "got-hello");
	pty_type(&p, CTRL_C);
	cr_expect_eq(pty_wait(&p), 130);
}

/* Anywhere in the start, also between the workload's mask and its exec, where a stop would hold vfork and so PID 1 up for ever. */
Test(init_terminal, ctrl_z_during_the_start_of_pid1_does_not_hang)
{
	const int count = rounds(600);

	for (int i = 0; i < count; i++) {
		const struct timespec delay = {.tv_nsec = (long)(i % 150) * 10000};

		PTY_START(&p, true, husk(), "--", helper("probe"), "exit", "3");
		(void)nanosleep(&delay, NULL);
		pty_type(&p, CTRL_Z);
		cr_assert_eq(pty_wait(&p), 3, "start %d", i);
	}
}

Test(init_terminal, window_size_reaches_the_workload)
{
	const struct winsize size = {.ws_row = 12, .ws_col = 34};

	for (int pid1 = 0; pid1 < 2; pid1++) {
		PTY_START(&p, pid1 == 1, husk(), "--", helper("probe"), "signals");
		pty_expect(&p, "ready");
		cr_assert_eq(ioctl(p.master, TIOCSWINSZ, &size), 0);
		pty_expect(&p, "28 ");
		(void)kill(p.pid, SIGTERM);
		cr_expect_eq(pty_wait(&p), 0);
	}
}

Test(init_terminal, hang_up_ends_the_workload)
{
	PTY_START(&p, true, husk(), "--", "sh", "-c", "echo up; exec sleep 1000");
	pty_expect(&p, "up");
	(void)close(p.master);
	p.master = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_expect_eq(pty_wait(&p), 129);
}

Test(init_terminal, below_a_shell_the_workload_gets_the_foreground)
{
	shell();
	type_line("\"$HUSK_BIN\" -- \"$PROBE\" terminal");
	pty_expect(&p, "\nforeground");
	leave_shell();
}

Test(init_terminal, in_the_background_nothing_is_taken)
{
	shell();
	type_line("\"$HUSK_BIN\" -- \"$PROBE\" terminal & wait");
	pty_expect(&p, "\nbackground");
	leave_shell();
}

Test(init_terminal, a_pipeline_member_gets_the_foreground_by_dev_tty)
{
	shell();
	type_line("echo x | \"$HUSK_BIN\" -- \"$PROBE\" terminal 2>/dev/null | cat");
	pty_expect(&p, "\nforeground");
	type_line("\"$HUSK_BIN\" -- \"$PROBE\" terminal <&-");
	pty_expect(&p, "\nforeground");
	type_line("\"$HUSK_BIN\" -- \"$PROBE\" terminal < /dev/null");
	pty_expect(&p, "\nforeground");
	leave_shell();
}

/* After tini the calling script's read fails with EIO. */
Test(init_terminal, the_foreground_is_given_back_to_the_caller)
{
	PTY_START(&p, false, "sh", "-c", "\"$HUSK_BIN\" -- true; echo done; read x; echo after=$x");
	pty_expect(&p, "done");
	type_line("hello");
	pty_expect(&p, "after=hello");
	cr_expect_eq(pty_wait(&p), 0);
}

Test(init_terminal, the_foreground_is_given_back_after_a_command_that_cannot_run)
{
	PTY_START(&p, false, "sh", "-c", "\"$HUSK_BIN\" -- /etc/passwd; echo status=$?; read x; echo after=$x");
	pty_expect(&p, "status=126");
	type_line("hello");
	pty_expect(&p, "after=hello");
	cr_expect_eq(pty_wait(&p), 0);
}

Test(init_terminal, the_foreground_is_given_back_when_a_job_of_the_workload_had_it)
{
	PTY_START(&p, false, "sh", "-c",
		  "\"$HUSK_BIN\" -- bash --norc --noprofile -ic 'echo up; sleep 0.2; kill -9 $$'; echo done; read x; echo after=$x");
	pty_expect(&p, "done");
	type_line("hello");
	pty_expect(&p, "after=hello");
	cr_expect_eq(pty_wait(&p), 0);
}

Test(init_terminal, ctrl_c_below_a_shell_is_the_workloads_end)
{
	shell();
	type_line("\"$HUSK_BIN\" -- sh -c 'echo u\"\"p; exec sleep 1000'; echo status=$?");
	pty_expect(&p, "up");
	pty_type(&p, CTRL_C);
	pty_expect(&p, "status=130");
	leave_shell();
}

Test(init_terminal, ctrl_z_stops_husk_and_fg_continues_both)
{
	shell();
	for (int i = 0; i < 3; i++) {
		type_line("\"$HUSK_BIN\" -- sh -c 'echo u\"\"p; while read x; do echo got-$x; done; echo e\"\"nd'");
		pty_expect(&p, "up");
		pty_type(&p, CTRL_Z);
		pty_expect(&p, "Stopped");
		pty_expect(&p, "prompt> ");
		type_line("fg");
		pty_expect(&p, "HUSK_BIN");
		type_line("hello");
		pty_expect(&p, "got-hello");
		pty_type(&p, "\004");
		pty_expect(&p, "end");
		pty_expect(&p, "prompt> ");
	}
	leave_shell();
}

Test(init_terminal, bg_continues_both_and_leaves_the_terminal_alone)
{
	shell();
	/* Not dash: its vfork can't be stopped while its child is stopped before exec. */
	type_line("\"$HUSK_BIN\" -- bash -c 'echo u\"\"p; sleep 0.3; echo e\"\"nd; exec \"$PROBE\" terminal'");
	pty_expect(&p, "up");
	pty_type(&p, CTRL_Z);
	pty_expect(&p, "Stopped");
	type_line("bg");
	pty_expect(&p, "end");
	pty_expect(&p, "background");
	type_line("wait; echo still-$((1+1))");
	pty_expect(&p, "still-2");
	leave_shell();
}

Test(init_terminal, a_background_workload_that_reads_stops_and_fg_lets_it_read)
{
	shell();
	type_line("\"$HUSK_BIN\" -- sh -c 'read x; echo got-$x' &");
	pty_expect(&p, "prompt> ");
	type_line("while ! jobs | grep -q Stopped; do :; done; echo it-is-$((1+1))");
	pty_expect(&p, "it-is-2");
	type_line("fg");
	pty_expect(&p, "HUSK_BIN");
	type_line("hello");
	pty_expect(&p, "got-hello");
	leave_shell();
}

/* A pipeline and a script around husk stop with it. */
Test(init_terminal, ctrl_z_stops_the_script_around_husk)
{
	shell();
	type_line("sh -c '\"$HUSK_BIN\" -- sh -c \"echo u''p; read x; echo got-\\$x\"; echo script-e\"\"nd'");
	pty_expect(&p, "\nup");
	pty_type(&p, CTRL_Z);
	pty_expect(&p, "Stopped");
	type_line("fg");
	pty_expect(&p, "sh -c");
	type_line("hello");
	pty_expect(&p, "got-hello");
	pty_expect(&p, "script-end");
	leave_shell();
}

/* unshare leaves husk in a group that has no number in the new namespace: the foreground couldn't be given back. */
Test(init_terminal, below_unshare_the_terminal_still_works_for_all)
{
	PTY_START(&p, false, "sh", "-c", "unshare -p -f \"$HUSK_BIN\" -- sh -c 'read x; echo got-$x'; echo done; read x; echo after=$x");
	type_line("one");
	pty_expect(&p, "got-one");
	pty_expect(&p, "done");
	type_line("two");
	pty_expect(&p, "after=two");
	cr_expect_eq(pty_wait(&p), 0);
}

Test(init_terminal, below_unshare_ctrl_c_comes_once)
{
	PTY_START(&p, false, "bash", "-c",
		  "trap : INT; unshare -p -f \"$HUSK_BIN\" -- bash -c 'n=0; trap \"n=\\$((n+1)); echo caught-\\$n\" INT; echo up; while "
		  "read -t 2 x || [ $n = 0 ]; do :; done; echo total-$n'");
	pty_expect(&p, "up");
	pty_type(&p, CTRL_C);
	pty_expect(&p, "caught-1");
	pty_expect(&p, "total-1");
	(void)pty_wait(&p);
}

static int foreign_slave;

static void foreign_terminal(void *unused)
{
	(void)unused;
	(void)dup2(foreign_slave, 0);
}

Test(init_terminal, a_terminal_that_is_not_the_controlling_one_is_no_trouble)
{
	for (int way = 0; way < LAUNCH_WAYS; way++) {
		struct launch l = {.as = (enum launch_as)way, .prepare = foreign_terminal};
		const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		char text[256];

		cr_assert_eq(grantpt(master) | unlockpt(master), 0);
		foreign_slave = open(ptsname(master), O_RDWR | O_NOCTTY);
		LAUNCH(&l, "--", helper("probe"), "terminal");
		launch_expect(&l, "none");
		cr_expect_eq(launch_wait(&l), 0);
		cr_expect_str_empty(launch_stderr(&l, text, sizeof text), "%s", text);
	}
}
