/* The kernel's answers to the try of SEC-CLONE3, each brought about for real. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps/userns.h"
#include "tests/support/husk.h"

enum { FAILED_TO_PREPARE = 90 };

static int answer(void)
{
	int number;

	return (int)userns_try(&number);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t written = write(fd, text, strlen(text));

	close(fd);
	return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* A new user namespace in which root is mapped, user and group: without the group the next one is refused for want of a map. */
static int nest(void)
{
	if (unshare(CLONE_NEWUSER) != 0)
		return -1;
	/* From inside, the group's map may be written only once setgroups is given up. */
	(void)write_file("/proc/self/setgroups", "deny");
	return write_file("/proc/self/uid_map", "0 0 1") == 0 && write_file("/proc/self/gid_map", "0 0 1") == 0 ? 0 : -1;
}

static void to_nobody(void)
{
	if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
		_exit(FAILED_TO_PREPARE);
}

static int as_it_is(void)
{
	to_nobody();
	return answer();
}

static int covered_root(void)
{
	struct err e;

	if (userns_forbid(&e) != 0)
		return FAILED_TO_PREPARE;
	to_nobody();
	return answer();
}

static int in_a_chroot(void)
{
	if (chroot("/tmp") != 0 || chdir("/") != 0)
		return FAILED_TO_PREPARE;
	to_nobody();
	return answer();
}

static int without_a_map(void)
{
	return unshare(CLONE_NEWUSER) == 0 ? answer() : FAILED_TO_PREPARE;
}

static int with_the_count_at_zero(void)
{
	if (nest() != 0 || write_file("/proc/sys/user/max_user_namespaces", "0") != 0)
		return FAILED_TO_PREPARE;
	return answer();
}

static int nested_too_deep(void)
{
	for (int level = 0; level < 40; level++)
		if (nest() != 0)
			break;
	return answer();
}

static int behind_a_filter_without_clone3(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {4, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return FAILED_TO_PREPARE;
	return answer();
}

static int with_no_process_left(void)
{
	const struct rlimit none = {0, 0};

	to_nobody();
	if (setrlimit(RLIMIT_NPROC, &none) != 0)
		return FAILED_TO_PREPARE;
	return answer();
}

TestSuite(userns, .init = require_root);

Test(userns, this_kernel_permits_them)
{
	cr_assert_eq(in_child(as_it_is), USERNS_OPEN);
}

Test(userns, the_covered_root_refuses)
{
	cr_assert_eq(in_child(covered_root), USERNS_EPERM);
}

Test(userns, a_chroot_refuses)
{
	cr_assert_eq(in_child(in_a_chroot), USERNS_EPERM);
}

Test(userns, a_missing_map_refuses)
{
	cr_assert_eq(in_child(without_a_map), USERNS_EPERM);
}

Test(userns, a_count_of_zero_refuses)
{
	cr_assert_eq(in_child(with_the_count_at_zero), USERNS_ENOSPC);
}

Test(userns, nesting_too_deep_refuses)
{
	cr_assert_eq(in_child(nested_too_deep), USERNS_ENOSPC);
}

Test(userns, an_outer_filter_takes_clone3_away)
{
	cr_assert_eq(in_child(behind_a_filter_without_clone3), USERNS_NO_CLONE3);
}

Test(userns, no_process_left_says_nothing)
{
	cr_assert_eq(in_child(with_no_process_left), USERNS_INCONCLUSIVE);
}

Test(userns, this_kernel_has_them)
{
	cr_assert_not(userns_absent());
}
