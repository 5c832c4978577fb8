/* Signals as the kernel has them: 1 to 64, the two or three that libc keeps for itself included. */
#ifndef HUSK_INIT_SIGNALS_H
#define HUSK_INIT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

enum { SIGNAL_LAST = 64, SIGNAL_NAME_SIZE = 16 };

/* A kernel signal mask: bit n-1 stands for signal n. libc's sigset_t hides 32 and 33, which would then kill husk. */
typedef uint64_t sigmask;

static inline sigmask sigmask_of(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

/* What the caller had, for the workload to get back. */
struct signals_before {
	sigmask blocked;
	bool chld_ignored; /* SIGCHLD was SIG_IGN: wait() would hang, so husk resets it for itself */
};

/* Blocks everything and resets SIGCHLD. The first thing in main: what arrives from here on is kept, not lost. */
int signals_block(struct signals_before *before, struct err *e);

/* Reads back that everything is still blocked: what came in between may be lost otherwise, SIGCHLD above all. Returns 0, or -1 with *e
 * set. */
int signals_check_blocked(struct err *e);

/* In the child, just before exec: dispositions first (still blocked), then the mask. Returns 0 or -1 with errno. */
int signals_restore(const struct signals_before *before);

/* How many signals are handed out by their number alone before others have their turn. */
enum { SIGNALS_IN_A_ROW = 32 };

/* Waits for a signal (all are blocked). timeout_ms < 0: no limit, no wake-up. Returns the signal, or 0 on a timeout or EINTR. */
int signal_wait(int64_t timeout_ms, siginfo_t *info);

/* Lets SIGTSTP, pending for this process, stop it, as the terminal's user asked. Returns true once it was continued, false where
 * the kernel refused to stop it (PID 1, or nobody is there to continue the group: credentials(7), setpgid(2) "orphaned"). */
bool signal_stop_self(void);

enum signal_origin {
	SIGNAL_FROM_PROCESS, /* somebody sent it */
	SIGNAL_FROM_KERNEL,  /* a terminal, a timer, a fault */
	SIGNAL_FROM_SELF,    /* husk's own doing: SIGPIPE carries SI_USER and the writer's own pid */
};

enum signal_origin signal_origin(const siginfo_t *info, pid_t self);

/* "TERM", "SIGTERM", "15", "RTMIN+3", "RTMAX-1", in any case. RTMIN is 34 whatever libc says (musl: 35), as kill, docker and
 * systemd count. Returns 1 to 64, or -1. */
int signal_parse(const char *text);

/* The short name ("TERM", "RTMIN+3", "32"), always terminated. */
void signal_format(int signal, char name[SIGNAL_NAME_SIZE]);

#endif
