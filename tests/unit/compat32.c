/* --compat32: one filter for two architectures, proven for both; and the two doors of i386, socketcall(2) and ipc(2). */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "seccomp/apart.h"
#include "seccomp/builtin.h"
#include "seccomp/make.h"
#include "seccomp/prove.h"

enum { JOINT = 3 /* instructions that choose the architecture */ };

static struct program program;

static void made(const struct filter_request *request, const char *text, size_t size)
{
	unsigned unknown;
	struct err e;

	cr_assert_eq(make_program(request, "test", text, size, AUDIT_ARCH_X86_64, false, &program, &unknown, &e), 0, "%s", e.what);
}

static uint32_t answer(uint32_t arch, int nr, uint64_t first)
{
	return program_run(program.code, program.length, nr, arch, (const uint64_t[6]){first});
}

static void parse(uint32_t arch, struct profile *profile)
{
	const struct profile_context context = {.kernel = profile_kernel()};
	unsigned unknown;
	struct err e;

	*profile = (struct profile){.arch = arch, .compat32 = true};
	cr_assert_eq(profile_parse("test", builtin_profile, builtin_profile_size, &context, profile, &unknown, &e), 0, "%s", e.what);
}

static bool both_proven(const struct profile *native, const struct profile *sibling)
{
	struct err e;

	return prove(native, false, program.code, program.length, &e) == 0 && prove(sibling, false, program.code, program.length, &e) == 0;
}

Test(compat32, a_defect_where_the_two_are_joined_is_found)
{
	const struct filter_request request = {.source = FILTER_DEFAULT, .compat32 = true};
	struct profile native;
	struct profile sibling;

	parse(AUDIT_ARCH_X86_64, &native);
	parse(AUDIT_ARCH_I386, &sibling);
	made(&request, builtin_profile, builtin_profile_size);
	cr_assert(both_proven(&native, &sibling));
	for (size_t i = 0; i < JOINT; i++) {
		const struct sock_filter good = program.code[i];

		program.code[i].k += 2;
		cr_expect_not(both_proven(&native, &sibling), "instruction %zu, k", i);
		program.code[i] = good;
		program.code[i].jt++;
		cr_expect(BPF_OP(good.code) != BPF_JEQ || !both_proven(&native, &sibling), "instruction %zu, jt", i);
		program.code[i] = good;
		program.code[i].jf ^= 1;
		cr_expect(BPF_OP(good.code) != BPF_JEQ || !both_proven(&native, &sibling), "instruction %zu, jf", i);
		program.code[i] = good;
	}
	/* What the sibling denies is opened. */
	for (size_t i = program.length / 2; i < program.length; i++)
		if (program.code[i].code == (BPF_RET | BPF_K) && program.code[i].k == (SECCOMP_RET_ERRNO | EPERM))
			program.code[i].k = SECCOMP_RET_ALLOW;
	cr_expect_not(both_proven(&native, &sibling));
	profile_free(&native);
	profile_free(&sibling);
}

/* What 32-bit libcs call where 64-bit ones have another name. */
Test(compat32, programs_of_32_bits_find_their_calls)
{
	static const struct {
		int nr;
		const char *name;
	} calls[] = {{7, "waitpid"},           {102, "socketcall"},      {117, "ipc"},   {119, "sigreturn"}, {140, "_llseek"},
		     {142, "_newselect"},      {191, "ugetrlimit"},      {192, "mmap2"}, {195, "stat64"},    {199, "getuid32"},
		     {221, "fcntl64"},         {243, "set_thread_area"}, {361, "bind"},  {364, "accept4"},   {395, "shmget"},
		     {403, "clock_gettime64"}, {422, "futex_time64"}};
	const struct filter_request request = {.source = FILTER_DEFAULT, .compat32 = true};

	made(&request, builtin_profile, builtin_profile_size);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		cr_expect_eq(answer(AUDIT_ARCH_I386, calls[i].nr, 0), SECCOMP_RET_ALLOW, "%s", calls[i].name);
	cr_expect_eq(answer(AUDIT_ARCH_I386, 359, 2), SECCOMP_RET_ALLOW, "socket(AF_INET)");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 359, 40), SECCOMP_RET_ERRNO | EAFNOSUPPORT, "socket(AF_VSOCK)");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 21, 0), SECCOMP_RET_ERRNO | EPERM, "mount");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 120, 0x10000000), SECCOMP_RET_ERRNO | EPERM, "clone(CLONE_NEWUSER)");
	cr_expect_eq(answer(AUDIT_ARCH_X86_64, 0x40000000, 0), SECCOMP_RET_KILL_PROCESS, "x32");
}

#define DENIES(names) "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [" names "], \"action\": \"SCMP_ACT_ERRNO\"}]}"

Test(compat32, what_is_denied_by_name_is_denied_at_its_door_too)
{
	static const char text[] = DENIES("\"socket\", \"accept\", \"semop\", \"shmget\"");
	const struct filter_request request = {.source = FILTER_FILE, .compat32 = true};
	const uint32_t denied = SECCOMP_RET_ERRNO | EPERM;

	made(&request, text, sizeof text - 1);
	cr_expect_eq(answer(AUDIT_ARCH_I386, 359, 2), denied, "socket by its number");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 1), denied, "socket by socketcall");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 5), denied, "accept has no number");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 2), SECCOMP_RET_ALLOW, "bind by socketcall");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 117, 1), denied, "semop by ipc");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 117, 0x10001), denied, "semop by ipc, version 1");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 117, 23), denied, "shmget by ipc");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 395, 0), denied, "shmget by its number");
	cr_expect_eq(answer(AUDIT_ARCH_I386, 117, 21), SECCOMP_RET_ALLOW, "shmat by ipc");
}

Test(compat32, names_on_top_reach_the_door_too)
{
	static const char *const deny[] = {"socket"};
	const struct filter_request request = {.source = FILTER_DEFAULT, .compat32 = true, .deny = deny, .deny_count = 1};

	made(&request, builtin_profile, builtin_profile_size);
	cr_expect_eq(answer(AUDIT_ARCH_X86_64, 41, 1), SECCOMP_RET_ERRNO | EPERM);
	cr_expect_eq(answer(AUDIT_ARCH_I386, 359, 1), SECCOMP_RET_ERRNO | EPERM);
	cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 1), SECCOMP_RET_ERRNO | EPERM);
	cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 2), SECCOMP_RET_ALLOW);
}

/* A rule with conditions wins over one without: what is said of a call must not open the door that a rule closes. */
Test(compat32, a_rule_about_the_door_itself_is_not_loosened)
{
	static const char *const deny[] = {"ipc"};
	static const char *const closings[][2] = {{"ERRNO", "ALLOW"}, {"KILL_PROCESS", "ERRNO"}, {"KILL_PROCESS", "LOG"}};
	static const uint32_t closed[] = {SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS};
	const struct filter_request on_top = {.source = FILTER_DEFAULT, .compat32 = true, .deny = deny, .deny_count = 1};
	const struct filter_request request = {.source = FILTER_FILE, .compat32 = true};

	made(&on_top, builtin_profile, builtin_profile_size);
	for (uint64_t operation = 0; operation < 30; operation++)
		cr_expect_eq(answer(AUDIT_ARCH_I386, 117, operation), SECCOMP_RET_ERRNO | EPERM, "ipc(%d)", (int)operation);
	cr_expect_eq(answer(AUDIT_ARCH_I386, 395, 0), SECCOMP_RET_ALLOW, "shmget by its number");
	for (size_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
		char text[400];
		const int size = snprintf(text, sizeof text,
					  "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
					  "{\"names\": [\"socketcall\"], \"action\": \"SCMP_ACT_%s\"},"
					  "{\"names\": [\"connect\"], \"action\": \"SCMP_ACT_%s\"}]}",
					  closings[i][0], closings[i][1]);

		made(&request, text, (size_t)size);
		cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 3), closed[i], "connect: %s", closings[i][1]);
		cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 2), closed[i], "bind");
	}
}

#define RULE(name, action, args) "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_" action "\", \"args\": [" args "]}"
#define FAMILY(number)           "{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": " number "}"
#define PROFILE(action, rules)   "{\"defaultAction\": \"SCMP_ACT_" action "\", \"syscalls\": [" rules "]}"
#define NEEDED \
	"{\"names\": [\"execve\", \"exit_group\", \"wait4\", \"kill\", \"setpgid\", \"rt_sigprocmask\", \"rt_sigaction\", \"getppid\"," \
	"\"rt_sigtimedwait\", \"prctl\", \"vfork\", \"clone\", \"getpid\", \"clock_gettime\"], \"action\": \"SCMP_ACT_ALLOW\"},"

Test(compat32, conditions_close_no_less_at_the_door)
{
	static const struct {
		const char *text;
		uint32_t wanted;
	} cases[] = {
		{PROFILE("ALLOW", RULE("socket", "ERRNO", "") "," RULE("socket", "KILL_PROCESS", FAMILY("38"))), SECCOMP_RET_ERRNO | EPERM},
		{PROFILE("ALLOW", RULE("socket", "ERRNO", "") "," RULE("socket", "ALLOW", FAMILY("1"))), SECCOMP_RET_ALLOW},
		{PROFILE("ALLOW", RULE("socket", "LOG", "") "," RULE("socket", "ERRNO", FAMILY("38"))), SECCOMP_RET_ALLOW},
		/* A default that denies: the door opens for what is allowed whatever its arguments, and for nothing else. */
		{PROFILE("ERRNO", NEEDED RULE("socket", "ALLOW", "")), SECCOMP_RET_ALLOW},
		{PROFILE("ERRNO", NEEDED RULE("socket", "ALLOW", "") "," RULE("socket", "ERRNO", FAMILY("38"))), SECCOMP_RET_ERRNO | EPERM},
	};
	const struct filter_request request = {.source = FILTER_FILE, .compat32 = true};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		made(&request, cases[i].text, strlen(cases[i].text));
		cr_expect_eq(answer(AUDIT_ARCH_I386, 102, 1), cases[i].wanted, "case %zu: 0x%x", i, answer(AUDIT_ARCH_I386, 102, 1));
	}
}

/* What comes back from the child is asked again: each flag of each architecture, and that nothing else is let through. */
Test(compat32, damage_to_husks_own_rules_is_noticed_outside_the_child)
{
	static const char text[] = PROFILE("ALLOW", "");
	const struct filter_request request = {.source = FILTER_FILE, .compat32 = true};
	unsigned flags = 0;
	unsigned denials = 0;
	unsigned kills = 0;

	made(&request, text, sizeof text - 1);
	cr_assert(apart_keeps_own_rules(&program, false, true, false));
	cr_assert_not(apart_keeps_own_rules(&program, false, false, false), "i386 is foreign without --compat32");
	for (size_t i = 0; i < program.length; i++) {
		struct sock_filter *insn = &program.code[i];
		const struct sock_filter good = *insn;

		for (unsigned bit = 0; bit < 32 && good.code == (BPF_JMP | BPF_JSET | BPF_K); bit++) {
			insn->k = good.k & ~(UINT32_C(1) << bit);
			if (insn->k == good.k)
				continue;
			flags++;
			cr_expect_not(apart_keeps_own_rules(&program, false, true, false), "instruction %zu, flag %u", i, bit);
			cr_expect(apart_keeps_own_rules(&program, false, true, true), "CAP_SYS_ADMIN is kept");
		}
		*insn = good;
		if (good.code != (BPF_RET | BPF_K))
			continue;
		insn->k = SECCOMP_RET_ALLOW;
		if (good.k == SECCOMP_RET_KILL_PROCESS)
			kills += !apart_keeps_own_rules(&program, false, true, true);
		else
			denials += !apart_keeps_own_rules(&program, false, true, false);
		*insn = good;
	}
	cr_expect_eq(flags, 2 * (7 + 8), "%u", flags);
	cr_expect_eq(kills, 2, "x32 and foreign architectures: %u", kills);
	cr_expect_eq(denials, 2 * 4, "clone, unshare, setns and clone3 twice: %u", denials);
}

/* --seccomp-allow doesn't tell what the profile's author knew. */
Test(compat32, a_name_on_top_makes_the_profile_no_newer)
{
	static const char *const allow[] = {"mseal"};
	static const char text[] = PROFILE("ERRNO", NEEDED RULE("rseq", "ALLOW", ""));
	const struct filter_request request = {.source = FILTER_FILE, .allow = allow, .allow_count = 1};

	made(&request, text, sizeof text - 1);
	cr_expect_eq(answer(AUDIT_ARCH_X86_64, 462, 0), SECCOMP_RET_ALLOW, "mseal");
	cr_expect_eq(answer(AUDIT_ARCH_X86_64, 439, 0), SECCOMP_RET_ERRNO | ENOSYS, "faccessat2 is newer than the profile");
	cr_expect_eq(answer(AUDIT_ARCH_X86_64, 332, 0), SECCOMP_RET_ERRNO | EPERM, "statx is not");
}
