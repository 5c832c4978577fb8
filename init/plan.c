#include "init/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/lookup.h"

/* PATH of the workload's environment, which husk doesn't change: no PATH means the default, as execvp(3) has it. */
static int plan_command(const struct options *opt, struct plan *plan, struct err *e)
{
	if (opt->pause || opt->command[0] == NULL)
		return 0;
	plan->workload.argv = opt->command;
	return lookup_command(opt->command[0], getenv("PATH"), plan->workload.path, sizeof plan->workload.path, e);
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
