#include "seccomp/warden.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { ROOM = 96 };

/* Waiting, reaping, forwarding, reporting, exiting. */
static const int always[] = {
	SYS_rt_sigtimedwait,
	SYS_wait4,
	SYS_kill,
	SYS_rt_sigqueueinfo,
	SYS_clock_gettime,
	SYS_write,
	SYS_pwritev2,
	SYS_ppoll,
#ifdef SYS_poll
	SYS_poll,
#endif
	SYS_getpid,
	SYS_getrusage,
	SYS_rt_sigreturn,
	SYS_restart_syscall,
	SYS_exit,
	SYS_exit_group,
};

/* Stopping itself with its group, and walking over its descendants. Opening is for reading alone. */
static const int launcher[] = {
	SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_lseek, SYS_getdents64, SYS_read, SYS_close, SYS_pidfd_open, SYS_pidfd_send_signal,
};

/* The answer of the recorder of --learn. */
static const int learner[] = {SYS_read};

/* Memory, the time and its own end: what reading a profile and compiling it takes. */
static const int compiler[] = {
	SYS_brk,           SYS_mmap,         SYS_munmap, SYS_mremap, SYS_mprotect,  SYS_madvise,      SYS_futex, SYS_uname,
	SYS_clock_gettime, SYS_gettimeofday, SYS_getpid, SYS_gettid, SYS_getrandom, SYS_rt_sigreturn, SYS_exit,  SYS_exit_group,
};

struct code {
	struct sock_filter at[ROOM];
	unsigned short length;
};

static void put(struct code *code, uint16_t op, uint32_t k, uint8_t jump_true, uint8_t jump_false)
{
	code->at[code->length++] = (struct sock_filter){op, jump_true, jump_false, k};
}

static void give(struct code *code, uint32_t action)
{
	put(code, BPF_RET | BPF_K, action, 0, 0);
}

static void load(struct code *code, size_t offset)
{
	put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void allow(struct code *code, const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(code, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[i], 0, 1);
		give(code, SECCOMP_RET_ALLOW);
	}
}

/* The foreground of the terminal, nothing else that ioctl can do. Both ways end here. */
static void allow_foreground(struct code *code)
{
	put(code, BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5);
	load(code, offsetof(struct seccomp_data, args[1]));
	put(code, BPF_JMP | BPF_JEQ | BPF_K, TIOCGPGRP, 1, 0);
	put(code, BPF_JMP | BPF_JEQ | BPF_K, TIOCSPGRP, 0, 1);
	give(code, SECCOMP_RET_ALLOW);
	give(code, SECCOMP_RET_ERRNO | EPERM);
}

/* Giving pages back: MADV_RANDOM and MADV_DONTNEED, which harm nobody but the caller. */
static void allow_giving_back(struct code *code)
{
	put(code, BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 5);
	load(code, offsetof(struct seccomp_data, args[2]));
	put(code, BPF_JMP | BPF_JEQ | BPF_K, MADV_RANDOM, 1, 0);
	put(code, BPF_JMP | BPF_JEQ | BPF_K, MADV_DONTNEED, 0, 1);
	give(code, SECCOMP_RET_ALLOW);
	give(code, SECCOMP_RET_ERRNO | EPERM);
}

/* O_ACCMODE, O_CREAT and O_TRUNC must be absent: the walk reads /proc. */
static void allow_reading(struct code *code)
{
	put(code, BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4);
	load(code, offsetof(struct seccomp_data, args[2]));
	put(code, BPF_JMP | BPF_JSET | BPF_K, 01 | 02 | 0100 | 01000, 1, 0);
	give(code, SECCOMP_RET_ALLOW);
	give(code, SECCOMP_RET_ERRNO | EPERM);
}

static void begin(struct code *code)
{
	code->length = 0;
	load(code, offsetof(struct seccomp_data, arch));
	put(code, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
	give(code, SECCOMP_RET_ERRNO | EPERM); /* nothing here kills: PID 1 takes its container down with it */
	load(code, offsetof(struct seccomp_data, nr));
}

/* Whatever is left answers EPERM. */
static int finish(struct code *code, struct err *e)
{
	struct sock_fprog program = {.filter = code->at};

	give(code, SECCOMP_RET_ERRNO | EPERM);
	program.len = code->length;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &program) != 0)
		return err_set(e, errno, "allow seccomp in the profile", "seccomp(SECCOMP_SET_MODE_FILTER)");
	return 0;
}

int warden_confine(struct err *e)
{
	struct code code;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
		return err_set(e, errno, "use Linux 3.5 or later", "prctl(PR_SET_NO_NEW_PRIVS)");
	begin(&code);
	allow(&code, compiler, sizeof compiler / sizeof compiler[0]);
	return finish(&code, e);
}

int warden_load(bool pid1, bool learns, struct err *e)
{
	struct code code;

	begin(&code);
	allow(&code, always, sizeof always / sizeof always[0]);
	if (learns)
		allow(&code, learner, sizeof learner / sizeof learner[0]);
	if (!pid1)
		allow(&code, launcher, sizeof launcher / sizeof launcher[0]);
	if (!pid1)
		allow_reading(&code);
	allow_giving_back(&code);
	allow_foreground(&code);
	return finish(&code, e);
}
