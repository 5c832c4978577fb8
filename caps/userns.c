#include "caps/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* struct clone_args as Linux 5.3 had it: smaller than today's header's, understood by every clone3. */
struct first_clone_args {
	_Alignas(8) uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
};

bool userns_absent(void)
{
	return access("/proc/self/ns/user", F_OK) != 0 && errno == ENOENT && access("/proc/self/ns", F_OK) == 0;
}

enum userns_answer userns_answer_of(int number, bool absent)
{
	switch (number) {
	case 0: return USERNS_OPEN;
	case EINVAL: return absent ? USERNS_ABSENT : USERNS_INCONCLUSIVE;
	case ENOSYS: return USERNS_NO_CLONE3;
	case EPERM: return USERNS_EPERM;
	case ENOSPC: return USERNS_ENOSPC;
	default: return USERNS_INCONCLUSIVE;
	}
}

enum userns_answer userns_try(int *number)
{
	struct first_clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	bool absent = userns_absent();
	long pid = syscall(SYS_clone3, &args, sizeof args);

	if (pid == 0)
		_exit(0);
	*number = pid < 0 ? errno : 0;
	if (pid > 0)
		while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
			;
	return userns_answer_of(*number, absent);
}

static int mount_failed(const char *call, struct err *e)
{
	return err_set(e, errno, "start husk with CAP_SYS_ADMIN, or leave out --forbid-userns", "--forbid-userns: %s", call);
}

/* The walk to /.. ends on the cover, the walk to / below it. A kernel before 5.8 doesn't tell; the try in phase 9 must do there. */
static bool root_is_bare(void)
{
	struct statx root;
	struct statx cover;

	/* The raw call: musl 1.2.3 has no statx. */
	if (syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_MNT_ID, &root) != 0 ||
	    syscall(SYS_statx, AT_FDCWD, "/..", 0, STATX_MNT_ID, &cover) != 0)
		return errno != ENOSYS;
	return (root.stx_mask & cover.stx_mask & STATX_MNT_ID) != 0 && root.stx_mnt_id == cover.stx_mnt_id;
}

int userns_forbid(struct err *e)
{
	if (unshare(CLONE_NEWNS) != 0)
		return mount_failed("unshare(CLONE_NEWNS)", e);
	/* Otherwise the cover would be mounted in the namespace that husk came from, too. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return mount_failed("mount(MS_PRIVATE)", e);
	if (mount("/", "/", NULL, MS_BIND | MS_REC, NULL) != 0)
		return mount_failed("mount(MS_BIND)", e);
	if (root_is_bare())
		return err_set(e, 0, "leave out --forbid-userns", "--forbid-userns: the cover of / had no effect");
	return 0;
}
