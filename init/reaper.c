#include "init/reaper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/num.h"

int descriptors_reserve(struct err *e)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is fd: those below are open by now. O_PATH reads and writes as EBADF. */
		if (open("/", O_PATH | O_CLOEXEC) != fd)
			return err_set(e, errno, "start husk with stdin, stdout and stderr open", "reserving descriptor %d", fd);
	}
	return 0;
}

static int close_between(int first, int last)
{
	if (first > last)
		return 0;
	return (int)syscall(SYS_close_range, (unsigned)first, last == INT_MAX ? ~0U : (unsigned)last, 0U);
}

static int close_ranges(int first, const int *keep, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (close_between(first, keep[i] - 1) != 0)
			return -1;
		first = keep[i] + 1;
	}
	return close_between(first, INT_MAX);
}

static bool listed(int fd, const int *keep, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

/* Before Linux 5.9 there is no close_range, and an engine's old filter answers it with EPERM. */
static int close_by_proc(int first, const int *keep, size_t count, struct err *e)
{
	DIR *open_files = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (open_files == NULL)
		return err_set(e, errno, "mount /proc, or use a kernel from 5.9 on", "closing inherited descriptors: /proc/self/fd");
	while ((entry = readdir(open_files)) != NULL) {
		uint32_t fd;

		if (num_u32(entry->d_name, INT_MAX, &fd) != 0 || (int)fd < first || (int)fd == dirfd(open_files))
			continue;
		if (!listed((int)fd, keep, count))
			(void)close((int)fd);
	}
	(void)closedir(open_files);
	return 0;
}

int descriptors_close(int first, const int *keep, size_t count, struct err *e)
{
	if (close_ranges(first, keep, count) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return err_set(e, errno, "report this as a bug", "close_range");
	return close_by_proc(first, keep, count, e);
}

int subreaper_get(void)
{
	int on = 0;

	return prctl(PR_GET_CHILD_SUBREAPER, &on) == 0 ? on : -1;
}

int subreaper_set(struct err *e)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return err_set(e, errno, "use Linux 3.4 or later", "prctl(PR_SET_CHILD_SUBREAPER)");
	if (subreaper_get() != 1)
		return err_set(e, 0, "report this as a bug", "prctl(PR_SET_CHILD_SUBREAPER) had no effect");
	return 0;
}
