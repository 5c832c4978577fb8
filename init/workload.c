#include "init/workload.h"

#include "common/err.h"
#include "common/num.h"
#include "seccomp/learn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LISTEN_PID "LISTEN_PID="

/* Until exec the child runs in husk's memory: what it writes here, husk reads. */
struct shared {
	const struct workload_plan *plan;
	struct workload *w;
	pid_t husk;
	bool foreground;
	char *listen_digits; /* where the child writes its pid, NULL without socket activation */
	const char *failed;  /* the step that failed */
	int number;          /* and its errno */
};

static const char *env_value(char *const *envp, const char *name)
{
	const size_t length = strlen(name);

	for (; envp != NULL && *envp != NULL; envp++)
		if (strncmp(*envp, name, length) == 0)
			return *envp + length;
	return NULL;
}

unsigned workload_listen_fds(char *const *envp, pid_t self)
{
	const char *pid = env_value(envp, LISTEN_PID);
	const char *fds = env_value(envp, "LISTEN_FDS=");
	uint32_t number;
	uint32_t count;

	if (pid == NULL || fds == NULL || num_u32(pid, INT32_MAX, &number) != 0 || number != (uint32_t)self)
		return 0;
	return num_u32(fds, 1024, &count) == 0 ? count : 0;
}

/* Decimal digits without stdio: the child shares husk's memory and libc's state. */
static void write_pid(char *at, pid_t pid)
{
	char digits[16];
	size_t n = 0;

	for (; pid > 0; pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	while (n > 0)
		*at++ = digits[--n];
	*at = '\0';
}

/* A Ctrl-Z between the mask's restoration and exec would stop the child, and husk with it: vfork waits for ever then. A handler
 * keeps it for husk to send again; exec turns it back into the default (signal(7)). */
static volatile sig_atomic_t early_stop;

static void note_stop(int signal)
{
	early_stop = signal;
}

static int catch_stops(void)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	const struct sigaction note = {.sa_handler = note_stop};
	struct sigaction old;

	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
		if (sigaction(stops[i], &note, &old) != 0)
			return -1;
		/* One that the caller ignores stays ignored. */
		if (old.sa_handler == SIG_IGN && sigaction(stops[i], &old, NULL) != 0)
			return -1;
	}
	return 0;
}

static int fail(struct shared *s, const char *step)
{
	s->failed = step;
	s->number = errno;
	return -1;
}

/* Everything that the child does before exec. Returns -1 with the step and errno noted. */
static int become(struct shared *s)
{
	const struct workload_plan *plan = s->plan;

	if (!s->w->shares_group && setpgid(0, 0) != 0)
		return fail(s, "cannot give the workload a process group");
	/* The child does it, so that the foreground is right before the workload's first read. */
	if (s->foreground)
		terminal_hand_to(&s->w->terminal, getpid());
	if (plan->death_signal != 0) {
		if (prctl(PR_SET_PDEATHSIG, plan->death_signal) != 0)
			return fail(s, "cannot arm the parent-death signal");
		if (getppid() != s->husk) {
			errno = ESRCH;
			return fail(s, "the parent is gone");
		}
	}
	if (s->listen_digits != NULL)
		write_pid(s->listen_digits, getpid());
	if (catch_stops() != 0 || signals_restore(&plan->signals) != 0)
		return fail(s, "cannot restore the signal mask");
	if (plan->learn != NULL && learn_attach(plan->learn, &s->failed) != 0)
		return fail(s, s->failed);
	/* A signal can interrupt a call that the recorder has still to answer, even this one. */
	do
		(void)execve(plan->path, plan->argv, plan->envp);
	while (errno == EINTR && plan->learn != NULL);
	if (errno == ENOEXEC && plan->shell != NULL)
		(void)execve("/bin/sh", plan->shell, plan->envp);
	return fail(s, NULL);
}

/* vfork: the child borrows husk's memory and husk sleeps until it has executed, so nothing is copied, setpgid needs no second
 * call in the parent, and the errno of exec comes back by itself. husk has no signal handlers of its own that could run in the child. */
static pid_t spawn(struct shared *s)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)become(s);
		_exit(EXIT_CANNOT_RUN);
	}
	return pid;
}

static int exec_failed(const char *path, int number, struct err *e)
{
	const bool missing = number == ENOENT && access(path, F_OK) != 0;
	const char *fix = NULL;

	if (number == ENOEXEC)
		fix = "it is no program of this machine and has no #! line";
	else if (number == ENOENT && !missing)
		fix = "the file is there, but the interpreter of its #! line or its dynamic loader isn't";
	else if (number == EACCES)
		fix = "make it executable, and reachable for the workload's user";
	return err_set_status(e, missing ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN, number, fix, "cannot execute %s", path);
}

static int start(struct shared *s, struct err *e)
{
	const pid_t pid = spawn(s);

	if (pid < 0)
		return err_set(e, errno, errno == EAGAIN ? "raise the limit on processes (RLIMIT_NPROC, pids.max)" : NULL,
			       "cannot start a process for the workload");
	if (s->number != 0) {
		/* The child has ended; whoever waits for children later may reap it. */
		terminal_take_back(&s->w->terminal);
		if (s->failed != NULL)
			return err_set(e, s->number, NULL, "%s", s->failed);
		return exec_failed(s->plan->path, s->number, e);
	}
	s->w->pid = pid;
	if (early_stop != 0)
		(void)kill(pid, early_stop);
	return 0;
}

int workload_start(const struct workload_plan *plan, struct workload *w, struct err *e)
{
	char listen[sizeof LISTEN_PID + 16] = LISTEN_PID;
	char **entry = plan->envp;
	char *old = NULL;
	struct shared s = {.plan = plan, .w = w, .husk = getpid()};
	int result;

	w->pid = 0;
	terminal_find(&w->terminal);
	w->shares_group = terminal_is_outer(&w->terminal) && !plan->want_group;
	s.foreground = !w->shares_group && (terminal_is_ours(&w->terminal) || terminal_is_outer(&w->terminal));
	w->terminal.given = s.foreground && w->terminal.group > 0;
	if (workload_listen_fds(plan->envp, s.husk) > 0) {
		while (strncmp(*entry, LISTEN_PID, sizeof LISTEN_PID - 1) != 0)
			entry++;
		old = *entry;
		*entry = listen;
		s.listen_digits = listen + sizeof LISTEN_PID - 1;
	}
	result = start(&s, e);
	if (old != NULL)
		*entry = old;
	return result;
}
