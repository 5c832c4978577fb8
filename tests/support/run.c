#include "tests/support/run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT_PREPARE = 99 };

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_environment(const char *const *env)
{
	for (; env != NULL && *env != NULL; env++)
		putenv((char *)(unsigned long)*env);
}

static void become_program(const struct run_spec *spec)
{
	sigset_t none;

	sigemptyset(&none);
	for (int signal = 1; signal < NSIG; signal++)
		(void)sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	set_environment(spec->env);
	if (spec->prepare != NULL)
		spec->prepare(spec->argument);
	execvp(spec->argv[0], (char **)(unsigned long)spec->argv);
	_exit(CANNOT_PREPARE);
}

/* Between the test and PID 1: its end is PID 1's. */
static void middle(const struct run_spec *spec, pid_t *target)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
		_exit(CANNOT_PREPARE);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
			_exit(CANNOT_PREPARE);
		become_program(spec);
	}
	__atomic_store_n(target, pid, __ATOMIC_SEQ_CST);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(CANNOT_PREPARE);
	if (WIFSIGNALED(status)) {
		prctl(PR_SET_DUMPABLE, 0);
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

void run_start(const struct run_spec *spec, struct running *running)
{
	static struct run_result result;
	pid_t *target = mmap(NULL, sizeof *target, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int out[2];
	int err[2];

	cr_assert(pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0);
	fflush(NULL);
	running->child = fork();
	cr_assert_geq(running->child, 0);
	if (running->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		/* Criterion's own descriptors are no part of the test. */
		for (int fd = 3; fd < 1024; fd++)
			(void)close(fd);
		if (spec->pid1)
			middle(spec, target);
		become_program(spec);
	}
	close(out[1]);
	close(err[1]);
	*running = (struct running){.child = running->child,
				    .target = running->child,
				    .pidfd = (int)syscall(SYS_pidfd_open, running->child, 0),
				    .out = out[0],
				    .err = err[0],
				    .deadline = now_ms() + (spec->timeout_ms > 0 ? spec->timeout_ms : RUN_TIMEOUT_MS),
				    .result = &result};
	/* No memset of half a megabyte for each run. */
	result.exit = -1;
	result.signal = 0;
	result.timed_out = false;
	result.out_size = result.err_size = 0;
	result.out[0] = result.err[0] = '\0';
	while (spec->pid1 && (running->target = __atomic_load_n(target, __ATOMIC_SEQ_CST)) == 0 &&
	       poll(&(struct pollfd){.fd = running->pidfd, .events = POLLIN}, 1, 1) == 0)
		;
	munmap(target, sizeof *target);
}

/* Returns false at the end of the file. */
static bool take(int fd, char *buf, size_t *size)
{
	char spill[4096];
	bool full = *size >= RUN_OUTPUT - 1;
	ssize_t got = full ? read(fd, spill, sizeof spill) : read(fd, buf + *size, RUN_OUTPUT - 1 - *size);

	if (got <= 0)
		return got < 0 && errno == EINTR;
	*size += full ? 0 : (size_t)got;
	buf[*size] = '\0';
	return true;
}

/* Waits for output or the end. Returns false when there is nothing more to wait for. */
static bool step(struct running *r)
{
	struct pollfd ready[] = {{.fd = r->out, .events = POLLIN}, {.fd = r->err, .events = POLLIN}, {.fd = r->pidfd, .events = POLLIN}};
	long left = r->deadline - now_ms();
	int found = poll(ready, 3, left > 0 ? (int)left : 0);

	if (found < 0)
		return errno == EINTR;
	if (found == 0) {
		r->result->timed_out = true;
		return false;
	}
	if (ready[0].revents != 0 && !take(r->out, r->result->out, &r->result->out_size))
		r->out = (close(r->out), -1);
	if (ready[1].revents != 0 && !take(r->err, r->result->err, &r->result->err_size))
		r->err = (close(r->err), -1);
	/* What an orphan may still write isn't waited for. */
	return ready[2].revents == 0 || ready[0].revents != 0 || ready[1].revents != 0;
}

bool run_until(struct running *r, const char *text)
{
	while (strstr(r->result->out, text) == NULL && strstr(r->result->err, text) == NULL)
		if (!step(r))
			return false;
	return true;
}

void run_signal(const struct running *r, int signal)
{
	cr_assert_eq(kill(r->target, signal), 0, "kill(%d, %d): %s", r->target, signal, strerror(errno));
}

const struct run_result *run_finish(struct running *r)
{
	int status = 0;

	while (step(r))
		;
	if (r->result->timed_out) {
		(void)kill(r->target, SIGKILL);
		(void)kill(-r->child, SIGKILL);
		(void)kill(r->child, SIGKILL);
	}
	cr_assert_eq(waitpid(r->child, &status, 0), r->child);
	r->result->exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	r->result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	close(r->pidfd);
	if (r->out >= 0)
		close(r->out);
	if (r->err >= 0)
		close(r->err);
	cr_assert_neq(r->result->exit, CANNOT_PREPARE, "the test couldn't start the program: %s", r->result->err);
	return r->result;
}

const struct run_result *run(const struct run_spec *spec)
{
	struct running running;

	run_start(spec, &running);
	return run_finish(&running);
}

int in_child(int (*body)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(60);
		/* _exit makes AddressSanitizer ask for its stacks first, which a filter under test may refuse. */
		(void)syscall(SYS_exit_group, body());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? -1 : 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

int count_lines(const char *text)
{
	int lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

void become(const void *ids)
{
	const unsigned *id = ids;

	if (setgroups(0, NULL) != 0 || setresgid(id[1], id[1], id[1]) != 0 || setresuid(id[0], id[0], id[0]) != 0)
		_exit(CANNOT_PREPARE);
}

void raise_ambient_of_all(const void *unused)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	(void)unused;
	if (syscall(SYS_capget, &header, data) != 0)
		_exit(CANNOT_PREPARE);
	data[0].inheritable = data[0].permitted;
	data[1].inheritable = data[1].permitted;
	if (syscall(SYS_capset, &header, data) != 0)
		_exit(CANNOT_PREPARE);
	for (unsigned i = 0; i < 64; i++)
		(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
}
