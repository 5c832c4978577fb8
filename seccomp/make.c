#include "seccomp/make.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp/calls.h"
#include "seccomp/compile.h"
#include "seccomp/doors.h"
#include "seccomp/prove.h"

/* A rule of --seccomp-allow and --seccomp-deny replaces whatever the profile says of the call. */
static void remove_call(struct profile *profile, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < profile->count; i++)
		if (strcmp(profile->rules[i].name, name) != 0)
			profile->rules[kept++] = profile->rules[i];
	profile->count = kept;
}

static int put_call(struct profile *profile, const char *option, const char *word, size_t length, uint32_t action, struct err *e)
{
	struct rule rule = {.action = action};
	char found[RULE_NAME_SIZE];
	bool known;
	bool here;
	int nr;

	if (length == 0 || length >= sizeof rule.name)
		return err_set(e, 0, "give names such as mkdir,chmod", "%s: a name is %s", option, length == 0 ? "empty" : "too long");
	memcpy(rule.name, word, length);
	rule.name[length] = '\0';
	here = profile_knows(profile, rule.name, found, &known, &nr);
	/* Unlike in a profile, which is written for many machines, an unknown name here is a slip that leaves a call open or closed. */
	if (!known)
		return err_set(e, 0, "check its name (syscalls(2))", "%s: no system call '%s'", option, rule.name);
	if (!here)
		return 0;
	memcpy(rule.name, found, sizeof rule.name);
	remove_call(profile, rule.name);
	return profile_add(profile, &rule, e);
}

static int put_calls(struct profile *profile, const char *option, const char *const *lists, size_t count, uint32_t action, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		for (const char *at = lists[i];;) {
			size_t length = strcspn(at, ",");

			if (put_call(profile, option, at, length, action, e) != 0)
				return -1;
			if (at[length] == '\0')
				break;
			at += length + 1;
		}
	return 0;
}

static bool lets_through(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* --seccomp-log: what the profile denies is logged and allowed. */
static void log_only(struct profile *profile)
{
	for (size_t i = 0; i < profile->count; i++)
		if (!lets_through(profile->rules[i].action))
			profile->rules[i].action = SECCOMP_RET_LOG;
	if (!lets_through(profile->default_action))
		profile->default_action = SECCOMP_RET_LOG;
}

static int read_profile(const struct filter_request *request, const char *name, const char *text, size_t size, uint32_t arch,
			struct profile *profile, unsigned *unknown, struct err *e)
{
	const struct profile_context context = {.caps = request->kept, .kernel = profile_kernel()};

	*profile = (struct profile){
		.arch = arch, .compat32 = request->compat32, .sys_admin_kept = (request->kept >> MAKE_CAP_SYS_ADMIN & 1) != 0};
	if (profile_parse(name, text, size, &context, profile, unknown, e) != 0 ||
	    put_calls(profile, "--seccomp-allow", request->allow, request->allow_count, SECCOMP_RET_ALLOW, e) != 0 ||
	    put_calls(profile, "--seccomp-deny", request->deny, request->deny_count, SECCOMP_RET_ERRNO | EPERM, e) != 0 ||
	    profile_add_doors(profile, e) != 0)
		return -1;
	if (request->log_only)
		log_only(profile);
	return 0;
}

static int compile_text(const struct filter_request *request, const char *name, const char *text, size_t size, uint32_t arch,
			bool allow_clone3, struct profile *profile, struct program *program, unsigned *unknown, struct err *e)
{
	if (read_profile(request, name, text, size, arch, profile, unknown, e) != 0)
		return -1;
	return compile(profile, allow_clone3, program, e);
}

/* Each part refuses the other's architecture, so a jump in front chooses. */
static int join(struct program *program, const struct program *sibling, struct err *e)
{
	static struct program whole; /* 32 KiB: too large for a stack */

	whole.length = 0;
	if (program->length + sibling->length + 3 > BPF_MAXINSNS)
		return err_set(e, 0, "leave --compat32 out, or make the profile smaller",
			       "seccomp: the filter has more than %d instructions", BPF_MAXINSNS);
	program_add(&whole, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	program_add(&whole, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 1);
	program_add(&whole, BPF_JMP | BPF_JA, (uint32_t)program->length, 0, 0);
	memcpy(whole.code + whole.length, program->code, program->length * sizeof program->code[0]);
	whole.length += program->length;
	memcpy(whole.code + whole.length, sibling->code, sibling->length * sizeof sibling->code[0]);
	whole.length += sibling->length;
	*program = whole;
	return 0;
}

/* Puts the 32-bit sibling's program behind the native one. What is proven is the whole. */
static int add_sibling(const struct filter_request *request, const char *name, const char *text, size_t size, bool allow_clone3,
		       struct program *program, struct err *e)
{
	static struct program sibling; /* 32 KiB: too large for a stack */
	struct profile profile = {.count = 0};
	unsigned ignored;
	int result = compile_text(request, name, text, size, AUDIT_ARCH_I386, allow_clone3, &profile, &sibling, &ignored, e);

	if (result == 0)
		result = join(program, &sibling, e);
	if (result == 0)
		result = prove(&profile, allow_clone3, program->code, program->length, e);
	profile_free(&profile);
	return result;
}

int make_program(const struct filter_request *request, const char *name, const char *text, size_t size, uint32_t arch, bool allow_clone3,
		 struct program *program, unsigned *unknown, struct err *e)
{
	struct profile profile = {.count = 0};
	int result;

	if (request->compat32 && arch != AUDIT_ARCH_X86_64)
		return err_set(e, 0, "leave it out", "--compat32: this architecture has no 32-bit sibling that husk knows");
	result = compile_text(request, name, text, size, arch, allow_clone3, &profile, program, unknown, e);
	if (result == 0 && request->compat32)
		result = add_sibling(request, name, text, size, allow_clone3, program, e);
	if (result == 0)
		result = prove(&profile, allow_clone3, program->code, program->length, e);
	program->flags = profile.flags;
	profile_free(&profile);
	return result;
}
