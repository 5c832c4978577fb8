/* Which file a command's name means, tried on a real folder. */
#include "init/lookup.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/run.h"

static char folder[] = "/tmp/husk-lookup-XXXXXX";
static char out[PATH_MAX];
static struct err e;

static void make_file(const char *name, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* first: "both" can be run, "later" can't; second: both, later and "only" as a folder. */
static void make_folders(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	cr_assert(mkdir("first", 0755) == 0 && mkdir("second", 0755) == 0 && mkdir("second/only", 0755) == 0);
	make_file("first/both", 0755);
	make_file("second/both", 0755);
	make_file("first/later", 0644);
	make_file("second/later", 0755);
	make_file("first/plain", 0644);
	make_file("here", 0700);
	cr_assert_eq(mkfifo("first/pipe", 0755), 0);
	cr_assert(symlink("nowhere", "dangling") == 0 && symlink("loop", "loop") == 0);
}

static void remove_folders(void)
{
	(void)RUN("rm", "-rf", "--", folder);
}

TestSuite(lookup, .init = make_folders, .fini = remove_folders);

static int look(const char *command, const char *path)
{
	memset(&e, 0, sizeof e);
	return lookup_command(command, path, out, sizeof out, &e);
}

static void finds(const char *command, const char *path, const char *expected)
{
	cr_expect_eq(look(command, path), 0, "%s along %s: %s", command, path, e.what);
	cr_expect_str_eq(out, expected);
}

static void fails(const char *command, const char *path, int status)
{
	cr_expect_eq(look(command, path), -1, "%s along %s is %s", command, path, out);
	cr_expect_eq(e.status, status, "%s along %s: %d, %s", command, path, e.status, e.what);
}

Test(lookup, the_first_file_along_path_is_taken)
{
	finds("both", "first:second", "first/both");
	finds("both", "second:first", "second/both");
	finds("both", "nosuch:here:second", "second/both");
}

Test(lookup, a_file_that_cant_be_run_doesnt_hide_one_that_can)
{
	finds("later", "first:second", "second/later");
}

Test(lookup, only_what_cant_be_run_gives_126_and_nothing_at_all_127)
{
	fails("plain", "first:second", 126);
	cr_expect_eq(e.number, EACCES);
	fails("pipe", "first", 126);
	fails("only", "first:second", 127);
	fails("nosuch", "first:second", 127);
	fails("nosuch", "", 127);
}

Test(lookup, an_empty_element_is_the_current_folder_wherever_it_stands)
{
	finds("here", "", "./here");
	finds("here", ":first", "./here");
	finds("here", "first:", "./here");
	finds("here", "first::second", "./here");
	fails("here", "first:second", 127);
}

Test(lookup, without_a_path_the_default_is_taken_not_the_current_folder)
{
	cr_expect_eq(look("sh", NULL), 0);
	cr_expect_eq(out[0], '/');
	fails("here", NULL, 127);
}

Test(lookup, a_name_with_a_slash_is_never_looked_for)
{
	finds("./here", "first", "./here");
	finds("first/both", "", "first/both");
	fails("./both", "first", 127);
	fails("first/plain", "first", 126);
	fails("here/x", "", 126);
	cr_expect_eq(e.number, ENOTDIR);
	fails("./dangling", "", 127);
	fails("./loop", "", 126);
	cr_expect_eq(e.number, ELOOP);
	fails("./first", "", 126);
	cr_expect_eq(e.number, EISDIR);
}

Test(lookup, names_and_elements_longer_than_a_path_are_refused)
{
	static char name[2 * PATH_MAX];
	static char path[3 * PATH_MAX];

	memset(name, 'x', sizeof name - 1);
	fails(name, "first", 127);
	name[0] = '/';
	fails(name, "first", 127);
	(void)snprintf(path, sizeof path, "%s:second", name);
	finds("both", path, "second/both");
}
