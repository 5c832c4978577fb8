#include "seccomp/emit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

enum { X32_BIT = 0x40000000 };

#define LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define JEQ    (BPF_JMP | BPF_JEQ | BPF_K)
#define JGT    (BPF_JMP | BPF_JGT | BPF_K)
#define JGE    (BPF_JMP | BPF_JGE | BPF_K)
#define JSET   (BPF_JMP | BPF_JSET | BPF_K)
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

/* The low half decides alone, or what mask leaves of it. */
static void emit_narrow(struct program *p, const struct condition *c, uint32_t mask, struct exits *exits)
{
	const bool masked = c->op == COMPARE_MASKED_EQ;
	const uint32_t value = (uint32_t)(masked ? c->datum & c->value : c->value);
	const uint32_t looked_at = masked ? mask & (uint32_t)c->value : mask;

	program_add(p, LOAD, low_half(c->index), 0, 0);
	if (looked_at != UINT32_MAX)
		program_add(p, AND, looked_at, 0, 0);
	switch (c->op) {
	case COMPARE_EQ:
	case COMPARE_MASKED_EQ:
	case COMPARE_NE: program_add(p, JEQ, value, 0, 0); break;
	case COMPARE_GT:
	case COMPARE_LE: program_add(p, JGT, value, 0, 0); break;
	case COMPARE_GE:
	case COMPARE_LT: program_add(p, JGE, value, 0, 0); break;
	}
	exit_from(p, exits, c->op == COMPARE_NE || c->op == COMPARE_LE || c->op == COMPARE_LT);
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

/* A rule takes 30 instructions at most, so its jumps fit into 8 bits. */
static void emit_rule(struct program *p, const struct rule *rule)
{
	struct exits exits = {.count = 0};

	for (unsigned i = 0; i < rule->count; i++) {
		const uint64_t mask = condition_mask(rule, &rule->conditions[i]);

		if (mask <= UINT32_MAX)
			emit_narrow(p, &rule->conditions[i], (uint32_t)mask, &exits);
		else
			emit_condition(p, &rule->conditions[i], &exits);
	}
	program_add(p, RETURN, rule->action, 0, 0);
	land_exits(p, &exits);
}

/* From the strictest to the loosest, as the kernel ranks the answers of stacked filters. */
static const uint32_t strictness[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
				      SECCOMP_RET_TRACE,        SECCOMP_RET_LOG,         SECCOMP_RET_ALLOW};

static void emit_namespace_flags(struct program *p, uint32_t flags)
{
	program_add(p, LOAD, low_half(0), 0, 0);
	program_add(p, JSET, flags, 0, 1);
	program_add(p, RETURN, SECCOMP_RET_ERRNO | EPERM, 0, 0);
}

void emit_call(struct program *p, const struct profile *profile, const char *name, int nr)
{
	if (!profile->sys_admin_kept && strcmp(name, "clone") == 0)
		emit_namespace_flags(p, CLONE_NAMESPACES);
	if (!profile->sys_admin_kept && strcmp(name, "unshare") == 0)
		emit_namespace_flags(p, UNSHARE_NAMESPACES);
	for (size_t s = 0; s < sizeof strictness / sizeof strictness[0]; s++)
		for (size_t i = 0; i < profile->count && !p->overflow; i++) {
			const struct rule *rule = &profile->rules[i];

			if (rule->count > 0 && (rule->action & SECCOMP_RET_ACTION_FULL) == strictness[s] && strcmp(rule->name, name) == 0)
				emit_rule(p, rule);
		}
	program_add(p, RETURN, profile_plain_answer(profile, name, nr), 0, 0);
}

void emit_architecture(struct program *p, uint32_t arch)
{
	program_add(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	program_add(p, JEQ, arch, 1, 0);
	program_add(p, RETURN, SECCOMP_RET_KILL_PROCESS, 0, 0);
	program_add(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
	if (arch != AUDIT_ARCH_X86_64)
		return;
	/* -1 is no x32 call: a tracer that skips a call puts it there (ptrace(2)), and it must not kill the traced process. */
	program_add(p, JGE, X32_BIT, 0, 2);
	program_add(p, JEQ, UINT32_MAX, 1, 0);
	program_add(p, RETURN, SECCOMP_RET_KILL_PROCESS, 0, 0);
}
