/* From notifications to a profile's text. */
#include <criterion/criterion.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "seccomp/calls.h"
#include "seccomp/learned.h"
#include "seccomp/profile.h"

static struct learned learned;

static void begin(void)
{
	learned_begin(&learned);
}

TestSuite(learned, .init = begin);

static void note(int nr, uint64_t first, uint64_t second)
{
	const struct seccomp_data data = {.nr = nr, .arch = profile_native_arch(), .args = {first, second}};

	learned_note(&learned, &data);
}

static uint32_t answer(const char *text, const char *name, uint64_t first, uint64_t second)
{
	const struct profile_context context = {.kernel = profile_kernel()};
	struct profile profile = {.arch = profile_native_arch()};
	const uint64_t args[6] = {first, second};
	unsigned unknown;
	struct err e;
	uint32_t found;
	bool known;
	bool own;

	cr_assert_eq(profile_parse("learned", text, strlen(text), &context, &profile, &unknown, &e), 0, "%s: %s", e.what, text);
	found = profile_rule_answer(&profile, name, call_number(profile.arch, name, &known, &own), args);
	profile_free(&profile);
	return found;
}

Test(learned, a_call_is_allowed_once_it_was_seen)
{
	unsigned denied;
	char *before = learned_write(&learned, NULL, 0, &denied);
	char *after;

	note(SYS_chdir, 0, 0);
	after = learned_write(&learned, NULL, 0, &denied);
	cr_assert_neq(answer(before, "chdir", 0, 0), SECCOMP_RET_ALLOW);
	cr_assert_eq(answer(after, "chdir", 0, 0), SECCOMP_RET_ALLOW);
	free(before);
	free(after);
}

Test(learned, an_argument_counts_in_its_low_half)
{
	unsigned denied;
	char *text;

	note(SYS_ioctl, 7, 0xdead00001234);
	note(SYS_socket, 0x500000028, 0);
	note(SYS_socketpair, 1, 0);
	text = learned_write(&learned, NULL, 0, &denied);
	cr_assert_eq(answer(text, "ioctl", 9, 0x1234), SECCOMP_RET_ALLOW);
	cr_assert_neq(answer(text, "ioctl", 9, 0x1235), SECCOMP_RET_ALLOW);
	cr_assert_eq(answer(text, "socket", 0x28, 0), SECCOMP_RET_ALLOW);
	cr_assert_neq(answer(text, "socket", 2, 0), SECCOMP_RET_ALLOW);
	cr_assert_eq(answer(text, "socketpair", 1, 0), SECCOMP_RET_ALLOW);
	cr_assert_neq(answer(text, "socketpair", 30, 0), SECCOMP_RET_ALLOW);
	free(text);
}

Test(learned, of_clone_the_namespaces_count)
{
	unsigned denied;
	char *text;

	note(SYS_clone, 0x3d0f00, 0);
	text = learned_write(&learned, NULL, 0, &denied);
	cr_assert_eq(answer(text, "clone", 0x11, 0), SECCOMP_RET_ALLOW);
	cr_assert_neq(answer(text, "clone", 0x10000011, 0), SECCOMP_RET_ALLOW);
	free(text);
}

Test(learned, what_a_kernel_lacks_is_answered_so_until_it_is_seen)
{
	unsigned denied;
	char *before = learned_write(&learned, NULL, 0, &denied);
	char *after;

	cr_assert_eq(answer(before, "clone3", 0, 0), (uint32_t)(SECCOMP_RET_ERRNO | 38));
	note(SYS_clone3, 0, 0);
	after = learned_write(&learned, before, strlen(before), &denied);
	cr_assert_eq(answer(after, "clone3", 0, 0), SECCOMP_RET_ALLOW);
	cr_assert_eq(answer(after, "keyctl", 0, 0), (uint32_t)(SECCOMP_RET_ERRNO | 38));
	cr_assert_eq(denied, 0);
	free(before);
	free(after);
}

Test(learned, names_and_values_are_sorted)
{
	const char *previous = NULL;
	unsigned denied;
	char *text;

	note(SYS_write, 0, 0);
	note(SYS_ioctl, 0, 9);
	note(SYS_ioctl, 0, 5);
	text = learned_write(&learned, "{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", 35, &denied);
	cr_assert_lt(strstr(text, "\"valueTwo\": 5,"), strstr(text, "\"valueTwo\": 9,"));
	for (char *name = strtok(strstr(text, "\"names\""), "\n,"); name != NULL && strchr(name, ']') == NULL; name = strtok(NULL, "\n,")) {
		if (strchr(name, '[') != NULL)
			continue;
		cr_assert(previous == NULL || strcmp(previous, name) < 0, "%s before %s", previous, name);
		previous = name;
	}
	cr_assert_not_null(previous);
	free(text);
}

Test(learned, writing_again_changes_nothing)
{
	unsigned denied;
	char *once;
	char *twice;

	note(SYS_prctl, 15, 0);
	note(SYS_chdir, 0, 0);
	once = learned_write(&learned, NULL, 0, &denied);
	twice = learned_write(&learned, once, strlen(once), &denied);
	cr_assert_str_eq(once, twice);
	free(once);
	free(twice);
}

Test(learned, what_cannot_be_named_is_counted)
{
	const struct seccomp_data foreign = {.nr = 1, .arch = AUDIT_ARCH_S390X};

	note(0x40000001, 0, 0);
	note(-1, 0, 0);
	learned_note(&learned, &foreign);
	cr_assert_eq(learned.unnamed, 3);
}

Test(learned, too_many_values_are_noticed)
{
	for (uint64_t i = 0; i <= LEARNED_VALUES; i++)
		note(SYS_ioctl, 0, i * 7 % 5000);
	cr_assert(learned.overflow);
	cr_assert_eq(learned.values[LEARNED_IOCTL].count, (size_t)LEARNED_VALUES);
}
