#include "init/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/num.h"
#include "common/say.h"

#define USE "see husk --help"

/* getopt's values for NONE, REQUIRED, OPTIONAL of options.def. */
enum { ARGUMENT_NONE = no_argument, ARGUMENT_REQUIRED = required_argument, ARGUMENT_OPTIONAL = optional_argument };

/* Values above any character, so that long options never meet a short one's. */
enum { LONG_BASE = 0x100 };

static const struct option long_options[] = {
#define OPTION(id, short_name, long_name, argument, metavar, group, help) {long_name, ARGUMENT_##argument, NULL, LONG_BASE + OPT_##id},
#include "init/options.def"
#undef OPTION
	{NULL, 0, NULL, 0},
};

static const struct {
	char name;
	int argument;
	enum option_id id;
} short_options[] = {
#define OPTION(id, short_name, long_name, argument, metavar, group, help) {short_name, ARGUMENT_##argument, OPT_##id},
#include "init/options.def"
#undef OPTION
};

/* "+" first: getopt would permute otherwise and take the workload's options for husk's. ":" next: it must not print. */
static void short_string(char *out)
{
	*out++ = '+';
	*out++ = ':';
	for (size_t i = 0; i < OPTIONS_COUNT; i++) {
		if (short_options[i].name == 0)
			continue;
		*out++ = short_options[i].name;
		if (short_options[i].argument == ARGUMENT_REQUIRED)
			*out++ = ':';
	}
	*out = '\0';
}

static int id_of(int value)
{
	if (value >= LONG_BASE)
		return value - LONG_BASE;
	for (size_t i = 0; i < OPTIONS_COUNT; i++)
		if (short_options[i].name == value)
			return (int)short_options[i].id;
	return -1;
}

/* getopt_long takes any unambiguous beginning of a name; a name that a later version adds would change what a script means. */
static int exact(const char *argument, struct err *e)
{
	size_t length = strcspn(argument + 2, "=");

	for (size_t i = 0; i < OPTIONS_COUNT; i++)
		if (strlen(long_options[i].name) == length && memcmp(long_options[i].name, argument + 2, length) == 0)
			return 0;
	return err_set(e, 0, USE, "unknown option '%.*s'", (int)length + 2, argument);
}

/* Returns the index of text in the list of words, or -1. */
static int word(const char *text, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}

static int bad_value(enum option_id id, const char *value, const char *expected, struct err *e)
{
	return err_set(e, 0, expected, "--%s: '%s' isn't valid", long_options[id].name, value);
}

static int choice(enum option_id id, const char *value, const char *const *words, const char *expected, int *out, struct err *e)
{
	*out = word(value, words);
	return *out >= 0 ? 0 : bad_value(id, value, expected, e);
}

static int append(enum option_id id, struct option_list *list, const char *value, struct err *e)
{
	if (list->count == OPTION_REPEATS)
		return err_set(e, 0, "give it less often", "--%s is given more than %d times", long_options[id].name, OPTION_REPEATS);
	list->at[list->count++] = value;
	return 0;
}

static int time_value(enum option_id id, const char *value, int64_t *out, struct err *e)
{
	if (num_time_ms(value, out) != 0)
		return bad_value(id, value, "give a time as 500ms, 10s, 5m or 1h", e);
	return 0;
}

static int fd_value(enum option_id id, const char *value, int *out, struct err *e)
{
	uint32_t fd;

	if (num_u32(value, INT_MAX, &fd) != 0)
		return bad_value(id, value, "give the number of an open file descriptor", e);
	*out = (int)fd;
	return 0;
}

static int remap_exit(struct options *opt, const char *value, struct err *e)
{
	uint32_t code;

	if (num_u32(value, 255, &code) != 0)
		return bad_value(OPT_REMAP_EXIT, value, "give an exit status from 0 to 255", e);
	opt->remap_exit[code] = true;
	return 0;
}

static int set_forward(struct options *opt, const char *value, struct err *e)
{
	static const char *const words[] = {"child", "group", "all", NULL};
	int found;

	if (choice(OPT_FORWARD, value, words, "give child, group or all", &found, e) != 0)
		return -1;
	opt->forward = (enum forward)found;
	return 0;
}

static int set_chown(struct options *opt, const char *value, struct err *e)
{
	static const char *const words[] = {"auto", "yes", "no", NULL};
	int found;

	if (choice(OPT_CHOWN_STDIO, value, words, "give auto, yes or no", &found, e) != 0)
		return -1;
	opt->chown_stdio = (enum chown_stdio)found;
	return 0;
}

static int set_clone3(struct options *opt, const char *value, struct err *e)
{
	static const char *const words[] = {"auto", "allow", "deny", NULL};
	int found;

	if (choice(OPT_CLONE3, value, words, "give auto, allow or deny", &found, e) != 0)
		return -1;
	opt->clone3 = (enum clone3_mode)found;
	return 0;
}

static int set_caps(struct options *opt, const char *value, struct err *e)
{
	if (strcmp(value, "keep") != 0)
		return bad_value(OPT_CAPS, value, "give keep, or leave the option out to drop all", e);
	opt->caps_keep = true;
	return 0;
}

static int set_seccomp(struct options *opt, const char *value, struct err *e)
{
	static const char *const words[] = {"default", "off", NULL};
	int found = word(value, words);

	if (*value == '\0')
		return bad_value(OPT_SECCOMP, value, "give default, off or a file", e);
	opt->seccomp = found >= 0 ? (enum seccomp_source)found : SECCOMP_FILE;
	opt->seccomp_file = found >= 0 ? NULL : value;
	return 0;
}

static int set_bpf_fd(struct options *opt, const char *value, struct err *e)
{
	if (opt->bpf_count == OPTION_REPEATS)
		return err_set(e, 0, "give it less often", "--seccomp-bpf is given more than %d times", OPTION_REPEATS);
	return fd_value(OPT_SECCOMP_BPF, value, &opt->bpf_fds[opt->bpf_count++], e);
}

static int more_verbose(struct options *opt, int step)
{
	int next = opt->verbosity + step;

	if (next >= SAY_ERROR && next <= SAY_TRACE)
		opt->verbosity = next;
	return 0;
}

static int set_flag(bool *flag)
{
	*flag = true;
	return 0;
}

static int set_text(const char **to, const char *value)
{
	*to = value;
	return 0;
}

static int set_action(struct options *opt, enum action action)
{
	opt->action = action;
	return 0;
}

/* One line per option; the compiler says where one is missing. */
static int apply(enum option_id id, const char *value, struct options *opt, struct err *e)
{
	switch (id) {
	case OPT_SUBREAPER: return set_flag(&opt->subreaper);
	case OPT_PARENT_DEATH: return set_text(&opt->parent_death_signal, value);
	case OPT_GROUP: opt->forward = FORWARD_GROUP; return 0;
	case OPT_FORWARD: return set_forward(opt, value, e);
	case OPT_REWRITE: return append(id, &opt->rewrite, value, e);
	case OPT_REMAP_EXIT: return remap_exit(opt, value, e);
	case OPT_WARN_ON_REAP: return set_flag(&opt->warn_on_reap);
	case OPT_GRACE: return time_value(id, value, &opt->grace_ms, e);
	case OPT_KILL_AFTER: return time_value(id, value, &opt->kill_after_ms, e);
	case OPT_TIMEOUT: return time_value(id, value, &opt->timeout_ms, e);
	case OPT_PAUSE: return set_flag(&opt->pause);
	case OPT_STATUS_FD: return fd_value(id, value, &opt->status_fd, e);
	case OPT_STATUS_FILE: return set_text(&opt->status_file, value);
	case OPT_VERBOSE: return more_verbose(opt, 1);
	case OPT_QUIET: return more_verbose(opt, -1);
	case OPT_USER: return set_text(&opt->user, value);
	case OPT_GROUPS: return set_text(&opt->groups, value);
	case OPT_CHOWN_STDIO: return set_chown(opt, value, e);
	case OPT_KEEP_CAPS: return set_text(&opt->keep_caps, value);
	case OPT_CAP_SET: return append(id, &opt->cap_set, value, e);
	case OPT_CAPS: return set_caps(opt, value, e);
	case OPT_ALLOW_NEW_PRIVS: return set_flag(&opt->allow_new_privs);
	case OPT_SECCOMP: return set_seccomp(opt, value, e);
	case OPT_SECCOMP_BPF: return set_bpf_fd(opt, value, e);
	case OPT_SECCOMP_ALLOW: return append(id, &opt->seccomp_allow, value, e);
	case OPT_SECCOMP_DENY: return append(id, &opt->seccomp_deny, value, e);
	case OPT_COMPAT32: return set_flag(&opt->compat32);
	case OPT_SECCOMP_LOG: return set_flag(&opt->seccomp_log);
	case OPT_LEARN: return set_text(&opt->learn, value);
	case OPT_CLONE3: return set_clone3(opt, value, e);
	case OPT_FORBID_USERNS: return set_flag(&opt->forbid_userns);
	case OPT_TRUST_HOST_USERNS: return set_flag(&opt->trust_host_userns);
	case OPT_PERMISSIVE: return set_flag(&opt->permissive);
	case OPT_CHECK: return set_action(opt, ACTION_CHECK);
	case OPT_REPORT: opt->report_file = value; return set_flag(&opt->report);
	case OPT_PRINT_PROFILE: return set_action(opt, ACTION_PRINT_PROFILE);
	case OPT_HELP: return set_action(opt, ACTION_HELP);
	case OPT_VERSION: return set_action(opt, ACTION_VERSION);
	case OPT_LICENSE: return set_action(opt, ACTION_LICENSE);
	case OPTIONS_COUNT: break;
	}
	return err_set(e, 0, USE, "unknown option");
}

/* What contradicts itself whatever the machine is. */
static int consistent(const struct options *opt, struct err *e)
{
	bool command = opt->command[0] != NULL;

	if (opt->pause && command)
		return err_set(e, 0, "leave one of them out", "--pause runs no workload, but '%s' is given", opt->command[0]);
	if (!command && !opt->pause && opt->action == ACTION_RUN)
		return err_set(e, 0, "give one: husk [OPTIONS] [--] COMMAND [ARG...]", "no command given");
	if (command && opt->command[0][0] == '\0')
		return err_set(e, 0, "give the name of a program", "the command is empty");
	if (opt->status_fd >= 0 && opt->status_file != NULL)
		return err_set(e, 0, "leave one of them out", "--status-fd and --status-file are both given");
	if (opt->caps_keep && (opt->keep_caps != NULL || opt->cap_set.count > 0))
		return err_set(e, 0, "leave one of them out", "--caps keep contradicts --keep-caps and --cap-set");
	if (opt->keep_caps != NULL && opt->cap_set.count > 0)
		return err_set(e, 0, "say with --cap-set what every set holds", "--keep-caps and --cap-set are both given");
	if (opt->clone3 == CLONE3_DENY && opt->seccomp == SECCOMP_OFF)
		return err_set(e, 0, "leave one of them out", "--clone3 deny takes a filter, and --seccomp off has none");
	return 0;
}

void options_default(struct options *opt)
{
	memset(opt, 0, sizeof *opt);
	opt->grace_ms = opt->kill_after_ms = opt->timeout_ms = -1;
	opt->status_fd = -1;
	opt->verbosity = SAY_WARN;
}

static int parse_error(int found, char **argv, struct err *e)
{
	/* A long option's failure leaves optopt as its value, or 0; then the word just read names it. */
	const char *text = optind > 0 ? argv[optind - 1] : "";
	bool is_long = optopt == 0 || optopt >= LONG_BASE;

	if (found == ':' && is_long)
		return err_set(e, 0, USE, "option '%s' needs an argument", text);
	if (found == ':')
		return err_set(e, 0, USE, "option '-%c' needs an argument", optopt);
	if (is_long)
		return err_set(e, 0, USE, "option '%s' takes no argument", text);
	return err_set(e, 0, USE, "unknown option '-%c'", optopt);
}

int options_read(int argc, char **argv, struct options *opt, struct err *e)
{
	char shorts[2 * OPTIONS_COUNT + 3];
	int found;

	short_string(shorts);
	opterr = 0;
	optind = 0; /* not 1: glibc and musl then also forget a parse that ended within a word */
	for (;;) {
		const int at = optind > 0 ? optind : 1;
		const char *next = at < argc ? argv[at] : "";

		if (strncmp(next, "--", 2) == 0 && next[2] != '\0' && exact(next, e) != 0)
			return -1;
		found = getopt_long(argc, argv, shorts, long_options, NULL);
		if (found == -1)
			break;
		if (found == '?' || found == ':')
			return parse_error(found, argv, e);
		if (apply((enum option_id)id_of(found), optarg, opt, e) != 0)
			return -1;
	}
	opt->command = argv + optind;
	return 0;
}

int options_parse(int argc, char **argv, struct options *opt, struct err *e)
{
	return options_read(argc, argv, opt, e) == 0 ? consistent(opt, e) : -1;
}

/* Rows of --help: the group's heading where a new group begins, then the option. */
struct help_row {
	char short_name;
	int argument;
	const char *long_name;
	const char *metavar;
	const char *group;
	const char *help;
};

static const struct help_row help_rows[] = {
#define INIT         "Init"
#define IDENTITY     "Identity"
#define CAPABILITIES "Capabilities"
#define SECCOMP      "System calls"
#define REPORT       "Report"
#define OPTION(id, short_name, long_name, argument, metavar, group, help) \
	{short_name, ARGUMENT_##argument, long_name, metavar, group, help},
#include "init/options.def"
#undef OPTION
#undef INIT
#undef IDENTITY
#undef CAPABILITIES
#undef SECCOMP
#undef REPORT
};

static int help_line(int fd, const struct help_row *row)
{
	char name[64];
	const char *optional = row->argument == ARGUMENT_OPTIONAL ? "[" : "";

	(void)snprintf(name, sizeof name, "%c%c%c --%s%s%s%s%s", row->short_name != 0 ? '-' : ' ',
		       row->short_name != 0 ? row->short_name : ' ', row->short_name != 0 ? ',' : ' ', row->long_name, optional,
		       row->argument == ARGUMENT_REQUIRED ? " " : (row->argument == ARGUMENT_OPTIONAL ? "=" : ""),
		       row->metavar != NULL ? row->metavar : "", *optional != '\0' ? "]" : "");
	return dprintf(fd, "  %-36s %s\n", name, row->help) < 0 ? -1 : 0;
}

int options_help(int fd)
{
	const char *group = "";

	if (dprintf(fd, "husk [OPTIONS] [--] COMMAND [ARG...]\n\n"
			"Seals itself and the workload, then runs it, forwards signals to it and reaps orphans.\n"
			"With no options: all capabilities dropped, no_new_privs, the built-in system call filter,\n"
			"the identity unchanged. Options stop at the first operand.\n") < 0)
		return -1;
	for (size_t i = 0; i < OPTIONS_COUNT; i++) {
		if (strcmp(group, help_rows[i].group) != 0 && dprintf(fd, "\n%s:\n", help_rows[i].group) < 0)
			return -1;
		group = help_rows[i].group;
		if (help_line(fd, &help_rows[i]) != 0)
			return -1;
	}
	return dprintf(fd, "\nTimes are 500ms, 10s, 5m, 1h. HUSK_OPTIONS holds options that come before those given here.\n"
			   "Exit status: the workload's own; 128+n where signal n killed it; 127 not found; 126 can't be run;\n"
			   "125 husk refused; 124 --timeout.\n") < 0
		       ? -1
		       : 0;
}
