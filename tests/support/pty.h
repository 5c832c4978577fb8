/* A person at a terminal: a session on a pseudo-terminal, typed at and read from. */
#ifndef HUSK_TESTS_PTY_H
#define HUSK_TESTS_PTY_H

#include <stdbool.h>
#include <sys/types.h>

struct pty {
	int master;
	pid_t pid;        /* the session's leader */
	char seen[65536]; /* all output so far */
	unsigned long used;
	unsigned long matched; /* how far pty_expect has got */
};

/* Starts argv as the leader of a session with a controlling terminal of its own, where pid1 in a new PID namespace. The
 * environment has HUSK_BIN (the binary under test) and PROBE (the helper). */
void pty_start(struct pty *p, bool pid1, const char *const *argv);

#define PTY_START(p, pid1, ...) pty_start(p, pid1, (const char *const[]){__VA_ARGS__, NULL})

void pty_type(struct pty *p, const char *text);

/* Reads until text appears behind what was matched before. Fails the test after 30 s, showing all output. */
void pty_expect(struct pty *p, const char *text);

/* Exit status of the leader, 1000 + n where signal n killed it. */
int pty_wait(struct pty *p);

#endif
