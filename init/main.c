/* husk: seals itself, starts the workload, forwards signals to it, reaps. The story is the list in init/phases.h; this file is
 * the only place that prints a fatal error and ends the process. */
#include <stdio.h>

#include "common/err.h"
#include "common/say.h"
#include "init/phases.h"
#include "init/tini.h"

/* The name goes in front of the line and the phase behind it, except where the user's own words are the trouble. */
static int fail(const struct run *run, enum phase failed, const struct err *e)
{
	char text[800];

	if (run->options.tini)
		return tini_fail(run->options.command, e);
	err_format(e, text, sizeof text);
	if (failed == PHASE_PLAN)
		say(SAY_ERROR, "%s", text);
	else
		say(SAY_ERROR, "%s: %s", phase_name(failed), text);
	return e->status;
}

int main(int argc, char **argv)
{
	static struct run run; /* too large for a stack that stays resident */
	struct err e;
	enum phase failed;

	run.argc = argc;
	run.argv = argv;
	if (phases_run(&run, &failed, &e) != 0)
		return fail(&run, failed, &e);
	return run.status;
}
