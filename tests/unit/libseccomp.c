/* The compiler against libseccomp, which shares none of its code: the built-in profile's plain rules, all numbers, many arguments. */
#include <criterion/criterion.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "seccomp/builtin.h"
#include "seccomp/calls.h"
#include "seccomp/make.h"

enum { ROOM = 4096 };

/* libseccomp gets a call right where its rules have one action and compare for equality alone; an unconditional rule must stand alone. */
static bool is_plain(const struct profile *profile, const char *name)
{
	const struct rule *first = NULL;
	unsigned unconditional = 0;
	unsigned conditional = 0;

	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (strcmp(rule->name, name) != 0)
			continue;
		if (first == NULL)
			first = rule;
		if (rule->action != first->action)
			return false;
		unconditional += rule->count == 0;
		conditional += rule->count > 0;
		for (unsigned c = 0; c < rule->count; c++)
			if (rule->conditions[c].op != COMPARE_EQ && rule->conditions[c].op != COMPARE_MASKED_EQ)
				return false;
	}
	return first != NULL && (unconditional == 0 || conditional == 0);
}

static void add_plain_rules(scmp_filter_ctx ctx, const struct profile *profile)
{
	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];
		struct scmp_arg_cmp conditions[RULE_CONDITIONS];

		if (rule->action != SECCOMP_RET_ALLOW || !is_plain(profile, rule->name) ||
		    seccomp_syscall_resolve_name(rule->name) == __NR_SCMP_ERROR)
			continue;
		for (unsigned c = 0; c < rule->count; c++) {
			const struct condition *from = &rule->conditions[c];

			conditions[c] = from->op == COMPARE_EQ
						? (struct scmp_arg_cmp){from->index, SCMP_CMP_EQ, from->value, 0}
						: (struct scmp_arg_cmp){from->index, SCMP_CMP_MASKED_EQ, from->value, from->datum};
		}
		cr_assert_eq(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(rule->name), rule->count, conditions),
			     0, "%s", rule->name);
	}
}

static size_t by_libseccomp(const struct profile *profile, struct sock_filter *code)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(1));
	int ends[2];
	ssize_t got;

	cr_assert_not_null(ctx);
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	add_plain_rules(ctx, profile);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(seccomp_export_bpf(ctx, ends[1]), 0);
	got = read(ends[0], code, ROOM * sizeof *code);
	close(ends[0]);
	close(ends[1]);
	seccomp_release(ctx);
	cr_assert_gt(got, 0);
	return (size_t)got / sizeof *code;
}

Test(libseccomp, the_built_in_filter_answers_as_libseccomps_does)
{
	static const uint64_t values[] = {0,       1,          2,           8,          10,         16,          0x20000,
					  0x40000, 0xffffffff, 0x100000000, 0x10000000, 0x7e020000, ~UINT64_C(0)};
	static struct sock_filter code[ROOM];
	const struct profile_context context = {.kernel = profile_kernel()};
	struct profile profile = {.arch = profile_native_arch()};
	unsigned unknown;
	struct err e;
	size_t length;
	int compared = 0;

	cr_assert_eq(profile_parse("built in", builtin_profile, builtin_profile_size, &context, &profile, &unknown, &e), 0, "%s", e.what);
	length = by_libseccomp(&profile, code);
	for (int nr = 0; nr < 480; nr++) {
		char name[RULE_NAME_SIZE];

		if (!call_name(profile.arch, nr, name) || !is_plain(&profile, name) || seccomp_syscall_resolve_name(name) != nr ||
		    profile_rule_answer(&profile, name, nr, (const uint64_t[6]){0}) == (SECCOMP_RET_ERRNO | 38))
			continue;
		for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
			const uint64_t args[6] = {values[v], values[v], 0, 0, 0, 0};

			cr_expect_eq(program_run(builtin_open, builtin_open_length, nr, profile.arch, args),
				     program_run(code, length, nr, profile.arch, args), "%s, argument 0x%llx", name,
				     (unsigned long long)values[v]);
			compared++;
		}
	}
	cr_assert_gt(compared, 3000);
	profile_free(&profile);
}
