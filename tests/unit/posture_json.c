/* The posture in the started line is JSON, whatever it holds, and fits. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "init/posture_json.h"

static json_t *json_of(const struct posture *posture)
{
	char text[POSTURE_JSON_SIZE];
	json_error_t error;
	json_t *value;

	memset(text, 'x', sizeof text);
	posture_json(posture, text);
	value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(value, "%s: %s", error.text, text);
	return value;
}

Test(posture_json, holds_what_was_read_back)
{
	struct posture posture = {.uid = {1, 2, 3}, .gid = {4, 5, 6}, .no_new_privs = true, .filter.mode = 2, .clone3 = CLONE3_NOT_PROVEN};
	json_t *value;

	posture.drop.now.set[CAPS_AMBIENT] = 0x400;
	value = json_of(&posture);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(value, "uid"), 2)), 3);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(value, "gid"), 0)), 4);
	cr_expect(json_is_true(json_object_get(value, "no_new_privs")));
	cr_expect_eq(json_integer_value(json_object_get(value, "seccomp_mode")), 2);
	cr_expect_str_eq(json_string_value(json_object_get(json_object_get(value, "caps"), "ambient")), "0000000000000400");
	cr_expect_str_eq(json_string_value(json_object_get(json_object_get(value, "clone3"), "verdict")), "not-proven");
	json_decref(value);
}

Test(posture_json, stays_json_where_notes_are_long_and_hostile)
{
	struct posture posture = {.loosened_count = 5};

	memset(posture.clone3_reason, '\n', sizeof posture.clone3_reason - 1);
	for (int i = 0; i < 5; i++)
		memset(posture.loosened[i], i % 2 == 0 ? '"' : '\xff', sizeof posture.loosened[i] - 1);
	for (int set = 0; set < CAPS_SETS; set++)
		posture.drop.now.set[set] = ~0ULL;
	for (int i = 0; i < 3; i++)
		posture.uid[i] = posture.gid[i] = 4294967294U;
	posture.groups = 65536;
	json_decref(json_of(&posture));
}
