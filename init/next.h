/* What the supervisor does next: a pure function of its state and one event. It makes no system call and knows no clock. */
#ifndef HUSK_INIT_NEXT_H
#define HUSK_INIT_NEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "init/signals.h"

#define NEVER INT64_MAX

/* What the user asked for. Times are milliseconds, -1 where not given. */
struct policy {
	uint8_t rewrite[SIGNAL_LAST + 1]; /* which signal is forwarded in place of one; 0: none */
	bool remap_exit[256];             /* exit statuses that are reported as 0 */
	int64_t grace_ms;
	int64_t kill_after_ms;
	int64_t timeout_ms;
	bool pause;        /* there is no workload */
	bool pid1;         /* the kernel can't stop husk, and ends everything with it */
	bool job_control;  /* there is a controlling terminal */
	bool shares_group; /* the workload is in husk's process group: what a terminal sends reaches it without husk */
};

enum run_phase {
	RUN_WORKLOAD, /* the workload runs (or --pause waits) */
	RUN_TIMEOUT,  /* --timeout passed: everything was asked to end, the workload may still be there */
	RUN_REST,     /* the workload is gone, what is left was asked to end */
	RUN_KILLED,   /* what is left was killed */
	RUN_OVER,
};

enum ended_by { ENDED_ITSELF, ENDED_SIGNAL, ENDED_KILL_AFTER, ENDED_TIMEOUT };

struct run_state {
	enum run_phase phase;
	enum ended_by ended_by;
	bool reaped;        /* the workload was reaped: its pid is no longer its own */
	int wait_status;    /* as wait4 gave it, once reaped */
	sigmask forwarded;  /* signals that were forwarded so far */
	int64_t timeout_at; /* deadlines on the monotonic clock, NEVER where none is set */
	int64_t kill_at;    /* when the workload is killed */
	int64_t end_at;     /* when what is left is killed; in RUN_KILLED: when husk no longer waits for it */
};

enum event_kind {
	EVENT_SIGNAL,  /* husk got a signal */
	EVENT_ENDED,   /* the workload was reaped */
	EVENT_STOPPED, /* the workload was stopped */
	EVENT_REFUSED, /* husk wasn't stopped with it: the kernel refused */
	EVENT_REAPED,  /* something was reaped, and there are children left */
	EVENT_EMPTY,   /* no child is left */
	EVENT_TIME,    /* time has passed */
};

struct event {
	enum event_kind kind;
	int signal;                /* of EVENT_SIGNAL, _STOPPED, _REFUSED */
	enum signal_origin origin; /* of EVENT_SIGNAL */
	int wait_status;           /* of EVENT_ENDED */
	int64_t now;               /* ms, monotonic; read where a deadline begins or passes */
};

enum step_kind {
	STEP_FORWARD,  /* send signal to the workload, its group or all, as --forward says */
	STEP_ALL,      /* send signal to everything below husk */
	STEP_SUSPEND,  /* the terminal's user stopped the workload: stop husk's own group too */
	STEP_CONTINUE, /* continue the workload's group */
	STEP_RESUME,   /* husk was continued: the foreground goes back to the workload if husk has it; where husk had stopped, continue its
			  group */
};

struct step {
	enum step_kind kind;
	int signal;
};

enum { STEPS_MAX = 2 };

struct steps {
	unsigned count;
	struct step at[STEPS_MAX];
};

/* Where a run begins. */
struct run_state run_begin(const struct policy *policy, int64_t now);

/* Advances *run by one event and returns what is to be done, in order. RUN_OVER: nothing more. */
struct steps run_next(const struct policy *policy, struct run_state *run, const struct event *event);

/* The deadline that comes first, or NEVER. */
int64_t run_deadline(const struct run_state *run);

/* The exit status that husk ends with, once it is RUN_OVER. */
int run_exit_status(const struct policy *policy, const struct run_state *run);

#endif
