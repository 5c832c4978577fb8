#include "seccomp/profile.h"

#include <errno.h>
#include <jansson.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "seccomp/calls.h"
#include "seccomp/names.h"

/* jansson was chosen because it is strict: it refuses duplicate keys, trailing text and bad UTF-8, gives line and column, and refuses
 * an integer beyond 63 bits by name, where json-c would quietly take the maximum. */

struct reader {
	const char *name;
	const struct profile_context *context;
	struct profile *profile;
	unsigned unknown;
	size_t rule; /* index of the rule being read, for messages */
	struct err *e;
};

#define FORM "see the OCI runtime specification, config-linux, seccomp"

static int wrong(struct reader *r, const char *what, const char *value)
{
	return err_set(r->e, 0, FORM, "%s: syscalls[%zu]: %s '%.60s'", r->name, r->rule, what, value);
}

static int wrong_top(struct reader *r, const char *what, const char *value)
{
	return err_set(r->e, 0, FORM, "%s: %s '%.60s'", r->name, what, value);
}

/* A misspelt field would loosen the profile silently. */
static int known_fields(struct reader *r, json_t *object, const char *const *fields, bool in_rule)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		while (fields[i] != NULL && strcmp(fields[i], key) != 0)
			i++;
		if (fields[i] == NULL)
			return in_rule ? wrong(r, "unknown field", key) : wrong_top(r, "unknown field", key);
	}
	return 0;
}

static int read_u64(struct reader *r, const json_t *value, const char *field, uint64_t max, uint64_t *out)
{
	if (!json_is_integer(value))
		return wrong(r, "a whole number is wanted for", field);
	if (json_integer_value(value) < 0)
		return wrong(r, "a negative value for", field);
	*out = (uint64_t)json_integer_value(value);
	return *out <= max ? 0 : wrong(r, "too large a value for", field);
}

/* The action with its errno; a missing errnoRet is EPERM, whatever defaultErrnoRet says (OCI). */
static int read_action(struct reader *r, const json_t *object, const char *field, const char *const errno_fields[static 2], uint32_t *out)
{
	const char *text = json_string_value(json_object_get(object, field));
	const json_t *number = json_object_get(object, errno_fields[0]);
	const char *named = json_string_value(json_object_get(object, errno_fields[1]));
	uint64_t data = EPERM;

	if (text == NULL)
		return wrong_top(r, "a string is wanted for", field);
	/* Podman gives the errno's name beside its number. */
	if (number == NULL && named != NULL && *named != '\0')
		return err_set(r->e, 0, "give the number too", "%s: %s '%.60s' without %s", r->name, errno_fields[1], named,
			       errno_fields[0]);
	if (strcmp(text, "SCMP_ACT_NOTIFY") == 0)
		return err_set(r->e, 0, "give ERRNO or ALLOW in its place", "%s: SCMP_ACT_NOTIFY needs an agent, which husk has not",
			       r->name);
	if (!names_action(text, out))
		return wrong_top(r, "unknown action", text);
	if (number != NULL && !json_is_null(number) && read_u64(r, number, errno_fields[0], 4095, &data) != 0)
		return -1;
	if (*out == SECCOMP_RET_ERRNO || *out == SECCOMP_RET_TRACE)
		*out |= (uint32_t)data;
	return 0;
}

static int read_condition(struct reader *r, json_t *object, struct condition *c)
{
	static const char *const fields[] = {"index", "value", "valueTwo", "op", NULL};
	const char *op;
	uint64_t index;

	if (!json_is_object(object))
		return wrong(r, "an object is wanted in", "args");
	if (known_fields(r, object, fields, true) != 0 || read_u64(r, json_object_get(object, "index"), "index", 5, &index) != 0 ||
	    read_u64(r, json_object_get(object, "value"), "value", UINT64_MAX, &c->value) != 0)
		return -1;
	c->index = (unsigned)index;
	c->datum = 0;
	if (json_object_get(object, "valueTwo") != NULL &&
	    read_u64(r, json_object_get(object, "valueTwo"), "valueTwo", UINT64_MAX, &c->datum) != 0)
		return -1;
	op = json_string_value(json_object_get(object, "op"));
	if (op == NULL || !names_compare(op, &c->op))
		return wrong(r, "unknown operator", op != NULL ? op : "(none)");
	return 0;
}

static int read_conditions(struct reader *r, const json_t *args, struct rule *rule)
{
	rule->count = 0;
	if (args == NULL || json_is_null(args))
		return 0;
	if (!json_is_array(args))
		return wrong(r, "an array is wanted for", "args");
	if (json_array_size(args) > RULE_CONDITIONS)
		return wrong(r, "too many conditions in", "args");
	for (size_t i = 0; i < json_array_size(args); i++)
		if (read_condition(r, json_array_get(args, i), &rule->conditions[rule->count++]) != 0)
			return -1;
	return 0;
}

/* Does one of the capabilities count as kept? */
static int any_cap(struct reader *r, const json_t *list, bool *any)
{
	*any = false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		int number = name != NULL ? names_capability(name) : -1;

		if (name == NULL)
			return wrong(r, "strings are wanted in", "caps");
		/* A capability that this husk doesn't know is one that the workload doesn't keep. */
		if (number >= 0 && (r->context->caps >> number & 1) != 0)
			*any = true;
	}
	return 0;
}

static int all_caps(struct reader *r, const json_t *list, bool *all)
{
	*all = true;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		int number = name != NULL ? names_capability(name) : -1;

		if (name == NULL)
			return wrong(r, "strings are wanted in", "caps");
		if (number < 0 || (r->context->caps >> number & 1) == 0)
			*all = false;
	}
	return 0;
}

static bool lists_arch(const struct profile *profile, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name != NULL && names_engine_arch(name) == profile->arch)
			return true;
	}
	return false;
}

/* "6.18" of "6.18.44-x" as major << 8 | minor; 0 where it is no version. */
static unsigned parse_version(const char *text, const char **end)
{
	char *dot;
	char *rest;
	const unsigned long major = strtoul(text, &dot, 10);
	const unsigned long minor = *dot == '.' ? strtoul(dot + 1, &rest, 10) : 0;

	if (*dot != '.' || dot == text || rest == dot + 1 || major > 255 || minor > 255)
		return 0;
	*end = rest;
	return (unsigned)(major << 8 | minor);
}

static int kernel_applies(struct reader *r, const json_t *filter, bool *reached)
{
	const json_t *value = json_object_get(filter, "minKernel");
	const char *text = json_string_value(value);
	const char *end = "";
	unsigned wanted;

	*reached = true;
	if (value == NULL)
		return 0;
	wanted = text != NULL ? parse_version(text, &end) : 0;
	if (wanted == 0 || *end != '\0')
		return wrong(r, "a version such as \"4.8\" is wanted for minKernel, not", text != NULL ? text : "(no string)");
	*reached = r->context->kernel >= wanted;
	return 0;
}

static const char *const filter_fields[] = {"caps", "arches", "minKernel", NULL};

/* True where one thing that excludes names holds. */
static int is_excluded(struct reader *r, json_t *filter, bool *out)
{
	const json_t *arches = json_object_get(filter, "arches");
	bool cap;
	bool kernel;

	if (!json_is_object(filter))
		return wrong(r, "an object is wanted for", "excludes");
	if (known_fields(r, filter, filter_fields, true) != 0 || any_cap(r, json_object_get(filter, "caps"), &cap) != 0 ||
	    kernel_applies(r, filter, &kernel) != 0)
		return -1;
	*out = cap || lists_arch(r->profile, arches) || (json_object_get(filter, "minKernel") != NULL && kernel);
	return 0;
}

/* True where everything that includes names holds. */
static int is_included(struct reader *r, json_t *filter, bool *out)
{
	const json_t *arches = json_object_get(filter, "arches");
	bool caps;
	bool kernel;

	if (!json_is_object(filter))
		return wrong(r, "an object is wanted for", "includes");
	if (known_fields(r, filter, filter_fields, true) != 0 || all_caps(r, json_object_get(filter, "caps"), &caps) != 0 ||
	    kernel_applies(r, filter, &kernel) != 0)
		return -1;
	*out = caps && kernel && (json_array_size(arches) == 0 || lists_arch(r->profile, arches));
	return 0;
}

/* Does the rule hold here? Excludes win over includes. */
static int applies(struct reader *r, const json_t *object, bool *out)
{
	json_t *excludes = json_object_get(object, "excludes");
	json_t *includes = json_object_get(object, "includes");
	bool excluded = false;

	*out = true;
	if (excludes != NULL && !json_is_null(excludes) && is_excluded(r, excludes, &excluded) != 0)
		return -1;
	if (includes != NULL && !json_is_null(includes) && is_included(r, includes, out) != 0)
		return -1;
	*out = *out && !excluded;
	return 0;
}

/* The same argument twice in one rule means OR: a rule for each condition then, as runc has it. */
static bool repeats_argument(const struct rule *rule)
{
	for (unsigned i = 0; i < rule->count; i++)
		for (unsigned j = 0; j < i; j++)
			if (rule->conditions[i].index == rule->conditions[j].index)
				return true;
	return false;
}

/* Under the name that its number has: rules are found by it. One that only a door leads to keeps its own. */
bool profile_knows(const struct profile *profile, const char *name, char found[static RULE_NAME_SIZE], bool *known, int *nr)
{
	const char *door;
	bool own;

	*nr = call_number(profile->arch, name, known, &own);
	if (*nr >= 0 && call_name(profile->arch, *nr, found))
		return true;
	(void)snprintf(found, RULE_NAME_SIZE, "%s", name);
	return call_door(profile->arch, name, &door) > 0;
}

static int add_named(struct reader *r, const char *name, const struct rule *rule)
{
	struct rule one = *rule;
	bool known;
	int nr;

	if (name == NULL || *name == '\0' || strlen(name) >= RULE_NAME_SIZE)
		return wrong(r, "no name of a call:", name != NULL ? name : "(no string)");
	if (!profile_knows(r->profile, name, one.name, &known, &nr)) {
		r->unknown += known ? 0 : 1;
		return 0;
	}
	if (nr > r->profile->newest)
		r->profile->newest = nr;
	if (!repeats_argument(rule))
		return profile_add(r->profile, &one, r->e);
	for (unsigned i = 0; i < rule->count; i++) {
		one.count = 1;
		one.conditions[0] = rule->conditions[i];
		if (profile_add(r->profile, &one, r->e) != 0)
			return -1;
	}
	return 0;
}

static int add_names(struct reader *r, const json_t *object, const struct rule *rule)
{
	const json_t *names = json_object_get(object, "names");
	const json_t *name = json_object_get(object, "name");

	if ((names == NULL) == (name == NULL))
		return wrong(r, "one of these is wanted:", "names, name");
	if (name != NULL)
		return add_named(r, json_string_value(name), rule);
	if (!json_is_array(names) || json_array_size(names) == 0)
		return wrong(r, "a list of names is wanted for", "names");
	for (size_t i = 0; i < json_array_size(names); i++)
		if (add_named(r, json_string_value(json_array_get(names, i)), rule) != 0)
			return -1;
	return 0;
}

static int read_rule(struct reader *r, json_t *object)
{
	static const char *const fields[] = {"names", "name",    "action",   "errnoRet", "errno",
					     "args",  "comment", "includes", "excludes", NULL};
	static const char *const errno_fields[] = {"errnoRet", "errno"};
	struct rule rule = {.count = 0};
	bool here;

	if (!json_is_object(object))
		return wrong(r, "an object is wanted in", "syscalls");
	if (known_fields(r, object, fields, true) != 0 || read_action(r, object, "action", errno_fields, &rule.action) != 0 ||
	    read_conditions(r, json_object_get(object, "args"), &rule) != 0 || applies(r, object, &here) != 0)
		return -1;
	return here ? add_names(r, object, &rule) : 0;
}

/* --compat32 opens the 32-bit sibling with the rules of the native architecture, whether the profile lists it or not. */
static bool is_listed(const struct profile *profile, uint32_t arch)
{
	return arch == profile->arch || (profile->arch == AUDIT_ARCH_I386 && arch == AUDIT_ARCH_X86_64);
}

/* Names of architectures are checked; which ones are open is husk's own rule (native, and --compat32). */
static int read_architectures(struct reader *r, const json_t *list, bool *native)
{
	if (list != NULL && !json_is_array(list) && !json_is_null(list))
		return wrong_top(r, "an array is wanted for", "architectures");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		uint32_t arch;

		if (name == NULL || !names_arch(name, &arch))
			return wrong_top(r, "unknown architecture", name != NULL ? name : "(no string)");
		*native = *native || is_listed(r->profile, arch);
	}
	return 0;
}

static int read_arch_map(struct reader *r, const json_t *map, bool *native)
{
	static const char *const fields[] = {"architecture", "subArchitectures", NULL};

	if (map != NULL && !json_is_array(map) && !json_is_null(map))
		return wrong_top(r, "an array is wanted for", "archMap");
	for (size_t i = 0; i < json_array_size(map); i++) {
		json_t *entry = json_array_get(map, i);
		const char *name = json_string_value(json_object_get(entry, "architecture"));
		bool ignored = false;
		uint32_t arch;

		if (!json_is_object(entry) || name == NULL || !names_arch(name, &arch))
			return wrong_top(r, "unknown architecture", name != NULL ? name : "(no string)");
		if (known_fields(r, entry, fields, false) != 0 ||
		    read_architectures(r, json_object_get(entry, "subArchitectures"), &ignored) != 0)
			return -1;
		*native = *native || is_listed(r->profile, arch);
	}
	return 0;
}

static int read_flags(struct reader *r, const json_t *flags)
{
	if (flags != NULL && !json_is_array(flags) && !json_is_null(flags))
		return wrong_top(r, "an array is wanted for", "flags");
	for (size_t i = 0; i < json_array_size(flags); i++) {
		const char *name = json_string_value(json_array_get(flags, i));

		if (name == NULL || !names_flag(name, &r->profile->flags))
			return wrong_top(r, "unknown flag", name != NULL ? name : "(no string)");
	}
	return 0;
}

static int read_top(struct reader *r, json_t *top)
{
	static const char *const fields[] = {
		"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "syscalls", "comment", NULL};
	static const char *const errno_fields[] = {"defaultErrnoRet", "defaultErrno"};
	const json_t *architectures = json_object_get(top, "architectures");
	const json_t *map = json_object_get(top, "archMap");
	const json_t *rules = json_object_get(top, "syscalls");
	bool native = false;

	if (!json_is_object(top))
		return wrong_top(r, "an object is wanted at", "the top");
	if (json_object_get(top, "listenerPath") != NULL)
		return err_set(r->e, 0, "take it out", "%s: listenerPath needs an agent, which husk has not", r->name);
	if (known_fields(r, top, fields, false) != 0 ||
	    read_action(r, top, "defaultAction", errno_fields, &r->profile->default_action) != 0 ||
	    read_architectures(r, architectures, &native) != 0 || read_arch_map(r, map, &native) != 0 ||
	    read_flags(r, json_object_get(top, "flags")) != 0)
		return -1;
	if (!native && (json_array_size(architectures) > 0 || json_array_size(map) > 0))
		return err_set(r->e, 0, "add it to architectures", "%s: this machine's architecture isn't listed", r->name);
	if (rules != NULL && !json_is_array(rules) && !json_is_null(rules))
		return wrong_top(r, "an array is wanted for", "syscalls");
	for (r->rule = 0; r->rule < json_array_size(rules); r->rule++)
		if (read_rule(r, json_array_get(rules, r->rule)) != 0)
			return -1;
	return 0;
}

int profile_parse(const char *name, const char *text, size_t size, const struct profile_context *context, struct profile *profile,
		  unsigned *unknown_count, struct err *e)
{
	struct reader r = {.name = name, .context = context, .profile = profile, .e = e};
	json_error_t where;
	json_t *top = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	int result;

	if (top == NULL)
		return err_set(e, 0, "mend the JSON", "%s:%d:%d: %s", name, where.line, where.column, where.text);
	result = read_top(&r, top);
	json_decref(top);
	*unknown_count = r.unknown;
	return result;
}

uint32_t profile_native_arch(void)
{
#if defined(__x86_64__)
	return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
	return AUDIT_ARCH_AARCH64;
#else
#error "this architecture has no table yet"
#endif
}

unsigned profile_kernel(void)
{
	struct utsname name;
	const char *end;

	return uname(&name) == 0 ? parse_version(name.release, &end) : 0;
}
