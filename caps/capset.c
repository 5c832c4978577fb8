#include "caps/capset.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

#define FIX "give names such as net_bind_service,kill, or none (capabilities(7) lists them)"

enum { NAME_MAX_LENGTH = 40 };

capmask capset_up_to(unsigned last)
{
	return last >= 63 ? ~UINT64_C(0) : (UINT64_C(1) << (last + 1)) - 1;
}

/* Lower case and with cap_ in front. Returns -1 where the item is no word: libcap would take "12" and "63" for capabilities. */
static int normalise(const char *item, size_t length, char name[static NAME_MAX_LENGTH])
{
	static const char prefix[] = "cap_";
	size_t used = 0;

	if (length == 0 || length + sizeof prefix > NAME_MAX_LENGTH)
		return -1;
	if (length < sizeof prefix - 1 || strncasecmp(item, prefix, sizeof prefix - 1) != 0) {
		memcpy(name, prefix, sizeof prefix - 1);
		used = sizeof prefix - 1;
	}
	for (size_t i = 0; i < length; i++) {
		if (isalpha((unsigned char)item[i]) == 0 && item[i] != '_' && !(i > 0 && isdigit((unsigned char)item[i]) != 0))
			return -1;
		name[used++] = (char)tolower((unsigned char)item[i]);
	}
	name[used] = '\0';
	return 0;
}

static int parse_item(const char *option, const char *item, size_t length, capmask *out, struct err *e)
{
	char name[NAME_MAX_LENGTH];
	cap_value_t value;

	if (length == 0)
		return err_set(e, 0, FIX, "%s: a name is empty", option);
	if (normalise(item, length, name) != 0 || cap_from_name(name, &value) != 0 || value < 0 || value > 63)
		return err_set(e, 0, FIX, "%s: '%.*s' is no capability", option, length > 60 ? 60 : (int)length, item);
	*out |= capset_of((unsigned)value);
	return 0;
}

int capset_parse(const char *option, const char *list, unsigned last, capmask *out, struct err *e)
{
	const char *item = list;

	*out = 0;
	if (strcasecmp(list, "none") == 0)
		return 0;
	if (strcasecmp(list, "all") == 0) {
		*out = capset_up_to(last);
		return 0;
	}
	for (;;) {
		size_t length = strcspn(item, ",");

		if (parse_item(option, item, length, out, e) != 0)
			return -1;
		if (item[length] == '\0')
			return 0;
		item += length + 1;
	}
}

static int format_one(unsigned capability, const char *separator, char *buf, size_t size)
{
	char *name = cap_to_name((cap_value_t)capability);
	int length = name != NULL ? snprintf(buf, size, "%s%s", separator, name) : snprintf(buf, size, "%s%u", separator, capability);

	(void)cap_free(name);
	return length;
}

void capset_format(capmask set, char *buf, size_t size)
{
	size_t used = 0;

	(void)snprintf(buf, size, "none");
	for (unsigned i = 0; i < 64; i++) {
		if ((set & capset_of(i)) == 0)
			continue;
		used += (size_t)format_one(i, used > 0 ? "," : "", buf + used, size - used);
		if (used < size)
			continue;
		(void)snprintf(buf + size - sizeof "…", sizeof "…", "…");
		return;
	}
}
