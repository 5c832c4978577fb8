#include "init/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/num.h"

/* A file larger than this isn't a user database. */
enum { DATABASE_MAX = 64 * 1024 * 1024, FIELDS = 7 };

/* Field i of a line, not terminated. */
struct line {
	const char *field[FIELDS];
	size_t length[FIELDS];
	int count;
};

/* Room for the usual file, which then needs no heap. */
static char first_room[4096];
static bool first_room_taken;

static char *take_room(void)
{
	if (first_room_taken)
		return malloc(sizeof first_room);
	first_room_taken = true;
	return first_room;
}

static void give_room_back(char *room)
{
	if (room == first_room)
		first_room_taken = false;
	else
		free(room);
}

/* Twice the room, with what there was; NULL where there is none, and the old room stays. */
static char *larger_room(char *room, size_t size)
{
	char *larger = size >= DATABASE_MAX ? NULL : malloc(size * 2);

	if (larger == NULL)
		return NULL;
	memcpy(larger, room, size);
	give_room_back(room);
	return larger;
}

static int read_fd(int fd, struct database *db)
{
	size_t room = sizeof first_room;

	db->text = take_room();
	while (db->text != NULL) {
		ssize_t got;

		if (db->size == room) {
			char *larger = larger_room(db->text, room);

			if (larger == NULL) {
				errno = EFBIG;
				return -1;
			}
			db->text = larger;
			room *= 2;
		}
		got = read(fd, db->text + db->size, room - db->size);
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return -1;
		db->size += got > 0 ? (size_t)got : 0;
	}
	return -1;
}

int database_read(const char *path, struct database *db, struct err *e)
{
	/* Not blocking: a FIFO in its place must not hang the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result;

	*db = (struct database){0};
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set(e, errno, "make it readable, or give numbers (--user UID:GID)", "can't read %s", path);
	result = read_fd(fd, db);
	if (result != 0) {
		(void)err_set(e, errno, "make it a file of users, or give numbers (--user UID:GID)", "can't read %s", path);
		database_free(db);
	}
	(void)close(fd);
	if (result == 0 && db->size == 0)
		errno = 0;
	return result;
}

void database_free(struct database *db)
{
	give_room_back(db->text);
	*db = (struct database){0};
}

/* Splits the line at *at and moves *at behind it. Returns false at the end. The last field takes the rest. */
static bool next_line(const struct database *db, size_t *at, struct line *line)
{
	const char *start = db->text + *at;
	const char *end;

	if (*at >= db->size)
		return false;
	end = memchr(start, '\n', db->size - *at);
	if (end == NULL)
		end = db->text + db->size;
	*at = (size_t)(end - db->text) + 1;
	for (line->count = 0; line->count < FIELDS; line->count++) {
		const char *colon = line->count < FIELDS - 1 ? memchr(start, ':', (size_t)(end - start)) : NULL;
		const char *stop = colon != NULL ? colon : end;

		line->field[line->count] = start;
		line->length[line->count] = (size_t)(stop - start);
		if (colon == NULL) {
			line->count++;
			break;
		}
		start = colon + 1;
	}
	return true;
}

static bool field_is(const struct line *line, int field, const char *text)
{
	return line->length[field] == strlen(text) && memcmp(line->field[field], text, line->length[field]) == 0;
}

static bool field_copy(const struct line *line, int field, char *out, size_t size)
{
	if (line->length[field] >= size || memchr(line->field[field], '\0', line->length[field]) != NULL)
		return false;
	memcpy(out, line->field[field], line->length[field]);
	out[line->length[field]] = '\0';
	return true;
}

/* 4294967295 is (uid_t)-1, which means "unchanged" to the kernel. */
static bool field_id(const struct line *line, int field, uint32_t *id)
{
	char digits[16];

	return field_copy(line, field, digits, sizeof digits) && num_u32(digits, UINT32_MAX - 1, id) == 0;
}

static bool parse_user(const struct line *line, struct user *user)
{
	return line->count >= 6 && line->length[0] > 0 && field_copy(line, 0, user->name, sizeof user->name) &&
	       field_id(line, 2, &user->uid) && field_id(line, 3, &user->gid) && field_copy(line, 5, user->home, sizeof user->home);
}

int database_user_by_name(const struct database *passwd, const char *name, struct user *user)
{
	struct line line;

	for (size_t at = 0; next_line(passwd, &at, &line);)
		if (field_is(&line, 0, name) && parse_user(&line, user))
			return 1;
	return 0;
}

int database_user_by_uid(const struct database *passwd, uid_t uid, struct user *user)
{
	struct line line;

	for (size_t at = 0; next_line(passwd, &at, &line);)
		if (parse_user(&line, user) && user->uid == uid)
			return 1;
	return 0;
}

int database_group_by_name(const struct database *group, const char *name, gid_t *gid)
{
	struct line line;

	for (size_t at = 0; next_line(group, &at, &line);)
		if (line.count >= 3 && line.length[0] > 0 && field_is(&line, 0, name) && field_id(&line, 2, gid))
			return 1;
	return 0;
}

static bool lists_member(const char *members, size_t length, const char *user)
{
	size_t wanted = strlen(user);

	for (const char *end = members + length; members < end;) {
		const char *comma = memchr(members, ',', (size_t)(end - members));
		const char *stop = comma != NULL ? comma : end;

		if ((size_t)(stop - members) == wanted && memcmp(members, user, wanted) == 0)
			return true;
		members = stop + 1;
	}
	return false;
}

size_t database_groups_of(const struct database *group, const char *user, gid_t *gids, size_t max)
{
	size_t count = 0;
	struct line line;
	gid_t gid;

	for (size_t at = 0; next_line(group, &at, &line);) {
		if (line.count < 4 || !field_id(&line, 2, &gid) || !lists_member(line.field[3], line.length[3], user))
			continue;
		if (count < max)
			gids[count] = gid;
		count++;
	}
	return count;
}
