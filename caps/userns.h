/* Whether this process can get a user namespace, found by trying. */
#ifndef HUSK_CAPS_USERNS_H
#define HUSK_CAPS_USERNS_H

#include <stdbool.h>

#include "common/err.h"

enum userns_answer {
	USERNS_UNTRIED,
	USERNS_OPEN,         /* the try succeeded. Final: freeing is deferred, a second try could fail with ENOSPC and look closed */
	USERNS_ABSENT,       /* EINVAL, and /proc/self/ns has no user: the kernel has none */
	USERNS_NO_CLONE3,    /* ENOSYS: an outer filter, or an old kernel, has no clone3 */
	USERNS_EPERM,        /* refused: covered root, chroot, sysctl, LSM, missing map */
	USERNS_ENOSPC,       /* refused: a full quota, or nested too deep */
	USERNS_INCONCLUSIVE, /* EAGAIN, ENOMEM, or anything else: says nothing */
};

/* Where user namespaces can't exist at all: /proc/self/ns is there and has no user. False where /proc can't tell. */
bool userns_absent(void);

/* Calls clone3(CLONE_NEWUSER) in the credentials that the process has now; the child ends at once. *number: the errno, 0 on success.
 * Call it once. */
enum userns_answer userns_try(int *number);

/* The answer for what a try came back with. absent: what userns_absent() says. Pure. */
enum userns_answer userns_answer_of(int number, bool absent);

/* Makes the kernel refuse user namespaces to this process and all below it: a private mount namespace whose root is covered by a
 * bind mount of itself counts as a chroot, where user namespaces are refused with EPERM (user_namespaces(7), Linux 3.9). Undoing it
 * needs CAP_SYS_CHROOT. Needs CAP_SYS_ADMIN. Returns 0, or -1 with *e set. */
int userns_forbid(struct err *e);

#endif
