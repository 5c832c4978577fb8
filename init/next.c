#include "init/next.h"

#include <signal.h>
#include <sys/wait.h>

#include "common/err.h"

enum {
	TIMEOUT_KILL_MS = 10 * 1000, /* between TERM and KILL of --timeout, where --kill-after doesn't say */
	KILLED_WAIT_MS = 2 * 1000,   /* a process that KILL can't reach (in an uninterruptible sleep) doesn't hold up the end */
};

static const sigmask asks_to_end =
	UINT64_C(1) << (SIGTERM - 1) | UINT64_C(1) << (SIGINT - 1) | UINT64_C(1) << (SIGQUIT - 1) | UINT64_C(1) << (SIGHUP - 1);

/* From the kernel: the terminal's, and an alarm that was set before exec, as in "perl -e 'alarm 9; exec @ARGV'". */
static const sigmask kernel_means_workload = UINT64_C(1) << (SIGHUP - 1) | UINT64_C(1) << (SIGINT - 1) | UINT64_C(1) << (SIGQUIT - 1) |
					     UINT64_C(1) << (SIGTSTP - 1) | UINT64_C(1) << (SIGWINCH - 1) | UINT64_C(1) << (SIGCONT - 1) |
					     UINT64_C(1) << (SIGALRM - 1) | UINT64_C(1) << (SIGPWR - 1);

static bool has(sigmask set, int signal)
{
	return (set & sigmask_of(signal)) != 0;
}

static int64_t later(int64_t now, int64_t ms)
{
	return ms < 0 || now > NEVER - ms ? NEVER : now + ms;
}

static void add(struct steps *steps, enum step_kind kind, int signal)
{
	steps->at[steps->count++] = (struct step){.kind = kind, .signal = signal};
}

struct run_state run_begin(const struct policy *policy, int64_t now)
{
	return (struct run_state){
		.phase = RUN_WORKLOAD,
		.reaped = policy->pause,
		.timeout_at = later(now, policy->timeout_ms),
		.kill_at = NEVER,
		.end_at = NEVER,
	};
}

/* What is left is asked to end. A stopped process takes its TERM only once it is continued. */
static void ask_all(struct steps *steps)
{
	add(steps, STEP_ALL, SIGTERM);
	add(steps, STEP_ALL, SIGCONT);
}

static void kill_all(struct run_state *run, int64_t now, struct steps *steps)
{
	run->phase = RUN_KILLED;
	run->end_at = later(now, KILLED_WAIT_MS);
	add(steps, STEP_ALL, SIGKILL);
}

/* Between TERM and KILL of --timeout. */
static int64_t timeout_kill_ms(const struct policy *policy)
{
	return policy->kill_after_ms >= 0 ? policy->kill_after_ms : TIMEOUT_KILL_MS;
}

/* The workload is gone (or --pause is over). A grace doesn't outlast what the timeout would have ended. */
static void begin_rest(const struct policy *policy, struct run_state *run, int64_t now, struct steps *steps)
{
	const int64_t limit = run->timeout_at != NEVER ? later(run->timeout_at, timeout_kill_ms(policy)) : NEVER;

	run->timeout_at = run->kill_at = NEVER;
	if (policy->grace_ms < 0) {
		run->phase = RUN_OVER;
		return;
	}
	run->phase = RUN_REST;
	run->end_at = later(now, policy->grace_ms);
	if (limit < run->end_at)
		run->end_at = limit;
	ask_all(steps);
}

/* Is this signal meant for the workload at all? */
static bool concerns_workload(const struct policy *policy, const struct event *event)
{
	switch (event->origin) {
	case SIGNAL_FROM_SELF: return false;
	case SIGNAL_FROM_PROCESS: return true;
	case SIGNAL_FROM_KERNEL: break;
	}
	/* A terminal signals a whole group; one that the workload shares has told it already. */
	if (policy->shares_group && event->signal != SIGALRM)
		return false;
	return has(kernel_means_workload, event->signal);
}

static void on_signal(const struct policy *policy, struct run_state *run, const struct event *event, struct steps *steps)
{
	const int signal = policy->rewrite[event->signal];

	if (!concerns_workload(policy, event) || signal == 0 || run->phase == RUN_OVER)
		return;
	if (policy->pause && run->phase == RUN_WORKLOAD) {
		if (signal == SIGTERM || signal == SIGINT)
			begin_rest(policy, run, event->now, steps);
		return;
	}
	if (run->reaped)
		return;
	if (signal == SIGCONT)
		add(steps, STEP_RESUME, signal);
	add(steps, STEP_FORWARD, signal);
	run->forwarded |= sigmask_of(signal);
	/* The first one counts: asking again doesn't lengthen the wait. */
	if (run->phase == RUN_WORKLOAD && run->kill_at == NEVER && (has(asks_to_end, signal) || has(asks_to_end, event->signal)))
		run->kill_at = later(event->now, policy->kill_after_ms);
}

static enum ended_by who_ended(const struct run_state *run)
{
	const sigmask asked = sigmask_of(SIGTERM) | sigmask_of(SIGINT) | sigmask_of(SIGQUIT);

	if (run->ended_by != ENDED_ITSELF)
		return run->ended_by;
	if (WIFSIGNALED(run->wait_status))
		return has(run->forwarded, WTERMSIG(run->wait_status)) ? ENDED_SIGNAL : ENDED_ITSELF;
	return (run->forwarded & asked) != 0 ? ENDED_SIGNAL : ENDED_ITSELF;
}

static void on_ended(const struct policy *policy, struct run_state *run, const struct event *event, struct steps *steps)
{
	run->reaped = true;
	run->wait_status = event->wait_status;
	run->ended_by = who_ended(run);
	run->kill_at = NEVER;
	if (run->phase == RUN_WORKLOAD)
		begin_rest(policy, run, event->now, steps);
	else if (run->phase == RUN_TIMEOUT)
		run->phase = RUN_REST; /* all were asked already, and the end is set */
}

static void on_stopped(const struct policy *policy, const struct event *event, struct steps *steps)
{
	if (!policy->job_control || policy->shares_group)
		return;
	if (!policy->pid1)
		add(steps, STEP_SUSPEND, event->signal);
	else if (event->signal == SIGTSTP)
		add(steps, STEP_CONTINUE, SIGCONT);
}

static void on_time(const struct policy *policy, struct run_state *run, int64_t now, struct steps *steps)
{
	if (now >= run->end_at) {
		if (run->phase == RUN_KILLED)
			run->phase = RUN_OVER;
		else
			kill_all(run, now, steps);
	} else if (now >= run->timeout_at) {
		run->phase = run->reaped ? RUN_REST : RUN_TIMEOUT;
		run->ended_by = ENDED_TIMEOUT;
		run->timeout_at = run->kill_at = NEVER;
		run->end_at = later(now, timeout_kill_ms(policy));
		ask_all(steps);
	} else if (now >= run->kill_at) {
		run->kill_at = NEVER;
		run->ended_by = ENDED_KILL_AFTER;
		add(steps, STEP_FORWARD, SIGKILL);
	}
}

/* No child is left. With the workload unreaped that can't be, yet waiting for nothing would be for ever. */
static void on_empty(const struct policy *policy, struct run_state *run)
{
	if (!policy->pause || run->phase != RUN_WORKLOAD)
		run->phase = RUN_OVER;
}

struct steps run_next(const struct policy *policy, struct run_state *run, const struct event *event)
{
	struct steps steps = {.count = 0};

	switch (event->kind) {
	case EVENT_SIGNAL: on_signal(policy, run, event, &steps); break;
	case EVENT_ENDED: on_ended(policy, run, event, &steps); break;
	case EVENT_STOPPED:
		if (run->phase == RUN_WORKLOAD)
			on_stopped(policy, event, &steps);
		break;
	case EVENT_REFUSED:
		/* Nobody can continue husk, so nobody can continue the workload: Ctrl-Z means nothing here. */
		if (event->signal == SIGTSTP)
			add(&steps, STEP_CONTINUE, SIGCONT);
		break;
	case EVENT_REAPED:
		/* The walk over descendants can miss one that was just being born. */
		if (run->phase == RUN_KILLED)
			add(&steps, STEP_ALL, SIGKILL);
		break;
	case EVENT_EMPTY: on_empty(policy, run); break;
	case EVENT_TIME: on_time(policy, run, event->now, &steps); break;
	}
	return steps;
}

int64_t run_deadline(const struct run_state *run)
{
	int64_t first = run->timeout_at < run->kill_at ? run->timeout_at : run->kill_at;

	return first < run->end_at ? first : run->end_at;
}

int run_exit_status(const struct policy *policy, const struct run_state *run)
{
	int status = WIFSIGNALED(run->wait_status) ? 128 + WTERMSIG(run->wait_status) : WEXITSTATUS(run->wait_status);

	if (run->ended_by == ENDED_TIMEOUT)
		return EXIT_TIMEOUT;
	if (policy->pause)
		return 0;
	if (!run->reaped)
		return EXIT_REFUSED;
	return policy->remap_exit[status & 0xff] ? 0 : status & 0xff;
}
