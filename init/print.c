#include "init/print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "init/tini.h"
#include "seccomp/builtin.h"

static const char license[] =
	"MIT License\n\nCopyright (c) 2026 the husk authors\n\n"
	"Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute, sublicense and sell\n"
	"copies of this software, provided that the copyright notice and the permission notice of the file LICENSE\n"
	"are included. The software is provided \"as is\", without warranty of any kind.\n";

static int written(int result, struct err *e)
{
	return result == 0 ? 0 : err_set(e, errno, "give a stdout that can be written", "writing to stdout");
}

static int print(const char *text, size_t length, struct err *e)
{
	return written(io_write_all(STDOUT_FILENO, text, length), e);
}

int print_action(const struct options *opt, const char *argv0, struct err *e)
{
	static const char husk_version[] = "husk " HUSK_VERSION "\n";
	static const char tini_version[] = TINI_VERSION "\n";
	const char *version = opt->tini ? tini_version : husk_version;

	switch (opt->action) {
	case ACTION_HELP:
		if (!opt->tini)
			return written(options_help(STDOUT_FILENO), e);
		tini_help(argv0, STDOUT_FILENO);
		return 0;
	case ACTION_VERSION: return print(version, strlen(version), e);
	case ACTION_LICENSE: return print(license, sizeof license - 1, e);
	case ACTION_PRINT_PROFILE: return print(builtin_profile, builtin_profile_size, e);
	case ACTION_RUN:
	case ACTION_CHECK: break;
	}
	return 0;
}
