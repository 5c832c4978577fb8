#include "init/policy.h"

#include <string.h>

#define SIGNAL_FORMS "give a signal as TERM, SIGTERM, 15 or RTMIN+3"

static int rewrite(const char *text, struct policy *policy, struct err *e)
{
	char from[SIGNAL_NAME_SIZE] = "";
	const char *colon = strchr(text, ':');
	int source;
	int target;

	if (colon == NULL || (size_t)(colon - text) >= sizeof from)
		return err_set(e, 0, "give FROM:TO, as in TERM:QUIT or HUP:none", "--rewrite: '%s' isn't valid", text);
	memcpy(from, text, (size_t)(colon - text));
	source = signal_parse(from);
	target = strcmp(colon + 1, "none") == 0 || strcmp(colon + 1, "0") == 0 ? 0 : signal_parse(colon + 1);
	if (source < 0 || target < 0)
		return err_set(e, 0, SIGNAL_FORMS, "--rewrite: '%s' is no signal", source < 0 ? from : colon + 1);
	if (source == SIGKILL || source == SIGSTOP)
		return err_set(e, 0, "leave it out", "--rewrite: nothing can catch SIG%s", source == SIGKILL ? "KILL" : "STOP");
	policy->rewrite[source] = (uint8_t)target;
	return 0;
}

int policy_make(const struct options *opt, struct policy *policy, struct err *e)
{
	*policy = (struct policy){
		.grace_ms = opt->grace_ms,
		.kill_after_ms = opt->kill_after_ms,
		.timeout_ms = opt->timeout_ms,
		.pause = opt->pause,
	};
	memcpy(policy->remap_exit, opt->remap_exit, sizeof policy->remap_exit);
	for (int signal = 1; signal <= SIGNAL_LAST; signal++)
		policy->rewrite[signal] = (uint8_t)signal;
	for (size_t i = 0; i < opt->rewrite.count; i++)
		if (rewrite(opt->rewrite.at[i], policy, e) != 0)
			return -1;
	return 0;
}

int policy_parent_death(const struct options *opt, int *signal, struct err *e)
{
	*signal = 0;
	if (opt->parent_death_signal == NULL)
		return 0;
	*signal = signal_parse(opt->parent_death_signal);
	if (*signal < 0) {
		*signal = 0;
		return err_set(e, 0, SIGNAL_FORMS, "--parent-death-signal: '%s' is no signal", opt->parent_death_signal);
	}
	return 0;
}
