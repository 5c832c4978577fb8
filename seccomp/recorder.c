#include "seccomp/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/io.h"
#include "seccomp/learned.h"

/* linux/seccomp.h of Debian 12 is older (Linux 6.6): the woken side runs on the same CPU at once. */
#define NOTIF_SET_FLAGS    SECCOMP_IOW(4, __u64)
#define NOTIF_SYNC_WAKE_UP 1UL

/* The kernel may know longer structures than this header (SECCOMP_GET_NOTIF_SIZES). */
union notification {
	struct seccomp_notif request;
	char room[1024];
};

union response {
	struct seccomp_notif_resp answer;
	char room[1024];
};

struct recorder {
	const struct learn *learn;
	int control; /* -1 once husk is gone */
	int listener;
	bool started; /* the workload was executed */
	struct learned learned;
};

static int put_new(const struct learn *learn, const char *text, const struct stat *old)
{
	char name[64];
	int fd;
	int result;

	(void)snprintf(name, sizeof name, ".husk-learn-%ld", (long)getpid());
	(void)unlinkat(learn->dir, name, 0);
	fd = openat(learn->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	result = io_write_all(fd, text, strlen(text));
	/* The file keeps its mode and its owner, or is written in place. */
	if (result == 0 && (old->st_uid != geteuid() || old->st_gid != getegid()))
		result = fchown(fd, old->st_uid, old->st_gid);
	if (result == 0)
		result = fchmod(fd, old->st_mode & 0777);
	if (result == 0)
		result = fsync(fd);
	if (result == 0)
		result = renameat(learn->dir, name, learn->dir, learn->name);
	/* From now on this is the file. */
	if (result == 0)
		(void)dup2(fd, learn->fd);
	(void)close(fd);
	if (result != 0)
		(void)unlinkat(learn->dir, name, 0);
	return result;
}

static int put_in_place(const struct learn *learn, const char *text)
{
	if (lseek(learn->fd, 0, SEEK_SET) != 0 || io_write_all(learn->fd, text, strlen(text)) != 0 ||
	    ftruncate(learn->fd, (off_t)strlen(text)) != 0)
		return -1;
	return fsync(learn->fd) != 0 && errno != EINVAL && errno != EROFS ? -1 : 0;
}

int recorder_put(const struct learn *learn, const char *text, struct err *e)
{
	struct stat open_file;
	struct stat old;

	if (fstat(learn->fd, &open_file) == 0 && fstatat(learn->dir, learn->name, &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode) &&
	    old.st_ino == open_file.st_ino && put_new(learn, text, &old) == 0)
		return 0;
	if (put_in_place(learn, text) == 0)
		return 0;
	return err_set(e, errno, "give a file on a disk with room", "--learn: can't write '%s'", learn->file);
}

static void write_profile(struct recorder *r, struct recorder_answer *answer)
{
	char *text;

	*answer = (struct recorder_answer){.unnamed = r->learned.unnamed};
	if (r->learned.overflow) {
		answer->failed = true;
		(void)err_set(&answer->e, 0, "write this profile by hand",
			      "--learn: one call was made with more than %d different arguments", LEARNED_VALUES);
		return;
	}
	text = learned_write(&r->learned, r->learn->old, r->learn->old_size, &answer->denied);
	if (text == NULL)
		(void)err_set(&answer->e, ENOMEM, NULL, "--learn: writing '%s'", r->learn->file);
	answer->failed = text == NULL || recorder_put(r->learn, text, &answer->e) != 0;
	free(text);
	r->learned.changed = false;
}

static void write_and_answer(struct recorder *r)
{
	struct recorder_answer answer;

	write_profile(r, &answer);
	if (r->control >= 0)
		(void)send(r->control, &answer, sizeof answer, MSG_NOSIGNAL);
}

/* The workload's process sends the listener. Nothing comes where it couldn't be started. */
static int receive_listener(int control)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} ancillary;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof ancillary};
	int listener = -1;

	while (recvmsg(control, &message, MSG_CMSG_CLOEXEC) < 0)
		if (errno != EINTR)
			return -1;
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)) && ancillary.header.cmsg_type == SCM_RIGHTS)
		memcpy(&listener, CMSG_DATA(&ancillary.header), sizeof listener);
	return listener;
}

/* One call. The caller may be gone by the time of the answer (ENOENT), which is no trouble. Returns -1 where there is no more. */
static int take_one(struct recorder *r)
{
	static union notification in;
	static union response out;

	memset(&in, 0, sizeof in);
	if (ioctl(r->listener, SECCOMP_IOCTL_NOTIF_RECV, &in) != 0)
		return errno == EINTR || errno == ENOENT || errno == EAGAIN ? 0 : -1;
	learned_note(&r->learned, &in.request.data);
	memset(&out, 0, sizeof out);
	out.answer.id = in.request.id;
	out.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* Without an answer the call would wait for ever; closing the listener fails it. */
	if (ioctl(r->listener, SECCOMP_IOCTL_NOTIF_SEND, &out) != 0 && errno != ENOENT && errno != EINTR)
		return -1;
	return 0;
}

/* What is pending is recorded before the file is written. */
static int drain(struct recorder *r)
{
	struct pollfd ready = {.fd = r->listener, .events = POLLIN};

	while (poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0)
		if (take_one(r) != 0)
			return -1;
	return 0;
}

/* A command, or husk's end: the workload may have left processes that live on, and so does the recorder. */
static void obey(struct recorder *r)
{
	char command;

	if (read(r->control, &command, 1) != 1) {
		(void)close(r->control);
		r->control = -1;
		command = RECORDER_WRITE;
	}
	if (command == RECORDER_STARTED) {
		r->started = true;
		return;
	}
	/* Where exec failed nothing has run, and husk ends without a word. */
	if (!r->started) {
		learn_abandon(r->learn);
		_exit(0);
	}
	(void)drain(r);
	write_and_answer(r);
}

static void record(struct recorder *r)
{
	struct pollfd ready[] = {{.fd = r->listener, .events = POLLIN}, {.fd = r->control, .events = POLLIN}};

	for (;;) {
		ready[1].fd = r->control;
		ready[1].revents = 0;
		if (poll(ready, 2, -1) < 0)
			continue;
		if ((ready[0].revents & POLLIN) != 0 && take_one(r) != 0)
			break;
		/* The last process under the filter has ended (Linux 5.10). */
		if ((ready[0].revents & (POLLIN | POLLHUP | POLLERR)) == POLLHUP || (ready[0].revents & (POLLERR | POLLNVAL)) != 0)
			break;
		if (ready[1].revents != 0)
			obey(r);
	}
	while (!r->started)
		obey(r);
	write_and_answer(r);
}

void recorder_run(const struct learn *learn, int control)
{
	static struct recorder r; /* zeroed, and too large for a stack */

	/* A session of its own: no terminal's signal reaches it; all others are blocked, as husk has them. */
	(void)setsid();
	r.learn = learn;
	r.control = control;
	learned_begin(&r.learned);
	r.listener = receive_listener(control);
	if (r.listener < 0) {
		learn_abandon(learn);
		_exit(0);
	}
	(void)ioctl(r.listener, NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP);
	record(&r);
	_exit(0);
}
