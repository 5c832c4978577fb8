#include "init/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* 0 where the file can be executed by somebody; else the errno that says why not. */
static int runnable(const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return EACCES;
	return 0;
}

static int cannot_run(const char *file, int number, struct err *e)
{
	const char *fix = number == EACCES ? "make it executable (chmod +x), and its folders searchable" : "give the path of a program";

	return err_set_status(e, EXIT_CANNOT_RUN, number, fix, "can't run '%s'", file);
}

static int not_found(const char *command, int number, struct err *e)
{
	return err_set_status(e, EXIT_NOT_FOUND, number, strchr(command, '/') != NULL ? "check the path" : "check the name and PATH",
			      "command '%s' not found", command);
}

/* One element of PATH, an empty one meaning the current folder. Returns 0, or an errno. */
static int try_element(const char *element, size_t length, const char *command, char *out, size_t size)
{
	int used = length == 0 ? snprintf(out, size, "./%s", command) : snprintf(out, size, "%.*s/%s", (int)length, element, command);

	return used < 0 || (size_t)used >= size ? ENAMETOOLONG : runnable(out);
}

static int along_path(const char *command, const char *path, char *out, size_t size, struct err *e)
{
	int found = 0; /* the errno of the first file that is there but can't be run */
	const char *element = path;

	for (;;) {
		size_t length = strcspn(element, ":");
		int number = try_element(element, length, command, out, size);

		if (number == 0)
			return 0;
		if (number == EACCES && found == 0)
			found = number;
		if (element[length] == '\0')
			break;
		element += length + 1;
	}
	return found != 0 ? cannot_run(command, found, e) : not_found(command, 0, e);
}

int lookup_command(const char *command, const char *path, char *out, size_t size, struct err *e)
{
	int number;

	if (strchr(command, '/') == NULL)
		return along_path(command, path != NULL ? path : LOOKUP_DEFAULT_PATH, out, size, e);
	if ((size_t)snprintf(out, size, "%s", command) >= size)
		return not_found(command, ENAMETOOLONG, e);
	number = runnable(command);
	if (number == ENOENT)
		return not_found(command, number, e);
	return number == 0 ? 0 : cannot_run(command, number, e);
}
