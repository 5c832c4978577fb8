#include "seccomp/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/apart.h"
#include "seccomp/builtin.h"
#include "seccomp/profile.h"
#include "seccomp/program.h"
#include "seccomp/prove.h"

enum { PROFILE_MAX = 1024 * 1024 };

/* A file's text, mapped. */
struct text {
	char *at;
	size_t size;
};

static int read_all(int fd, struct text *text)
{
	text->at = mmap(NULL, PROFILE_MAX + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	text->size = 0;
	if (text->at == MAP_FAILED)
		return -1;
	while (text->size <= PROFILE_MAX) {
		ssize_t got = read(fd, text->at + text->size, PROFILE_MAX + 1 - text->size);

		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return -1;
		text->size += got > 0 ? (size_t)got : 0;
	}
	errno = EFBIG;
	return -1;
}

static int read_file(const char *path, struct text *text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int result = fd >= 0 ? read_all(fd, text) : -1;

	if (result != 0)
		(void)err_set(e, errno, errno == EFBIG ? "a profile has at most 1 MiB" : "give a profile that can be read",
			      "--seccomp: can't read '%s'", path);
	if (fd >= 0)
		(void)close(fd);
	return result;
}

static int read_bpf(int fd, struct filter_program *program, struct err *e)
{
	struct text text;
	char what[32];

	if (read_all(fd, &text) != 0)
		return err_set(e, errno, "give the number of an open file that holds BPF", "--seccomp-bpf %d: can't read it", fd);
	if (text.size == 0 || text.size % sizeof(struct sock_filter) != 0 || text.size / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return err_set(e, 0, "give what seccomp_export_bpf(3) writes", "--seccomp-bpf %d: %zu bytes are no BPF program", fd,
			       text.size);
	program->code = (const struct sock_filter *)(const void *)text.at;
	program->length = (unsigned short)(text.size / sizeof(struct sock_filter));
	(void)snprintf(what, sizeof what, "--seccomp-bpf %d", fd);
	return prove_own_calls(what, profile_native_arch(), program->code, program->length, e);
}

static int plan_profile(const struct filter_request *request, struct filter_plan *plan, struct err *e)
{
	bool as_built = request->allow_count == 0 && request->deny_count == 0 && !request->compat32 && !request->log_only &&
			(request->kept & builtin_caps) == 0;
	struct text text;

	switch (request->source) {
	case FILTER_OFF: return 0;
	case FILTER_DEFAULT:
		if (!as_built)
			return compile_apart(request, "the built-in profile", builtin_profile, builtin_profile_size, plan, e);
		plan->open = (struct filter_program){builtin_open, builtin_open_length, 0};
		plan->closed = (struct filter_program){builtin_closed, builtin_closed_length, 0};
		return 0;
	case FILTER_FILE:
		if (read_file(request->file, &text, e) != 0)
			return -1;
		return compile_apart(request, request->file, text.at, text.size, plan, e);
	}
	return 0;
}

/* The number behind "\nNAME:", 0 where there is none. The line of groups alone may have 700 KB: what is kept from one read to the next
 * is longer than the line that is looked for. */
static unsigned status_number(int fd, const char *name)
{
	enum { KEPT = 64 };
	char text[4096];
	size_t used = 0;
	ssize_t got;

	while ((got = read(fd, text + used, sizeof text - 1 - used)) > 0) {
		const char *at;

		used += (size_t)got;
		text[used] = '\0';
		at = strstr(text, name);
		if (at != NULL && strchr(at + 1, '\n') != NULL)
			return (unsigned)strtoul(at + strlen(name), NULL, 10);
		if (used > KEPT) {
			memmove(text, text + used - KEPT, KEPT);
			used = KEPT;
		}
	}
	return 0;
}

/* status: of /proc/self/status, -1 where there is none; it tells of the moment when it is read. */
static int read_state(int status, struct filter_state *state, struct err *e)
{
	const int mode = prctl(PR_GET_SECCOMP);

	if (mode < 0 && errno != EINVAL)
		return err_set(e, errno, "allow prctl in the profile", "prctl(PR_GET_SECCOMP)");
	state->mode = mode > 0 ? (unsigned)mode : 0;
	state->count = status >= 0 ? status_number(status, "\nSeccomp_filters:") : 0;
	return 0;
}

static int open_status(void)
{
	return open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

static void close_status(int status)
{
	if (status >= 0)
		(void)close(status);
}

/* Under an engine's filter. One that answers seccomp(2) with success in the kernel's place would pass for a loading where /proc doesn't
 * count the filters; the kernel can't load what is nowhere. */
static int look_at_outer(struct filter_plan *plan, struct err *e)
{
	struct filter_state state;
	int status;
	int result;

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, NULL) == 0)
		return err_set(e, 0, "have the outer seccomp filter let seccomp(2) through", "the outer seccomp filter fakes seccomp(2)");
	status = open_status();
	result = read_state(status, &state, e);
	close_status(status);
	plan->before = result == 0 ? state.count : 0;
	return result;
}

int filter_plan(const struct filter_request *request, struct filter_plan *plan, struct err *e)
{
	if (request->source == FILTER_OFF && (request->allow_count > 0 || request->deny_count > 0))
		return err_set(e, 0, "leave --seccomp off or them out", "--seccomp-allow and --seccomp-deny need a profile to stand on");
	if (plan_profile(request, plan, e) != 0)
		return -1;
	if ((plan->closed.length > 0 || request->bpf_count > 0) && prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER &&
	    look_at_outer(plan, e) != 0)
		return -1;
	plan->flags = request->log_only ? SECCOMP_FILTER_FLAG_LOG : 0;
	for (size_t i = 0; i < request->bpf_count; i++)
		if (read_bpf(request->bpf_fds[i], &plan->extra[plan->extra_count++], e) != 0)
			return -1;
	return 0;
}

/* A filter that was loaded before may answer seccomp(2) with an errno of 0: success, and nothing is loaded. So the filters of
 * --seccomp-bpf are asked first what they say to exactly this call. */
static int ask_before(const struct filter_plan *plan, size_t loaded, unsigned flags, const struct sock_fprog *prog, struct err *e)
{
	const uint64_t args[6] = {SECCOMP_SET_MODE_FILTER, flags, (uintptr_t)prog};

	for (size_t i = 0; i < loaded; i++) {
		const struct filter_program *extra = &plan->extra[i];
		uint32_t answer = program_run(extra->code, extra->length, SYS_seccomp, profile_native_arch(), args);

		if (answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG)
			return err_set(e, 0, "allow seccomp in it, or give it last and with --seccomp off",
				       "--seccomp-bpf: filter %zu doesn't let the next one be loaded", i + 1);
	}
	return 0;
}

static int load_program(const struct filter_plan *plan, size_t loaded, const struct filter_program *program, struct err *e)
{
	const struct sock_fprog prog = {program->length, (struct sock_filter *)(uintptr_t)program->code};
	const unsigned flags = plan->flags | program->flags;
	long failed;

	if (ask_before(plan, loaded, flags, &prog, e) != 0)
		return -1;
	failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	/* gVisor knows no flag but TSYNC. */
	if (failed != 0 && errno == EINVAL && flags != 0) {
		if (ask_before(plan, loaded, 0, &prog, e) != 0)
			return -1;
		failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &prog);
	}
	if (failed == 0)
		return 0;
	return err_set(e, errno,
		       errno == EACCES ? "without CAP_SYS_ADMIN it needs no_new_privs: leave --allow-new-privs out"
		       : loaded < plan->extra_count && errno == EINVAL ? "give --seccomp-bpf what seccomp_export_bpf(3) writes"
								       : "use a kernel with CONFIG_SECCOMP_FILTER, or --seccomp off",
		       "seccomp(SECCOMP_SET_MODE_FILTER)");
}

/* Under an engine's filter the mode was "filter" before and proves nothing: there the number of filters must have grown, where the
 * kernel tells it. */
static int check_loaded(const struct filter_plan *plan, unsigned loaded, const struct filter_state *state, struct err *e)
{
	if (loaded == 0)
		return 0;
	if (state->mode != SECCOMP_MODE_FILTER)
		return err_set(e, 0, "report this as a bug", "the seccomp filter isn't there after loading it");
	if (plan->before == 0 || state->count == plan->before + loaded)
		return 0;
	if (state->count == 0)
		return err_set(e, 0, "allow read in the profile", "the seccomp filters can't be counted after loading");
	return err_set(e, 0, "have the outer seccomp filter let seccomp(2) through", "the seccomp filter isn't there after loading it");
}

static int load_all(const struct filter_plan *plan, const struct filter_program *program, struct err *e)
{
	/* Ready-made BPF first: the profile may not allow seccomp(2). */
	for (size_t i = 0; i < plan->extra_count; i++)
		if (load_program(plan, i, &plan->extra[i], e) != 0)
			return -1;
	return program->length > 0 ? load_program(plan, plan->extra_count, program, e) : 0;
}

int filter_load(const struct filter_plan *plan, bool allow_clone3, struct filter_state *state, struct err *e)
{
	const struct filter_program *program = allow_clone3 ? &plan->open : &plan->closed;
	/* Opened before: the profile needn't allow it. */
	const int status = state != NULL || plan->before > 0 ? open_status() : -1;
	struct filter_state found = {0, 0};
	int result = load_all(plan, program, e);

	if (result == 0)
		result = read_state(status, &found, e);
	if (result == 0)
		result = check_loaded(plan, (unsigned)plan->extra_count + (program->length > 0 ? 1 : 0), &found, e);
	if (state != NULL)
		*state = found;
	close_status(status);
	return result;
}
