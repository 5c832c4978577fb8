/* Capability lists and targets: bad input is refused by name, never taken for something. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "caps/drop.h"

enum { LAST = 40 };

Test(capset, names_are_read_with_and_without_cap_in_any_case)
{
	struct err e;
	capmask set;

	cr_assert_eq(capset_parse("--keep-caps", "net_bind_service,CAP_KILL,Cap_Chown", LAST, &set, &e), 0, "%s", e.what);
	cr_assert_eq(set, capset_of(10) | capset_of(5) | capset_of(0));
	cr_assert_eq(capset_parse("--keep-caps", "none", LAST, &set, &e), 0);
	cr_assert_eq(set, 0);
	cr_assert_eq(capset_parse("--keep-caps", "ALL", LAST, &set, &e), 0);
	cr_assert_eq(set, capset_up_to(LAST));
	cr_assert_eq(capset_parse("--keep-caps", "kill,kill", LAST, &set, &e), 0);
	cr_assert_eq(set, capset_of(5));
}

struct bad {
	char list[64];
	char text[48];
};

ParameterizedTestParameters(capset, bad_lists_are_refused_by_name)
{
	static struct bad rows[] = {
		{"", "a name is empty"},
		{",", "a name is empty"},
		{"kill,", "a name is empty"},
		{",kill", "a name is empty"},
		{"12", "'12'"},
		{"63", "'63'"},
		{"-1", "'-1'"},
		{":", "':'"},
		{"a:b:c", "'a:b:c'"},
		{"4294967295", "'4294967295'"},
		{" 1", "' 1'"},
		{"+1", "'+1'"},
		{"4294967296", "'4294967296'"},
		{"0x10", "'0x10'"},
		{"1e3", "'1e3'"},
		{" kill", "' kill'"},
		{"kill ", "'kill '"},
		{"+kill", "'+kill'"},
		{"cap_", "'cap_'"},
		{"cap_cap_kill", "cap_cap"},
		{"nosuch", "'nosuch'"},
		{"kill,nosuch", "nosuch"},
		{"kill;chown", "'kill;chown'"},
		{"all,kill", "'all'"},
		{"cap_12", "'cap_12'"},
		{"ki\nll", "'ki?ll'"},
	};

	return cr_make_param_array(struct bad, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct bad *row, capset, bad_lists_are_refused_by_name)
{
	struct err e;
	capmask set;

	cr_assert_eq(capset_parse("--keep-caps", row->list, LAST, &set, &e), -1, "'%s' is taken", row->list);
	cr_assert_not_null(strstr(e.what, row->text), "%s", e.what);
	cr_assert_eq(e.status, 125);
}

Test(capset, a_name_of_300_letters_is_refused_in_one_line)
{
	struct err e;
	capmask set;
	char list[301];

	memset(list, '9', 300);
	list[300] = '\0';
	cr_assert_eq(capset_parse("--keep-caps", list, LAST, &set, &e), -1);
	cr_assert_lt(strlen(e.what), 200);
}

Test(capset, sets_are_written_as_names)
{
	char text[64];

	capset_format(0, text, sizeof text);
	cr_assert_str_eq(text, "none");
	capset_format(capset_of(5) | capset_of(10), text, sizeof text);
	cr_assert_str_eq(text, "cap_kill,cap_net_bind_service");
	capset_format(capset_of(62), text, sizeof text);
	cr_assert_str_eq(text, "62");
	capset_format(~UINT64_C(0), text, sizeof text);
	cr_assert_str_eq(text + strlen(text) - strlen("…"), "…");
}

static struct cap_state everything(void)
{
	const capmask all = capset_up_to(LAST);

	return (struct cap_state){.set = {all, all, all, 0, 0}, .last = LAST};
}

static void refused(const struct cap_target *target, const struct cap_state *now, const char *text)
{
	struct err e;

	cr_assert_eq(cap_target_check(target, now, &e), -1, "taken: %s", text);
	cr_assert_not_null(strstr(e.what, text), "%s", e.what);
	cr_assert_not_null(strstr(e.what, "cap_kill"), "doesn't name the capability: %s", e.what);
}

Test(capset, contradictions_are_refused_before_anything_changes)
{
	const struct cap_state now = everything();
	const capmask kill = capset_of(5);

	refused(&(struct cap_target){.set = {kill, 0, kill, 0, 0}}, &now, "can't be effective: it isn't in the permitted");
	refused(&(struct cap_target){.set = {kill, 0, 0, kill, kill}}, &now, "can't be ambient: it isn't in the permitted");
	refused(&(struct cap_target){.set = {kill, kill, kill, 0, kill}}, &now, "can't be ambient: it isn't in the inheritable");
}

Test(capset, what_isnt_there_cant_be_kept)
{
	struct cap_state now = everything();
	const capmask kill = capset_of(5);

	now.set[CAPS_PERMITTED] &= ~kill;
	refused(&(struct cap_target){.set = {kill, kill, kill, kill, kill}}, &now, "can't be kept: it isn't in the permitted");
	now = everything();
	now.set[CAPS_BOUNDING] &= ~kill;
	refused(&(struct cap_target){.set = {kill, 0, 0, 0, 0}}, &now, "can't be kept: it isn't in the bounding");
	refused(&(struct cap_target){.set = {0, 0, 0, kill, 0}}, &now, "can't be put into the inheritable");
}

Test(capset, the_second_phase_before_the_first_is_an_error)
{
	struct cap_drop drop = {.state = CAP_DROP_INITIAL};
	const struct cap_target target = {.keep_all = true};
	struct err e;

	cr_assert_eq(cap_drop_rest(&drop, &target, &e), -1);
	cr_assert_eq(cap_drop_bounding(&drop, &target, &e), 0);
	cr_assert_eq(drop.state, CAP_DROP_BOUNDING_DROPPED);
	cr_assert_eq(cap_drop_bounding(&drop, &target, &e), 0, "a second call is a no-op");
	cr_assert_eq(cap_drop_rest(&drop, &target, &e), 0);
	cr_assert_eq(drop.state, CAP_DROP_DROPPED);
	cr_assert_eq(cap_drop_rest(&drop, &target, &e), 0, "a second call is a no-op");
	cr_assert_eq(cap_drop_bounding(&drop, &target, &e), 0, "a second call is a no-op");
	cr_assert_eq(drop.state, CAP_DROP_DROPPED);
}
