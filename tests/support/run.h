/* Runs a program for a test: plainly, as another user, or as PID 1 of a new PID namespace; captures what it writes; never leaves it
 * behind. */
#ifndef HUSK_TESTS_SUPPORT_RUN_H
#define HUSK_TESTS_SUPPORT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { RUN_OUTPUT = 256 * 1024, RUN_TIMEOUT_MS = 20000 };

struct run_spec {
	const char *const *argv;
	const char *const *env;        /* "NAME=VALUE" on top of the test's own; NULL: nothing */
	bool pid1;                     /* as PID 1 of a new PID namespace with a /proc of its own */
	int timeout_ms;                /* 0: RUN_TIMEOUT_MS. Then everything is killed */
	void (*prepare)(const void *); /* in the child, before exec; _exit(99) where it fails */
	const void *argument;          /* of prepare */
};

struct run_result {
	int exit;       /* exit status, -1 where a signal ended it */
	int signal;     /* that signal, else 0 */
	bool timed_out; /* it had to be killed */
	char out[RUN_OUTPUT];
	char err[RUN_OUTPUT];
	size_t out_size;
	size_t err_size;
};

/* A program that runs while the test goes on. */
struct running {
	pid_t child;  /* of the test */
	pid_t target; /* the program itself, seen from outside its namespace */
	int pidfd;
	int out;
	int err;
	long deadline; /* ms, monotonic */
	struct run_result *result;
};

/* Starts, waits, captures. Fails the test where the program can't be started at all. The result is valid until the next run. */
const struct run_result *run(const struct run_spec *spec);

/* run() for the words of a command: RUN("/bin/true") and so on. */
#define ARGV(...)     ((const char *const[]){__VA_ARGS__, NULL})
#define RUN(...)      run(&(struct run_spec){.argv = ARGV(__VA_ARGS__)})
#define RUN_PID1(...) run(&(struct run_spec){.argv = ARGV(__VA_ARGS__), .pid1 = true})

void run_start(const struct run_spec *spec, struct running *running);

/* Waits until stdout (or stderr) holds text. Returns false where the time is over or the program ended without it. */
bool run_until(struct running *running, const char *text);

/* Sends a signal to the program. */
void run_signal(const struct running *running, int signal);

/* Waits for the end. */
const struct run_result *run_finish(struct running *running);

/* Runs body in a forked child, outside of Criterion, and returns its exit status (128 + n where signal n ended it, -1 where it took
 * too long). body ends by returning the status; it must not assert. */
int in_child(int (*body)(void));

/* How many lines a text has. */
int count_lines(const char *text);

/* For prepare: become uid/gid {uid, gid} with no supplementary groups. */
void become(const void *ids);

/* For prepare: whatever is permitted becomes inheritable and ambient too. */
void raise_ambient_of_all(const void *unused);

#endif
