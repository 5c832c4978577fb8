#include "init/signals.h"

#include "common/err.h"
#include "common/num.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RT_FIRST = 34 };

/* The kernel's own timespec for rt_sigtimedwait: two longs. */
struct kernel_time {
	long seconds;
	long nanoseconds;
};

static int mask_change(int how, const sigmask *mask, sigmask *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, mask, old, sizeof *mask);
}

int signals_block(struct signals_before *before, struct err *e)
{
	const sigmask all = ~UINT64_C(0);
	struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction old;

	if (mask_change(SIG_SETMASK, &all, &before->blocked) != 0)
		return err_set(e, errno, NULL, "cannot block signals");
	if (sigaction(SIGCHLD, &standard, &old) != 0)
		return err_set(e, errno, NULL, "cannot reset SIGCHLD");
	before->chld_ignored = old.sa_handler == SIG_IGN;
	return 0;
}

int signals_check_blocked(struct err *e)
{
	const sigmask never = sigmask_of(SIGKILL) | sigmask_of(SIGSTOP);
	sigmask now = 0;

	if (mask_change(SIG_BLOCK, NULL, &now) != 0)
		return err_set(e, errno, "allow rt_sigprocmask in the profile", "cannot read the signal mask back");
	if ((now | never) != ~UINT64_C(0))
		return err_set(e, 0, "report this as a bug", "signals are no longer blocked");
	return 0;
}

int signals_restore(const struct signals_before *before)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	if (before->chld_ignored && sigaction(SIGCHLD, &ignore, NULL) != 0)
		return -1;
	return mask_change(SIG_SETMASK, &before->blocked, NULL);
}

static int take_one(const sigmask *of, const struct kernel_time *limit, siginfo_t *info)
{
	const long got = syscall(SYS_rt_sigtimedwait, of, info, limit, sizeof *of);

	return got > 0 ? (int)got : 0;
}

int signal_wait(int64_t timeout_ms, siginfo_t *info)
{
	/* The kernel hands the lowest number out first: a process that rains HUP on husk would keep a TERM from it, and a storm
	 * of orphans with its SIGCHLD every higher one. So after some in a row what was not among them has its turn. */
	static sigmask taken;
	static unsigned in_a_row;
	const sigmask all = ~UINT64_C(0);
	const sigmask others = ~taken;
	const struct kernel_time at_once = {0, 0};
	const struct kernel_time limit = {.seconds = (long)(timeout_ms / 1000), .nanoseconds = (long)(timeout_ms % 1000) * 1000000};
	int got = in_a_row >= SIGNALS_IN_A_ROW ? take_one(&others, &at_once, info) : 0;

	if (got == 0) {
		if (in_a_row >= SIGNALS_IN_A_ROW)
			taken = in_a_row = 0;
		got = take_one(&all, timeout_ms < 0 ? NULL : &limit, info);
	}
	if (got > 0) {
		taken |= sigmask_of(got);
		in_a_row++;
	}
	return got;
}

bool signal_stop_self(void)
{
	const sigmask stop = sigmask_of(SIGTSTP);
	sigmask pending = 0;

	if (mask_change(SIG_UNBLOCK, &stop, NULL) != 0)
		return false;
	(void)mask_change(SIG_BLOCK, &stop, NULL);
	/* Whoever continues a process does it by SIGCONT, which is blocked and so still there to be seen. */
	(void)syscall(SYS_rt_sigpending, &pending, sizeof pending);
	return (pending & sigmask_of(SIGCONT)) != 0;
}

enum signal_origin signal_origin(const siginfo_t *info, pid_t self)
{
	if (info->si_code > 0)
		return SIGNAL_FROM_KERNEL;
	return info->si_pid == self ? SIGNAL_FROM_SELF : SIGNAL_FROM_PROCESS;
}

static const struct {
	char name[8];
	int number;
} names[] = {
	{"HUP", SIGHUP},       {"INT", SIGINT},   {"QUIT", SIGQUIT},   {"ILL", SIGILL},   {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},
	{"BUS", SIGBUS},       {"FPE", SIGFPE},   {"KILL", SIGKILL},   {"USR1", SIGUSR1}, {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},
	{"PIPE", SIGPIPE},     {"ALRM", SIGALRM}, {"TERM", SIGTERM},   {"CHLD", SIGCHLD}, {"CONT", SIGCONT}, {"STOP", SIGSTOP},
	{"TSTP", SIGTSTP},     {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},   {"URG", SIGURG},   {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
	{"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"PWR", SIGPWR},   {"SYS", SIGSYS},
#ifdef SIGSTKFLT
	{"STKFLT", SIGSTKFLT},
#endif
	{"IOT", SIGABRT},      {"POLL", SIGIO},   {"CLD", SIGCHLD},
};

/* "RTMIN", "RTMIN+3", "RTMAX-2": base plus a signed offset that stays among the real-time signals. */
static int parse_real_time(const char *text)
{
	const int lowest = strncasecmp(text, "RTMIN", 5) == 0;
	uint32_t offset = 0;

	if (!lowest && strncasecmp(text, "RTMAX", 5) != 0)
		return -1;
	text += 5;
	if (*text != '\0' && (*text != (lowest ? '+' : '-') || num_u32(text + 1, SIGNAL_LAST - RT_FIRST, &offset) != 0))
		return -1;
	return lowest ? RT_FIRST + (int)offset : SIGNAL_LAST - (int)offset;
}

int signal_parse(const char *text)
{
	uint32_t number;

	if (num_u32(text, SIGNAL_LAST, &number) == 0)
		return number > 0 ? (int)number : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(text, names[i].name) == 0)
			return names[i].number;
	return parse_real_time(text);
}

void signal_format(int signal, char name[SIGNAL_NAME_SIZE])
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].number == signal) {
			(void)snprintf(name, SIGNAL_NAME_SIZE, "%s", names[i].name);
			return;
		}
	}
	if (signal > RT_FIRST && signal <= SIGNAL_LAST)
		(void)snprintf(name, SIGNAL_NAME_SIZE, "RTMIN+%d", signal - RT_FIRST);
	else
		(void)snprintf(name, SIGNAL_NAME_SIZE, signal == RT_FIRST ? "RTMIN" : "%d", signal);
}
