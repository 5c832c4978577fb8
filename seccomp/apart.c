#include "seccomp/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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

enum { CPU_SECONDS = 1, WALL_MS = 5000, MEMORY = 256 * 1024 * 1024, X32_WRITE = 0x40000001 };

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
	if (warden_confine(e) == 0)
		return 0;
	/* No profile of husk's is loaded yet: a filter that is there was before. */
	if (prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER)
		(void)snprintf(e->fix, sizeof e->fix, "have the outer seccomp filter let seccomp(2) through");
	return -1;
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

/* What husk's own rules are about, by number: no table is needed here. */
struct numbers {
	long clone, unshare, setns, clone3;
};

static const struct numbers native = {SYS_clone, SYS_unshare, SYS_setns, SYS_clone3};
static const struct numbers sibling = {120, 310, 346, 435};

static uint32_t ask(const struct program *program, uint32_t arch, long nr, uint64_t first)
{
	return program_run(program->code, program->length, (int)nr, arch, (const uint64_t[6]){first});
}

static bool denies_namespaces(const struct program *program, uint32_t arch, const struct numbers *n)
{
	const uint32_t denied = SECCOMP_RET_ERRNO | EPERM;

	for (unsigned bit = 0; bit < 32; bit++) {
		const uint64_t flag = UINT64_C(1) << bit;

		if ((CLONE_NAMESPACES & flag) != 0 && ask(program, arch, n->clone, flag) != denied)
			return false;
		if ((UNSHARE_NAMESPACES & flag) != 0 && ask(program, arch, n->unshare, flag) != denied)
			return false;
	}
	return ask(program, arch, n->setns, 0) == denied;
}

static bool keeps_for(const struct program *program, bool open, bool sys_admin_kept, uint32_t arch, const struct numbers *n)
{
	return (open || ask(program, arch, n->clone3, 0) == (SECCOMP_RET_ERRNO | ENOSYS)) &&
	       (sys_admin_kept || denies_namespaces(program, arch, n));
}

static bool kills_foreigners(const struct program *program, bool compat32)
{
	const uint32_t arch = profile_native_arch();

	return ask(program, AUDIT_ARCH_S390X, 1, 0) == SECCOMP_RET_KILL_PROCESS &&
	       (compat32 || ask(program, AUDIT_ARCH_I386, 1, 0) == SECCOMP_RET_KILL_PROCESS) &&
	       (arch != AUDIT_ARCH_X86_64 || ask(program, arch, X32_WRITE, 0) == SECCOMP_RET_KILL_PROCESS);
}

bool apart_keeps_own_rules(const struct program *program, bool open, bool compat32, bool sys_admin_kept)
{
	return keeps_for(program, open, sys_admin_kept, profile_native_arch(), &native) &&
	       (!compat32 || keeps_for(program, open, sys_admin_kept, AUDIT_ARCH_I386, &sibling)) && kills_foreigners(program, compat32);
}

static struct filter_program as_planned(const struct program *program)
{
	const unsigned flags = program->flags & (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);

	return (struct filter_program){program->code, (unsigned short)program->length, flags};
}

static int judge(const struct filter_request *request, struct result *result, const char *name, int status, struct filter_plan *plan,
		 struct err *e)
{
	const bool sys_admin_kept = (request->kept >> MAKE_CAP_SYS_ADMIN & 1) != 0;

	if (result->done == 2) {
		*e = result->e;
		return -1;
	}
	if (result->done != 1 || status != 0)
		return err_set(e, 0, "make the profile smaller, or its conditions simpler",
			       "%s: compiling it takes more than %d s or %d MiB", name, CPU_SECONDS, MEMORY / (1024 * 1024));
	if (result->open.length > BPF_MAXINSNS || result->closed.length > BPF_MAXINSNS ||
	    !apart_keeps_own_rules(&result->open, true, request->compat32, sys_admin_kept) ||
	    !apart_keeps_own_rules(&result->closed, false, request->compat32, sys_admin_kept))
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
	return judge(request, result, name, status, plan, e);
}
