/* The command line as data. Parsing makes no system calls: it collects and checks the form, init/plan gives it meaning. */
#ifndef HUSK_INIT_OPTIONS_H
#define HUSK_INIT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

enum option_id {
#define OPTION(id, short_name, long_name, argument, metavar, group, help) OPT_##id,
#include "init/options.def"
#undef OPTION
	OPTIONS_COUNT
};

enum forward { FORWARD_CHILD, FORWARD_GROUP, FORWARD_ALL };
enum chown_stdio { CHOWN_AUTO, CHOWN_YES, CHOWN_NO };
enum seccomp_source { SECCOMP_DEFAULT, SECCOMP_OFF, SECCOMP_FILE };
enum clone3_mode { CLONE3_AUTO, CLONE3_ALLOW, CLONE3_DENY };
enum action { ACTION_RUN, ACTION_CHECK, ACTION_HELP, ACTION_VERSION, ACTION_LICENSE, ACTION_PRINT_PROFILE };

enum { OPTION_REPEATS = 64 };

/* The arguments of an option that may be given several times, in their order. */
struct option_list {
	const char *at[OPTION_REPEATS];
	size_t count;
};

/* Strings point into argv or HUSK_OPTIONS; NULL where the option wasn't given. Times are milliseconds, -1 where not given. */
struct options {
	enum action action;
	bool tini; /* called as tini: nothing is hardened */

	bool subreaper;
	const char *parent_death_signal;
	enum forward forward;
	struct option_list rewrite;
	bool remap_exit[256];
	bool warn_on_reap;
	int64_t grace_ms;
	int64_t kill_after_ms;
	int64_t timeout_ms;
	bool pause;
	int verbosity; /* enum say_level */
	int status_fd; /* -1: none */
	const char *status_file;

	const char *user;
	const char *groups;
	enum chown_stdio chown_stdio;

	const char *keep_caps;
	struct option_list cap_set;
	bool caps_keep;
	bool allow_new_privs;

	enum seccomp_source seccomp;
	const char *seccomp_file;
	struct option_list seccomp_allow;
	struct option_list seccomp_deny;
	int bpf_fds[OPTION_REPEATS];
	size_t bpf_count;
	bool compat32;
	bool seccomp_log;
	const char *learn;
	enum clone3_mode clone3;
	bool forbid_userns;
	bool trust_host_userns;

	bool permissive;
	bool report;
	const char *report_file;

	char **command; /* NULL-terminated, empty only with pause, check and the printing actions */
};

/* Fills *opt with what holds where nothing is given. */
void options_default(struct options *opt);

/* Reads argv up to the first operand, on top of what *opt holds. Long names must be exact. Returns 0, or -1 with *e set (status
 * 125). argv is not changed. */
int options_read(int argc, char **argv, struct options *opt, struct err *e);

/* The same for the last that is read: what contradicts itself then is refused. */
int options_parse(int argc, char **argv, struct options *opt, struct err *e);

/* Writes the help text, made from options.def, to fd. Returns 0, or -1 with errno. */
int options_help(int fd);

#endif
