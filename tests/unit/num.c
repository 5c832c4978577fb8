/* Numbers as users write them. */
#include "common/num.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <string.h>

enum { KEPT = 77 };

Test(num, u32_reads_plain_decimals_up_to_the_maximum)
{
	static const struct {
		const char *text;
		uint32_t max;
		uint32_t expected;
	} rows[] = {
		{"0", 10, 0},
		{"10", 10, 10},
		{"007", 10, 7},
		{"4294967295", UINT32_MAX, UINT32_MAX},
		{"4294967294", 4294967294U, 4294967294U},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t out = KEPT;

		cr_expect_eq(num_u32(rows[i].text, rows[i].max, &out), 0, "%s", rows[i].text);
		cr_expect_eq(out, rows[i].expected, "%s", rows[i].text);
	}
}

Test(num, u32_refuses_what_strtoul_would_take)
{
	static const char *const rows[] = {"",
					   " 1",
					   "1 ",
					   "+1",
					   "-1",
					   "-0",
					   "0x10",
					   "1e3",
					   "1.0",
					   "4294967296",
					   "18446744073709551616",
					   "18446744073709551617",
					   "1\n",
					   "\xd9\xa1"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t out = KEPT;

		cr_expect_eq(num_u32(rows[i], UINT32_MAX, &out), -1, "'%s' is %u", rows[i], out);
		cr_expect_eq(out, KEPT, "'%s' changed the result", rows[i]);
	}
}

Test(num, u32_refuses_300_digits_and_what_passes_the_maximum)
{
	char digits[301];
	uint32_t out = KEPT;

	memset(digits, '9', 300);
	digits[300] = '\0';
	cr_expect_eq(num_u32(digits, UINT32_MAX, &out), -1);
	cr_expect_eq(num_u32("256", 255, &out), -1);
	cr_expect_eq(out, KEPT);
}

Test(num, times_have_a_unit)
{
	static const struct {
		const char *text;
		int64_t expected;
	} rows[] = {
		{"500ms", 500}, {"10s", 10000}, {"5m", 300000}, {"1h", 3600000}, {"0s", 0}, {"240000h", 864000000000},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t out = KEPT;

		cr_expect_eq(num_time_ms(rows[i].text, &out), 0, "%s", rows[i].text);
		cr_expect_eq(out, rows[i].expected, "%s", rows[i].text);
	}
}

Test(num, times_without_a_unit_or_too_long_are_refused)
{
	static const char *const rows[] = {"",    "10",   "s",       "ms",    "10 s",    "10S",          "1d",   "-1s",
					   "+1s", "1.5s", "240001h", "10sec", "1s500ms", "99999999999h", "0x1s", " 1s"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t out = KEPT;

		cr_expect_eq(num_time_ms(rows[i], &out), -1, "'%s' is %lld", rows[i], (long long)out);
		cr_expect_eq(out, KEPT, "'%s' changed the result", rows[i]);
	}
}
