#include "init/phases.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "caps/userns.h"
#include "common/sanitize.h"
#include "common/say.h"
#include "init/envoptions.h"
#include "init/print.h"
#include "init/reaper.h"
#include "init/report.h"
#include "init/seal.h"
#include "init/slim.h"
#include "init/stdio.h"
#include "init/tini.h"
#include "seccomp/warden.h"

/* Why one phase comes before another. Whoever reorders the list meets the reason. */
_Static_assert(PHASE_BLOCK == 0, "a signal that arrives before it is blocked is lost");
_Static_assert(PHASE_PLAN < PHASE_REAPER, "what can be refused is refused before anything is changed");
_Static_assert(PHASE_REAPER < PHASE_BOUNDING, "the covered root of --forbid-userns needs CAP_SYS_ADMIN");
_Static_assert(PHASE_BOUNDING < PHASE_IDENTITY, "dropping the bounding set needs CAP_SETPCAP, which the identity switch clears");
_Static_assert(PHASE_BOUNDING < PHASE_CAPABILITIES, "dropping the bounding set needs CAP_SETPCAP, which this phase drops");
_Static_assert(PHASE_IDENTITY < PHASE_CAPABILITIES, "the switch needs CAP_SETUID and CAP_SETGID, and rewrites the sets by itself");
_Static_assert(PHASE_IDENTITY < PHASE_PARENT_DEATH, "setresuid clears the parent-death signal");
_Static_assert(PHASE_CAPABILITIES < PHASE_PARENT_DEATH, "a change of capabilities clears the parent-death signal too");
_Static_assert(PHASE_CAPABILITIES < PHASE_SEC_CLONE3, "the proof holds for the credentials that the workload gets");
_Static_assert(PHASE_NO_NEW_PRIVS < PHASE_SECCOMP, "without CAP_SYS_ADMIN the filter needs no_new_privs");
_Static_assert(PHASE_SEC_CLONE3 < PHASE_SECCOMP, "the filter hides the kernel's answer");
_Static_assert(PHASE_SECCOMP + 1 == PHASE_START, "the filter comes last, so that it needn't allow any step of husk's");
_Static_assert(PHASE_START < PHASE_SUPERVISE && PHASE_SUPERVISE + 1 == PHASES_COUNT, "there is a workload to wait for");

static int phase_block(struct run *run, struct err *e)
{
	if (signals_block(&run->plan.workload.signals, e) != 0)
		return -1;
	return descriptors_reserve(e);
}

static int read_environment(const char *words, struct run *run, struct err *e)
{
	static struct env_options read; /* for good: options point into it */

	if (env_options_split(words, run->argv[0], &read, e) != 0 || options_read(read.argc, read.argv, &run->options, e) != 0)
		return -1;
	return env_options_check(&read, run->options.command, e);
}

/* tini's name means tini's options, unless HUSK_OPTIONS says that husk is meant. */
static int read_options(struct run *run, struct err *e)
{
	const char *words = env_take(environ, "HUSK_OPTIONS");

	options_default(&run->options);
	if (words == NULL && tini_is_called(run->argv[0]))
		return tini_parse(run->argc, run->argv, &run->options, e);
	if (words != NULL && read_environment(words, run, e) != 0)
		return -1;
	return options_parse(run->argc, run->argv, &run->options, e);
}

static int phase_plan(struct run *run, struct err *e)
{
	int result = read_options(run, e);

	/* Also after an error: the message comes in the form of whoever was called. */
	say_setup(run->options.tini ? "tini" : "husk", run->options.verbosity);
	if (result != 0)
		return -1;
	if (run->options.action != ACTION_RUN && run->options.action != ACTION_CHECK) {
		run->done = true;
		return print_action(&run->options, run->argv[0], e);
	}
	return plan_make(&run->options, &run->plan, e);
}

/* The descriptors that outlive phase 3, ascending. */
static int keep_descriptors(const struct run *run, struct err *e)
{
	const struct plan *plan = &run->plan;
	const bool learns = plan->learn.file != NULL;
	const int keep[] = {plan->supervise.status_fd, plan->report_fd, learns ? plan->learn.dir : -1, learns ? plan->learn.fd : -1};
	int list[sizeof keep / sizeof keep[0]] = {0};
	size_t count = 0;
	int floor = STDERR_FILENO + (int)plan->listen_fds;

	for (size_t i = 0; i < sizeof keep / sizeof keep[0]; i++) {
		size_t at = count;

		if (keep[i] <= floor)
			continue;
		for (; at > 0 && list[at - 1] > keep[i]; at--)
			list[at] = list[at - 1];
		list[at] = keep[i];
		count++;
	}
	return descriptors_close(floor + 1, list, count, e);
}

static int phase_reaper(struct run *run, struct err *e)
{
	const struct options *opt = &run->options;
	struct plan *plan = &run->plan;

	if (!plan->pid1 && (opt->subreaper || !opt->tini) && subreaper_set(e) != 0)
		return -1;
	if (opt->tini)
		tini_check_reaper(plan->pid1, subreaper_get() == 1);
	else if (keep_descriptors(run, e) != 0)
		return -1;
	say_open_terminal();
	reach_open(&plan->supervise.reach, plan->pid1);
	return opt->forbid_userns ? userns_forbid(e) : 0;
}

/* What surprises, said once nothing is left to be refused by the plan. */
static void note_caps(struct run *run)
{
	const struct cap_target *caps = &run->plan.caps;
	const capmask held = cap_target_held(caps);
	const capmask lost = caps->keep_all ? 0 : caps->set[CAPS_PERMITTED] & ~held;
	char names[100];

	if (!run->options.tini && (held & capset_of(CAPABILITY_SETUID)) != 0 &&
	    (caps->set[CAPS_EFFECTIVE] & capset_of(CAPABILITY_KILL)) == 0)
		say_warn("cap_setuid is kept without cap_kill: once the workload changes its uid, signals can't be forwarded to it");
	if (lost == 0)
		return;
	/* PID 1 doesn't exec, so it will hold what the workload doesn't. */
	capset_format(lost, names, sizeof names);
	posture_loosen(&run->posture, "%s is PID 1's alone: exec takes it from the workload, unless it is in %s", names,
		       caps->root ? "bounding too" : "ambient and inheritable too");
}

static int phase_bounding(struct run *run, struct err *e)
{
	note_caps(run);
	if (run->options.caps_keep)
		posture_note(&run->posture, "capabilities are left as they were (--caps keep)");
	run->posture.drop.now = run->plan.caps_before;
	if (cap_drop_bounding(&run->posture.drop, &run->plan.caps, e) != 0)
		return -1;
	if (run->posture.drop.bounding_loose)
		posture_loosen(&run->posture, "the bounding set stays as it was: it can't be dropped without CAP_SETPCAP");
	return 0;
}

static int phase_identity(struct run *run, struct err *e)
{
	struct identity *identity = &run->plan.identity;
	capmask kept;

	if (run->plan.chown_stdio)
		stdio_give(identity->user.uid);
	/* To be inheritable afterwards, too, a capability must be permitted until then. */
	kept = run->plan.caps.set[CAPS_PERMITTED] | run->plan.caps.set[CAPS_INHERITABLE];
	return identity_switch(identity, kept != 0 && !run->plan.caps.keep_all, e);
}

static int phase_capabilities(struct run *run, struct err *e)
{
	capmask permitted;

	if (cap_drop_rest(&run->posture.drop, &run->plan.caps, e) != 0)
		return -1;
	/* A workload that keeps one of the two by the user's word may switch that back, and so may husk. */
	permitted = run->posture.drop.now.set[CAPS_PERMITTED];
	if ((permitted & capset_of(CAPABILITY_SETUID)) == 0 && identity_regain_uid(&run->plan.identity, e) != 0)
		return -1;
	return (permitted & capset_of(CAPABILITY_SETGID)) == 0 ? identity_regain_gid(&run->plan.identity, e) : 0;
}

static int phase_parent_death(struct run *run, struct err *e)
{
	if (run->plan.parent_death_signal == 0)
		return 0;
	return parent_death_arm(run->plan.parent_death_signal, run->plan.parent, e);
}

static int phase_no_new_privs(struct run *run, struct err *e)
{
	if (run->options.tini)
		return 0;
	if (run->options.allow_new_privs) {
		posture_note(&run->posture, "no_new_privs is left as it was (--allow-new-privs)");
		return 0;
	}
	return no_new_privs_set(e);
}

static void decide_clone3(struct run *run, const char **fix)
{
	struct posture *posture = &run->posture;
	struct clone3_facts facts = {
		.caps = posture->drop.now,
		.forbidden_by_husk = run->options.forbid_userns,
		.trust_host = run->options.trust_host_userns,
	};
	int number;

	/* "allow" is refused with the kernel's own answer; for "auto" a try that can prove nothing is saved. */
	if (run->options.clone3 == CLONE3_ALLOW || clone3_needs_try(&facts, userns_absent()))
		facts.answer = userns_try(&number);
	posture->clone3 = clone3_decide(&facts, posture->clone3_reason, sizeof posture->clone3_reason, fix);
}

static int phase_sec_clone3(struct run *run, struct err *e)
{
	struct posture *posture = &run->posture;
	const char *fix;

	if (run->options.tini)
		return 0;
	decide_clone3(run, &fix);
	switch (run->options.clone3) {
	/* Without a filter nothing answers ENOSYS. */
	case CLONE3_AUTO: posture->clone3_allowed = posture->clone3 == CLONE3_PROVEN || run->options.seccomp == SECCOMP_OFF; return 0;
	case CLONE3_DENY: return 0;
	case CLONE3_ALLOW: break;
	}
	posture->clone3_allowed = true;
	if (posture->clone3 != CLONE3_NOT_PROVEN)
		return 0;
	if (!run->options.permissive)
		return err_set(e, 0, fix, "SEC-CLONE3: clone3 can't be allowed: %s", posture->clone3_reason);
	posture_loosen(posture, "SEC-CLONE3: clone3 is allowed, though %s", posture->clone3_reason);
	return 0;
}

/* Tells what was read back to whoever asked. */
static int tell_posture(struct run *run, bool reports, struct err *e)
{
	if (run->plan.supervise.status_fd >= 0) {
		posture_json(&run->posture, run->posture_json);
		run->plan.supervise.posture = run->posture_json;
	}
	return reports ? report_write(run->plan.report_fd, &run->posture, e) : 0;
}

static int phase_seccomp(struct run *run, struct err *e)
{
	struct posture *posture = &run->posture;
	const bool reports = run->options.report || run->options.action == ACTION_CHECK;
	const bool tells = reports || run->plan.supervise.status_fd >= 0;

	/* Before the filter: PID 1 must not be read or traced by a workload of the same user from its first moment on. */
	if (!run->options.tini && not_dumpable_set(e) != 0)
		return -1;
	if (run->options.seccomp_log)
		posture_note(posture, "what the profile denies is logged and allowed (--seccomp-log)");
	if (tells && posture_read(posture, e) != 0)
		return -1;
	/* Its credentials are dropped by now; the profile needn't allow what it does. */
	if (learn_start(&run->plan.learn, e) != 0)
		return -1;
	if (filter_load(&run->plan.filter, posture->clone3_allowed, tells ? &posture->filter : NULL, e) != 0) {
		learn_cancel(&run->plan.learn);
		return -1;
	}
	return tells ? tell_posture(run, reports, e) : 0;
}

static int phase_start(struct run *run, struct err *e)
{
	struct plan *plan = &run->plan;

	if (run->options.action == ACTION_CHECK) {
		run->done = true;
		return 0;
	}
	if (plan->report_fd > STDERR_FILENO)
		(void)close(plan->report_fd);
	if (signals_check_blocked(e) != 0) {
		learn_cancel(&plan->learn);
		return -1;
	}
	if (run->options.pause)
		return 0;
	if (workload_start(&plan->workload, &run->workload, e) == 0) {
		learn_started(&plan->learn);
		return 0;
	}
	learn_cancel(&plan->learn);
	return -1;
}

/* The workload has what it was promised by now; this takes from PID 1 what it no longer needs. A profile may deny seccomp(2), and
 * then PID 1 keeps the workload's own filter. */
static void seal_pid1(bool tini, bool pid1, bool learning)
{
	struct err e;

	if (tini || UNDER_SANITIZER)
		return;
	if (warden_load(pid1, learning, &e) != 0)
		say(SAY_INFO, "husk's own second filter isn't loaded: %s", e.what);
}

/* What the loop needs lies on the stack then, and all else that was planned is let go of with the pages that it lies on. */
static int supervise_apart(struct run *run)
{
	struct supervise_config config = run->plan.supervise;
	struct workload workload = run->workload;

	config.settle = slim_down;
	slim_forget_later(run, sizeof *run);
	return supervise(&config, &workload);
}

static int phase_supervise(struct run *run, struct err *e)
{
	seal_pid1(run->options.tini, run->plan.pid1, run->plan.learn.file != NULL);
	/* The status lines quote the posture, learning has work left at the end, and a sanitizer knows every page. */
	if (run->plan.learn.file == NULL && run->plan.supervise.status_fd < 0 && !UNDER_SANITIZER) {
		run->status = supervise_apart(run);
		run->done = true;
		return 0;
	}
	run->status = supervise(&run->plan.supervise, &run->workload);
	run->done = true;
	return learn_finish(&run->plan.learn, e);
}

static const struct {
	const char *name;
	int (*run)(struct run *run, struct err *e);
} phases[PHASES_COUNT] = {
#define PHASE(id, name) [PHASE_##id] = {#name, phase_##name},
	PHASES(PHASE)
#undef PHASE
};

const char *phase_name(enum phase phase)
{
	return phases[phase].name;
}

int phases_run(struct run *run, enum phase *failed, struct err *e)
{
	for (enum phase phase = 0; phase < PHASES_COUNT && !run->done; phase++) {
		*failed = phase;
		if (phases[phase].run(run, e) != 0)
			return -1;
	}
	return 0;
}
