/* /etc/passwd and /etc/group of the image, read strictly and without NSS: a static libc would need its plug-ins at run time, and
 * libc's own readers take a uid of 4294967296 for root. */
#ifndef HUSK_INIT_PASSWD_H
#define HUSK_INIT_PASSWD_H

#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"

/* A whole file in memory. */
struct database {
	char *text;
	size_t size;
};

enum { USER_NAME_SIZE = 256, USER_HOME_SIZE = 1024 };

struct user {
	char name[USER_NAME_SIZE];
	char home[USER_HOME_SIZE];
	uid_t uid;
	gid_t gid;
};

/* Reads a file. A missing file is an empty database with errno set to ENOENT. Returns 0, or -1 with *e set and an empty
 * database. */
int database_read(const char *path, struct database *db, struct err *e);
void database_free(struct database *db);

/* Lines that are broken (fields missing, ids that are no numbers) are passed over. Return 1 where found, else 0. */
int database_user_by_name(const struct database *passwd, const char *name, struct user *user);
int database_user_by_uid(const struct database *passwd, uid_t uid, struct user *user);
int database_group_by_name(const struct database *group, const char *name, gid_t *gid);

/* Writes the gids of the groups that list the user, at most max, and returns how many there are (may exceed max). */
size_t database_groups_of(const struct database *group, const char *user, gid_t *gids, size_t max);

#endif
