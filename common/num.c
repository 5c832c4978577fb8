#include "common/num.h"

#include <stddef.h>
#include <string.h>

/* Returns the first character that isn't a digit, or NULL where there is no digit or the value passes max. */
static const char *digits(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > max)
			return NULL;
	}
	*out = value;
	return at != text ? at : NULL;
}

int num_u32(const char *text, uint32_t max, uint32_t *out)
{
	uint64_t value;
	const char *end = digits(text, max, &value);

	if (end == NULL || *end != '\0')
		return -1;
	*out = (uint32_t)value;
	return 0;
}

int num_time_ms(const char *text, int64_t *out)
{
	static const struct {
		char unit[3];
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	const uint64_t limit = 10000ULL * 24 * 60 * 60 * 1000;
	uint64_t value;
	const char *end = digits(text, limit, &value);

	for (size_t i = 0; end != NULL && i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (value > limit / units[i].ms)
			return -1;
		*out = (int64_t)(value * units[i].ms);
		return 0;
	}
	return -1;
}
