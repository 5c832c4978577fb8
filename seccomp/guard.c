#include "seccomp/guard.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "seccomp/calls.h"

enum { X32_BIT = 0x40000000, MANY_RULES = 32 };

#define LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define JEQ    (BPF_JMP | BPF_JEQ | BPF_K)
#define JGT    (BPF_JMP | BPF_JGT | BPF_K)
#define JGE    (BPF_JMP | BPF_JGE | BPF_K)
#define JSET   (BPF_JMP | BPF_JSET | BPF_K)
#define JA     (BPF_JMP | BPF_JA)
#define AND    (BPF_ALU | BPF_AND | BPF_K)
#define RETURN (BPF_RET | BPF_K)

/* Little endian, as both architectures are. */
static uint32_t low_half(unsigned argument)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
}

static uint32_t high_half(unsigned argument)
{
	return low_half(argument) + (uint32_t)sizeof(uint32_t);
}

static void load_number(struct program *p)
{
	program_add(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
}

bool guard_has(const struct profile *profile, const char *name)
{
	const struct rule *first = NULL;
	size_t conditional = 0;
	bool known;
	bool own;

	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];

		if (strcmp(rule->name, name) != 0)
			continue;
		if (first == NULL)
			first = rule;
		if (rule->action != first->action)
			return true;
		conditional += rule->count > 0;
		for (unsigned c = 0; c < rule->count; c++)
			if (rule->conditions[c].op != COMPARE_EQ && rule->conditions[c].op != COMPARE_MASKED_EQ)
				return true;
	}
	(void)call_number(profile->arch, name, &known, &own);
	return conditional > MANY_RULES || (own && first != NULL);
}

/* Where a failing condition jumps to, filled in once the rule's end is known: the index of the instruction and which of its two
 * targets. A condition takes at most 4 instructions and 3 such jumps. */
struct exits {
	struct {
		size_t at;
		bool on_true;
	} jump[RULE_CONDITIONS * 3];
	size_t count;
};

static void exit_from(struct program *p, struct exits *exits, bool on_true)
{
	exits->jump[exits->count].at = p->length - 1;
	exits->jump[exits->count++].on_true = on_true;
}

static void land_exits(struct program *p, const struct exits *exits)
{
	for (size_t i = 0; i < exits->count && !p->overflow; i++) {
		struct sock_filter *insn = &p->code[exits->jump[i].at];
		uint8_t by = (uint8_t)(p->length - exits->jump[i].at - 1);

		if (exits->jump[i].on_true)
			insn->jt = by;
		else
			insn->jf = by;
	}
}

static void emit_equal(struct program *p, const struct condition *c, struct exits *exits)
{
	bool masked = c->op == COMPARE_MASKED_EQ;
	uint64_t mask = masked ? c->value : ~UINT64_C(0);
	uint64_t wanted = masked ? c->datum & mask : c->value;
	const struct {
		uint32_t offset, mask, wanted;
	} half[] = {{high_half(c->index), (uint32_t)(mask >> 32), (uint32_t)(wanted >> 32)},
		    {low_half(c->index), (uint32_t)mask, (uint32_t)wanted}};

	for (size_t i = 0; i < 2; i++) {
		if (half[i].mask == 0)
			continue;
		program_add(p, LOAD, half[i].offset, 0, 0);
		if (half[i].mask != UINT32_MAX)
			program_add(p, AND, half[i].mask, 0, 0);
		program_add(p, JEQ, half[i].wanted, 0, 0);
		exit_from(p, exits, false);
	}
}

static void emit_unequal(struct program *p, const struct condition *c, struct exits *exits)
{
	program_add(p, LOAD, high_half(c->index), 0, 0);
	program_add(p, JEQ, (uint32_t)(c->value >> 32), 0, 2); /* another high half: unequal */
	program_add(p, LOAD, low_half(c->index), 0, 0);
	program_add(p, JEQ, (uint32_t)c->value, 0, 0);
	exit_from(p, exits, true);
}

/* The high halves decide unless they are equal. */
static void emit_greater(struct program *p, const struct condition *c, struct exits *exits)
{
	program_add(p, LOAD, high_half(c->index), 0, 0);
	program_add(p, JGT, (uint32_t)(c->value >> 32), 3, 0);
	program_add(p, JEQ, (uint32_t)(c->value >> 32), 0, 0);
	exit_from(p, exits, false);
	program_add(p, LOAD, low_half(c->index), 0, 0);
	program_add(p, c->op == COMPARE_GT ? JGT : JGE, (uint32_t)c->value, 0, 0);
	exit_from(p, exits, false);
}

static void emit_less(struct program *p, const struct condition *c, struct exits *exits)
{
	program_add(p, LOAD, high_half(c->index), 0, 0);
	program_add(p, JGT, (uint32_t)(c->value >> 32), 0, 0);
	exit_from(p, exits, true);
	program_add(p, JEQ, (uint32_t)(c->value >> 32), 0, 2); /* a smaller high half: less */
	program_add(p, LOAD, low_half(c->index), 0, 0);
	program_add(p, c->op == COMPARE_LT ? JGE : JGT, (uint32_t)c->value, 0, 0);
	exit_from(p, exits, true);
}

static void emit_condition(struct program *p, const struct condition *c, struct exits *exits)
{
	switch (c->op) {
	case COMPARE_EQ:
	case COMPARE_MASKED_EQ: emit_equal(p, c, exits); break;
	case COMPARE_NE: emit_unequal(p, c, exits); break;
	case COMPARE_GT:
	case COMPARE_GE: emit_greater(p, c, exits); break;
	case COMPARE_LT:
	case COMPARE_LE: emit_less(p, c, exits); break;
	}
}

static void emit_rule(struct program *p, const struct rule *rule)
{
	struct exits exits = {.count = 0};

	for (unsigned i = 0; i < rule->count; i++)
		emit_condition(p, &rule->conditions[i], &exits);
	program_add(p, RETURN, rule->action, 0, 0);
	land_exits(p, &exits);
}

/* Opens a block that only this number enters; close_block lets the others pass. */
static size_t open_block(struct program *p, int nr)
{
	program_add(p, JEQ, (uint32_t)nr, 1, 0);
	program_add(p, JA, 0, 0, 0);
	return p->length - 1;
}

static void close_block(struct program *p, size_t block)
{
	if (!p->overflow)
		p->code[block].k = (uint32_t)(p->length - block - 1);
}

/* All rules of one call, decided to the end: with conditions first, then without, then the default. */
static void emit_call(struct program *p, const struct profile *profile, const char *name, int nr)
{
	size_t block = open_block(p, nr);
	bool decided = false;

	for (size_t i = 0; i < profile->count; i++)
		if (profile->rules[i].count > 0 && strcmp(profile->rules[i].name, name) == 0)
			emit_rule(p, &profile->rules[i]);
	for (size_t i = 0; i < profile->count && !decided; i++)
		if (profile->rules[i].count == 0 && strcmp(profile->rules[i].name, name) == 0) {
			emit_rule(p, &profile->rules[i]);
			decided = true;
		}
	if (!decided)
		program_add(p, RETURN, profile->default_action, 0, 0);
	close_block(p, block);
}

static bool met_before(const struct profile *profile, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(profile->rules[i].name, profile->rules[at].name) == 0)
			return true;
	return false;
}

static void emit_calls(struct program *p, const struct profile *profile)
{
	for (size_t i = 0; i < profile->count; i++) {
		const char *name = profile->rules[i].name;
		bool known;
		bool own;
		int nr = call_number(profile->arch, name, &known, &own);

		if (nr >= 0 && !met_before(profile, i) && guard_has(profile, name))
			emit_call(p, profile, name, nr);
	}
}

/* Numbers that no table knows answer ENOSYS, so that libc falls back; EPERM would be taken for the call's own answer. */
static void emit_unknown(struct program *p, uint32_t arch)
{
	const uint32_t no_such_call = SECCOMP_RET_ERRNO | ENOSYS;
	int limit = call_limit(arch);
	char name[RULE_NAME_SIZE];

	for (int nr = 0; nr < limit; nr++) {
		int first = nr;

		while (nr < limit && !call_name(arch, nr, name))
			nr++;
		if (nr == first)
			continue;
		/* first <= number < nr */
		program_add(p, JGE, (uint32_t)first, 0, 2);
		program_add(p, JGE, (uint32_t)nr, 1, 0);
		program_add(p, RETURN, no_such_call, 0, 0);
	}
	program_add(p, JGE, (uint32_t)limit, 0, 1);
	program_add(p, RETURN, no_such_call, 0, 0);
}

static int number_of(const struct profile *profile, const char *name)
{
	bool known;
	bool own;

	return call_number(profile->arch, name, &known, &own);
}

static void refuse_flags(struct program *p, int nr, uint32_t flags)
{
	size_t block = open_block(p, nr);

	program_add(p, LOAD, low_half(0), 0, 0);
	program_add(p, JSET, flags, 0, 1);
	program_add(p, RETURN, SECCOMP_RET_ERRNO | EPERM, 0, 0);
	load_number(p);
	close_block(p, block);
}

static void refuse_call(struct program *p, int nr, uint32_t number)
{
	program_add(p, JEQ, (uint32_t)nr, 0, 1);
	program_add(p, RETURN, SECCOMP_RET_ERRNO | number, 0, 0);
}

/* husk's own rules, which hold whatever the profile says. */
static void emit_namespaces(struct program *p, const struct profile *profile, bool allow_clone3)
{
	if (!allow_clone3)
		refuse_call(p, number_of(profile, "clone3"), ENOSYS);
	if (profile->sys_admin_kept)
		return;
	refuse_flags(p, number_of(profile, "clone"), CLONE_NAMESPACES);
	refuse_flags(p, number_of(profile, "unshare"), UNSHARE_NAMESPACES);
	refuse_call(p, number_of(profile, "setns"), EPERM);
}

static void emit_architecture(struct program *p, const struct profile *profile)
{
	program_add(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	program_add(p, JEQ, profile->arch, 1, 0);
	program_add(p, RETURN, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load_number(p);
	if (profile->arch != AUDIT_ARCH_X86_64)
		return;
	/* -1 is no x32 call: a tracer that skips a call puts it there (ptrace(2)), and it must not kill the traced process. */
	program_add(p, JGE, X32_BIT, 0, 2);
	program_add(p, JEQ, UINT32_MAX, 1, 0);
	program_add(p, RETURN, SECCOMP_RET_KILL_PROCESS, 0, 0);
}

void guard_emit(const struct profile *profile, bool allow_clone3, struct program *p)
{
	emit_architecture(p, profile);
	emit_unknown(p, profile->arch);
	emit_namespaces(p, profile, allow_clone3);
	emit_calls(p, profile);
}
