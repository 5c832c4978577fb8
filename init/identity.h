/* Who the workload is: users and groups as the command line names them, and the switch. */
#ifndef HUSK_INIT_IDENTITY_H
#define HUSK_INIT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"
#include "init/passwd.h"

/* More supplementary groups than this are refused by name; the kernel's own limit (NGROUPS_MAX) is 65536. */
enum { IDENTITY_GROUPS = 1024 };

struct identity {
	bool change_user;   /* --user was given */
	bool change_groups; /* groups are set */
	struct user user;
	uid_t old_uid; /* what there was, for the attempt to get it back */
	gid_t old_gid;
	size_t group_count;
	gid_t groups[IDENTITY_GROUPS];
};

/* Decides from "USER[:GROUP]" (NULL: unchanged) and a list of groups (NULL: the user's own, or only GROUP where one is given; "none")
 * with the image's /etc/passwd and /etc/group. A word of digits is a number, 0 to 4294967294. Returns 0, or -1 with *e set. */
int identity_plan(const char *user, const char *groups, struct identity *identity, struct err *e);

/* Groups, then gid, then uid, each read back; a call whose result is there already is left out, but where that is an id that unmapped
 * ones read as too (65534). keep_caps: the permitted set must survive the change of uid (PR_SET_KEEPCAPS, capabilities(7)). Returns 0,
 * or -1 with *e set. */
int identity_switch(struct identity *identity, bool keep_caps, struct err *e);

/* Once the capabilities are dropped: try to get the old id back, which must fail. Not for a workload that keeps CAP_SETUID, CAP_SETGID by
 * the user's word. Return 0, or -1 with *e set. */
int identity_regain_uid(const struct identity *identity, struct err *e);
int identity_regain_gid(const struct identity *identity, struct err *e);

#endif
