#include "seccomp/program.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

void program_add(struct program *program, uint16_t code, uint32_t k, uint8_t jump_true, uint8_t jump_false)
{
	if (program->length == BPF_MAXINSNS) {
		program->overflow = true;
		return;
	}
	program->code[program->length++] = (struct sock_filter){code, jump_true, jump_false, k};
}

struct machine {
	uint32_t a;
	uint32_t x;
	uint32_t mem[BPF_MEMWORDS];
	bool looked; /* at an argument or the instruction pointer */
};

static uint32_t operand(const struct sock_filter *insn, const struct machine *m)
{
	return BPF_SRC(insn->code) == BPF_X ? m->x : insn->k;
}

/* Returns false for an instruction that seccomp doesn't have. */
static bool alu(const struct sock_filter *insn, struct machine *m)
{
	uint32_t by = operand(insn, m);

	switch (BPF_OP(insn->code)) {
	case BPF_ADD: m->a += by; return true;
	case BPF_SUB: m->a -= by; return true;
	case BPF_MUL: m->a *= by; return true;
	case BPF_DIV: m->a = by != 0 ? m->a / by : 0; return by != 0;
	case BPF_OR: m->a |= by; return true;
	case BPF_AND: m->a &= by; return true;
	case BPF_XOR: m->a ^= by; return true;
	case BPF_LSH: m->a = by < 32 ? m->a << by : 0; return by < 32;
	case BPF_RSH: m->a = by < 32 ? m->a >> by : 0; return by < 32;
	case BPF_NEG: m->a = -m->a; return true;
	default: return false;
	}
}

static bool load(const struct sock_filter *insn, struct machine *m, const struct seccomp_data *data)
{
	uint32_t value;

	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		if (insn->k % 4 != 0 || insn->k >= sizeof *data || insn->code != (BPF_LD | BPF_W | BPF_ABS))
			return false;
		memcpy(&value, (const char *)data + insn->k, sizeof value);
		m->looked = m->looked || insn->k >= offsetof(struct seccomp_data, instruction_pointer);
		break;
	case BPF_IMM: value = insn->k; break;
	case BPF_LEN: value = sizeof *data; break;
	case BPF_MEM:
		if (insn->k >= BPF_MEMWORDS)
			return false;
		value = m->mem[insn->k];
		break;
	default: return false;
	}
	*(BPF_CLASS(insn->code) == BPF_LD ? &m->a : &m->x) = value;
	return true;
}

static bool store(const struct sock_filter *insn, struct machine *m)
{
	if (insn->k >= BPF_MEMWORDS)
		return false;
	m->mem[insn->k] = BPF_CLASS(insn->code) == BPF_ST ? m->a : m->x;
	return true;
}

static bool jump(const struct sock_filter *insn, const struct machine *m, size_t *at)
{
	uint32_t by = operand(insn, m);
	bool taken;

	switch (BPF_OP(insn->code)) {
	case BPF_JA: *at += insn->k; return true;
	case BPF_JEQ: taken = m->a == by; break;
	case BPF_JGT: taken = m->a > by; break;
	case BPF_JGE: taken = m->a >= by; break;
	case BPF_JSET: taken = (m->a & by) != 0; break;
	default: return false;
	}
	*at += taken ? insn->jt : insn->jf;
	return true;
}

static bool misc(const struct sock_filter *insn, struct machine *m)
{
	switch (BPF_MISCOP(insn->code)) {
	case BPF_TAX: m->x = m->a; return true;
	case BPF_TXA: m->a = m->x; return true;
	default: return false;
	}
}

static uint32_t run(const struct sock_filter *code, size_t length, const struct seccomp_data *data, struct machine *m)
{
	for (size_t at = 0; at < length;) {
		const struct sock_filter *insn = &code[at++];
		bool good = false;

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
		case BPF_LDX: good = load(insn, m, data); break;
		case BPF_ST:
		case BPF_STX: good = store(insn, m); break;
		case BPF_ALU: good = alu(insn, m); break;
		case BPF_JMP: good = jump(insn, m, &at); break;
		case BPF_RET: return BPF_RVAL(insn->code) == BPF_A ? m->a : insn->k;
		case BPF_MISC: good = misc(insn, m); break;
		default: break;
		}
		if (!good)
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

uint32_t program_run(const struct sock_filter *code, size_t length, int nr, uint32_t arch, const uint64_t args[static 6])
{
	struct seccomp_data data = {.nr = nr, .arch = arch};
	struct machine m = {0};

	memcpy(data.args, args, sizeof data.args);
	return run(code, length, &data, &m);
}

bool program_ignores_arguments(const struct sock_filter *code, size_t length, int nr, uint32_t arch)
{
	const struct seccomp_data data = {.nr = nr, .arch = arch};
	struct machine m = {0};

	(void)run(code, length, &data, &m);
	return !m.looked;
}
