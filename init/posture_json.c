#include "init/posture_json.h"

#include <stdarg.h>
#include <stdio.h>

#include "init/status.h"

struct text {
	char *buf;
	size_t used;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	t->used += (size_t)vsnprintf(t->buf + t->used, POSTURE_JSON_SIZE - t->used, fmt, args);
	va_end(args);
}

/* A string of at most room bytes, escaped. */
static void add_string(struct text *t, const char *string, size_t room)
{
	add(t, "\"");
	t->used = json_escape(t->buf, t->used, t->used + room, string);
	add(t, "\"");
}

static const char *verdict_name(enum clone3_verdict verdict)
{
	switch (verdict) {
	case CLONE3_UNDECIDED: return "undecided";
	case CLONE3_PROVEN: return "proven";
	case CLONE3_MOOT: return "moot";
	case CLONE3_NOT_PROVEN: return "not-proven";
	}
	return "undecided";
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

void posture_json(const struct posture *posture, char buf[POSTURE_JSON_SIZE])
{
	struct text t = {.buf = buf};

	add(&t, "{\"pid1\":%s,\"subreaper\":%s", truth(posture->pid1), truth(posture->subreaper));
	add(&t, ",\"uid\":[%u,%u,%u],\"gid\":[%u,%u,%u],\"groups\":%d", posture->uid[0], posture->uid[1], posture->uid[2], posture->gid[0],
	    posture->gid[1], posture->gid[2], posture->groups);
	add(&t, ",\"caps\":{");
	for (enum cap_set set = CAPS_BOUNDING; set < CAPS_SETS; set++)
		add(&t, "%s\"%s\":\"%016llx\"", set > CAPS_BOUNDING ? "," : "", cap_set_name(set),
		    (unsigned long long)posture->drop.now.set[set]);
	add(&t, "},\"bounding_inert\":%s,\"no_new_privs\":%s", truth(posture->drop.bounding_inert), truth(posture->no_new_privs));
	add(&t, ",\"seccomp_mode\":%u,\"seccomp_filters\":%u", posture->filter.mode, posture->filter.count);
	add(&t, ",\"clone3\":{\"verdict\":\"%s\",\"allowed\":%s,\"reason\":", verdict_name(posture->clone3),
	    truth(posture->clone3_allowed));
	add_string(&t, posture->clone3_reason, 300);
	add(&t, "},\"loosened\":[");
	for (unsigned i = 0; i < posture->loosened_count; i++) {
		if (i > 0)
			add(&t, ",");
		add_string(&t, posture->loosened[i], 240);
	}
	add(&t, "]}");
}
