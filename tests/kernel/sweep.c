/* The interpreter against the kernel: every number from 0 to 600, x32 and the 32-bit way in, under the built-in filter. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp/builtin.h"
#include "seccomp/profile.h"
#include "seccomp/program.h"
#include "tests/support/husk.h"
#include "tests/support/machine.h"

#define BARE __attribute__((no_sanitize("address", "undefined")))

/* "Allowed" is turned into this errno: reboot, exit and pause aren't to be carried out. The largest that the kernel passes on. */
enum { ALLOWED = 4000, NUMBERS = 600, PATTERNS = 4, X32 = 0x40000000 };

static const uint64_t patterns[PATTERNS] = {0, ~UINT64_C(0), 0x10000000 /* CLONE_NEWUSER */, UINT64_C(0x100000002)};

struct answers {
	int of[PATTERNS][NUMBERS];
};

static struct sock_filter code[4096];

static void harmless(const struct sock_filter *program, unsigned short length)
{
	memcpy(code, program, length * sizeof *program);
	for (unsigned i = 0; i < length; i++)
		if (code[i].code == (BPF_RET | BPF_K) && code[i].k == SECCOMP_RET_ALLOW)
			code[i].k = SECCOMP_RET_ERRNO | ALLOWED;
}

/* uretprobe and uprobe bypass every filter on Linux 6.14 and later, where their trampolines call them. */
static bool bypasses(int nr)
{
	return profile_native_arch() == AUDIT_ARCH_X86_64 && (nr == 335 || nr == 336);
}

/* Ends by a call of x32, which kills. */
BARE static void sweep(unsigned short length, struct answers *answers)
{
	const struct sock_fprog program = {length, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		_exit(1);
	for (int p = 0; p < PATTERNS; p++)
		for (int nr = 0; nr < NUMBERS; nr++)
			if (!bypasses(nr))
				answers->of[p][nr] =
					syscall(nr, patterns[p], patterns[p], patterns[p], patterns[p], patterns[p], patterns[p]) == -1
						? errno
						: 0;
	(void)syscall(X32, 0, 0, 0, 0, 0, 0);
	for (;;)
		;
}

static void same_as_interpreted(const struct sock_filter *builtin, unsigned short length)
{
	struct answers *answers = mmap(NULL, sizeof *answers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int compared = 0;
	int status;
	pid_t pid;

	harmless(builtin, length);
	pid = fork();
	if (pid == 0) {
		alarm(30);
		sweep(length, answers);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "x32 doesn't kill: status 0x%x", status);
	for (int p = 0; p < PATTERNS; p++)
		for (int nr = 0; nr < NUMBERS; nr++) {
			const uint64_t args[6] = {patterns[p], patterns[p], patterns[p], patterns[p], patterns[p], patterns[p]};
			uint32_t wanted = program_run(code, length, nr, profile_native_arch(), args);

			if (bypasses(nr))
				continue;
			compared++;
			cr_expect_eq(wanted & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO, "number %d", nr);
			cr_expect_eq(answers->of[p][nr], (int)(wanted & SECCOMP_RET_DATA),
				     "number %d, arguments 0x%llx: the kernel says %d, the interpreter %d", nr,
				     (unsigned long long)patterns[p], answers->of[p][nr], (int)(wanted & SECCOMP_RET_DATA));
		}
	cr_assert_gt(compared, 2000);
}

Test(sweep, the_closed_filter_answers_as_interpreted)
{
	same_as_interpreted(builtin_closed, builtin_closed_length);
}

Test(sweep, the_open_filter_answers_as_interpreted)
{
	same_as_interpreted(builtin_open, builtin_open_length);
}

#ifdef __x86_64__
BARE static int by_int80(void)
{
	const struct sock_fprog program = {builtin_closed_length, (struct sock_filter *)(unsigned long)builtin_closed};
	int result;

	signal(SIGSEGV, SIG_DFL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return 1;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid of i386 */
	return 2;
}

Test(sweep, the_32_bit_way_in_kills)
{
	cr_assert_eq(in_child(by_int80), 128 + (machine_takes_int80() ? SIGSYS : SIGSEGV));
}
#endif
