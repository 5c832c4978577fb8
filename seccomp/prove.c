#include "seccomp/prove.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "seccomp/calls.h"
#include "seccomp/program.h"

#define BUG "this is a defect of libseccomp's or husk's; report it with the profile, or write the rule with EQ and MASKED_EQ alone"

struct proof {
	const struct profile *profile;
	bool allow_clone3;
	const struct sock_filter *code;
	size_t length;
	struct err *e;
};

static int check(const struct proof *p, const char *name, int nr, uint32_t arch, uint32_t wanted, const uint64_t args[static 6])
{
	uint32_t found = program_run(p->code, p->length, nr, arch, args);

	if (found == wanted)
		return 0;
	return err_set(p->e, 0, BUG, "seccomp: the filter answers 0x%x to %s (number %d, arguments 0x%llx, 0x%llx, …), the profile 0x%x",
		       found, name, nr, (unsigned long long)args[0], (unsigned long long)args[1], wanted);
}

static int check_call(const struct proof *p, const char *name, int nr, const uint64_t args[static 6])
{
	return check(p, name, nr, p->profile->arch, profile_answer(p->profile, p->allow_clone3, nr, args), args);
}

/* Arguments under which the rule matches, as far as one value for each argument can do it. */
static void satisfy(const struct rule *rule, uint64_t args[static 6])
{
	memset(args, 0, 6 * sizeof args[0]);
	for (unsigned i = 0; i < rule->count; i++) {
		const struct condition *c = &rule->conditions[i];
		uint64_t value = c->value;

		switch (c->op) {
		case COMPARE_NE:
		case COMPARE_GT: value++; break;
		case COMPARE_LT: value--; break;
		case COMPARE_MASKED_EQ: value = c->datum & c->value; break;
		case COMPARE_EQ:
		case COMPARE_LE:
		case COMPARE_GE: break;
		}
		args[c->index] = value;
	}
}

static int check_boundaries(const struct proof *p, const struct rule *rule, int nr)
{
	for (unsigned i = 0; i < rule->count; i++) {
		const struct condition *c = &rule->conditions[i];
		uint64_t at = c->op == COMPARE_MASKED_EQ ? c->datum & c->value : c->value;
		const uint64_t values[] = {
			at - 1,
			at,
			at + 1,
			at | UINT64_C(1) << 32,
			at ^ UINT64_C(1) << 63,
			at & UINT32_MAX,
			at | ~c->value,
			at ^ c->value,
			0,
			~UINT64_C(0),
			UINT64_C(1) << 31,
			UINT64_C(1) << 32,
			UINT32_MAX,
			at + (UINT64_C(1) << 32),
			at - (UINT64_C(1) << 32),
			at << 32,
			at | UINT64_C(1) << 16,
		};
		uint64_t args[6];

		satisfy(rule, args);
		for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
			args[c->index] = values[v];
			if (check_call(p, rule->name, nr, args) != 0)
				return -1;
		}
	}
	return 0;
}

static int check_rules(const struct proof *p)
{
	for (size_t i = 0; i < p->profile->count; i++) {
		const struct rule *rule = &p->profile->rules[i];
		uint64_t args[6];
		bool known;
		bool own;
		int nr = call_number(p->profile->arch, rule->name, &known, &own);

		if (nr < 0)
			continue;
		satisfy(rule, args);
		if (check_call(p, rule->name, nr, args) != 0 || check_boundaries(p, rule, nr) != 0)
			return -1;
	}
	return 0;
}

/* Argument patterns that no rule needs to mention: nothing, everything, each namespace flag. */
static int check_numbers(const struct proof *p)
{
	const int limit = call_limit(p->profile->arch) + 64;

	for (int nr = -1; nr < limit; nr++) {
		uint64_t args[6] = {0};

		if (check_call(p, "a call", nr, args) != 0)
			return -1;
		memset(args, 0xff, sizeof args);
		if (check_call(p, "a call", nr, args) != 0)
			return -1;
		/* An answer that doesn't come from arguments is the same for all of them. The profile's own may differ: its rules are
		 * checked one by one below. */
		if (program_ignores_arguments(p->code, p->length, nr, p->profile->arch))
			continue;
		for (unsigned bit = 0; bit < 64; bit++) {
			memset(args, 0, sizeof args);
			args[0] = UINT64_C(1) << bit;
			if (check_call(p, "a call", nr, args) != 0)
				return -1;
		}
	}
	return 0;
}

/* With --compat32 one filter holds both, and each is proven against the whole. */
static bool is_let_through(const struct profile *profile, uint32_t arch)
{
	return arch == profile->arch || (profile->compat32 && (arch == AUDIT_ARCH_X86_64 || arch == AUDIT_ARCH_I386));
}

static int check_foreign(const struct proof *p)
{
	static const uint32_t arches[] = {0,          AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM,
					  0xffffffff, AUDIT_ARCH_S390X};
	const uint64_t args[6] = {0};

	for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++)
		for (int nr = 0; nr < 512; nr++) {
			if (is_let_through(p->profile, arches[i]))
				continue;
			if (check(p, "a foreign architecture", nr, arches[i], SECCOMP_RET_KILL_PROCESS, args) != 0)
				return -1;
		}
	for (int nr = 0; p->profile->arch == AUDIT_ARCH_X86_64 && nr < 600; nr++)
		if (check(p, "x32", nr | 0x40000000, AUDIT_ARCH_X86_64, SECCOMP_RET_KILL_PROCESS, args) != 0)
			return -1;
	return 0;
}

/* What husk does between loading the filter and its own end, with the arguments that it uses. */
int prove_own_calls(const char *what, uint32_t arch, const struct sock_filter *code, size_t length, struct err *e)
{
	static const struct {
		const char *name;
		uint64_t args[6];
	} own[] = {
		{"execve", {0}},
		{"exit_group", {0}},
		{"wait4", {~UINT64_C(0)}},
		{"kill", {0}},
		{"setpgid", {0}},
		{"rt_sigprocmask", {0}},
		{"rt_sigprocmask", {2}},
		{"rt_sigaction", {17}},
		{"getpid", {0}},
		{"getppid", {0}},
		{"clock_gettime", {1}},
		{"rt_sigtimedwait", {0}},
		{"prctl", {1 /* PR_SET_PDEATHSIG */, 9}},
		{"prctl", {21 /* PR_GET_SECCOMP */}},
		{"vfork", {0}},
		{"clone", {0x4111 /* CLONE_VM, CLONE_VFORK, SIGCHLD: vfork where there is none */}},
	};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		bool known;
		bool table;
		int nr = call_number(arch, own[i].name, &known, &table);
		uint32_t answer = nr < 0 ? SECCOMP_RET_ALLOW : program_run(code, length, nr, arch, own[i].args);

		if (answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG)
			return err_set(e, 0, "allow it there", "seccomp: %s denies %s, which husk needs to run the workload", what,
				       own[i].name);
	}
	return 0;
}

int prove(const struct profile *profile, bool allow_clone3, const struct sock_filter *code, size_t length, struct err *e)
{
	const struct proof p = {profile, allow_clone3, code, length, e};

	if (check_numbers(&p) != 0 || check_rules(&p) != 0 || check_foreign(&p) != 0)
		return -1;
	return prove_own_calls("the profile", profile->arch, code, length, e);
}
