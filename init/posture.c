#include "init/posture.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "common/say.h"
#include "init/reaper.h"
#include "init/seal.h"

int posture_read(struct posture *posture, struct err *e)
{
	const int subreaper = subreaper_get();
	const int no_new_privs = no_new_privs_get();

	posture->pid1 = getpid() == 1;
	/* Orphans come to PID 1 without the flag, which some kernels' stand-ins don't know. */
	if ((subreaper < 0 && !posture->pid1) || no_new_privs < 0)
		return err_set(e, errno, "report this as a bug", "reading the subreaper and no_new_privs flags back");
	posture->subreaper = subreaper == 1;
	posture->no_new_privs = no_new_privs == 1;
	posture->groups = getgroups(0, NULL);
	if (getresuid(&posture->uid[0], &posture->uid[1], &posture->uid[2]) != 0 ||
	    getresgid(&posture->gid[0], &posture->gid[1], &posture->gid[2]) != 0 || posture->groups < 0)
		return err_set(e, errno, "report this as a bug", "reading the identity back");
	return cap_state_read(&posture->drop.now, e);
}

static const char *remember(struct posture *posture, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

static const char *remember(struct posture *posture, const char *fmt, va_list args)
{
	const unsigned room = sizeof posture->loosened / sizeof posture->loosened[0];
	unsigned at = posture->loosened_count < room ? posture->loosened_count++ : room - 1;

	(void)vsnprintf(posture->loosened[at], sizeof posture->loosened[at], fmt, args);
	return posture->loosened[at];
}

void posture_note(struct posture *posture, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)remember(posture, fmt, args);
	va_end(args);
}

void posture_loosen(struct posture *posture, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_warn("%s", remember(posture, fmt, args));
	va_end(args);
}
