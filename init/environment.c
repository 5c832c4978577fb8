#include "init/environment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const own[] = {"HOME=", "USER=", "LOGNAME="};

enum { OWN = sizeof own / sizeof own[0] };

static bool is_own(const char *entry)
{
	for (size_t i = 0; i < OWN; i++)
		if (strncmp(entry, own[i], strlen(own[i])) == 0)
			return true;
	return false;
}

/* Writes NAME and value at *at and moves it behind. */
static char *put(char **at, const char *name, const char *value)
{
	char *entry = *at;

	*at = stpcpy(stpcpy(entry, name), value) + 1;
	return entry;
}

char **environment_make(struct environment *env, char *const *envp, const char *home, const char *name, struct err *e)
{
	const char *const values[OWN] = {home, name, name};
	char **list = env->few;
	char *text = env->text;
	size_t count = 0;

	while (envp[count] != NULL)
		count++;
	if (count + OWN + 1 > ENVIRONMENT_FEW)
		list = calloc(count + OWN + 1, sizeof *list);
	if (list == NULL) {
		(void)err_set(e, ENOMEM, "give the container more memory", "setting HOME, USER and LOGNAME");
		return NULL;
	}
	count = 0;
	for (; *envp != NULL; envp++)
		if (!is_own(*envp))
			list[count++] = *envp;
	for (size_t i = 0; i < OWN; i++)
		list[count++] = put(&text, own[i], values[i]);
	list[count] = NULL;
	return list;
}
