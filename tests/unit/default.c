/* What the built-in profile answers, call by call: the promises of seccomp/README.md. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "seccomp/builtin.h"
#include "seccomp/calls.h"
#include "seccomp/make.h"

#define ALLOWED    SECCOMP_RET_ALLOW
#define REFUSED(n) (SECCOMP_RET_ERRNO | (n))
#define HIGH       UINT64_C(0x500000000)

static struct program program;

static const struct {
	const char *name;
	uint64_t first, second;
	uint32_t answer;
} table[] = {
	{"socket", 1 /* AF_UNIX */, 0, ALLOWED},
	{"socket", 2 /* AF_INET */, 0, ALLOWED},
	{"socket", 10 /* AF_INET6 */, 0, ALLOWED},
	{"socket", 16 /* AF_NETLINK */, 0, ALLOWED},
	{"socket", 17 /* AF_PACKET */, 0, REFUSED(EAFNOSUPPORT)},
	{"socket", 38 /* AF_ALG */, 0, REFUSED(EAFNOSUPPORT)},
	{"socket", 40 /* AF_VSOCK */, 0, REFUSED(EAFNOSUPPORT)},
	{"socket", HIGH | 40, 0, REFUSED(EAFNOSUPPORT)},
	{"socket", HIGH | 2, 0, ALLOWED},
	/* It makes sockets of any family too. */
	{"socketpair", 1, 0, ALLOWED},
	{"socketpair", 30 /* AF_TIPC */, 0, REFUSED(EAFNOSUPPORT)},
	{"ioctl", 0, 0x5401 /* TCGETS */, ALLOWED},
	{"ioctl", 0, 0x5412 /* TIOCSTI */, REFUSED(EPERM)},
	{"ioctl", 0, HIGH | 0x5412, REFUSED(EPERM)},
	{"ioctl", 0, 0x541c /* TIOCLINUX */, REFUSED(EPERM)},
	{"ioctl", 0, 0x5423 /* TIOCSETD */, REFUSED(EPERM)},
	{"personality", 0, 0, ALLOWED},
	{"personality", 0x40000 /* ADDR_NO_RANDOMIZE */, 0, ALLOWED},
	{"personality", 0xffffffff, 0, ALLOWED},
	{"personality", 0x400000 /* READ_IMPLIES_EXEC */, 0, REFUSED(EPERM)},
	{"clone", 0x11, 0, ALLOWED},
	{"clone", 0x3d0f00, 0, ALLOWED},
	{"clone", 0x10000000 /* CLONE_NEWUSER */, 0, REFUSED(EPERM)},
	{"unshare", 0x400 /* CLONE_FILES */, 0, ALLOWED},
	{"unshare", 0x80 /* CLONE_NEWTIME */, 0, REFUSED(EPERM)},
	{"clone3", 0, 0, REFUSED(ENOSYS)},
	{"get_mempolicy", 0, 0, ALLOWED},
	{"add_key", 0, 0, REFUSED(ENOSYS)},
	{"keyctl", 0, 0, REFUSED(ENOSYS)},
	{"request_key", 0, 0, REFUSED(ENOSYS)},
	{"io_uring_setup", 0, 0, REFUSED(EPERM)},
	{"io_uring_enter", 0, 0, REFUSED(EPERM)},
	{"io_uring_register", 0, 0, REFUSED(EPERM)},
	{"userfaultfd", 0, 0, REFUSED(EPERM)},
	{"bpf", 0, 0, REFUSED(EPERM)},
	{"perf_event_open", 0, 0, REFUSED(EPERM)},
	{"mount", 0, 0, REFUSED(EPERM)},
	{"fsopen", 0, 0, REFUSED(EPERM)},
	{"open_tree", 0, 0, REFUSED(EPERM)},
	{"move_mount", 0, 0, REFUSED(EPERM)},
	{"mount_setattr", 0, 0, REFUSED(EPERM)},
	{"pivot_root", 0, 0, REFUSED(EPERM)},
	{"setns", 0, 0, REFUSED(EPERM)},
	{"open_by_handle_at", 0, 0, REFUSED(EPERM)},
	{"kexec_load", 0, 0, REFUSED(EPERM)},
	{"init_module", 0, 0, REFUSED(EPERM)},
	{"swapon", 0, 0, REFUSED(EPERM)},
	{"process_vm_readv", 0, 0, ALLOWED},
	{"ptrace", 0, 0, ALLOWED},
	{"statmount", 0, 0, ALLOWED},
	{"mseal", 0, 0, ALLOWED},
	{"setxattrat", 0, 0, ALLOWED},
	{"fchmodat2", 0, 0, ALLOWED},
	{"futex_waitv", 0, 0, ALLOWED},
	{"memfd_secret", 0, 0, ALLOWED},
	{"landlock_restrict_self", 0, 0, ALLOWED},
	/* Newer than anything that the profile names. */
	{"open_tree_attr", 0, 0, REFUSED(ENOSYS)},
	{"file_getattr", 0, 0, REFUSED(ENOSYS)},
};

static void make(uint32_t arch, uint64_t kept)
{
	const struct filter_request request = {.source = FILTER_DEFAULT, .kept = kept};
	unsigned unknown;
	struct err e;

	cr_assert_eq(make_program(&request, "built in", builtin_profile, builtin_profile_size, arch, false, &program, &unknown, &e), 0,
		     "%s", e.what);
	cr_expect_eq(unknown, 0);
}

static uint32_t answer(uint32_t arch, const char *name, uint64_t first, uint64_t second)
{
	bool known;
	bool own;

	return program_run(program.code, program.length, call_number(arch, name, &known, &own), arch, (const uint64_t[6]){first, second});
}

static void promises(uint32_t arch)
{
	make(arch, 0);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		cr_expect_eq(answer(arch, table[i].name, table[i].first, table[i].second), table[i].answer, "%s(0x%llx, 0x%llx): 0x%x",
			     table[i].name, (unsigned long long)table[i].first, (unsigned long long)table[i].second,
			     answer(arch, table[i].name, table[i].first, table[i].second));
	for (int nr = call_limit(arch); nr < 1000; nr++)
		cr_expect_eq(program_run(program.code, program.length, nr, arch, (const uint64_t[6]){0}), (uint32_t)REFUSED(ENOSYS));
}

Test(default, x86_64)
{
	promises(AUDIT_ARCH_X86_64);
	cr_expect_eq(answer(AUDIT_ARCH_X86_64, "modify_ldt", 0, 0), (uint32_t)REFUSED(EPERM));
}

Test(default, aarch64)
{
	promises(AUDIT_ARCH_AARCH64);
}

#define CAP(n) (UINT64_C(1) << (n))

/* A call that needs a capability is there where the workload keeps one of caps, and nowhere else. */
Test(default, capabilities_open_their_calls)
{
	static const struct {
		const char *name;
		uint64_t first;
		uint64_t caps;
	} rows[] = {
		{"open_by_handle_at", 0, CAP(2)},
		{"socket", 17 /* AF_PACKET */, CAP(13)},
		{"init_module", 0, CAP(16)},
		{"iopl", 0, CAP(17)},
		{"chroot", 0, CAP(18)},
		{"kcmp", 0, CAP(19)},
		{"acct", 0, CAP(20)},
		{"mount", 0, CAP(21)},
		{"setns", 0, CAP(21)},
		{"unshare", 0x10000000, CAP(21)},
		{"clone", 0x10000000, CAP(21)},
		{"reboot", 0, CAP(22)},
		{"mbind", 0, CAP(23)},
		{"clock_settime", 0, CAP(25)},
		{"vhangup", 0, CAP(26)},
		{"syslog", 0, CAP(21) | CAP(34)},
		{"perf_event_open", 0, CAP(21) | CAP(38)},
		{"bpf", 0, CAP(21) | CAP(39)},
		{"userfaultfd", 0, 0},
		{"kexec_load", 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		make(AUDIT_ARCH_X86_64, ~rows[i].caps);
		cr_expect_neq(answer(AUDIT_ARCH_X86_64, rows[i].name, rows[i].first, 0), ALLOWED, "%s without", rows[i].name);
		for (unsigned cap = 0; cap < 41; cap++) {
			if ((rows[i].caps & CAP(cap)) == 0)
				continue;
			make(AUDIT_ARCH_X86_64, CAP(cap));
			cr_expect_eq(answer(AUDIT_ARCH_X86_64, rows[i].name, rows[i].first, 0), ALLOWED, "%s with %u", rows[i].name, cap);
		}
	}
}
