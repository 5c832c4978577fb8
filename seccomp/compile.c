#include "seccomp/compile.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "seccomp/calls.h"
#include "seccomp/guard.h"

#define BUG "report this as a bug, with the profile"

/* libseccomp's word for a SECCOMP_RET_… */
static uint32_t scmp_action(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW: return SCMP_ACT_ALLOW;
	case SECCOMP_RET_LOG: return SCMP_ACT_LOG;
	case SECCOMP_RET_ERRNO: return SCMP_ACT_ERRNO(action & SECCOMP_RET_DATA);
	case SECCOMP_RET_TRACE: return SCMP_ACT_TRACE(action & SECCOMP_RET_DATA);
	case SECCOMP_RET_TRAP: return SCMP_ACT_TRAP;
	case SECCOMP_RET_KILL_THREAD: return SCMP_ACT_KILL_THREAD;
	default: return SCMP_ACT_KILL_PROCESS;
	}
}

static struct scmp_arg_cmp scmp_condition(const struct condition *c)
{
	if (c->op == COMPARE_MASKED_EQ)
		return (struct scmp_arg_cmp){c->index, SCMP_CMP_MASKED_EQ, c->value, c->datum & c->value};
	return (struct scmp_arg_cmp){c->index, SCMP_CMP_EQ, c->value, 0};
}

static int add_rule(scmp_filter_ctx ctx, const struct profile *profile, const struct rule *rule, struct err *e)
{
	struct scmp_arg_cmp conditions[RULE_CONDITIONS];
	int failed;

	/* A rule that says what the default says is refused by libseccomp, and changes nothing. */
	if (rule->action == profile->default_action)
		return 0;
	for (unsigned i = 0; i < rule->count; i++)
		conditions[i] = scmp_condition(&rule->conditions[i]);
	failed = seccomp_rule_add_array(ctx, scmp_action(rule->action), seccomp_syscall_resolve_name(rule->name), rule->count, conditions);
	return failed == 0 ? 0 : err_set(e, -failed, BUG, "seccomp: libseccomp refuses the rule for %s", rule->name);
}

static int configure(scmp_filter_ctx ctx, const struct profile *profile)
{
	const struct {
		enum scmp_filter_attr attribute;
		uint32_t value;
	} settings[] = {
		{SCMP_FLTATR_API_SYSRAWRC, 1}, /* errors hide behind ECANCELED otherwise */
		{SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},
		{SCMP_FLTATR_CTL_NNP, 0},
		{SCMP_FLTATR_CTL_OPTIMIZE, 2}, /* a binary tree */
	};
	uint32_t token = call_arch_token(profile->arch);
	int failed = 0;

	for (size_t i = 0; i < sizeof settings / sizeof settings[0] && failed == 0; i++)
		failed = seccomp_attr_set(ctx, settings[i].attribute, settings[i].value);
	if (failed == 0 && token != seccomp_arch_native()) {
		failed = seccomp_arch_add(ctx, token);
		if (failed == 0)
			failed = seccomp_arch_remove(ctx, seccomp_arch_native());
	}
	return failed;
}

static int take_program(scmp_filter_ctx ctx, struct program *program, struct err *e)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	size_t room = (BPF_MAXINSNS - program->length) * sizeof program->code[0];
	int failed;
	ssize_t got;

	if (fd < 0)
		return err_set(e, errno, "give the container more memory", "seccomp: memfd_create");
	failed = seccomp_export_bpf(ctx, fd);
	got = failed == 0 ? pread(fd, program->code + program->length, room, 0) : -1;
	(void)close(fd);
	if (failed != 0 || got < 0)
		return err_set(e, failed != 0 ? -failed : errno, BUG, "seccomp: libseccomp can't export the filter");
	if ((size_t)got == room)
		return err_set(e, 0, "make the profile smaller", "seccomp: the filter has more than %d instructions", BPF_MAXINSNS);
	program->length += (size_t)got / sizeof program->code[0];
	return 0;
}

static int fill(scmp_filter_ctx ctx, const struct profile *profile, struct program *program, struct err *e)
{
	int failed = configure(ctx, profile);

	if (failed != 0)
		return err_set(e, -failed, "install libseccomp 2.5 or later", "seccomp: setting libseccomp up");
	for (size_t i = 0; i < profile->count; i++) {
		const struct rule *rule = &profile->rules[i];
		bool known;
		bool own;

		if (call_number(profile->arch, rule->name, &known, &own) < 0 || guard_has(profile, rule->name))
			continue;
		if (add_rule(ctx, profile, rule, e) != 0)
			return -1;
	}
	return take_program(ctx, program, e);
}

int compile(const struct profile *profile, bool allow_clone3, struct program *program, struct err *e)
{
	scmp_filter_ctx ctx;
	int result;

	program->length = 0;
	program->overflow = false;
	guard_emit(profile, allow_clone3, program);
	if (program->overflow)
		return err_set(e, 0, "make the profile smaller", "seccomp: the filter has more than %d instructions", BPF_MAXINSNS);
	/* Without it libseccomp asks the kernel of the build machine what it can do. */
	(void)seccomp_api_set(5);
	ctx = seccomp_init(scmp_action(profile->default_action));
	if (ctx == NULL)
		return err_set(e, errno, "give the container more memory", "seccomp: seccomp_init");
	result = fill(ctx, profile, program, e);
	seccomp_release(ctx);
	return result;
}
