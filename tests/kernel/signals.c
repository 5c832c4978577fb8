/* What is blocked at the start must be blocked when the workload starts; whoever sends many signals doesn't hide another's. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"
#include "init/signals.h"
#include "tests/support/run.h"

static int blocked_is_seen(void)
{
	struct signals_before before;
	struct err e;

	return signals_block(&before, &e) == 0 && signals_check_blocked(&e) == 0 ? 0 : 1;
}

static int one_let_through_is_seen(void)
{
	struct signals_before before;
	struct err e;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (signals_block(&before, &e) != 0 || sigprocmask(SIG_UNBLOCK, &child, NULL) != 0)
		return 1;
	if (signals_check_blocked(&e) == 0)
		return 2;
	return strcmp(e.what, "signals are no longer blocked") == 0 ? 0 : 3;
}

Test(signals, a_mask_that_still_blocks_everything_passes)
{
	cr_assert_eq(in_child(blocked_is_seen), 0);
}

Test(signals, a_signal_that_is_let_through_is_noticed)
{
	cr_assert_eq(in_child(one_let_through_is_seen), 0);
}

static int next(void)
{
	siginfo_t info;

	return signal_wait(0, &info);
}

/* The number of the first check that fails. HUP rains; the kernel alone would hand it out for ever. */
static int take_turns(void)
{
	struct signals_before before;
	struct err e;

	if (signals_block(&before, &e) != 0)
		return 1;
	for (int round = 0; round < 3; round++) {
		int before_term = 0;

		(void)kill(getpid(), SIGTERM);
		for (;; before_term++) {
			int got;

			(void)kill(getpid(), SIGHUP);
			got = next();
			if (got == SIGTERM)
				break;
			if (got != SIGHUP)
				return 2;
			if (before_term > SIGNALS_IN_A_ROW)
				return 3;
		}
		if (next() != SIGHUP)
			return 4;
		if (next() != 0)
			return 5;
	}
	return 0;
}

/* SIGCHLD from the kernel, one after the other, for as long as it takes. */
static int orphans_rain(void)
{
	struct signals_before before;
	struct err e;
	int turns = 0;

	if (signals_block(&before, &e) != 0)
		return 1;
	(void)kill(getpid(), SIGCONT);
	for (;; turns++) {
		siginfo_t ended;
		const pid_t pid = fork();
		int got;

		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) != 0)
			return 2;
		got = next();
		(void)waitpid(pid, NULL, 0);
		if (got == SIGCONT)
			return 0;
		if (got != SIGCHLD)
			return 3;
		if (turns > SIGNALS_IN_A_ROW)
			return 4;
	}
}

Test(signals, a_rain_of_sigchld_doesnt_hide_another)
{
	cr_assert_eq(in_child(orphans_rain), 0);
}

Test(signals, one_that_rains_doesnt_hide_another)
{
	cr_assert_eq(in_child(take_turns), 0);
}
