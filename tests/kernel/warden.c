/* PID 1's own filter: what supervising needs goes through, anything else is refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seccomp/warden.h"
#include "tests/support/husk.h"
#include "tests/support/machine.h"

/* The number of the first check that fails; 0 where none does. */
#define CHECK(n, condition) \
	do { \
		if (!(condition)) \
			return (n); \
	} while (0)

__attribute__((no_sanitize("address", "undefined"))) static int refused(long result)
{
	return result == -1 && errno == EPERM;
}

static int load(bool pid1)
{
	struct err e;

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? warden_load(pid1, false, &e) : -1;
}

/* AddressSanitizer maps memory for such a function's variables, which the filter refuses it. */
#define BARE __attribute__((no_sanitize("address", "undefined")))

BARE static int pid1_cant_do_more_than_supervise(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	CHECK(1, load(true) == 0);
	CHECK(2, refused(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)));
	CHECK(3, refused(syscall(SYS_execve, "/bin/true", NULL, NULL)));
	CHECK(4, refused(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)));
	CHECK(5, refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
	CHECK(6, refused(syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
	CHECK(7, refused(syscall(SYS_ptrace, 0, 0, 0, 0)));
	CHECK(8, refused(syscall(SYS_ioctl, 0, TIOCSTI, "x")));
	CHECK(9, refused(syscall(SYS_getuid)));
	CHECK(10, refused(syscall(SYS_read, 0, &status, 1)));
	CHECK(11, syscall(SYS_ioctl, 0, TIOCGPGRP, &status) == 0 || errno != EPERM);
	CHECK(15, refused(syscall(SYS_madvise, 0, 4096, MADV_DOFORK)));
	CHECK(12, kill(child, SIGKILL) == 0);
	CHECK(13, waitpid(-1, &status, 0) == child && WTERMSIG(status) == SIGKILL);
	CHECK(14, syscall(SYS_write, 1, "", 0) == 0);
	return 0;
}

BARE static int a_launcher_may_walk_over_proc_and_no_more(void)
{
	long fd;
	char byte;

	CHECK(1, load(false) == 0);
	fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC);
	CHECK(2, fd >= 0);
	CHECK(3, syscall(SYS_read, fd, &byte, 1) == 1);
	CHECK(4, refused(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY)));
	CHECK(5, refused(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR)));
	CHECK(6, refused(syscall(SYS_openat, AT_FDCWD, "/tmp/husk-warden", O_RDONLY | O_CREAT, 0600)));
	CHECK(7, refused(syscall(SYS_execve, "/bin/true", NULL, NULL)));
	CHECK(8, refused(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)));
	return 0;
}

BARE static int the_compiler_has_memory_and_its_end(void)
{
	struct err e;
	void *memory;

	CHECK(1, warden_confine(&e) == 0);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(2, memory != MAP_FAILED && munmap(memory, 4096) == 0);
	CHECK(3, refused(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)));
	CHECK(4, refused(syscall(SYS_write, 1, "", 0)));
	CHECK(5, refused(syscall(SYS_read, 0, "", 0)));
	CHECK(6, refused(syscall(SYS_kill, getpid(), 0)));
	CHECK(7, refused(syscall(SYS_ptrace, 0, 0, 0, 0)));
	CHECK(8, refused(syscall(SYS_process_vm_writev, getppid(), 0, 0, 0, 0, 0)));
	CHECK(9, refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
	CHECK(10, refused(syscall(SYS_execve, "/bin/true", NULL, NULL)));
	CHECK(11, refused(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)));
	CHECK(12, refused(syscall(SYS_mount, 0, 0, 0, 0, 0)));
	return 0;
}

Test(warden, the_compiler_has_memory_and_its_end)
{
	cr_assert_eq(in_child(the_compiler_has_memory_and_its_end), 0, "check %d", in_child(the_compiler_has_memory_and_its_end));
}

#ifdef __x86_64__
static bool takes_int80;

BARE static int the_32_bit_way_in(void)
{
	int result = -EPERM;

	CHECK(1, load(true) == 0);
	if (takes_int80)
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid of i386 */
	CHECK(2, result == -EPERM);
	CHECK(3, refused(syscall(0x40000000 + 39))); /* getpid of x32 */
	return 0;
}

/* The numbers of i386 mean other calls, and those of x32 may. PID 1 lives on. */
Test(warden, the_32_bit_ways_in_are_refused)
{
	takes_int80 = machine_takes_int80();
	cr_assert_eq(in_child(the_32_bit_way_in), 0);
}
#endif

Test(warden, pid1_cant_do_more_than_supervise)
{
	cr_assert_eq(in_child(pid1_cant_do_more_than_supervise), 0, "check %d", in_child(pid1_cant_do_more_than_supervise));
}

Test(warden, a_launcher_may_walk_over_proc_and_no_more)
{
	cr_assert_eq(in_child(a_launcher_may_walk_over_proc_and_no_more), 0, "check %d",
		     in_child(a_launcher_may_walk_over_proc_and_no_more));
}
