/* The workload's environment: the caller's, with HOME, USER and LOGNAME of the user. */
#ifndef HUSK_INIT_ENVIRONMENT_H
#define HUSK_INIT_ENVIRONMENT_H

#include "common/err.h"
#include "init/passwd.h"

enum { ENVIRONMENT_FEW = 128 };

/* Room for what most launches need, so that they touch no heap. */
struct environment {
	char *few[ENVIRONMENT_FEW];
	char text[sizeof "HOME=USER=LOGNAME=" + USER_HOME_SIZE + USER_NAME_SIZE + USER_NAME_SIZE];
};

/* Returns envp without its own HOME, USER and LOGNAME and with these in their place, or NULL with *e set. Points into *env and envp. */
char **environment_make(struct environment *env, char *const *envp, const char *home, const char *name, struct err *e);

#endif
