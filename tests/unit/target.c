/* What exec leaves of a target, by the formulas of capabilities(7). */
#include <criterion/criterion.h>
#include <string.h>

#include "caps/target.h"

#define KILL  (UINT64_C(1) << 5)
#define CHOWN (UINT64_C(1) << 0)

static const struct {
	const char *name;
	struct cap_target target; /* bounding, permitted, effective, inheritable, ambient */
	capmask held;
} rows[] = {
	{"another user: the ambient set", {.set = {KILL | CHOWN, KILL | CHOWN, KILL | CHOWN, KILL | CHOWN, KILL}}, KILL},
	{"another user: bounding gives nothing", {.set = {KILL, KILL, KILL, KILL, 0}}, 0},
	{"root: bounding", {.set = {KILL | CHOWN, KILL, KILL, 0, 0}, .root = true}, KILL | CHOWN},
	{"root: inheritable", {.set = {0, KILL, KILL, KILL | CHOWN, 0}, .root = true}, KILL | CHOWN},
	{"root, no_new_privs: permitted", {.set = {KILL | CHOWN, KILL, KILL, 0, 0}, .root = true, .no_new_privs = true}, KILL},
	{"root without bounding and inheritable", {.set = {0, KILL, KILL, 0, 0}, .root = true, .no_new_privs = true}, 0},
	{"root: ambient", {.set = {0, KILL, KILL, KILL, KILL}, .root = true, .no_new_privs = true}, KILL},
};

Test(target, exec_leaves_what_the_formulas_say)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(cap_target_held(&rows[i].target), rows[i].held, "%s", rows[i].name);
}

static void refused(const struct cap_target *target, const char *text)
{
	const capmask all = capset_up_to(40);
	const struct cap_state now = {.set = {all, all, all, 0, 0}, .last = 40};
	struct err e;

	cr_assert_eq(cap_target_check(target, &now, &e), -1, "taken: %s", text);
	cr_assert_not_null(strstr(e.what, text), "%s", e.what);
}

Test(target, what_exec_would_give_beyond_it_is_refused_by_name)
{
	refused(&rows[2].target, "cap_chown would be given to uid 0 at exec: it isn't in the permitted set");
	refused(&(struct cap_target){.set = {KILL, KILL, 0, KILL, KILL}}, "cap_kill becomes effective at exec");
	refused(&(struct cap_target){.set = {KILL, KILL, 0, 0, 0}, .root = true, .no_new_privs = true},
		"cap_kill becomes effective at exec");
}
