#include "init/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/lookup.h"
#include "init/policy.h"
#include "init/status.h"
#include "init/tini.h"

static bool has_command(const struct options *opt)
{
	return !opt->pause && opt->command[0] != NULL;
}

/* PATH is the workload's own, which husk doesn't change. */
static int plan_command(const struct options *opt, struct plan *plan, struct err *e)
{
	if (!has_command(opt))
		return 0;
	plan->workload.path = plan->path;
	plan->workload.argv = opt->command;
	plan->workload.want_group = opt->forward == FORWARD_GROUP;
	if (opt->tini && (plan->workload.shell = tini_shell(plan->path, opt->command)) == NULL)
		return err_set(e, ENOMEM, NULL, "starting");
	return lookup_command(opt->command[0], getenv("PATH"), plan->path, sizeof plan->path, e);
}

static int plan_environment(struct plan *plan, struct err *e)
{
	const struct user *user = &plan->identity.user;

	plan->workload.envp = environ;
	if (plan->identity.change_user)
		plan->workload.envp = environment_make(&plan->environment, environ, user->home, user->name, e);
	return plan->workload.envp != NULL ? 0 : -1;
}

/* Opened here, as the user who started husk: after the identity switch the file may be out of reach. */
static int plan_report(const struct options *opt, struct plan *plan, struct err *e)
{
	plan->report_fd = STDERR_FILENO;
	if (opt->report_file == NULL)
		return 0;
	plan->report_fd = open(opt->report_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	if (plan->report_fd < 0)
		return err_set(e, errno, "give a file that can be written", "--report: can't open '%s'", opt->report_file);
	return 0;
}

/* "SET=LIST" of --cap-set. */
static int plan_cap_set(const char *text, struct plan *plan, struct err *e)
{
	for (enum cap_set set = CAPS_BOUNDING; set < CAPS_SETS; set++) {
		const char *name = cap_set_name(set);
		size_t length = strlen(name);

		if (strncmp(text, name, length) == 0 && text[length] == '=')
			return capset_parse("--cap-set", text + length + 1, plan->caps_before.last, &plan->caps.set[set], e);
	}
	return err_set(e, 0, "give SET=LIST, SET one of bounding, permitted, effective, inheritable, ambient",
		       "--cap-set: '%.80s' isn't valid", text);
}

/* What the bounding set holds matters only where some of it is to stay, or can't be dropped. */
static int read_caps(const struct options *opt, struct cap_state *now, struct err *e)
{
	const bool drops_all = opt->keep_caps == NULL && opt->cap_set.count == 0 && !opt->caps_keep && !opt->tini;

	if (cap_state_read_rest(now, e) != 0)
		return -1;
	if (drops_all && (now->set[CAPS_EFFECTIVE] & capset_of(CAPABILITY_SETPCAP)) != 0)
		return cap_state_read_last(now, e);
	return cap_state_read_bounding(now, e);
}

/* --caps keep: what is there, without what a change from uid 0 to another clears (capabilities(7)). */
static void keep_sets(const uid_t uid[static 3], struct plan *plan)
{
	const struct identity *identity = &plan->identity;
	const bool leaves_root = identity->change_user && identity->user.uid != 0 && (uid[0] == 0 || uid[1] == 0 || uid[2] == 0);

	memcpy(plan->caps.set, plan->caps_before.set, sizeof plan->caps.set);
	if (leaves_root)
		plan->caps.set[CAPS_PERMITTED] = plan->caps.set[CAPS_EFFECTIVE] = plan->caps.set[CAPS_AMBIENT] = 0;
}

static int plan_sets(const struct options *opt, struct plan *plan, struct err *e)
{
	capmask kept = 0;

	if (opt->keep_caps != NULL && capset_parse("--keep-caps", opt->keep_caps, plan->caps_before.last, &kept, e) != 0)
		return -1;
	for (enum cap_set set = CAPS_BOUNDING; set < CAPS_SETS; set++)
		plan->caps.set[set] = kept;
	for (size_t i = 0; i < opt->cap_set.count; i++)
		if (plan_cap_set(opt->cap_set.at[i], plan, e) != 0)
			return -1;
	return 0;
}

/* After the identity: what exec does to the sets depends on it. */
static int plan_caps(const struct options *opt, struct plan *plan, struct err *e)
{
	struct cap_target *caps = &plan->caps;
	uid_t uid[3];

	if (read_caps(opt, &plan->caps_before, e) != 0)
		return -1;
	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0)
		return err_set(e, errno, "allow getresuid in the outer seccomp filter", "getresuid");
	caps->keep_all = opt->caps_keep || opt->tini;
	caps->root = (plan->identity.change_user ? plan->identity.user.uid == 0 : uid[0] == 0 || uid[1] == 0) && cap_root_is_special();
	caps->no_new_privs = !opt->allow_new_privs;
	caps->permissive = opt->permissive;
	if (caps->keep_all) {
		keep_sets(uid, plan);
		return 0;
	}
	return plan_sets(opt, plan, e) == 0 ? cap_target_check(caps, &plan->caps_before, e) : -1;
}

static int plan_filter(const struct options *opt, struct plan *plan, struct err *e)
{
	const struct filter_request request = {
		.source = opt->tini || opt->seccomp == SECCOMP_OFF ? FILTER_OFF
			  : opt->seccomp == SECCOMP_FILE           ? FILTER_FILE
								   : FILTER_DEFAULT,
		.file = opt->seccomp_file,
		.kept = cap_target_held(&plan->caps),
		.compat32 = opt->compat32,
		.log_only = opt->seccomp_log,
		.allow = opt->seccomp_allow.at,
		.allow_count = opt->seccomp_allow.count,
		.deny = opt->seccomp_deny.at,
		.deny_count = opt->seccomp_deny.count,
		.bpf_fds = opt->bpf_fds,
		.bpf_count = opt->bpf_count,
	};

	return filter_plan(&request, &plan->filter, e);
}

/* Opened here for the same reason as the report. */
static int plan_learn(const struct options *opt, struct plan *plan, struct err *e)
{
	if (opt->learn != NULL && opt->pause)
		return err_set(e, 0, "leave one of them out", "--learn needs a workload, and --pause has none");
	/* --check runs nothing, so it makes no file. */
	if (learn_open(opt->action == ACTION_CHECK ? NULL : opt->learn, &plan->learn, e) != 0)
		return -1;
	if (plan->learn.file != NULL) {
		plan->workload.learn = &plan->learn;
		plan->supervise.learn = &plan->learn;
	}
	return 0;
}

static int plan_supervise(const struct options *opt, struct plan *plan, struct err *e)
{
	struct supervise_config *config = &plan->supervise;

	if (policy_make(opt, &config->policy, e) != 0 || policy_parent_death(opt, &plan->parent_death_signal, e) != 0)
		return -1;
	config->policy.pid1 = plan->pid1;
	config->forward = opt->forward;
	config->warn_on_reap = opt->warn_on_reap;
	config->command = has_command(opt) ? opt->command : NULL;
	plan->listen_fds = workload_listen_fds(environ, getpid());
	if (opt->status_fd > STDERR_FILENO && opt->status_fd <= STDERR_FILENO + (int)plan->listen_fds)
		return err_set(e, 0, "give one behind them", "--status-fd: descriptor %d is one of LISTEN_FDS, the workload's",
			       opt->status_fd);
	config->status_fd = status_open(opt->status_fd, opt->status_file, e);
	if (config->status_fd < -1)
		return -1;
	/* A launcher that is killed must not leave the workload behind; PID 1 takes everything with it anyway. */
	if (!plan->pid1 && (!opt->tini || plan->parent_death_signal == SIGKILL))
		plan->workload.death_signal = SIGKILL;
	return 0;
}

int plan_make(const struct options *opt, struct plan *plan, struct err *e)
{
	plan->pid1 = getpid() == 1;
	plan->parent = getppid();
	plan->chown_stdio = opt->user != NULL && (opt->chown_stdio == CHOWN_YES || (opt->chown_stdio == CHOWN_AUTO && plan->pid1));
	if (identity_plan(opt->user, opt->groups, &plan->identity, e) != 0 || plan_caps(opt, plan, e) != 0 ||
	    plan_supervise(opt, plan, e) != 0 || plan_filter(opt, plan, e) != 0 || plan_command(opt, plan, e) != 0 ||
	    plan_environment(plan, e) != 0 || plan_report(opt, plan, e) != 0 || plan_learn(opt, plan, e) != 0)
		return -1;
	return 0;
}
