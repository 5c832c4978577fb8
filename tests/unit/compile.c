/* Compiled filters against a plain walk over the rules: random profiles with a fixed seed, and what libseccomp is known to get wrong. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "seccomp/calls.h"
#include "seccomp/compile.h"
#include "seccomp/prove.h"

static uint64_t seed = 20240229;

static uint64_t chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Values near the boundaries that comparisons of two halves get wrong. */
static uint64_t value(void)
{
	static const uint64_t bases[] = {
		0, 1, 2, 5, UINT64_C(1) << 31, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(5) << 32, UINT64_C(1) << 63, UINT64_MAX};

	return bases[chance(sizeof bases / sizeof bases[0])] + chance(3) - 1;
}

static const char *const names[] = {"read", "ioctl", "socket", "personality", "mkdir", "fchmodat", "futex", "prctl", "mseal", "statmount"};

static void random_rule(struct rule *rule)
{
	static const uint32_t actions[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_LOG,
					   SECCOMP_RET_KILL_PROCESS};
	unsigned used = 0;

	memset(rule, 0, sizeof *rule);
	(void)snprintf(rule->name, sizeof rule->name, "%s", names[chance(sizeof names / sizeof names[0])]);
	rule->action = actions[chance(chance(3) == 0 ? 5 : 1)];
	for (unsigned wanted = (unsigned)chance(4); wanted > 0; wanted--) {
		struct condition *c = &rule->conditions[rule->count];

		*c = (struct condition){(unsigned)chance(6), (enum compare)chance(7), value(), value()};
		if ((used & 1U << c->index) == 0)
			rule->count++;
		used |= 1U << c->index;
	}
}

static void agree(const struct profile *profile, const struct program *program, bool allow_clone3)
{
	for (int i = 0; i < 2000; i++) {
		const uint64_t args[6] = {value(), value(), value(), value(), value(), value()};
		bool known;
		bool own;
		int nr = chance(3) == 0 ? (int)chance(480)
					: call_number(profile->arch, names[chance(sizeof names / sizeof names[0])], &known, &own);
		uint32_t found = program_run(program->code, program->length, nr, profile->arch, args);
		uint32_t wanted = profile_answer(profile, allow_clone3, nr, args);

		cr_assert_eq(found, wanted, "number %d: 0x%x in place of 0x%x", nr, found, wanted);
	}
}

Test(compile, random_profiles_say_what_their_rules_say, .timeout = 120)
{
	static struct program program;
	struct rule rule;
	struct err e;

	for (int round = 0; round < 150; round++) {
		struct profile profile = {.default_action = chance(4) == 0 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM,
					  .arch = chance(4) == 0 ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64,
					  .sys_admin_kept = chance(4) == 0};
		bool allow_clone3 = chance(2) == 0;

		for (uint64_t rules = 1 + chance(12); rules > 0; rules--) {
			random_rule(&rule);
			cr_assert_eq(profile_add(&profile, &rule, &e), 0);
		}
		cr_assert_eq(compile(&profile, allow_clone3, &program, &e), 0, "round %d: %s", round, e.what);
		agree(&profile, &program, allow_clone3);
		profile_free(&profile);
	}
}

/* One rule for personality, in a profile that allows what husk needs. */
static void add(struct profile *profile, uint32_t action, unsigned count, const struct condition *conditions)
{
	struct rule rule = {.name = "personality", .action = action, .count = count};
	struct err e;

	memcpy(rule.conditions, conditions, count * sizeof *conditions);
	cr_assert_eq(profile_add(profile, &rule, &e), 0);
}

static void proven(struct profile *profile)
{
	static struct program program;
	struct timespec begin;
	struct timespec end;
	struct err e;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	cr_assert_eq(compile(profile, false, &program, &e), 0, "%s", e.what);
	clock_gettime(CLOCK_MONOTONIC, &end);
	cr_assert_lt(end.tv_sec - begin.tv_sec, 10, "it all but hangs");
	cr_assert_eq(prove(profile, false, program.code, program.length, &e), 0, "%s", e.what);
	agree(profile, &program, false);
	profile_free(profile);
}

#define ALLOW_ALL \
	{ \
		.default_action = SECCOMP_RET_ALLOW, .arch = AUDIT_ARCH_X86_64 \
	}
#define DENY (SECCOMP_RET_ERRNO | EPERM)

Test(compile, ordered_comparisons_on_both_sides_of_2_to_the_32_are_right)
{
	struct profile profile = ALLOW_ALL;

	add(&profile, DENY, 1, &(struct condition){0, COMPARE_LE, 5, 0});
	add(&profile, DENY, 1, &(struct condition){0, COMPARE_GT, UINT64_C(0x500000000), 0});
	add(&profile, DENY, 1, &(struct condition){0, COMPARE_GE, UINT64_C(0x200000001), 0});
	add(&profile, DENY, 1, &(struct condition){0, COMPARE_LT, UINT64_C(0x100000000), 0});
	proven(&profile);
}

Test(compile, three_small_rules_that_hang_libseccomp_dont_hang_husk)
{
	struct profile profile = ALLOW_ALL;

	add(&profile, DENY, 1, &(struct condition){1, COMPARE_GT, 4, 0});
	add(&profile, DENY, 2, (const struct condition[]){{0, COMPARE_LE, 2, 0}, {1, COMPARE_LT, 4, 0}});
	add(&profile, DENY, 2, (const struct condition[]){{0, COMPARE_LE, 2, 0}, {0, COMPARE_NE, 3, 0}});
	proven(&profile);
}

Test(compile, hundreds_of_rules_for_one_call_take_no_time)
{
	struct profile profile = ALLOW_ALL;

	for (uint64_t i = 0; i < 700; i++)
		add(&profile, DENY, 1, &(struct condition){0, COMPARE_EQ, i * 3, 0});
	proven(&profile);
}

Test(compile, a_profile_that_husk_cant_live_under_is_refused)
{
	static const char *const needed[] = {"execve", "exit_group", "wait4", "kill"};
	static struct program program;
	struct err e;

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		struct profile profile = ALLOW_ALL;
		struct rule rule = {.action = DENY};

		(void)snprintf(rule.name, sizeof rule.name, "%s", needed[i]);
		cr_assert_eq(profile_add(&profile, &rule, &e), 0);
		cr_assert_eq(compile(&profile, false, &program, &e), 0);
		cr_assert_eq(prove(&profile, false, program.code, program.length, &e), -1, "%s", needed[i]);
		cr_assert_not_null(strstr(e.what, needed[i]), "%s", e.what);
		profile_free(&profile);
	}
}

Test(compile, a_filter_that_allows_more_than_its_profile_is_found)
{
	static struct program program;
	struct profile profile = ALLOW_ALL;
	struct err e;

	add(&profile, DENY, 1, &(struct condition){0, COMPARE_EQ, UINT64_C(0x100000007), 0});
	cr_assert_eq(compile(&profile, false, &program, &e), 0);
	cr_assert_eq(prove(&profile, false, program.code, program.length, &e), 0, "%s", e.what);
	/* Any changed jump or constant of the part that decides must be noticed. */
	for (size_t i = 0; i < program.length; i++)
		if (BPF_CLASS(program.code[i].code) == BPF_JMP && program.code[i].k == 7) {
			program.code[i].k = 8;
			cr_assert_eq(prove(&profile, false, program.code, program.length, &e), -1, "instruction %zu", i);
			cr_assert_not_null(strstr(e.what, "personality"), "%s", e.what);
			profile_free(&profile);
			return;
		}
	cr_assert_fail("the constant isn't in the program");
}

Test(compile, husks_own_rules_hold_whatever_the_profile_says)
{
	static struct program program;
	const uint64_t newuser[6] = {0x10000000};
	const uint64_t newtime[6] = {0x80};
	const uint64_t plain[6] = {0};
	struct profile profile = ALLOW_ALL;
	struct err e;
	bool known;
	bool own;

	cr_assert_eq(compile(&profile, false, &program, &e), 0);
#define ANSWER(name, args) program_run(program.code, program.length, call_number(profile.arch, name, &known, &own), profile.arch, args)
	cr_assert_eq(ANSWER("clone", newuser), DENY);
	cr_assert_eq(ANSWER("clone", plain), SECCOMP_RET_ALLOW);
	cr_assert_eq(ANSWER("unshare", newuser), DENY);
	cr_assert_eq(ANSWER("unshare", newtime), DENY);
	cr_assert_eq(ANSWER("unshare", plain), SECCOMP_RET_ALLOW);
	cr_assert_eq(ANSWER("setns", plain), DENY);
	cr_assert_eq(ANSWER("clone3", plain), SECCOMP_RET_ERRNO | ENOSYS);
	cr_assert_eq(compile(&profile, true, &program, &e), 0);
	cr_assert_eq(ANSWER("clone3", plain), SECCOMP_RET_ALLOW);
	profile.sys_admin_kept = true;
	cr_assert_eq(compile(&profile, false, &program, &e), 0);
	cr_assert_eq(ANSWER("setns", plain), SECCOMP_RET_ALLOW);
	cr_assert_eq(ANSWER("clone3", plain), SECCOMP_RET_ERRNO | ENOSYS);
}

/* libseccomp lets the last one win, which opens a call that was closed; the order must not matter. */
Test(compile, of_two_rules_for_one_call_the_stricter_wins)
{
	static struct program program;
	const uint64_t zero[6] = {0};

	for (unsigned conditions = 0; conditions < 2; conditions++)
		for (int order = 0; order < 2; order++) {
			const struct condition zeroth = {0, COMPARE_EQ, 0, 0};
			struct profile profile = {.default_action = SECCOMP_RET_ERRNO | ENOSYS, .arch = AUDIT_ARCH_X86_64};
			struct err e;
			bool known;
			bool own;

			add(&profile, order == 0 ? DENY : SECCOMP_RET_ALLOW, conditions, &zeroth);
			add(&profile, order == 0 ? SECCOMP_RET_ALLOW : DENY, conditions, &zeroth);
			cr_assert_eq(compile(&profile, false, &program, &e), 0);
			cr_assert_eq(ANSWER("personality", zero), DENY, "order %d, conditions %u", order, conditions);
			profile_free(&profile);
		}
}

/* Docker's profile allows socket unless its family equals 40, and compares 64 bits, of which the kernel takes 32. */
Test(compile, the_upper_half_of_an_int_opens_nothing)
{
	static struct program program;
	const uint64_t vsock[6] = {40};
	const uint64_t dressed[6] = {UINT64_C(0x100000028)};
	const uint64_t inet[6] = {UINT64_C(0x700000002)};
	struct profile profile = {.default_action = DENY, .arch = AUDIT_ARCH_X86_64};
	struct rule rule = {.name = "socket", .action = SECCOMP_RET_ALLOW, .count = 1, .conditions = {{0, COMPARE_NE, 40, 0}}};
	struct err e;
	bool known;
	bool own;

	cr_assert_eq(profile_add(&profile, &rule, &e), 0);
	cr_assert_eq(compile(&profile, false, &program, &e), 0);
	cr_assert_eq(ANSWER("socket", vsock), DENY);
	cr_assert_eq(ANSWER("socket", dressed), DENY);
	cr_assert_eq(ANSWER("socket", inet), SECCOMP_RET_ALLOW);
	profile_free(&profile);
}

/* umode_t has 16 bits: chmod(path, 0x109ed) sets 04755. */
Test(compile, the_upper_bits_of_a_mode_open_nothing)
{
	static const struct {
		enum compare op;
		uint64_t value, datum, mode;
		uint32_t wanted;
	} cases[] = {
		{COMPARE_EQ, 04755, 0, 04755, DENY},
		{COMPARE_EQ, 04755, 0, 0x109ed, DENY},
		{COMPARE_EQ, 04755, 0, UINT64_C(0xffffffffffff09ed), DENY},
		{COMPARE_EQ, 04755, 0, 0755, SECCOMP_RET_ALLOW},
		{COMPARE_MASKED_EQ, 0xffffffff, 04755, 0x109ed, DENY},
		{COMPARE_MASKED_EQ, 04000, 04000, 0x109ed, DENY},
		{COMPARE_MASKED_EQ, 04000, 04000, 0x10000, SECCOMP_RET_ALLOW},
		{COMPARE_LT, 0100, 0, 0x10000, DENY},
		{COMPARE_NE, 0755, 0, 0x101ed, SECCOMP_RET_ALLOW},
		{COMPARE_EQ, 0x109ed, 0, 0x109ed, DENY}, /* wider than a mode: taken as it is written */
		{COMPARE_EQ, 0x109ed, 0, UINT64_C(0x1000109ed), DENY},
		{COMPARE_EQ, 0x109ed, 0, 04755, SECCOMP_RET_ALLOW},
	};
	static struct program program;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rule rule = {
			.name = "chmod", .action = DENY, .count = 1, .conditions = {{1, cases[i].op, cases[i].value, cases[i].datum}}};
		const uint64_t args[6] = {0, cases[i].mode};
		struct profile profile = ALLOW_ALL;
		struct err e;
		bool known;
		bool own;

		cr_assert_eq(profile_add(&profile, &rule, &e), 0);
		cr_assert_eq(compile(&profile, false, &program, &e), 0);
		cr_expect_eq(ANSWER("chmod", args), cases[i].wanted, "case %zu", i);
		cr_expect_eq(prove(&profile, false, program.code, program.length, &e), 0, "case %zu: %s", i, e.what);
		profile_free(&profile);
	}
}

/* The author of a profile that ends at rseq (334) didn't know newer calls: libc falls back on ENOSYS, not on EPERM. */
Test(compile, calls_newer_than_the_profile_are_lacking)
{
	static const uint32_t defaults[][2] = {{DENY, SECCOMP_RET_ERRNO | ENOSYS},
					       {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | ENOSYS},
					       {SECCOMP_RET_LOG, SECCOMP_RET_LOG},
					       {SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW}};
	static struct program program;
	const uint64_t zero[6] = {0};

	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
		struct profile profile = {.default_action = defaults[i][0], .arch = AUDIT_ARCH_X86_64, .newest = 334};
		struct err e;
		bool known;
		bool own;

		cr_assert_eq(compile(&profile, false, &program, &e), 0);
		cr_assert_eq(ANSWER("statx", zero), defaults[i][0]);
		cr_assert_eq(ANSWER("faccessat2", zero), defaults[i][1]);
		cr_assert_eq(ANSWER("mseal", zero), defaults[i][1]);
	}
}
