/* Runs the husk under test as PID 1 of a new PID namespace or as a plain subreaper, and watches it. */
#ifndef HUSK_TESTS_LAUNCH_H
#define HUSK_TESTS_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum launch_as { AS_SUBREAPER, AS_PID1, LAUNCH_WAYS };

struct launch {
	enum launch_as as;
	const char *binary;         /* NULL: the environment's HUSK, else the one just built */
	const char *name;           /* argv[0]; NULL: husk */
	const char *const *environ; /* NULL: the test's own */
	void (*prepare)(void *);    /* runs in the new process just before exec; NULL: nothing */
	void *prepare_with;
	int keep_fds; /* how many descriptors from 3 on stay open, as prepare made them */
	pid_t pid;    /* husk, as the test sees it */
	int out;      /* its stdout and stderr, to be read */
	int err;
};

/* argv: husk's arguments, NULL-terminated. husk gets a session of its own without a terminal, /dev/null as stdin. */
void launch(struct launch *l, const char *const *argv);

#define LAUNCH(l, ...) launch(l, (const char *const[]){__VA_ARGS__, NULL})

/* Reads one line of stdout without its newline. Fails the test where none comes within 30 s. False at the end of the output. */
bool launch_line(struct launch *l, char *line, size_t size);

/* Reads lines until one is text. */
void launch_expect(struct launch *l, const char *text);

/* Sends to husk. */
void launch_kill(const struct launch *l, int signal);

/* Waits for husk's end (60 s at most, else kills it and fails the test). Returns its exit status, 1000 + n where signal n killed it. */
int launch_wait(struct launch *l);

/* What is on stderr until it is closed; call it after launch_wait. Returns text. */
const char *launch_stderr(struct launch *l, char *text, size_t size);

/* Path of a helper program ("probe"). */
const char *helper(const char *name);

/* The same test for each way to run husk: "as PID 1" and "as a subreaper". */
extern const char *const launch_ways[LAUNCH_WAYS];

/* Rounds of a loop: fewer where husk carries sanitizers, which make its start about forty times slower. */
int rounds(int plain);

#endif
