/* The supervisor's decision as a table: given this state and this event, what next. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "init/next.h"

enum { NOW = 100000 };

#define EXITED(code)   ((code) << 8)
#define KILLED(signal) (signal)

static struct policy plain(void)
{
	struct policy p = {.grace_ms = -1, .kill_after_ms = -1, .timeout_ms = -1};

	for (int signal = 1; signal <= SIGNAL_LAST; signal++)
		p.rewrite[signal] = (uint8_t)signal;
	return p;
}

static struct event got(int signal, enum signal_origin origin)
{
	return (struct event){.kind = EVENT_SIGNAL, .signal = signal, .origin = origin, .now = NOW};
}

static struct event ended(int wait_status)
{
	return (struct event){.kind = EVENT_ENDED, .wait_status = wait_status, .now = NOW};
}

static struct event at(int64_t now)
{
	return (struct event){.kind = EVENT_TIME, .now = now};
}

static const struct event empty = {.kind = EVENT_EMPTY, .now = NOW};

static void expect_steps(const char *what, struct steps steps, unsigned count, struct step first, struct step second)
{
	const struct step expected[STEPS_MAX] = {first, second};

	cr_assert_eq(steps.count, count, "%s: %u steps, not %u", what, steps.count, count);
	for (unsigned i = 0; i < count; i++) {
		cr_assert_eq(steps.at[i].kind, expected[i].kind, "%s: step %u is of kind %d", what, i, steps.at[i].kind);
		cr_assert_eq(steps.at[i].signal, expected[i].signal, "%s: step %u carries signal %d", what, i, steps.at[i].signal);
	}
}

static const struct step none;
static const struct step all_term = {STEP_ALL, SIGTERM};
static const struct step all_cont = {STEP_ALL, SIGCONT};
static const struct step all_kill = {STEP_ALL, SIGKILL};

struct signal_row {
	const char *what;
	int signal;
	enum signal_origin origin;
	bool shares_group;
	unsigned count;
	struct step first, second;
};

Test(next, signals_are_forwarded_unless_husk_caused_them)
{
	static const struct signal_row rows[] = {
		{"TERM from a process", SIGTERM, SIGNAL_FROM_PROCESS, false, 1, {STEP_FORWARD, SIGTERM}, {0}},
		{"a real-time signal", 64, SIGNAL_FROM_PROCESS, false, 1, {STEP_FORWARD, 64}, {0}},
		{"libc's own signal 32", 32, SIGNAL_FROM_PROCESS, false, 1, {STEP_FORWARD, 32}, {0}},
		{"SEGV that was sent", SIGSEGV, SIGNAL_FROM_PROCESS, false, 1, {STEP_FORWARD, SIGSEGV}, {0}},
		{"CHLD that was sent", SIGCHLD, SIGNAL_FROM_PROCESS, false, 1, {STEP_FORWARD, SIGCHLD}, {0}},
		{"TTOU that was sent", SIGTTOU, SIGNAL_FROM_PROCESS, false, 1, {STEP_FORWARD, SIGTTOU}, {0}},
		{"CHLD of a child", SIGCHLD, SIGNAL_FROM_KERNEL, false, 0, {0}, {0}},
		{"husk's own PIPE", SIGPIPE, SIGNAL_FROM_SELF, false, 0, {0}, {0}},
		{"husk's own XFSZ", SIGXFSZ, SIGNAL_FROM_SELF, false, 0, {0}, {0}},
		{"husk's own TTOU", SIGTTOU, SIGNAL_FROM_KERNEL, false, 0, {0}, {0}},
		{"husk's own TTIN", SIGTTIN, SIGNAL_FROM_KERNEL, false, 0, {0}, {0}},
		{"husk's own CPU limit", SIGXCPU, SIGNAL_FROM_KERNEL, false, 0, {0}, {0}},
		{"Ctrl-C", SIGINT, SIGNAL_FROM_KERNEL, false, 1, {STEP_FORWARD, SIGINT}, {0}},
		{"hang-up of the session", SIGHUP, SIGNAL_FROM_KERNEL, false, 1, {STEP_FORWARD, SIGHUP}, {0}},
		{"window size", SIGWINCH, SIGNAL_FROM_KERNEL, false, 1, {STEP_FORWARD, SIGWINCH}, {0}},
		{"an alarm set before exec", SIGALRM, SIGNAL_FROM_KERNEL, false, 1, {STEP_FORWARD, SIGALRM}, {0}},
		{"Ctrl-C in a shared group", SIGINT, SIGNAL_FROM_KERNEL, true, 0, {0}, {0}},
		{"INT sent in a shared group", SIGINT, SIGNAL_FROM_PROCESS, true, 1, {STEP_FORWARD, SIGINT}, {0}},
		{"CONT takes the terminal along", SIGCONT, SIGNAL_FROM_PROCESS, false, 2, {STEP_RESUME, SIGCONT}, {STEP_FORWARD, SIGCONT}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy p = plain();
		struct run_state run;
		const struct event event = got(rows[i].signal, rows[i].origin);

		p.shares_group = rows[i].shares_group;
		run = run_begin(&p, NOW);
		expect_steps(rows[i].what, run_next(&p, &run, &event), rows[i].count, rows[i].first, rows[i].second);
		cr_assert_eq(run.phase, RUN_WORKLOAD, "%s ends the run", rows[i].what);
	}
}

Test(next, every_signal_of_a_process_is_forwarded)
{
	const struct policy p = plain();

	for (int signal = 1; signal <= SIGNAL_LAST; signal++) {
		struct run_state run = run_begin(&p, NOW);
		const struct event event = got(signal, SIGNAL_FROM_PROCESS);
		const struct steps steps = run_next(&p, &run, &event);

		cr_assert_gt(steps.count, 0, "signal %d is swallowed", signal);
		cr_assert_eq(steps.at[steps.count - 1].signal, signal);
	}
}

Test(next, rewrite_replaces_and_drops)
{
	struct policy p = plain();
	struct run_state run = run_begin(&p, NOW);
	struct event event = got(SIGTERM, SIGNAL_FROM_PROCESS);

	p.rewrite[SIGTERM] = SIGQUIT;
	p.rewrite[SIGHUP] = 0;
	expect_steps("TERM:QUIT", run_next(&p, &run, &event), 1, (struct step){STEP_FORWARD, SIGQUIT}, none);
	event = got(SIGHUP, SIGNAL_FROM_PROCESS);
	expect_steps("HUP:none", run_next(&p, &run, &event), 0, none, none);
}

Test(next, nothing_is_forwarded_to_a_workload_that_is_gone)
{
	struct policy p = plain();
	struct run_state run;
	struct event event = ended(EXITED(0));

	p.grace_ms = 1000;
	run = run_begin(&p, NOW);
	(void)run_next(&p, &run, &event);
	event = got(SIGTERM, SIGNAL_FROM_PROCESS);
	expect_steps("TERM in the grace", run_next(&p, &run, &event), 0, none, none);
}

Test(next, without_grace_the_workload_ends_the_run)
{
	struct policy p = plain();
	struct run_state run = run_begin(&p, NOW);
	const struct event event = ended(EXITED(7));

	expect_steps("ended", run_next(&p, &run, &event), 0, none, none);
	cr_assert_eq(run.phase, RUN_OVER);
	cr_assert_eq(run_exit_status(&p, &run), 7);
}

Test(next, grace_is_a_ceiling_that_a_second_term_does_not_move)
{
	struct policy p = plain();
	struct run_state run;
	struct event event = ended(EXITED(3));

	p.grace_ms = 5000;
	run = run_begin(&p, NOW);
	expect_steps("ended", run_next(&p, &run, &event), 2, all_term, all_cont);
	cr_assert_eq(run.phase, RUN_REST);
	cr_assert_eq(run_deadline(&run), NOW + 5000);
	event = got(SIGTERM, SIGNAL_FROM_PROCESS);
	event.now = NOW + 3000;
	(void)run_next(&p, &run, &event);
	cr_assert_eq(run_deadline(&run), NOW + 5000, "a second TERM moves the end of the grace");
	event = at(NOW + 4999);
	expect_steps("early", run_next(&p, &run, &event), 0, none, none);
	event = at(NOW + 5000);
	expect_steps("late", run_next(&p, &run, &event), 1, all_kill, none);
	cr_assert_eq(run.phase, RUN_KILLED);
	event = (struct event){.kind = EVENT_REAPED};
	expect_steps("a late birth", run_next(&p, &run, &event), 1, all_kill, none);
	(void)run_next(&p, &run, &empty);
	cr_assert_eq(run.phase, RUN_OVER);
	cr_assert_eq(run_exit_status(&p, &run), 3);
}

Test(next, grace_does_not_outlast_the_timeout)
{
	static const struct {
		const char *what;
		int64_t grace, timeout, kill_after, end;
	} rows[] = {
		{"a shorter grace", 5000, 7000, -1, NOW + 5000},
		{"TERM to KILL of the timeout", 3600000, 7000, 2000, NOW + 9000},
		{"ten seconds where it isn't given", 3600000, 7000, -1, NOW + 17000},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy p = plain();
		struct run_state run;
		const struct event gone = ended(EXITED(5));

		p.grace_ms = rows[i].grace;
		p.timeout_ms = rows[i].timeout;
		p.kill_after_ms = rows[i].kill_after;
		run = run_begin(&p, NOW);
		expect_steps(rows[i].what, run_next(&p, &run, &gone), 2, all_term, all_cont);
		cr_expect_eq(run_deadline(&run), rows[i].end, "%s", rows[i].what);
		(void)run_next(&p, &run, &empty);
		cr_expect_eq(run_exit_status(&p, &run), 5, "%s: the workload ended in time", rows[i].what);
	}
}

Test(next, grace_ends_as_soon_as_nothing_is_left)
{
	struct policy p = plain();
	struct run_state run;
	const struct event event = ended(EXITED(0));

	p.grace_ms = 3600 * 1000;
	run = run_begin(&p, NOW);
	(void)run_next(&p, &run, &event);
	(void)run_next(&p, &run, &empty);
	cr_assert_eq(run.phase, RUN_OVER);
}

Test(next, what_kill_cannot_reach_does_not_hold_up_the_end)
{
	struct policy p = plain();
	struct run_state run;
	struct event event = ended(EXITED(0));

	p.grace_ms = 0;
	run = run_begin(&p, NOW);
	(void)run_next(&p, &run, &event);
	event = at(NOW);
	(void)run_next(&p, &run, &event);
	cr_assert_eq(run.phase, RUN_KILLED);
	event = at(run_deadline(&run));
	(void)run_next(&p, &run, &event);
	cr_assert_eq(run.phase, RUN_OVER);
}

Test(next, kill_after_counts_from_the_first_request_to_end)
{
	static const int asking[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
	struct policy p = plain();

	p.kill_after_ms = 1000;
	for (size_t i = 0; i < 4; i++) {
		struct run_state run = run_begin(&p, NOW);
		struct event event = got(SIGUSR1, SIGNAL_FROM_PROCESS);

		(void)run_next(&p, &run, &event);
		cr_assert_eq(run_deadline(&run), NEVER, "USR1 asks nobody to end");
		event = got(asking[i], SIGNAL_FROM_PROCESS);
		(void)run_next(&p, &run, &event);
		cr_assert_eq(run_deadline(&run), NOW + 1000);
		event.now = NOW + 900;
		(void)run_next(&p, &run, &event);
		cr_assert_eq(run_deadline(&run), NOW + 1000, "asking twice lengthens the wait");
		event = at(NOW + 1000);
		expect_steps("kill", run_next(&p, &run, &event), 1, (struct step){STEP_FORWARD, SIGKILL}, none);
		event = ended(KILLED(SIGKILL));
		(void)run_next(&p, &run, &event);
		cr_assert_eq(run.ended_by, ENDED_KILL_AFTER);
		cr_assert_eq(run_exit_status(&p, &run), 137);
	}
}

Test(next, timeout_asks_then_kills_and_says_124)
{
	struct policy p = plain();
	struct run_state run;
	struct event event;

	p.timeout_ms = 2000;
	p.remap_exit[124] = true;
	run = run_begin(&p, NOW);
	cr_assert_eq(run_deadline(&run), NOW + 2000);
	event = at(NOW + 2000);
	expect_steps("timeout", run_next(&p, &run, &event), 2, all_term, all_cont);
	cr_assert_eq(run.phase, RUN_TIMEOUT);
	cr_assert_eq(run_deadline(&run), NOW + 2000 + 10000);
	event = at(NOW + 12000);
	expect_steps("kill", run_next(&p, &run, &event), 1, all_kill, none);
	event = ended(KILLED(SIGKILL));
	(void)run_next(&p, &run, &event);
	cr_assert_neq(run.phase, RUN_OVER, "what else was killed is reaped first");
	(void)run_next(&p, &run, &empty);
	cr_assert_eq(run.phase, RUN_OVER);
	cr_assert_eq(run_exit_status(&p, &run), EXIT_TIMEOUT);
	cr_assert_eq(run.ended_by, ENDED_TIMEOUT);
}

Test(next, timeout_takes_kill_after_as_its_patience)
{
	struct policy p = plain();
	struct run_state run;
	const struct event event = at(NOW + 2000);

	p.timeout_ms = 2000;
	p.kill_after_ms = 300;
	run = run_begin(&p, NOW);
	(void)run_next(&p, &run, &event);
	cr_assert_eq(run_deadline(&run), NOW + 2300);
}

Test(next, workload_that_leaves_at_the_timeout_still_means_124)
{
	struct policy p = plain();
	struct run_state run;
	struct event event = at(NOW + 10);

	p.timeout_ms = 10;
	run = run_begin(&p, NOW);
	(void)run_next(&p, &run, &event);
	event = ended(EXITED(0));
	(void)run_next(&p, &run, &event);
	cr_assert_eq(run.phase, RUN_REST, "others may be left");
	(void)run_next(&p, &run, &empty);
	cr_assert_eq(run_exit_status(&p, &run), EXIT_TIMEOUT);
}

struct ended_row {
	const char *what;
	int forwarded;
	int wait_status;
	enum ended_by by;
	int status;
};

Test(next, who_ended_the_workload_and_its_status)
{
	static const struct ended_row rows[] = {
		{"plain exit", 0, EXITED(0), ENDED_ITSELF, 0},
		{"exit 255", 0, EXITED(255), ENDED_ITSELF, 255},
		{"a crash", 0, KILLED(SIGSEGV) | 0x80, ENDED_ITSELF, 139},
		{"killed by somebody else", 0, KILLED(SIGKILL), ENDED_ITSELF, 137},
		{"forwarded TERM, died of it", SIGTERM, KILLED(SIGTERM), ENDED_SIGNAL, 143},
		{"forwarded TERM, left in order", SIGTERM, EXITED(0), ENDED_SIGNAL, 0},
		{"forwarded HUP (a reload), left later", SIGHUP, EXITED(0), ENDED_ITSELF, 0},
		{"forwarded HUP, died of it", SIGHUP, KILLED(SIGHUP), ENDED_SIGNAL, 129},
		{"forwarded TERM, crashed", SIGTERM, KILLED(SIGABRT), ENDED_ITSELF, 134},
		{"real-time signal", 64, KILLED(64), ENDED_SIGNAL, 192},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct policy p = plain();
		struct run_state run = run_begin(&p, NOW);
		struct event event = got(rows[i].forwarded, SIGNAL_FROM_PROCESS);

		if (rows[i].forwarded != 0)
			(void)run_next(&p, &run, &event);
		event = ended(rows[i].wait_status);
		(void)run_next(&p, &run, &event);
		cr_assert_eq(run.ended_by, rows[i].by, "%s", rows[i].what);
		cr_assert_eq(run_exit_status(&p, &run), rows[i].status, "%s", rows[i].what);
	}
}

Test(next, remap_reports_a_status_as_zero)
{
	struct policy p = plain();
	struct run_state run = run_begin(&p, NOW);
	const struct event event = ended(KILLED(SIGTERM));

	p.remap_exit[143] = true;
	(void)run_next(&p, &run, &event);
	cr_assert_eq(run_exit_status(&p, &run), 0);
}

Test(next, pause_ends_by_term_and_int_alone)
{
	struct policy p = plain();
	struct event event = got(SIGHUP, SIGNAL_FROM_PROCESS);

	p.pause = true;
	for (int signal = 1; signal <= SIGNAL_LAST; signal++) {
		struct run_state run = run_begin(&p, NOW);
		const bool ends = signal == SIGTERM || signal == SIGINT;

		event.signal = signal;
		(void)run_next(&p, &run, &empty);
		cr_assert_eq(run.phase, RUN_WORKLOAD, "--pause ends where no child is left");
		cr_assert_eq(run_next(&p, &run, &event).count, 0);
		cr_assert_eq(run.phase, ends ? RUN_OVER : RUN_WORKLOAD, "signal %d", signal);
		cr_assert_eq(run_exit_status(&p, &run), 0);
	}
}

Test(next, a_stop_of_the_workload)
{
	static const struct {
		const char *what;
		bool job_control, shares_group, pid1;
		int signal;
		unsigned count;
		struct step step;
	} rows[] = {
		{"Ctrl-Z, not PID 1: husk's group stops too", true, false, false, SIGTSTP, 1, {STEP_SUSPEND, SIGTSTP}},
		{"reads from the background", true, false, false, SIGTTIN, 1, {STEP_SUSPEND, SIGTTIN}},
		{"Ctrl-Z, PID 1: nobody could continue it", true, false, true, SIGTSTP, 1, {STEP_CONTINUE, SIGCONT}},
		{"STOP sent on purpose, PID 1", true, false, true, SIGSTOP, 0, {0}},
		{"background read, PID 1: no spinning", true, false, true, SIGTTIN, 0, {0}},
		{"no terminal", false, false, false, SIGTSTP, 0, {0}},
		{"a group shared with the caller: the kernel did it all", true, true, true, SIGTSTP, 0, {0}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy p = plain();
		struct run_state run = run_begin(&p, NOW);
		const struct event event = {.kind = EVENT_STOPPED, .signal = rows[i].signal};

		p.job_control = rows[i].job_control;
		p.shares_group = rows[i].shares_group;
		p.pid1 = rows[i].pid1;
		expect_steps(rows[i].what, run_next(&p, &run, &event), rows[i].count, rows[i].step, none);
	}
}

Test(next, a_stop_that_the_kernel_refused_is_undone_only_for_ctrl_z)
{
	const struct policy p = plain();
	struct run_state run = run_begin(&p, NOW);
	struct event event = {.kind = EVENT_REFUSED, .signal = SIGTSTP};

	expect_steps("TSTP", run_next(&p, &run, &event), 1, (struct step){STEP_CONTINUE, SIGCONT}, none);
	event.signal = SIGTTIN;
	expect_steps("TTIN", run_next(&p, &run, &event), 0, none, none);
}

Test(next, waiting_for_nothing_is_not_for_ever)
{
	const struct policy p = plain();
	struct run_state run = run_begin(&p, NOW);

	(void)run_next(&p, &run, &empty);
	cr_assert_eq(run.phase, RUN_OVER);
	cr_assert_eq(run_exit_status(&p, &run), EXIT_REFUSED);
}

Test(next, deadlines_far_away_do_not_overflow)
{
	struct policy p = plain();
	struct run_state run;

	p.timeout_ms = INT64_MAX;
	run = run_begin(&p, NOW);
	cr_assert_eq(run_deadline(&run), NEVER);
}
