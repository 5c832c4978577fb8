#include "init/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps/userns.h"
#include "common/num.h"

#define PASSWD "/etc/passwd"
#define GROUP  "/etc/group"
#define FORM   "give USER, USER:GROUP, UID:GID (names, or numbers from 0 to 4294967294)"

enum { WORD_SIZE = 256 };

/* What an id that the user namespace doesn't map reads as (user_namespaces(7)): reading it proves nothing, the call that sets it does. */
enum { OVERFLOW_ID = 65534 };

static bool all_digits(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static int parse_id(const char *option, const char *word, uint32_t *id, struct err *e)
{
	if (num_u32(word, UINT32_MAX - 1, id) != 0)
		return err_set(e, 0, FORM, "%s: '%.40s' is too large a number", option, word);
	return 0;
}

static int resolve_group(const char *option, const char *word, gid_t *gid, struct err *e)
{
	struct database group;
	int found;

	if (all_digits(word))
		return parse_id(option, word, gid, e);
	if (database_read(GROUP, &group, e) != 0)
		return -1;
	found = database_group_by_name(&group, word, gid);
	database_free(&group);
	if (found == 0)
		return err_set(e, 0, "add it to the image, or give a number", "%s: no group '%.80s' in " GROUP, option, word);
	return 0;
}

/* Finds the user; *known says whether passwd has a line for it. */
static int resolve_user(const char *word, bool has_group, struct user *user, bool *known, struct err *e)
{
	struct database passwd;
	bool number = all_digits(word);
	uid_t uid = 0;

	if (number && parse_id("--user", word, &uid, e) != 0)
		return -1;
	/* Where both are numbers, a file that can't be read is as good as a missing one: it is left empty. */
	if (database_read(PASSWD, &passwd, e) != 0 && !(number && has_group))
		return -1;
	*known = (number ? database_user_by_uid(&passwd, uid, user) : database_user_by_name(&passwd, word, user)) == 1;
	database_free(&passwd);
	if (*known)
		return 0;
	if (!number)
		return err_set(e, 0, "add it to the image, or give numbers (--user UID:GID)", "--user: no user '%.80s' in " PASSWD, word);
	user->uid = uid;
	user->gid = (gid_t)-1; /* not that of the last line read */
	(void)snprintf(user->name, sizeof user->name, "%u", (unsigned)uid);
	user->home[0] = '\0';
	return 0;
}

/* The groups that list the user, beside its own. */
static int own_groups(struct identity *identity, struct err *e)
{
	struct database group;
	size_t found;

	identity->groups[0] = identity->user.gid;
	if (database_read(GROUP, &group, e) != 0)
		return -1;
	found = database_groups_of(&group, identity->user.name, identity->groups + 1, IDENTITY_GROUPS - 1);
	database_free(&group);
	if (found > IDENTITY_GROUPS - 1)
		return err_set(e, 0, "name the ones that matter with --groups", "user '%.80s' is in %zu groups, more than %d",
			       identity->user.name, found, IDENTITY_GROUPS);
	identity->group_count = found + 1;
	return 0;
}

static int listed_groups(const char *list, struct identity *identity, struct err *e)
{
	char word[WORD_SIZE];

	identity->group_count = 0;
	if (strcmp(list, "none") == 0)
		return 0;
	for (const char *at = list;;) {
		size_t length = strcspn(at, ",");

		if (length == 0 || length >= sizeof word)
			return err_set(e, 0, "give names or numbers, as in --groups audio,1001, or none", "--groups: a name is %s",
				       length == 0 ? "empty" : "too long");
		if (identity->group_count == IDENTITY_GROUPS)
			return err_set(e, 0, "give fewer", "--groups: more than %d groups", IDENTITY_GROUPS);
		memcpy(word, at, length);
		word[length] = '\0';
		if (resolve_group("--groups", word, &identity->groups[identity->group_count++], e) != 0)
			return -1;
		if (at[length] == '\0')
			return 0;
		at += length + 1;
	}
}

/* Splits "USER[:GROUP]"; *group is NULL where there is none. */
static int split(const char *text, char user[static WORD_SIZE], const char **group, struct err *e)
{
	const char *colon = strchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);

	if (length == 0)
		return err_set(e, 0, FORM, "--user: the user is empty in '%.80s'", text);
	if (length >= WORD_SIZE)
		return err_set(e, 0, FORM, "--user: '%.40s…' is too long", text);
	if (colon != NULL && (colon[1] == '\0' || strchr(colon + 1, ':') != NULL))
		return err_set(e, 0, FORM, "--user: '%.80s' isn't USER[:GROUP]", text);
	memcpy(user, text, length);
	user[length] = '\0';
	*group = colon != NULL ? colon + 1 : NULL;
	return 0;
}

static int plan_user(const char *text, struct identity *identity, struct err *e)
{
	struct user *user = &identity->user;
	char word[WORD_SIZE];
	const char *group;
	bool known;

	if (split(text, word, &group, e) != 0 || resolve_user(word, group != NULL, user, &known, e) != 0)
		return -1;
	if (group == NULL && !known)
		return err_set(e, 0, "say which: --user UID:GID", "--user: user %.80s isn't in " PASSWD " and so has no group", word);
	if (group != NULL && resolve_group("--user", group, &user->gid, e) != 0)
		return -1;
	if (user->home[0] == '\0')
		memcpy(user->home, "/", sizeof "/");
	identity->change_user = true;
	identity->change_groups = true;
	if (group == NULL)
		return own_groups(identity, e);
	identity->groups[0] = user->gid;
	identity->group_count = 1;
	return 0;
}

int identity_plan(const char *user, const char *groups, struct identity *identity, struct err *e)
{
	identity->change_user = false;
	identity->change_groups = groups != NULL;
	identity->group_count = 0;
	if (user != NULL && plan_user(user, identity, e) != 0)
		return -1;
	return groups != NULL ? listed_groups(groups, identity, e) : 0;
}

/* The raw calls: libc's are for all threads of a process, and musl's block the signals meanwhile and then restore what they believe the
 * mask was. husk has one thread and keeps its mask. All three ids: one left behind could be had back. */
static long set_uids(uid_t uid)
{
	return syscall(SYS_setresuid, uid, uid, uid);
}

static long set_gids(gid_t gid)
{
	return syscall(SYS_setresgid, gid, gid, gid);
}

static int compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a;
	gid_t y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Sorted and without repeats: the kernel sorts too, and a group that stands twice is one group. */
static size_t normalise(gid_t *gids, size_t count)
{
	size_t kept = 0;

	qsort(gids, count, sizeof *gids, compare_gids);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || gids[kept - 1] != gids[i])
			gids[kept++] = gids[i];
	return kept;
}

/* Does the process have exactly these groups? Without memory for a long list the answer is no, and so the switch fails. */
static bool groups_are(const gid_t *wanted, size_t count)
{
	gid_t few[64];
	gid_t *now = count < 64 ? few : calloc(IDENTITY_GROUPS, sizeof *now);
	/* EINVAL: more than there is room for, so others than wanted. */
	int found = now != NULL ? getgroups(count < 64 ? 64 : IDENTITY_GROUPS, now) : -1;
	bool same = found >= 0 && normalise(now, (size_t)found) == count && memcmp(now, wanted, count * sizeof *wanted) == 0;

	if (now != few)
		free(now);
	return same;
}

static bool gid_is(gid_t gid)
{
	gid_t now[3];

	return getresgid(&now[0], &now[1], &now[2]) == 0 && now[0] == gid && now[1] == gid && now[2] == gid;
}

/* The user's own group may stand among the supplementary ones or not (engines differ): where it is the process's group already, that
 * changes nothing that the workload may do. groups is sorted. */
static bool groups_are_but_for_own(const struct identity *identity)
{
	gid_t *wanted = calloc(identity->group_count + 1, sizeof *wanted);
	size_t count = 0;
	bool same;

	for (size_t i = 0; wanted != NULL && i < identity->group_count; i++)
		if (identity->groups[i] != identity->user.gid)
			wanted[count++] = identity->groups[i];
	same = wanted != NULL && identity->change_user && gid_is(identity->user.gid) && groups_are(wanted, count);
	free(wanted);
	return same;
}

static bool groups_are_right(const struct identity *identity)
{
	return groups_are(identity->groups, identity->group_count) || groups_are_but_for_own(identity);
}

/* The map that leaves no id out, as the kernel writes it. */
static bool all_are_mapped(void)
{
	static const char whole[] = "         0          0 4294967295\n";
	char map[sizeof whole] = "";
	const int fd = open("/proc/self/gid_map", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return userns_absent();
	(void)!read(fd, map, sizeof map - 1);
	(void)close(fd);
	return strcmp(map, whole) == 0;
}

/* Of groups that are right as they read: false where one of them may be another, that isn't mapped. The user's own is read once set. */
static bool groups_are_certain(const struct identity *identity)
{
	for (size_t i = 0; i < identity->group_count; i++)
		if (identity->groups[i] == OVERFLOW_ID)
			return (identity->user.gid == OVERFLOW_ID && groups_are_but_for_own(identity)) || all_are_mapped();
	return true;
}

static int setgroups_failed(const struct identity *identity, int number, struct err *e)
{
	if (number != EPERM)
		return err_set(e, number, "give groups that the user namespace maps", "setgroups");
	if (!groups_are_right(identity))
		return err_set(e, number,
			       "start husk with CAP_SETGID (in a user namespace, with /proc/self/setgroups at allow), or with these groups "
			       "already",
			       "setgroups");
	if (!groups_are_certain(identity))
		return err_set(e, number, "start husk with CAP_SETGID, or without groups",
			       "setgroups: a group reads as %d, and so does one that the user namespace doesn't map", OVERFLOW_ID);
	return 0;
}

static int switch_groups(struct identity *identity, struct err *e)
{
	identity->group_count = normalise(identity->groups, identity->group_count);
	/* A pod that isn't root, and whose engine didn't list its group again, must just work. */
	if ((groups_are(identity->groups, identity->group_count) || (identity->old_uid != 0 && groups_are_but_for_own(identity))) &&
	    groups_are_certain(identity))
		return 0;
	if (syscall(SYS_setgroups, identity->group_count, identity->groups) != 0)
		return setgroups_failed(identity, errno, e);
	if (!groups_are_right(identity))
		return err_set(e, 0, "report this as a bug", "setgroups had no effect");
	return 0;
}

static bool uid_is(uid_t uid)
{
	uid_t now[3];

	return getresuid(&now[0], &now[1], &now[2]) == 0 && now[0] == uid && now[1] == uid && now[2] == uid;
}

static int switch_gid(const struct identity *identity, struct err *e)
{
	if (gid_is(identity->user.gid) && identity->user.gid != OVERFLOW_ID)
		return 0;
	if (set_gids(identity->user.gid) != 0)
		return err_set(e, errno,
			       errno == EPERM ? "start husk with CAP_SETGID, or as this group already"
					      : "give a group that the user namespace maps",
			       "setresgid(%u)", (unsigned)identity->user.gid);
	if (!gid_is(identity->user.gid))
		return err_set(e, 0, "report this as a bug", "setresgid(%u) had no effect", (unsigned)identity->user.gid);
	return 0;
}

static int switch_uid(const struct identity *identity, bool keep_caps, struct err *e)
{
	if (uid_is(identity->user.uid) && identity->user.uid != OVERFLOW_ID)
		return 0;
	if (keep_caps && (prctl(PR_SET_KEEPCAPS, 1) != 0 || prctl(PR_GET_KEEPCAPS) != 1))
		return err_set(e, errno, "start husk without the securebit keep_caps_locked", "prctl(PR_SET_KEEPCAPS)");
	if (set_uids(identity->user.uid) != 0)
		return err_set(e, errno,
			       errno == EPERM ? "start husk with CAP_SETUID, or as this user already"
					      : (errno == EAGAIN ? "raise the user's limit on processes"
								 : "give a user that the user namespace maps"),
			       "setresuid(%u)", (unsigned)identity->user.uid);
	if (!uid_is(identity->user.uid))
		return err_set(e, 0, "report this as a bug", "setresuid(%u) had no effect", (unsigned)identity->user.uid);
	if (keep_caps && (prctl(PR_SET_KEEPCAPS, 0) != 0 || prctl(PR_GET_KEEPCAPS) != 0))
		return err_set(e, errno, "report this as a bug", "prctl(PR_SET_KEEPCAPS, 0)");
	return 0;
}

int identity_switch(struct identity *identity, bool keep_caps, struct err *e)
{
	identity->old_uid = getuid();
	identity->old_gid = getgid();
	if (identity->change_groups && switch_groups(identity, e) != 0)
		return -1;
	if (!identity->change_user)
		return 0;
	if (switch_gid(identity, e) != 0)
		return -1;
	return switch_uid(identity, keep_caps, e);
}

int identity_regain_uid(const struct identity *identity, struct err *e)
{
	if (identity->change_user && identity->old_uid != identity->user.uid && set_uids(identity->old_uid) == 0)
		return err_set(e, 0, "report this as a bug", "the old uid %u could be had back", (unsigned)identity->old_uid);
	return 0;
}

int identity_regain_gid(const struct identity *identity, struct err *e)
{
	if (identity->change_user && identity->old_gid != identity->user.gid && set_gids(identity->old_gid) == 0)
		return err_set(e, 0, "report this as a bug", "the old gid %u could be had back", (unsigned)identity->old_gid);
	return 0;
}
