/* What the filter costs. filterload run COMMAND...: runs it under a filter of one instruction. filterload load: microseconds of loading
 * the built-in filter, by a bare seccomp(2) and as husk does it with its read-back; medians of forked loads in turn. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seccomp/filter.h"

enum { ROUNDS = 200 };

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static long load(struct sock_filter *code, unsigned short length)
{
	const struct sock_fprog program = {length, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One loading in a child of its own: filters pile up. */
static double load_once(bool as_husk)
{
	double *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	double took;

	if (pid == 0) {
		const struct filter_request request = {.source = FILTER_DEFAULT};
		static struct filter_plan plan;
		struct err e;
		double begin;
		bool good;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (filter_plan(&request, &plan, &e) != 0)
			_exit(1);
		begin = now_us();
		if (as_husk)
			good = filter_load(&plan, false, NULL, &e) == 0;
		else
			good = load((struct sock_filter *)(unsigned long)plan.closed.code, plan.closed.length) == 0;
		*shared = good ? now_us() - begin : -1;
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	took = *shared;
	munmap(shared, sizeof *shared);
	return took;
}

static void compare_loads(void)
{
	double bare[ROUNDS];
	double husk[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = load_once(false);
		husk[i] = load_once(true);
	}
	qsort(bare, ROUNDS, sizeof *bare, ascending);
	qsort(husk, ROUNDS, sizeof *husk, ascending);
	printf("load-bare %.2f\nload-as-husk %.2f\n", bare[ROUNDS / 2], husk[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
	static struct sock_filter allow[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};

	if (argc > 1 && strcmp(argv[1], "load") == 0) {
		compare_loads();
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "run") == 0 && load(allow, 1) == 0)
		execv(argv[2], argv + 2);
	return 1;
}
