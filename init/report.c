#include "init/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caps/capset.h"
#include "common/io.h"

/* The table is built in one piece and written at once, so that it doesn't mix with the workload's first lines. */
struct table {
	char text[8192];
	size_t used;
	bool colour;
};

enum mood { GOOD, OPEN, PLAIN };

static void add(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct table *table, const char *fmt, ...)
{
	size_t room = sizeof table->text - table->used;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(table->text + table->used, room, fmt, args);
	va_end(args);
	if (length > 0)
		table->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void row(struct table *table, enum mood mood, const char *name, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void row(struct table *table, enum mood mood, const char *name, const char *fmt, ...)
{
	static const char *const colours[] = {[GOOD] = "\033[32m", [OPEN] = "\033[33m", [PLAIN] = ""};
	bool coloured = table->colour && mood != PLAIN;
	char value[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(value, sizeof value, fmt, args);
	va_end(args);
	add(table, "  %-14s %s%s%s\n", name, coloured ? colours[mood] : "", value, coloured ? "\033[0m" : "");
}

static void identity_rows(struct table *table, const struct posture *posture)
{
	const uid_t *uid = posture->uid;
	const gid_t *gid = posture->gid;

	row(table, PLAIN, "reaper", "%s", posture->pid1 ? "PID 1" : (posture->subreaper ? "child subreaper" : "no"));
	row(table, uid[0] == 0 ? OPEN : GOOD, "user", "%u (real %u, effective %u, saved %u)", uid[1], uid[0], uid[1], uid[2]);
	row(table, PLAIN, "group", "%u (real %u, effective %u, saved %u), %d supplementary", gid[1], gid[0], gid[1], gid[2],
	    posture->groups);
}

static void capability_rows(struct table *table, const struct posture *posture)
{
	static const enum cap_set order[] = {CAPS_BOUNDING, CAPS_PERMITTED, CAPS_EFFECTIVE, CAPS_INHERITABLE, CAPS_AMBIENT};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		capmask set = posture->drop.now.set[order[i]];
		bool inert = order[i] == CAPS_BOUNDING && posture->drop.bounding_inert;
		char names[800];

		capset_format(set, names, sizeof names);
		row(table, set == 0 || inert ? GOOD : OPEN, cap_set_name(order[i]), "%s%s", set == 0 ? "none" : names,
		    inert ? " (can't be dropped without CAP_SETPCAP; inert under no_new_privs)" : "");
	}
}

static void filter_rows(struct table *table, const struct posture *posture)
{
	row(table, posture->no_new_privs ? GOOD : OPEN, "no_new_privs", "%s", posture->no_new_privs ? "on" : "off");
	if (posture->filter.mode != 2)
		row(table, OPEN, "seccomp", "off");
	else if (posture->filter.count == 0)
		row(table, GOOD, "seccomp", "filter");
	else
		row(table, GOOD, "seccomp", "filter (%u stacked)", posture->filter.count);
	row(table, posture->clone3 == CLONE3_PROVEN || !posture->clone3_allowed ? GOOD : OPEN, "SEC-CLONE3", "clone3 %s: %s",
	    posture->clone3_allowed ? "allowed" : "answers ENOSYS", posture->clone3_reason);
	for (unsigned i = 0; i < posture->loosened_count; i++)
		row(table, OPEN, "loosened", "%s", posture->loosened[i]);
}

int report_write(int fd, const struct posture *posture, struct err *e)
{
	const char *no_colour = getenv("NO_COLOR");
	struct table table = {.colour = isatty(fd) == 1 && (no_colour == NULL || *no_colour == '\0')};

	add(&table, "husk: posture, as read back from the kernel\n");
	identity_rows(&table, posture);
	capability_rows(&table, posture);
	filter_rows(&table, posture);
	if (io_write_all(fd, table.text, table.used) != 0)
		return err_set(e, errno, "give a file or a stderr that can be written", "writing the report");
	return 0;
}
