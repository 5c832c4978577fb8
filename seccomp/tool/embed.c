/* Runs at build time: compiles the built-in profile, proves it, and writes it as C.
 *   embed ARCH PROFILE OUT.c        ARCH x86_64 or aarch64
 *   embed ARCH PROFILE OUT.txt      a listing for people in its place: tests/golden keeps it, so that a change shows in review */
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp/calls.h"
#include "seccomp/make.h"
#include "seccomp/names.h"

static char text[256 * 1024];

static size_t read_text(const char *path)
{
	FILE *in = fopen(path, "rb");
	size_t size = in != NULL ? fread(text, 1, sizeof text - 1, in) : 0;

	if (in == NULL || ferror(in) != 0 || size == sizeof text - 1) {
		(void)fprintf(stderr, "embed: can't read %s: %s\n", path, strerror(errno));
		exit(1);
	}
	(void)fclose(in);
	return size;
}

/* Every "CAP_…" that stands in the text. */
static uint64_t mentioned_caps(void)
{
	uint64_t caps = 0;

	for (const char *at = text; (at = strstr(at, "\"CAP_")) != NULL; at++) {
		char name[40] = "";
		size_t length = strcspn(at + 1, "\"");
		int number;

		if (length >= sizeof name)
			continue;
		memcpy(name, at + 1, length);
		number = names_capability(name);
		if (number >= 0)
			caps |= UINT64_C(1) << number;
	}
	return caps;
}

static void write_program(FILE *out, const char *name, const struct program *program)
{
	(void)fprintf(out, "const struct sock_filter builtin_%s[] = {\n", name);
	for (size_t i = 0; i < program->length; i++) {
		const struct sock_filter *insn = &program->code[i];

		(void)fprintf(out, "\t{0x%02x, %u, %u, 0x%08x},\n", insn->code, insn->jt, insn->jf, insn->k);
	}
	(void)fprintf(out, "};\nconst unsigned short builtin_%s_length = %zu;\n", name, program->length);
}

static void write_text(FILE *out, size_t size)
{
	(void)fprintf(out, "const char builtin_profile[] = {");
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "%s%u,", i % 20 == 0 ? "\n\t" : "", (unsigned char)text[i]);
	(void)fprintf(out, "\n\t0};\nconst size_t builtin_profile_size = %zu;\n", size);
}

/* "allow", "errno 38", … */
static void list_action(FILE *out, uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW: (void)fprintf(out, "allow\n"); break;
	case SECCOMP_RET_ERRNO: (void)fprintf(out, "errno %u\n", action & SECCOMP_RET_DATA); break;
	case SECCOMP_RET_KILL_PROCESS: (void)fprintf(out, "kill the process\n"); break;
	default: (void)fprintf(out, "action 0x%x\n", action); break;
	}
}

static void list_load(FILE *out, uint32_t offset)
{
	if (offset == offsetof(struct seccomp_data, nr))
		(void)fprintf(out, "load number\n");
	else if (offset == offsetof(struct seccomp_data, arch))
		(void)fprintf(out, "load architecture\n");
	else
		(void)fprintf(out, "load %s half of argument %u\n", (offset - 16) % 8 == 0 ? "low" : "high", (offset - 16) / 8);
}

static void list_jump(FILE *out, const struct sock_filter *insn, size_t at, uint32_t arch, bool number)
{
	const char *op = BPF_OP(insn->code) == BPF_JEQ   ? "=="
			 : BPF_OP(insn->code) == BPF_JGT ? ">"
			 : BPF_OP(insn->code) == BPF_JGE ? ">="
							 : "&";
	char name[RULE_NAME_SIZE];

	if (BPF_OP(insn->code) == BPF_JA) {
		(void)fprintf(out, "goto %zu\n", at + 1 + insn->k);
		return;
	}
	if (number && call_name(arch, (int)insn->k, name))
		(void)fprintf(out, "if %s %u (%s)", op, insn->k, name);
	else
		(void)fprintf(out, "if %s 0x%x", op, insn->k);
	(void)fprintf(out, " goto %zu else %zu\n", at + 1 + insn->jt, at + 1 + insn->jf);
}

static void list_program(FILE *out, const char *name, const struct program *program, uint32_t arch)
{
	bool number = false;

	(void)fprintf(out, "%s, %zu instructions\n", name, program->length);
	for (size_t i = 0; i < program->length; i++) {
		const struct sock_filter *insn = &program->code[i];

		(void)fprintf(out, "%5zu  ", i);
		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			number = insn->k == offsetof(struct seccomp_data, nr);
			list_load(out, insn->k);
			break;
		case BPF_ALU: (void)fprintf(out, "and 0x%x\n", insn->k); break;
		case BPF_JMP: list_jump(out, insn, i, arch, number); break;
		case BPF_RET:
			list_action(out, insn->k);
			number = true; /* what follows is a branch of the tree, or loads first */
			break;
		default: (void)fprintf(out, "code 0x%x\n", insn->code); break;
		}
	}
}

int main(int argc, char **argv)
{
	static struct program program;
	const struct filter_request request = {.source = FILTER_DEFAULT};
	bool listing;
	struct err e;
	size_t size;
	FILE *out;

	if (argc != 4) {
		(void)fprintf(stderr, "embed ARCH PROFILE OUT.c\n");
		return 1;
	}
	size = read_text(argv[2]);
	out = fopen(argv[3], "w");
	if (out == NULL)
		return 1;
	listing = strlen(argv[3]) > 4 && strcmp(argv[3] + strlen(argv[3]) - 4, ".txt") == 0;
	if (!listing) {
		(void)fprintf(out, "/* Made from default.json by seccomp/tool/embed.c. */\n#include \"seccomp/builtin.h\"\n\n");
		write_text(out, size);
		(void)fprintf(out, "const uint64_t builtin_caps = 0x%llxULL;\n", (unsigned long long)mentioned_caps());
	}
	for (int open = 0; open < 2; open++) {
		uint32_t arch = strcmp(argv[1], "aarch64") == 0 ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64;
		unsigned unknown;

		if (make_program(&request, argv[2], text, size, arch, open == 1, &program, &unknown, &e) != 0) {
			(void)fprintf(stderr, "embed: %s\n", e.what);
			return 1;
		}
		if (unknown > 0)
			(void)fprintf(stderr, "embed: %u names in %s that no table knows\n", unknown, argv[2]);
		if (listing)
			list_program(out, open == 1 ? "clone3 allowed" : "clone3 answered by ENOSYS", &program, arch);
		else
			write_program(out, open == 1 ? "open" : "closed", &program);
	}
	return fclose(out) == 0 ? 0 : 1;
}
