#include "init/supervise.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/say.h"
#include "init/status.h"
#include "seccomp/learn.h"

/* Children that are reaped in a row before signals and deadlines have their turn: a workload with thousands of children makes each
 * look slow, and could bring forth new orphans for ever meanwhile. */
enum { REAP_AT_ONCE = 64 };

struct loop {
	const struct supervise_config *config;
	struct workload *w;
	struct run_state run;
	pid_t self;
	int64_t began;
	uint64_t reaped;
	bool more;                /* there may be more to reap at once */
	bool suspended;           /* husk stopped itself with the workload, and nobody has continued that yet */
	bool settled;             /* config->settle was called */
	bool said_failed;         /* a kill that failed was reported once */
	const siginfo_t *current; /* the signal being handled, NULL between signals */
};

static int64_t now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* strsignal would allocate. */
static void say_signal(enum say_level level, const char *before, int signal, const char *after)
{
	char name[SIGNAL_NAME_SIZE];

	if (!say_would(level))
		return;
	signal_format(signal, name);
	say(level, "%s 'SIG%s'%s", before, name, after);
}

/* PID 1 goes on whatever kill says: the usual case is a workload that changed its uid while husk has no CAP_KILL. */
static void note_failed(struct loop *l, int signal, int number)
{
	char name[SIGNAL_NAME_SIZE];

	if (number == 0 || number == ESRCH || l->said_failed)
		return;
	l->said_failed = true;
	signal_format(signal, name);
	say_warn("cannot forward SIG%s: %s; husk goes on, and won't say this again%s", name, strerror(number),
		 number == EPERM   ? "; the process runs as another user, which takes CAP_KILL"
		 : number == EBADF ? "; descendants can't be found without /proc"
				   : "");
}

static int send_to_group(pid_t pid, int signal)
{
	/* A workload may have moved itself to another group; the pid is still right. */
	if (kill(-pid, signal) == 0 || (errno == ESRCH && kill(pid, signal) == 0))
		return 0;
	return errno;
}

/* sigqueue(3) carries a value; passed on with it where it goes to one process. EAGAIN (a full queue) leaves it to kill. */
static int send_to_workload(const struct loop *l, int signal)
{
	const siginfo_t *info = l->current;

	if (info != NULL && info->si_code == SI_QUEUE && info->si_signo == signal &&
	    syscall(SYS_rt_sigqueueinfo, l->w->pid, signal, info) == 0)
		return 0;
	return kill(l->w->pid, signal) == 0 ? 0 : errno;
}

/* The recorder is among those that KILL ends. */
static void flush_before_kill(const struct loop *l, int signal)
{
	if (signal == SIGKILL && l->config->learn != NULL)
		learn_flush(l->config->learn);
}

static void forward(struct loop *l, int signal)
{
	int failed = 0;

	if (l->w->pid == 0)
		return;
	switch (l->config->forward) {
	case FORWARD_CHILD: failed = send_to_workload(l, signal); break;
	case FORWARD_GROUP: failed = send_to_group(l->w->pid, signal); break;
	case FORWARD_ALL:
		flush_before_kill(l, signal);
		failed = reach_signal(&l->config->reach, signal);
		break;
	}
	say_signal(SAY_DEBUG, "Passing signal:", signal, "");
	note_failed(l, signal, failed);
}

static void signal_all(struct loop *l, int signal)
{
	int failed;

	flush_before_kill(l, signal);
	failed = reach_signal(&l->config->reach, signal);
	/* Without /proc nobody below can be found but the workload itself. */
	if (failed == EBADF && l->w->pid > 0)
		failed = send_to_group(l->w->pid, signal);
	note_failed(l, signal, failed);
}

/* True where it was the recorder that ended. Without it no call of the workload would be seen: nothing may go on then. */
static bool reaped_recorder(struct loop *l, pid_t pid)
{
	bool died;

	if (l->config->learn == NULL || !learn_is_recorder(l->config->learn, pid, &died))
		return false;
	if (died)
		signal_all(l, SIGKILL);
	return true;
}

static void perform(struct loop *l, const struct event *event);

/* The whole group stops, with what else the caller's shell put there; the shell takes the terminal when it notices. */
static void suspend(struct loop *l, int signal)
{
	const struct event refused = {.kind = EVENT_REFUSED, .signal = signal};

	(void)kill(0, SIGTSTP);
	if (!signal_stop_self()) {
		perform(l, &refused);
		return;
	}
	l->w->terminal.given = false;
	l->suspended = true;
}

static void resume(struct loop *l)
{
	if (l->w->pid == 0 || l->w->shares_group)
		return;
	if (terminal_is_ours(&l->w->terminal)) {
		terminal_hand_to(&l->w->terminal, l->w->pid);
		l->w->terminal.given = true;
	}
	/* Not otherwise: the workload gets the signal by being forwarded to, and once. */
	if (l->suspended)
		(void)send_to_group(l->w->pid, SIGCONT);
	l->suspended = false;
}

static void perform(struct loop *l, const struct event *event)
{
	const struct steps steps = run_next(&l->config->policy, &l->run, event);

	for (unsigned i = 0; i < steps.count; i++) {
		const struct step *step = &steps.at[i];

		switch (step->kind) {
		case STEP_FORWARD: forward(l, step->signal); break;
		case STEP_ALL: signal_all(l, step->signal); break;
		case STEP_SUSPEND: suspend(l, step->signal); break;
		case STEP_CONTINUE:
			if (l->w->pid > 0)
				(void)send_to_group(l->w->pid, SIGCONT);
			break;
		case STEP_RESUME: resume(l); break;
		}
	}
}

static bool timed(const struct loop *l)
{
	const struct policy *p = &l->config->policy;

	return p->grace_ms >= 0 || p->kill_after_ms >= 0 || p->timeout_ms >= 0;
}

/* An orphan that ended. */
static void reaped_orphan(struct loop *l, pid_t pid)
{
	l->reaped++;
	if (l->config->warn_on_reap)
		say_warn("Reaped zombie process with pid=%d", pid);
	else
		say(SAY_DEBUG, "Reaped child with pid: '%d'", pid);
}

static void say_ended(int status)
{
	if (WIFSIGNALED(status))
		say_signal(SAY_INFO, "Main child exited with signal (with signal", WTERMSIG(status), ")");
	else
		say(SAY_INFO, "Main child exited normally (with status '%d')", WEXITSTATUS(status));
}

/* SIGCHLD coalesces: one signal may stand for any number of children, so reap until there is nothing to be had, though not all in one
 * go. __WALL: children inherited across exec may be clones without SIGCHLD. */
static void reap(struct loop *l)
{
	struct event event = {.now = timed(l) ? now_ms() : 0};
	bool any = l->more;
	int status;
	pid_t pid = 1;

	for (int i = 0; i < REAP_AT_ONCE && (pid = waitpid(-1, &status, WNOHANG | WUNTRACED | __WALL)) > 0; i++) {
		const bool workload = pid == l->w->pid;

		if (WIFSTOPPED(status)) {
			event.kind = EVENT_STOPPED;
			event.signal = WSTOPSIG(status);
			if (workload)
				perform(l, &event);
			continue;
		}
		any = true;
		if (reaped_recorder(l, pid))
			continue;
		if (!workload) {
			reaped_orphan(l, pid);
			continue;
		}
		l->w->pid = 0;
		say_ended(status);
		event.kind = EVENT_ENDED;
		event.wait_status = status;
		perform(l, &event);
	}
	l->more = pid > 0;
	event.kind = pid < 0 && errno == ECHILD ? EVENT_EMPTY : EVENT_REAPED;
	/* Once a wave, not once a turn: what it may lead to is a walk over all processes. */
	if ((any && !l->more) || event.kind == EVENT_EMPTY)
		perform(l, &event);
}

/* Waits for the first quiet moment. Returns the signal that came before it, or 0. */
static int wait_or_settle(struct loop *l, int64_t left, siginfo_t *info)
{
	int signal;

	if (l->settled || l->config->settle == NULL || (left >= 0 && left <= SETTLE_MS))
		return signal_wait(left, info);
	signal = signal_wait(SETTLE_MS, info);
	if (signal != 0)
		return signal;
	l->settled = true;
	l->config->settle();
	return signal_wait(left >= 0 ? left - SETTLE_MS : -1, info);
}

static void wait_for_event(struct loop *l)
{
	const int64_t deadline = run_deadline(&l->run);
	int64_t left = -1;
	siginfo_t info;
	struct event event = {.kind = EVENT_TIME};

	if (l->more) {
		left = 0;
	} else if (deadline != NEVER) {
		left = deadline - now_ms();
		left = left > 0 ? left : 0;
	}
	event.signal = wait_or_settle(l, left, &info);
	if (event.signal != 0) {
		event.kind = EVENT_SIGNAL;
		event.origin = signal_origin(&info, l->self);
	}
	event.now = timed(l) ? now_ms() : 0;
	l->current = event.signal != 0 ? &info : NULL;
	perform(l, &event);
	l->current = NULL;
	/* A steady rain of signals must not keep a deadline from being seen. */
	if (event.kind == EVENT_SIGNAL && deadline != NEVER && event.now >= deadline) {
		event.kind = EVENT_TIME;
		perform(l, &event);
	}
}

int supervise(struct supervise_config *config, struct workload *w)
{
	struct loop l = {.config = config, .w = w, .self = getpid(), .began = now_ms()};
	const pid_t pid = w->pid;
	int status;

	config->policy.job_control = w->terminal.fd >= 0 && pid > 0;
	config->policy.shares_group = w->shares_group;
	l.run = run_begin(&config->policy, l.began);
	if (pid > 0 && config->command != NULL)
		say(SAY_INFO, "Spawned child process '%s' with pid '%d'", config->command[0], pid);
	if (config->status_fd >= 0)
		status_started(config->status_fd, pid, config->command, config->posture);
	/* Reap first: children inherited across exec may have ended before husk began. */
	for (reap(&l); l.run.phase != RUN_OVER; reap(&l))
		wait_for_event(&l);
	if (pid > 0)
		terminal_take_back(&w->terminal);
	status = run_exit_status(&config->policy, &l.run);
	if (config->status_fd >= 0)
		status_ended(config->status_fd,
			     &(struct status_end){
				     .pid = pid, .run = &l.run, .exit_status = status, .wall_ms = now_ms() - l.began, .reaped = l.reaped});
	return status;
}
