/* Measures one init beside others: measure KIND ROUNDS --next LABEL COMMAND... --next LABEL COMMAND... and so on. The commands
 * take turns, so that what disturbs one disturbs all. Writes "LABEL VALUE" lines of medians.
 *   launch   microseconds from fork to reaped exit of COMMAND
 *   signal   microseconds from sending SIGUSR1 to COMMAND until its workload (bench/workload echo) answers
 *   reap     microseconds of CPU that COMMAND's init spends for each orphan (bench/workload orphans N)
 *   idle     resident, proportional and private KiB, and wake-ups a minute, of COMMAND's init (bench/workload sleep)
 * For reap each command is PID 1 of a PID namespace of its own: elsewhere some inits don't reap at all, and whoever does may take seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTESTANTS = 16, ROUNDS = 20000, ORPHANS = 2000, IDLE_SECONDS = 5 };

struct contestant {
	const char *label;
	char **argv;
	double *values;
	long wake_ups;
};

static struct contestant contestants[CONTESTANTS];
static int contestant_count;
static bool as_pid1;

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Starts argv with its stdout on out (-1: as it is). */
static pid_t start(char **argv, int out)
{
	pid_t pid = as_pid1 ? (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL) : vfork();

	if (pid == 0) {
		if (out >= 0)
			dup2(out, 1);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0)
		die("starting a contestant (reap needs root)");
	return pid;
}

static double launch_once(char **argv)
{
	double begin = now_us();
	pid_t pid = start(argv, -1);
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "measure: %s: status 0x%x\n", argv[0], status);
		exit(1);
	}
	return now_us() - begin;
}

static void read_byte(int fd)
{
	char byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		die("the workload is gone");
}

static double signal_median(char **argv, int rounds, double *values)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("pipe2");
	pid = start(argv, ends[1]);
	close(ends[1]);
	read_byte(ends[0]);
	for (int i = 0; i < rounds; i++) {
		double begin = now_us();

		kill(pid, SIGUSR1);
		read_byte(ends[0]);
		values[i] = now_us() - begin;
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	return 0;
}

/* CPU time of a process, in microseconds, from its own clock (clock_getcpuclockid(3)). */
static double cpu_us(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		die("clock_getcpuclockid");
	return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static double reap_once(char **argv)
{
	int ends[2];
	double begin;
	double end;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("pipe2");
	pid = start(argv, ends[1]);
	close(ends[1]);
	read_byte(ends[0]); /* the workload is up */
	begin = cpu_us(pid);
	kill(pid, SIGUSR1);
	read_byte(ends[0]); /* its orphans have ended and been reaped */
	end = cpu_us(pid);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	return (end - begin) / ORPHANS;
}

/* The number behind NAME: in a file of /proc. */
static long field(pid_t pid, const char *file, const char *name)
{
	char path[64];
	char line[256];
	long sum = 0;
	FILE *in;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	in = fopen(path, "r");
	if (in == NULL)
		die(path);
	while (fgets(line, sizeof line, in) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			sum += strtol(line + strlen(name), NULL, 10);
	fclose(in);
	return sum;
}

enum { RESIDENT, PROPORTIONAL, PRIVATE };

/* Memory in every round, since a stack begins somewhere else in each process; wake-ups in the first alone, which takes seconds. */
static void idle_once(struct contestant *c, int round, int rounds)
{
	static const char *const fields[] = {[RESIDENT] = "Rss:", [PROPORTIONAL] = "Pss:", [PRIVATE] = "Anonymous:"};
	int ends[2];
	long before;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("pipe2");
	pid = start(c->argv, ends[1]);
	close(ends[1]);
	read_byte(ends[0]);
	usleep(300000); /* past whatever it does after the start */
	for (int i = RESIDENT; i <= PRIVATE; i++)
		c->values[i * rounds + round] = (double)field(pid, "smaps_rollup", fields[i]);
	if (round == 0) {
		before = field(pid, "status", "voluntary_ctxt_switches:");
		sleep(IDLE_SECONDS);
		c->wake_ups = (field(pid, "status", "voluntary_ctxt_switches:") - before) * 60 / IDLE_SECONDS;
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	close(ends[0]);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof *values, ascending);
	return values[count / 2];
}

static void print_medians(const struct contestant *c, int rounds, bool is_idle)
{
	if (!is_idle)
		printf("%s %.2f\n", c->label, median(c->values, rounds));
	else
		printf("%s %.0f %.0f %.0f %ld\n", c->label, median(c->values + RESIDENT * rounds, rounds),
		       median(c->values + PROPORTIONAL * rounds, rounds), median(c->values + PRIVATE * rounds, rounds), c->wake_ups);
}

static void read_contestants(int argc, char **argv)
{
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--next") != 0)
			continue;
		argv[i] = NULL;
		contestants[contestant_count].label = argv[i + 1];
		contestants[contestant_count].argv = argv + i + 2;
		contestants[contestant_count++].values = calloc(3 * ROUNDS, sizeof(double));
	}
}

/* Whoever comes after a heavy one finds cold caches: nobody always does. */
static void shuffle(int *order, int count)
{
	for (int i = 0; i < count; i++) {
		int at = rand() % (i + 1);

		order[i] = order[at];
		order[at] = i;
	}
}

int main(int argc, char **argv)
{
	const char *kind = argc > 3 ? argv[1] : "";
	int rounds = argc > 3 ? atoi(argv[2]) : 0;

	if (rounds < 1 || rounds > ROUNDS) {
		fprintf(stderr, "measure KIND ROUNDS --next LABEL COMMAND... --next LABEL COMMAND...\n");
		return 1;
	}
	read_contestants(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	as_pid1 = strcmp(kind, "reap") == 0;
	srand(1);
	for (int round = 0; round < rounds; round++) {
		int order[CONTESTANTS];

		shuffle(order, contestant_count);
		for (int i = 0; i < contestant_count; i++) {
			struct contestant *c = &contestants[order[i]];

			if (strcmp(kind, "launch") == 0)
				c->values[round] = launch_once(c->argv);
			else if (strcmp(kind, "reap") == 0)
				c->values[round] = reap_once(c->argv);
			else if (strcmp(kind, "signal") == 0 && round % 200 == 0)
				signal_median(c->argv, rounds - round < 200 ? rounds - round : 200, c->values + round);
			else if (strcmp(kind, "idle") == 0)
				idle_once(c, round, rounds);
		}
	}
	for (int i = 0; i < contestant_count; i++)
		print_medians(&contestants[i], rounds, strcmp(kind, "idle") == 0);
	return 0;
}
