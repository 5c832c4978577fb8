/* libFuzzer: any text that is taken for a profile compiles to what its rules say, or is refused with a message.
 *   cmake -DHUSK_FUZZ=ON with clang; tests/fuzz_profile -max_total_time=10 tests/profiles/good */
#include <linux/audit.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp/compile.h"
#include "seccomp/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t word(const uint8_t *data, size_t size, size_t at)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8 && size > 0; i++)
		value = value << 8 | data[(at * 8 + i) % size];
	return value;
}

/* Arguments at the values that the rules name, and others taken from the input. */
static void compare(const struct profile *profile, const struct program *program, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < 8; i++) {
		const struct rule *rule = profile->count > 0 ? &profile->rules[i % profile->count] : NULL;
		uint64_t args[6];

		for (size_t a = 0; a < 6; a++)
			args[a] = word(data, size, i * 6 + a);
		for (unsigned c = 0; rule != NULL && c < rule->count; c++)
			args[rule->conditions[c].index] = rule->conditions[c].value + i % 3 - 1;
		for (int nr = -1; nr < 480; nr++)
			if (program_run(program->code, program->length, nr, profile->arch, args) !=
			    profile_answer(profile, false, nr, args))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program program;
	const struct profile_context context = {.caps = UINT64_C(1) << 21, .kernel = 6 << 8};
	struct profile profile = {.arch = AUDIT_ARCH_X86_64};
	unsigned unknown;
	struct err e = {.what = ""};

	if (size > 16384)
		return 0;
	if (profile_parse("fuzz", (const char *)data, size, &context, &profile, &unknown, &e) == 0 &&
	    compile(&profile, false, &program, &e) == 0) {
		if (profile.count < 64)
			compare(&profile, &program, data, size);
	} else if (e.what[0] == '\0')
		abort();
	profile_free(&profile);
	return 0;
}
