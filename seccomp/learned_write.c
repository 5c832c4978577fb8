/* From what was learned to a profile in the language that --seccomp FILE reads. */
#include <errno.h>
#include <jansson.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "seccomp/builtin.h"
#include "seccomp/calls.h"
#include "seccomp/learned.h"
#include "seccomp/profile.h"

/* What husk itself does after it has loaded a profile (prove.c refuses one without the most of it), and how any program ends. The
 * arguments of clone, ioctl and prctl follow. */
static const char *const own_names[] = {
	"clock_gettime",
	"close",
	"execve",
	"exit",
	"exit_group",
	"getdents64",
	"getpgrp",
	"getpid",
	"getppid",
	"getrusage",
	"kill",
	"lseek",
	"openat",
	"pidfd_open",
	"pidfd_send_signal",
	"poll",
	"ppoll",
	"pwritev2",
	"read",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigpending",
	"rt_sigprocmask",
	"rt_sigqueueinfo",
	"rt_sigreturn",
	"rt_sigtimedwait",
	"seccomp",
	"setpgid",
	"vfork",
	"wait4",
	"write",
};

static const uint32_t own_ioctls[] = {TIOCGPGRP, TIOCSPGRP};
static const uint32_t own_prctls[] = {PR_GET_SECCOMP, PR_SET_PDEATHSIG};

/* Marks the rule of add_answers, from which a call that is learned later is taken away. */
#define LACKS "answered as by a kernel that lacks them, so that programs do without"

struct writer {
	json_t *rules;
	json_t *names; /* of the rule that lists calls without arguments */
	unsigned denied;
};

static const char *action_of(const json_t *rule)
{
	const char *action = json_string_value(json_object_get(rule, "action"));

	return action != NULL ? action : "";
}

static bool lists(const json_t *rule, const char *name)
{
	const json_t *names = json_object_get(rule, "names");
	const char *single = json_string_value(json_object_get(rule, "name"));

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *listed = json_string_value(json_array_get(names, i));

		if (listed != NULL && strcmp(listed, name) == 0)
			return true;
	}
	return single != NULL && strcmp(single, name) == 0;
}

/* A rule that holds for every machine, workload and argument. */
static bool is_plain(const json_t *rule)
{
	return json_array_size(json_object_get(rule, "args")) == 0 && json_object_size(json_object_get(rule, "includes")) == 0 &&
	       json_object_size(json_object_get(rule, "excludes")) == 0;
}

static json_t *plain_rule(const struct writer *w, const char *name)
{
	for (size_t i = 0; i < json_array_size(w->rules); i++) {
		json_t *rule = json_array_get(w->rules, i);

		if (is_plain(rule) && lists(rule, name))
			return rule;
	}
	return NULL;
}

/* A rule as this file makes it: nothing but these fields. */
static bool is_ours(const json_t *rule, size_t fields)
{
	return json_object_size(rule) == fields && json_is_array(json_object_get(rule, "names")) &&
	       strcmp(action_of(rule), "SCMP_ACT_ALLOW") == 0;
}

static void find_names(struct writer *w)
{
	for (size_t i = 0; w->names == NULL && i < json_array_size(w->rules); i++)
		if (is_ours(json_array_get(w->rules, i), 2))
			w->names = json_object_get(json_array_get(w->rules, i), "names");
	if (w->names != NULL)
		return;
	w->names = json_array();
	json_array_insert_new(w->rules, 0, json_pack("{s:o, s:s}", "names", w->names, "action", "SCMP_ACT_ALLOW"));
}

static void take_away(json_t *rule, const char *name)
{
	json_t *names = json_object_get(rule, "names");

	for (size_t i = json_array_size(names); i-- > 0;)
		if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
			json_array_remove(names, i);
}

static void add_name(struct writer *w, const char *name)
{
	json_t *rule = plain_rule(w, name);
	const char *comment = json_string_value(json_object_get(rule, "comment"));

	if (comment != NULL && strcmp(comment, LACKS) == 0) {
		take_away(rule, name);
		rule = NULL;
	}
	if (rule == NULL)
		json_array_append_new(w->names, json_string(name));
	else if (strcmp(action_of(rule), "SCMP_ACT_ALLOW") != 0)
		w->denied++;
}

static json_t *value_rule(const struct learned_argument *argument, uint32_t value)
{
	return json_pack("{s:[s], s:s, s:[{s:i, s:I, s:I, s:s}]}", "names", argument->name, "action", "SCMP_ACT_ALLOW", "args", "index",
			 (int)argument->index, "value", (json_int_t)argument->mask, "valueTwo", (json_int_t)value, "op",
			 "SCMP_CMP_MASKED_EQ");
}

static void add_value(struct writer *w, const struct learned_argument *argument, uint32_t value)
{
	const json_t *plain = plain_rule(w, argument->name);
	json_t *rule = value_rule(argument, value);

	for (size_t i = 0; i < json_array_size(w->rules); i++)
		if (json_equal(json_array_get(w->rules, i), rule)) {
			json_decref(rule);
			return;
		}
	if (plain != NULL && strcmp(action_of(plain), "SCMP_ACT_ALLOW") == 0)
		json_decref(rule);
	else
		json_array_append_new(w->rules, rule);
}

static bool has_argument(const char *name)
{
	for (size_t i = 0; i < LEARNED_CALLS; i++)
		if (strcmp(learned_arguments[i].name, name) == 0)
			return true;
	return false;
}

static void add_seen(struct writer *w, const bool seen[static LEARNED_NUMBERS], uint32_t arch)
{
	char name[RULE_NAME_SIZE];

	for (int nr = 0; nr < LEARNED_NUMBERS; nr++) {
		if (!seen[nr] || !call_name(arch, nr, name) || has_argument(name))
			continue;
		add_name(w, name);
		/* Where a later kernel doesn't prove SEC-CLONE3, libc falls back to clone. */
		if (strcmp(name, "clone3") == 0)
			add_value(w, &learned_arguments[LEARNED_CLONE], 0);
	}
}

static void add_own(struct writer *w)
{
	bool known;
	bool own;

	for (size_t i = 0; i < sizeof own_names / sizeof own_names[0]; i++)
		if (call_number(profile_native_arch(), own_names[i], &known, &own) >= 0)
			add_name(w, own_names[i]);
	add_value(w, &learned_arguments[LEARNED_CLONE], 0);
	for (size_t i = 0; i < sizeof own_ioctls / sizeof own_ioctls[0]; i++)
		add_value(w, &learned_arguments[LEARNED_IOCTL], own_ioctls[i]);
	for (size_t i = 0; i < sizeof own_prctls / sizeof own_prctls[0]; i++)
		add_value(w, &learned_arguments[LEARNED_PRCTL], own_prctls[i]);
}

static int by_name(const void *a, const void *b)
{
	const json_t *const *left = a;
	const json_t *const *right = b;

	return strcmp(json_string_value(*left), json_string_value(*right));
}

static int by_call_and_value(const void *a, const void *b)
{
	const json_t *const *rules[2] = {a, b};
	const char *names[2];
	json_int_t values[2];
	int order;

	for (size_t i = 0; i < 2; i++) {
		names[i] = json_string_value(json_array_get(json_object_get(*rules[i], "names"), 0));
		values[i] = json_integer_value(json_object_get(json_array_get(json_object_get(*rules[i], "args"), 0), "valueTwo"));
	}
	order = strcmp(names[0], names[1]);
	return order != 0 ? order : (values[0] > values[1]) - (values[0] < values[1]);
}

/* Sorts those elements of an array that are wanted, in the places that they have together. */
static int sort_some(json_t *array, bool (*wanted)(const json_t *), int (*order)(const void *, const void *))
{
	const size_t size = json_array_size(array);
	json_t **some = malloc((size + 1) * sizeof(void *));
	size_t count = 0;

	if (some == NULL)
		return -1;
	for (size_t i = 0; i < size; i++)
		if (wanted(json_array_get(array, i)))
			some[count++] = json_incref(json_array_get(array, i));
	qsort(some, count, sizeof(void *), order);
	count = 0;
	for (size_t i = 0; i < size; i++)
		if (wanted(json_array_get(array, i)))
			json_array_set_new(array, i, some[count++]);
	free(some);
	return 0;
}

static bool is_text(const json_t *value)
{
	return json_is_string(value);
}

static bool is_value_rule(const json_t *rule)
{
	return is_ours(rule, 3) && json_array_size(json_object_get(rule, "names")) == 1 &&
	       json_array_size(json_object_get(rule, "args")) == 1 && json_is_string(json_array_get(json_object_get(rule, "names"), 0));
}

/* What the built-in profile answers with ENOSYS, programs take as "this kernel lacks it"; the run was learned with that answer, so a
 * new profile gives it too. clone3: with EPERM libc wouldn't fall back to clone. */
static void add_answers(struct writer *w)
{
	json_t *builtin = json_loadb(builtin_profile, builtin_profile_size, 0, NULL);
	const json_t *rules = json_object_get(builtin, "syscalls");
	json_t *lacking = json_pack("[s]", "clone3");

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);

		if (is_plain(rule) && json_integer_value(json_object_get(rule, "errnoRet")) == ENOSYS)
			json_array_extend(lacking, json_object_get(rule, "names"));
	}
	json_decref(builtin);
	json_array_append_new(w->rules, json_pack("{s:s, s:o, s:s, s:i}", "comment", LACKS, "names", lacking, "action", "SCMP_ACT_ERRNO",
						  "errnoRet", ENOSYS));
}

/* A list of names may not be empty. */
static void remove_empty_rules(const struct writer *w)
{
	for (size_t i = json_array_size(w->rules); i-- > 0;) {
		const json_t *names = json_object_get(json_array_get(w->rules, i), "names");

		if (names != NULL && json_array_size(names) == 0)
			json_array_remove(w->rules, i);
	}
}

static json_t *new_profile(void)
{
	return json_pack("{s:s, s:i, s:[s], s:[]}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", EPERM, "architectures",
			 profile_native_arch() == AUDIT_ARCH_X86_64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64", "syscalls");
}

static json_t *rules_of(json_t *profile)
{
	json_t *rules = json_object_get(profile, "syscalls");

	if (json_is_array(rules))
		return rules;
	json_object_set_new(profile, "syscalls", json_array());
	return json_object_get(profile, "syscalls");
}

static char *with_newline(char *text)
{
	const size_t length = strlen(text);
	char *longer = realloc(text, length + 2);

	if (longer == NULL)
		free(text);
	else
		memcpy(longer + length, "\n", 2);
	return longer;
}

char *learned_write(const struct learned *learned, const char *old, size_t size, unsigned *denied)
{
	json_t *profile = size > 0 ? json_loadb(old, size, 0, NULL) : new_profile();
	struct writer w = {.rules = rules_of(profile)};
	char *text;

	find_names(&w);
	if (size == 0)
		add_answers(&w);
	for (size_t call = 0; call < LEARNED_CALLS; call++)
		for (size_t i = 0; i < learned->values[call].count; i++)
			add_value(&w, &learned_arguments[call], learned->values[call].at[i]);
	add_seen(&w, learned->native, profile_native_arch());
	add_seen(&w, learned->compat, AUDIT_ARCH_I386);
	*denied = w.denied; /* husk's own calls were not the workload's */
	add_own(&w);
	if (sort_some(w.names, is_text, by_name) != 0 || sort_some(w.rules, is_value_rule, by_call_and_value) != 0) {
		json_decref(profile);
		return NULL;
	}
	remove_empty_rules(&w);
	text = json_dumps(profile, JSON_INDENT(2));
	json_decref(profile);
	return text != NULL ? with_newline(text) : NULL;
}
