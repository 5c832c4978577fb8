#include "seccomp/compile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "seccomp/calls.h"
#include "seccomp/emit.h"

#define JGE    (BPF_JMP | BPF_JGE | BPF_K)
#define JA     (BPF_JMP | BPF_JA)
#define RETURN (BPF_RET | BPF_K)

enum { NUMBERS = 1024, NEAR = 255 };

/* Numbers from first up to the next range's first that have one answer, or a single call whose arguments decide. */
struct range {
	uint32_t first;
	uint32_t action;           /* where name is empty */
	char name[RULE_NAME_SIZE]; /* the call whose arguments decide */
};

struct ranges {
	struct range at[NUMBERS + 1];
	size_t count;
};

static bool depends_on_arguments(const struct profile *profile, const char *name)
{
	if (!profile->sys_admin_kept && (strcmp(name, "clone") == 0 || strcmp(name, "unshare") == 0))
		return true;
	for (size_t i = 0; i < profile->count; i++)
		if (profile->rules[i].count > 0 && strcmp(profile->rules[i].name, name) == 0)
			return true;
	return false;
}

static void describe(const struct profile *profile, bool allow_clone3, uint32_t nr, struct range *range)
{
	*range = (struct range){.first = nr, .action = SECCOMP_RET_ERRNO | ENOSYS};
	if (!call_name(profile->arch, (int)nr, range->name))
		return;
	if (strcmp(range->name, "clone3") == 0 && !allow_clone3)
		range->name[0] = '\0';
	else if (strcmp(range->name, "setns") == 0 && !profile->sys_admin_kept) {
		range->name[0] = '\0';
		range->action = SECCOMP_RET_ERRNO | EPERM;
	} else if (!depends_on_arguments(profile, range->name)) {
		range->action = profile_plain_answer(profile, range->name, (int)nr);
		range->name[0] = '\0';
	}
}

/* Neighbours with the same answer become one range. The last is open: numbers that no table knows answer ENOSYS, so that libc falls
 * back; EPERM would be taken for the call's own answer. */
static int divide(const struct profile *profile, bool allow_clone3, struct ranges *ranges)
{
	const int limit = call_limit(profile->arch);

	if (limit >= NUMBERS)
		return -1;
	ranges->count = 0;
	for (uint32_t nr = 0; nr <= (uint32_t)limit; nr++) {
		struct range *last = ranges->count > 0 ? &ranges->at[ranges->count - 1] : NULL;
		struct range *next = &ranges->at[ranges->count];

		describe(profile, allow_clone3, nr, next);
		if (last == NULL || last->name[0] != '\0' || next->name[0] != '\0' || last->action != next->action)
			ranges->count++;
	}
	return 0;
}

/* A jump over what stands from at on, at its place. It reaches 255 instructions, and by way of a second one further. */
static void jump_over(struct program *p, size_t at, uint32_t number)
{
	const size_t by = p->length - at;
	const size_t more = by <= NEAR ? 1 : 2;

	for (size_t i = 0; i < more; i++)
		program_add(p, RETURN, 0, 0, 0);
	if (p->overflow)
		return;
	memmove(&p->code[at + more], &p->code[at], by * sizeof p->code[0]);
	if (more == 1) {
		p->code[at] = (struct sock_filter){JGE, (uint8_t)by, 0, number};
		return;
	}
	p->code[at] = (struct sock_filter){JGE, 0, 1, number};
	p->code[at + 1] = (struct sock_filter){JA, 0, 0, (uint32_t)by};
}

/* A binary search over the ranges. Code has jumps to the front and within itself alone, so that it can be moved. */
static void emit_tree(struct program *p, const struct profile *profile, const struct range *ranges,
		      size_t count) // NOLINT(misc-no-recursion)
{
	const size_t at = p->length;
	const size_t half = count / 2;

	if (count > 1) {
		emit_tree(p, profile, ranges, half);
		jump_over(p, at, ranges[half].first);
		emit_tree(p, profile, ranges + half, count - half);
	} else if (ranges->name[0] == '\0')
		program_add(p, RETURN, ranges->action, 0, 0);
	else
		emit_call(p, profile, ranges->name, (int)ranges->first);
}

int compile(const struct profile *profile, bool allow_clone3, struct program *program, struct err *e)
{
	static struct ranges ranges; /* 48 KiB: too large for a stack */

	program->length = 0;
	program->overflow = false;
	if (divide(profile, allow_clone3, &ranges) != 0)
		return err_set(e, 0, "report this as a bug", "seccomp: system calls have numbers from %d up", NUMBERS);
	emit_architecture(program, profile->arch);
	emit_tree(program, profile, ranges.at, ranges.count);
	if (program->overflow)
		return err_set(e, 0, "make the profile smaller", "seccomp: the filter has more than %d instructions", BPF_MAXINSNS);
	return 0;
}
