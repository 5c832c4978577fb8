#include "seccomp/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/say.h"
#include "seccomp/profile.h"
#include "seccomp/recorder.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

/* The recorder's latest word. */
static struct recorder_answer last;

enum { FILE_MAX = 1024 * 1024, ANSWER_MS = 30 * 1000, KERNEL_CONTINUE = 5 << 8 | 5 };

static int read_old(struct learn *learn)
{
	learn->old = malloc(FILE_MAX + 1);
	learn->old_size = 0;
	if (learn->old == NULL)
		return -1;
	while (learn->old_size <= FILE_MAX) {
		ssize_t got = read(learn->fd, learn->old + learn->old_size, FILE_MAX + 1 - learn->old_size);

		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return -1;
		learn->old_size += got > 0 ? (size_t)got : 0;
	}
	errno = EFBIG;
	return -1;
}

/* A file that isn't a profile is somebody's mistake: it isn't overwritten. */
static int check_old(const struct learn *learn, struct err *e)
{
	const struct profile_context context = {.kernel = profile_kernel()};
	struct profile profile = {.arch = profile_native_arch()};
	unsigned unknown;
	int result;

	if (learn->old_size == 0)
		return 0;
	result = profile_parse(learn->file, learn->old, learn->old_size, &context, &profile, &unknown, e);
	profile_free(&profile);
	return result;
}

static int open_folder(struct learn *learn, struct err *e)
{
	const char *slash = strrchr(learn->file, '/');
	char *folder = strdup(learn->file);

	learn->name = slash != NULL ? slash + 1 : learn->file;
	if (folder == NULL)
		return err_set(e, ENOMEM, NULL, "--learn");
	if (slash != NULL)
		folder[slash == learn->file ? 1 : slash - learn->file] = '\0';
	learn->dir = open(slash != NULL ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (learn->dir < 0)
		return err_set(e, errno, "give a file in a folder that exists", "--learn: can't open the folder of '%s'", learn->file);
	return 0;
}

int learn_open(const char *file, struct learn *learn, struct err *e)
{
	struct stat found;

	*learn = (struct learn){.file = file, .dir = -1, .fd = -1, .control = -1};
	if (file == NULL)
		return 0;
	if (profile_kernel() < KERNEL_CONTINUE)
		return err_set(e, 0, "use Linux 5.5 or later", "--learn: this kernel can't let a notified call go on");
	if (open_folder(learn, e) != 0)
		return -1;
	learn->fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
	if (learn->fd < 0 || fstat(learn->fd, &found) != 0)
		return err_set(e, errno, "give a file that can be written", "--learn: can't open '%s'", file);
	if (!S_ISREG(found.st_mode))
		return err_set(e, 0, "give a file that can be written", "--learn: '%s' is no regular file", file);
	if (read_old(learn) != 0)
		return err_set(e, errno, errno == EFBIG ? "a profile has at most 1 MiB" : NULL, "--learn: can't read '%s'", file);
	return check_old(learn, e);
}

void learn_abandon(const struct learn *learn)
{
	struct stat open_file;
	struct stat named;

	if (learn->file == NULL || learn->old_size > 0 || fstat(learn->fd, &open_file) != 0 || open_file.st_size > 0)
		return;
	if (fstatat(learn->dir, learn->name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_ino == open_file.st_ino)
		(void)unlinkat(learn->dir, learn->name, 0);
}

/* Moved to 0, 1 and 2 in place of stdin, stdout and stderr: whoever reads those sees their end when the workload ends. */
static void keep_three(struct learn *learn, int *control)
{
	int *const keep[] = {&learn->dir, &learn->fd, control};

	for (int i = 0; i < 3; i++)
		*keep[i] = fcntl(*keep[i], F_DUPFD_CLOEXEC, 16);
	for (int i = 0; i < 3; i++)
		*keep[i] = dup2(*keep[i], i);
	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
	for (int fd = 3; fd < 1024; fd++)
		(void)close(fd);
}

int learn_start(struct learn *learn, struct err *e)
{
	const struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
	int ends[2];

	if (learn->file == NULL)
		return 0;
	if (getrandom(learn->pass, sizeof learn->pass, 0) != (ssize_t)sizeof learn->pass)
		return err_set(e, errno, NULL, "--learn: getrandom");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
	    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
		return err_set(e, errno, NULL, "--learn: socketpair");
	learn->recorder = fork();
	if (learn->recorder < 0)
		return err_set(e, errno, "raise the limit on processes", "--learn: fork");
	if (learn->recorder == 0) {
		keep_three(learn, &ends[1]);
		recorder_run(learn, ends[1]);
	}
	(void)close(ends[1]);
	(void)close(learn->dir);
	(void)close(learn->fd);
	learn->control = ends[0];
	return 0;
}

#define LOAD(field)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))
#define HALF(half)       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3]) + 4UL * (half))

/* The pass is compared in the arguments 3 to 5, which neither sendmsg nor close has. Returns the listener, or -1 with errno. */
static int load(const struct learn *learn)
{
	uint32_t pass[6]; /* halves in the order of memory, as struct seccomp_data has them */

	memcpy(pass, learn->pass, sizeof pass);
	const struct sock_filter code[] = {
		LOAD(arch),
		SKIP(profile_native_arch(), 0, 20),
		LOAD(nr),
		/* Ending and returning need no answer from a recorder that may be dead; the profile always holds them. */
		SKIP(SYS_exit_group, 17, 0),
		SKIP(SYS_exit, 16, 0),
		SKIP(SYS_rt_sigreturn, 15, 0),
		SKIP(SYS_restart_syscall, 14, 0),
		SKIP(SYS_sendmsg, 1, 0),
		SKIP(SYS_close, 0, 13),
		HALF(0),
		SKIP(pass[0], 0, 11),
		HALF(1),
		SKIP(pass[1], 0, 9),
		HALF(2),
		SKIP(pass[2], 0, 7),
		HALF(3),
		SKIP(pass[3], 0, 5),
		HALF(4),
		SKIP(pass[4], 0, 3),
		HALF(5),
		SKIP(pass[5], 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	const struct sock_fprog program = {sizeof code / sizeof code[0], (struct sock_filter *)(uintptr_t)code};
	const unsigned long listener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, listener | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, listener, &program);
	return (int)fd;
}

int learn_attach(const struct learn *learn, const char **step)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} ancillary = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	char byte = 0;
	struct iovec data = {&byte, 1};
	const struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = CMSG_LEN(sizeof(int))};
	long sent;
	int number;
	int fd;

	*step = "--learn: can't be notified of the workload's calls (EBUSY: somebody outside is already)";
	fd = load(learn);
	if (fd < 0)
		return -1;
	memcpy(CMSG_DATA(&ancillary.header), &fd, sizeof fd);
	do
		sent = syscall(SYS_sendmsg, learn->control, &message, MSG_NOSIGNAL, learn->pass[0], learn->pass[1], learn->pass[2]);
	while (sent < 0 && errno == EINTR);
	number = errno;
	/* Whoever holds the listener itself waits for itself. */
	(void)syscall(SYS_close, fd, 0, 0, learn->pass[0], learn->pass[1], learn->pass[2]);
	*step = "--learn: the recorder is gone";
	errno = number;
	return sent == 1 ? 0 : -1;
}

/* ECONNRESET comes once where the recorder ended with a request unread; its own answer is behind that. read and write, which any
 * profile allows. */
static int receive(struct learn *learn)
{
	ssize_t got;
	int resets = 0;

	do
		got = read(learn->control, &last, sizeof last);
	while (got < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	learn->answered = learn->answered || got == (ssize_t)sizeof last;
	return got == (ssize_t)sizeof last ? 0 : -1;
}

/* To a recorder that has ended by itself, its answer waiting here, this is EPIPE; husk blocks SIGPIPE. */
static void tell(const struct learn *learn, char command)
{
	(void)!write(learn->control, &command, 1);
}

void learn_started(const struct learn *learn)
{
	if (learn->file != NULL)
		tell(learn, RECORDER_STARTED);
}

void learn_flush(struct learn *learn)
{
	if (learn->file == NULL || learn->recorder <= 0)
		return;
	tell(learn, RECORDER_WRITE);
	(void)receive(learn);
}

bool learn_is_recorder(struct learn *learn, pid_t pid, bool *died)
{
	if (learn->file == NULL || pid != learn->recorder)
		return false;
	/* Nobody writes any more, so this doesn't wait. */
	*died = receive(learn) != 0 && !learn->answered;
	learn->recorder = 0;
	return true;
}

int learn_finish(struct learn *learn, struct err *e)
{
	if (learn->file == NULL || learn->control < 0)
		return 0;
	learn_flush(learn);
	if (!learn->answered)
		return err_set(e, 0, "run it again", "--learn: the recorder died; '%s' is as it was", learn->file);
	if (last.failed) {
		*e = last.e;
		return -1;
	}
	if (last.unnamed > 0)
		say_warn("--learn: %u calls have numbers that no profile can name; they aren't in '%s'", last.unnamed, learn->file);
	if (last.denied > 0)
		say_warn("--learn: %u calls of the run are denied by name in '%s'; that was left so", last.denied, learn->file);
	return 0;
}

void learn_cancel(struct learn *learn)
{
	if (learn->file == NULL || learn->recorder <= 0)
		return;
	(void)close(learn->control);
	learn->control = -1;
	while (waitpid(learn->recorder, NULL, 0) < 0 && errno == EINTR)
		;
	learn->recorder = 0;
}
