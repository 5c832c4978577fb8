#include "init/tini.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/num.h"
#include "common/say.h"
#include "init/signals.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool tini_is_called(const char *argv0)
{
	static const char *const names[] = {"tini", "tini-static", "docker-init"};

	for (size_t i = 0; argv0 != NULL && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(base_name(argv0), names[i]) == 0)
			return true;
	return false;
}

/* tini seals nothing, and neither does husk under its name. */
static void tini_defaults(struct options *opt)
{
	opt->tini = true;
	opt->caps_keep = true;
	opt->allow_new_privs = true;
	opt->seccomp = SECCOMP_OFF;
	opt->chown_stdio = CHOWN_NO;
}

static int invalid(int option, const char *value, struct err *e)
{
	return err_set_status(e, TINI_FAILED, 0, NULL, "Not a valid option for -%c: %s", option, value);
}

static int apply(int option, const char *value, struct options *opt, struct err *e)
{
	uint32_t code;

	switch (option) {
	case 'h': opt->action = ACTION_HELP; return 1;
	case 'l': opt->action = ACTION_LICENSE; return 1;
	case 's': opt->subreaper = true; return 0;
	case 'g': opt->forward = FORWARD_GROUP; return 0;
	case 'w': opt->warn_on_reap = true; return 0;
	case 'v': opt->verbosity++; return 0;
	case 'p': opt->parent_death_signal = value; return signal_parse(value) > 0 ? 0 : invalid(option, value, e);
	case 'e':
		if (num_u32(value, 255, &code) != 0)
			return invalid(option, value, e);
		opt->remap_exit[code] = true;
		return 0;
	case ':': return err_set_status(e, TINI_FAILED, 0, "see tini -h", "option requires an argument -- '%c'", optopt);
	default: return err_set_status(e, TINI_FAILED, 0, "see tini -h", "invalid option -- '%c'", optopt);
	}
}

/* After the options, as in tini: TINI_VERBOSITY wins over -v. */
static void from_environment(struct options *opt)
{
	const char *verbosity = getenv("TINI_VERBOSITY");

	if (getenv("TINI_SUBREAPER") != NULL)
		opt->subreaper = true;
	if (getenv("TINI_KILL_PROCESS_GROUP") != NULL)
		opt->forward = FORWARD_GROUP;
	if (verbosity != NULL)
		opt->verbosity = (int)strtol(verbosity, NULL, 10);
	/* What is fatal is always said. */
	if (opt->verbosity < SAY_ERROR)
		opt->verbosity = SAY_ERROR;
}

/* tini's usage is "PROGRAM -- ARGS": its getopt permutes and swallows the first "--" wherever it stands. */
static void drop_separator(char **command)
{
	for (; *command != NULL && (*command)[0] != '-'; command++)
		;
	if (*command == NULL || strcmp(*command, "--") != 0)
		return;
	for (; *command != NULL; command++)
		command[0] = command[1];
}

int tini_parse(int argc, char **argv, struct options *opt, struct err *e)
{
	int option;

	tini_defaults(opt);
	opt->command = argv + argc;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		opt->action = ACTION_VERSION;
		return 0;
	}
	opterr = 0;
	optind = 1;
	while ((option = getopt(argc, argv, "+:p:hvwgle:s")) != -1) {
		const int done = apply(option, optarg, opt, e);

		if (done != 0)
			return done > 0 ? 0 : -1;
	}
	from_environment(opt);
	opt->command = argv + optind;
	if (strcmp(argv[optind - 1], "--") != 0)
		drop_separator(opt->command);
	if (opt->command[0] == NULL)
		return err_set_status(e, TINI_FAILED, 0, "tini [OPTIONS] PROGRAM -- [ARGS] | --version", "no program given");
	return 0;
}

int tini_fail(char *const *command, const struct err *e)
{
	char text[800];
	const bool exec = e->status == EXIT_NOT_FOUND || e->status == EXIT_CANNOT_RUN;

	err_format(e, text, sizeof text);
	if (exec)
		say(SAY_ERROR, "exec %s failed: %s", command[0], strerror(e->number != 0 ? e->number : ENOENT));
	else
		say(SAY_ERROR, "%s", text);
	return exec ? e->status : TINI_FAILED;
}

char *const *tini_shell(const char *path, char *const *command)
{
	const char **argv;
	size_t count = 0;

	while (command[count] != NULL)
		count++;
	argv = calloc(count + 2, sizeof *argv);
	if (argv == NULL)
		return NULL;
	argv[0] = "/bin/sh";
	argv[1] = path;
	for (size_t i = 1; i < count; i++)
		argv[i + 1] = command[i];
	return (char *const *)(void *)argv;
}

void tini_help(const char *argv0, int fd)
{
	const char *name = base_name(argv0);

	(void)dprintf(fd,
		      "%s (" TINI_VERSION ")\n"
		      "Usage: %s [OPTIONS] PROGRAM -- [ARGS] | --version\n\n"
		      "Execute a program under the supervision of a valid init process (%s)\n\n"
		      "Command line options:\n\n"
		      "  --version: Show version and exit.\n"
		      "  -h: Show this help message and exit.\n"
		      "  -s: Register as a process subreaper (requires Linux >= 3.4).\n"
		      "  -p SIGNAL: Trigger SIGNAL when parent dies, e.g. \"-p SIGKILL\".\n"
		      "  -v: Generate more verbose output. Repeat up to 3 times.\n"
		      "  -w: Print a warning when processes are getting reaped.\n"
		      "  -g: Send signals to the child's process group.\n"
		      "  -e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0 (can be repeated).\n"
		      "  -l: Show license and exit.\n\n"
		      "Environment variables:\n\n"
		      "  TINI_SUBREAPER: Register as a process subreaper (requires Linux >= 3.4).\n"
		      "  TINI_VERBOSITY: Set the verbosity level (default: 1).\n"
		      "  TINI_KILL_PROCESS_GROUP: Send signals to the child's process group.\n\n"
		      "This is husk under tini's name: HUSK_OPTIONS in the environment makes it husk again, see husk --help.\n",
		      name, name, name);
}

void tini_check_reaper(bool pid1, bool subreaper)
{
	if (pid1 || subreaper)
		return;
	say_warn("Tini is not running as PID 1 and isn't registered as a child subreaper.\n"
		 "Zombie processes will not be re-parented to Tini, so zombie reaping won't work.\n"
		 "To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register Tini as a child "
		 "subreaper, or run Tini as PID 1.");
}
