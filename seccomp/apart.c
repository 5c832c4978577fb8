#include "seccomp/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/sanitize.h"
#include "common/say.h"
#include "seccomp/make.h"
#include "seccomp/warden.h"

enum { CPU_SECONDS = 1, WALL_MS = 5000, MEMORY = 256 * 1024 * 1024 };

/* What the child leaves in the memory that it shares with husk. */
struct result {
	int done; /* 1 good, 2 error */
	struct err e;
	unsigned unknown;
	struct program open;
	struct program closed;
};

static void limit(int resource, rlim_t most)
{
	const struct rlimit value = {most, most};

	/* glibc's prlimit takes an enum, musl's an int. */
	(void)syscall(SYS_prlimit64, 0, resource, &value, NULL);
}

/* It reads a stranger's text, perhaps as root: a defect in a parser must lead nowhere. */
static int confine(struct err *e)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CPU, CPU_SECONDS);
	limit(RLIMIT_CORE, 0);
	/* The sanitizers reserve terabytes of address space, and make calls of their own. */
	if (UNDER_SANITIZER)
		return 0;
	limit(RLIMIT_AS, MEMORY);
	return warden_confine(e);
}

static void child(const struct filter_request *request, const char *name, const char *text, size_t size, struct result *result)
{
	const uint32_t arch = profile_native_arch();

	if (confine(&result->e) == 0 &&
	    make_program(request, name, text, size, arch, false, &result->closed, &result->unknown, &result->e) == 0 &&
	    make_program(request, name, text, size, arch, true, &result->open, &result->unknown, &result->e) == 0)
		result->done = 1;
	else
		result->done = 2;
	_exit(0);
}

static int64_t now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for the child and kills it where it takes too long: the limit on CPU time doesn't catch one that sleeps. The end of the
 * pipe, which only the child holds open, says that it has ended. Returns the wait status. */
static int await(pid_t pid, int pipe_end)
{
	const int64_t deadline = now_ms() + WALL_MS;
	struct pollfd ended = {.fd = pipe_end, .events = POLLIN};
	int status = -1;
	int found;

	do {
		const int64_t left = deadline - now_ms();

		found = left > 0 ? poll(&ended, 1, (int)left) : 0;
	} while (found < 0 && errno == EINTR);
	if (found <= 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* The child has read a stranger's text. What must hold whatever a profile says is asked again on this side, of memory that nobody
 * else writes any more. */
static bool keeps_own_rules(const struct program *program, bool open, bool sys_admin_kept)
{
	const uint32_t arch = profile_native_arch();
	const struct {
		long nr;
		uint64_t first;
		uint32_t wanted;
		bool holds;
	} rules[] = {
		{SYS_clone3, 0, SECCOMP_RET_ERRNO | ENOSYS, !open},
		{SYS_clone, CLONE_NEWUSER, SECCOMP_RET_ERRNO | EPERM, !sys_admin_kept},
		{SYS_clone, CLONE_NEWNS, SECCOMP_RET_ERRNO | EPERM, !sys_admin_kept},
		{SYS_unshare, CLONE_NEWUSER, SECCOMP_RET_ERRNO | EPERM, !sys_admin_kept},
		{SYS_unshare, CLONE_NEWNS, SECCOMP_RET_ERRNO | EPERM, !sys_admin_kept},
		{SYS_setns, 0, SECCOMP_RET_ERRNO | EPERM, !sys_admin_kept},
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		const uint64_t args[6] = {rules[i].first};

		if (rules[i].holds && program_run(program->code, program->length, (int)rules[i].nr, arch, args) != rules[i].wanted)
			return false;
	}
	return true;
}

static struct filter_program as_planned(const struct program *program)
{
	const unsigned flags = program->flags & (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);

	return (struct filter_program){program->code, (unsigned short)program->length, flags};
}

static int judge(struct result *result, const char *name, int status, bool sys_admin_kept, struct filter_plan *plan, struct err *e)
{
	if (result->done == 2) {
		*e = result->e;
		return -1;
	}
	if (result->done != 1 || status != 0)
		return err_set(e, 0, "make the profile smaller, or its conditions simpler",
			       "%s: compiling it takes more than %d s or %d MiB", name, CPU_SECONDS, MEMORY / (1024 * 1024));
	if (result->open.length > BPF_MAXINSNS || result->closed.length > BPF_MAXINSNS ||
	    !keeps_own_rules(&result->open, true, sys_admin_kept) || !keeps_own_rules(&result->closed, false, sys_admin_kept))
		return err_set(e, 0, "report this as a bug", "%s: the compiled filter is damaged", name);
	if (result->unknown > 0)
		say(SAY_INFO, "%s: %u names of system calls that husk doesn't know were passed over", name, result->unknown);
	plan->open = as_planned(&result->open);
	plan->closed = as_planned(&result->closed);
	return 0;
}

int compile_apart(const struct filter_request *request, const char *name, const char *text, size_t size, struct filter_plan *plan,
		  struct err *e)
{
	struct result *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ends[2];
	int status;
	pid_t pid;

	if (result == MAP_FAILED || pipe2(ends, O_CLOEXEC) != 0)
		return err_set(e, errno, "give the container more memory or descriptors", "seccomp: preparing to compile");
	pid = fork();
	if (pid == 0)
		child(request, name, text, size, result);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return err_set(e, errno, "raise the limit on processes", "seccomp: fork");
	}
	status = await(pid, ends[0]);
	(void)close(ends[0]);
	return judge(result, name, status, (request->kept >> MAKE_CAP_SYS_ADMIN & 1) != 0, plan, e);
}
