#include "seccomp/learned.h"

#include <linux/audit.h>
#include <string.h>

#include "seccomp/calls.h"
#include "seccomp/profile.h"

const struct learned_argument learned_arguments[LEARNED_CALLS] = {
	[LEARNED_CLONE] = {"clone", 0, CLONE_NAMESPACES},       [LEARNED_IOCTL] = {"ioctl", 1, UINT32_MAX},
	[LEARNED_PERSONALITY] = {"personality", 0, UINT32_MAX}, [LEARNED_PRCTL] = {"prctl", 0, UINT32_MAX},
	[LEARNED_SOCKET] = {"socket", 0, UINT32_MAX},           [LEARNED_SOCKETPAIR] = {"socketpair", 0, UINT32_MAX},
};

static struct {
	int native[LEARNED_CALLS];
	int compat[LEARNED_CALLS];
} numbers;

void learned_begin(struct learned *learned)
{
	bool known;
	bool own;

	memset(learned, 0, sizeof *learned);
	for (size_t i = 0; i < LEARNED_CALLS; i++) {
		numbers.native[i] = call_number(profile_native_arch(), learned_arguments[i].name, &known, &own);
		numbers.compat[i] = call_number(AUDIT_ARCH_I386, learned_arguments[i].name, &known, &own);
	}
}

static void note_value(struct learned *learned, struct learned_values *values, uint32_t value)
{
	size_t at = 0;

	while (at < values->count && values->at[at] < value)
		at++;
	if (at < values->count && values->at[at] == value)
		return;
	if (values->count == LEARNED_VALUES) {
		learned->overflow = true;
		return;
	}
	memmove(&values->at[at + 1], &values->at[at], (values->count - at) * sizeof values->at[0]);
	values->at[at] = value;
	values->count++;
	learned->changed = true;
}

void learned_note(struct learned *learned, const struct seccomp_data *data)
{
	const bool is_native = data->arch == profile_native_arch();
	const bool is_compat = data->arch == AUDIT_ARCH_I386 && !is_native;
	bool *seen = is_native ? learned->native : learned->compat;
	const int *special = is_native ? numbers.native : numbers.compat;

	if ((!is_native && !is_compat) || data->nr < 0 || data->nr >= LEARNED_NUMBERS) {
		learned->unnamed++;
		return;
	}
	learned->any_compat = learned->any_compat || is_compat;
	learned->changed = learned->changed || !seen[data->nr];
	seen[data->nr] = true;
	for (size_t i = 0; i < LEARNED_CALLS; i++)
		if (data->nr == special[i])
			note_value(learned, &learned->values[i],
				   (uint32_t)data->args[learned_arguments[i].index] & learned_arguments[i].mask);
}
