#include "init/descend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/num.h"

/* Deeper than any real tree; it ends a walk through numbers that were reused meanwhile. */
enum { DEPTH_MAX = 256 };

/* struct linux_dirent64 of getdents64(2): readdir would allocate. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

void reach_open(struct reach *reach, bool pid1)
{
	*reach = (struct reach){.pid1 = pid1, .self = getpid(), .proc = -1};
	if (!pid1)
		reach->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* "PID/stat" without stdio. */
static void stat_path(char path[32], pid_t pid)
{
	char digits[16];
	size_t n = 0;
	size_t at = 0;

	for (; pid > 0; pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	while (n > 0)
		path[at++] = digits[--n];
	memcpy(path + at, "/stat", sizeof "/stat");
}

/* The parent of a process, -1 where there is none of that number. proc(5): "PID (COMM) STATE PPID …";
 * COMM may hold anything, so the last parenthesis counts. */
static pid_t parent_of(const struct reach *reach, pid_t pid)
{
	char path[32];
	char text[512];
	ssize_t length;
	const char *at;
	long parent;
	int fd;

	stat_path(path, pid);
	fd = openat(reach->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	at = strrchr(text, ')');
	/* A zombie ('Z') may be a leader whose threads live on, with children. */
	if (at == NULL || at[1] != ' ' || at[2] == '\0')
		return -1;
	parent = strtol(at + 3, NULL, 10);
	return parent > 0 ? (pid_t)parent : -1;
}

static bool is_below(const struct reach *reach, pid_t pid)
{
	for (int depth = 0; depth < DEPTH_MAX && pid > 1; depth++) {
		pid = parent_of(reach, pid);
		if (pid == reach->self)
			return true;
	}
	return false;
}

/* The descriptor is taken before the ancestry is read, so a number that is reused in between can't be hit. 0, or an errno. */
static int signal_if_below(const struct reach *reach, pid_t pid, int signal)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	int result = ESRCH;

	if (pidfd < 0 && errno == ESRCH)
		return ESRCH;
	if (is_below(reach, pid)) {
		/* An older kernel (before 5.3) or a filter has no pidfd; then the number must do. */
		const long sent = pidfd >= 0 ? syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0U) : kill(pid, signal);

		result = sent == 0 ? 0 : errno;
	}
	if (pidfd >= 0)
		(void)close(pidfd);
	return result;
}

/* One buffer of directory entries. */
static void signal_listed(const struct reach *reach, const char *buffer, long size, int signal, bool *sent, int *error)
{
	for (long at = 0; at < size;) {
		const struct entry *entry = (const void *)(buffer + at);
		uint32_t pid;
		int result;

		at += entry->length;
		if (num_u32(entry->name, INT32_MAX, &pid) != 0 || pid <= 1 || (pid_t)pid == reach->self)
			continue;
		result = signal_if_below(reach, (pid_t)pid, signal);
		if (result == 0)
			*sent = true;
		else if (result != ESRCH)
			*error = result;
	}
}

static int walk(const struct reach *reach, int signal)
{
	_Alignas(struct entry) char buffer[4096];
	bool sent = false;
	int error = 0;
	long size;

	if (reach->proc < 0 || lseek(reach->proc, 0, SEEK_SET) != 0)
		return EBADF;
	while ((size = syscall(SYS_getdents64, reach->proc, buffer, sizeof buffer)) > 0)
		signal_listed(reach, buffer, size, signal, &sent, &error);
	return sent ? 0 : error;
}

int reach_signal(const struct reach *reach, int signal)
{
	if (!reach->pid1)
		return walk(reach, signal);
	if (kill(-1, signal) == 0 || errno == ESRCH)
		return 0;
	return errno;
}
