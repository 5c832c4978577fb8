/* Tries every way into another process: prints one word for each that worked, then "end". Usage: reach PID. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void got(const char *what, long result)
{
	if (result >= 0)
		printf("%s\n", what);
}

static int open_in(int pid, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	return open(path, flags | O_CLOEXEC);
}

/* Opened or not, what counts is whether there is anything to read. */
static long read_in(int pid, const char *name)
{
	char byte[16];

	return read(open_in(pid, name, O_RDONLY), byte, sizeof byte) > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	const int pid = argc > 1 ? atoi(argv[1]) : 1;
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	char link[64];
	uint64_t word;
	struct iovec here = {&word, sizeof word};
	struct iovec there = {(void *)&main, sizeof word};

	got("mem", open_in(pid, "mem", O_RDWR));
	got("maps", read_in(pid, "maps"));
	got("environ", read_in(pid, "environ"));
	got("auxv", read_in(pid, "auxv"));
	got("fd", open_in(pid, "fd/0", O_RDONLY));
	(void)snprintf(link, sizeof link, "/proc/%d/exe", pid);
	got("exe", readlink(link, (char *)&word, sizeof word));
	got("root", open_in(pid, "root", O_RDONLY | O_DIRECTORY));
	for (int fd = 0; fd < 3; fd++)
		got("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, fd, 0));
	got("process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 && errno == EPERM ? -1 : 0);
	got("ptrace attach", ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	got("ptrace seize", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	printf("end\n");
	return 0;
}
