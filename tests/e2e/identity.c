/* Users and groups: as asked for, or refused in one line; never root by accident. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/identity.h"
#include "tests/support/husk.h"

TestSuite(identity, .init = require_root);

#define WHO "grep -E '^(Uid|Gid|Groups):' /proc/self/status | tr -s '\\t ' ' '"

/* Files that stand in for /etc/passwd and /etc/group; NULL: missing. */
struct etc {
	const char *passwd, *group;
};

static void put_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		_exit(98);
}

/* In the run's own mount namespace. */
static void with_etc(const void *argument)
{
	const struct etc *etc = argument;

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "/etc", "tmpfs", 0, "mode=755") != 0)
		_exit(98);
	if (etc->passwd != NULL)
		put_file("/etc/passwd", etc->passwd);
	if (etc->group != NULL)
		put_file("/etc/group", etc->group);
}

static const char passwd[] =
	"root:x:0:0::/root:/bin/sh\nbroken\napp:x:1000:1001::/home/app:/bin/sh\n1000:x:2000:2000::/:/bin/sh\nbare:x:6:7::\nnohome:x:5:5";
static const char group[] = "root:x:0:\napps:x:1001:\naudio:x:29:app\nvideo:x:44:other,app\nno:x:45:apple";

static const struct run_result *who(const char *user, const char *groups)
{
	static const struct etc etc = {passwd, group};
	const char *argv[12] = {husk(), "--user", user};
	int argc = 3;

	if (groups != NULL) {
		argv[argc++] = "--groups";
		argv[argc++] = groups;
	}
	argv[argc++] = "/bin/sh";
	argv[argc++] = "-c";
	argv[argc++] = WHO "; echo $HOME $USER $LOGNAME";
	return run(&(struct run_spec){.argv = argv, .prepare = with_etc, .argument = &etc});
}

struct good {
	char user[32];
	char groups[32];
	char out[160];
};

ParameterizedTestParameters(identity, every_form_of_user)
{
	static struct good rows[] = {
		{"app", "", "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 29 44 1001 \n/home/app app app\n"},
		{"app:audio", "", "Uid: 1000 1000 1000 1000\nGid: 29 29 29 29\nGroups: 29 \n/home/app app app\n"},
		{"app:7", "", "Uid: 1000 1000 1000 1000\nGid: 7 7 7 7\nGroups: 7 \n/home/app app app\n"},
		{"1000", "", "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 29 44 1001 \n/home/app app app\n"},
		{"1234:5678", "", "Uid: 1234 1234 1234 1234\nGid: 5678 5678 5678 5678\nGroups: 5678 \n/ 1234 1234\n"},
		{"1234:audio", "", "Uid: 1234 1234 1234 1234\nGid: 29 29 29 29\nGroups: 29 \n/ 1234 1234\n"},
		{"4294967294:4294967294", "",
		 "Uid: 4294967294 4294967294 4294967294 4294967294\nGid: 4294967294 4294967294 4294967294 4294967294\nGroups: 4294967294 \n"
		 "/ 4294967294 4294967294\n"},
		{"app", "audio,99", "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 29 99 \n/home/app app app\n"},
		{"app", "99,audio,29", "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 29 99 \n/home/app app app\n"},
		{"app", "none", "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: \n/home/app app app\n"},
		{"bare", "", "Uid: 6 6 6 6\nGid: 7 7 7 7\nGroups: 7 \n/ bare bare\n"},
		{"root", "", "Uid: 0 0 0 0\nGid: 0 0 0 0\nGroups: 0 \n/root root root\n"},
	};

	return cr_make_param_array(struct good, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct good *row, identity, every_form_of_user)
{
	const struct run_result *result = who(row->user, row->groups[0] != '\0' ? row->groups : NULL);

	assert_quiet(result);
	cr_assert_str_eq(result->out, row->out, "--user %s: %s", row->user, result->out);
}

struct bad {
	char user[32];
	char groups[32];
	char text[64];
};

ParameterizedTestParameters(identity, bad_input_is_refused_by_name)
{
	static struct bad rows[] = {
		{"", "", "the user is empty"},
		{":", "", "the user is empty"},
		{":audio", "", "the user is empty"},
		{"app:", "", "isn't USER[:GROUP]"},
		{"a:b:c", "", "isn't USER[:GROUP]"},
		{"-1", "", "no user '-1'"},
		{"4294967295", "", "'4294967295' is too large"},
		{"4294967296", "", "'4294967296' is too large"},
		{"4294967295:0", "", "'4294967295' is too large"},
		{"app:4294967295", "", "'4294967295' is too large"},
		{"0x10", "", "no user '0x10'"},
		{"1e3", "", "no user '1e3'"},
		{" 1", "", "no user ' 1'"},
		{"+1", "", "no user '+1'"},
		{"1 ", "", "no user '1 '"},
		{"app:+1", "", "no group '+1'"},
		{"app: 1", "", "no group ' 1'"},
		{"nosuch", "", "no user 'nosuch'"},
		{"app:nosuch", "", "no group 'nosuch'"},
		{"1234", "", "has no group"},
		{"nohome", "", "no user 'nohome'"},
		{"broken", "", "no user 'broken'"},
		{"app", ",", "a name is empty"},
		{"app", "audio,", "a name is empty"},
		{"app", "nosuch", "no group 'nosuch'"},
		{"app", "4294967295", "too large"},
	};

	return cr_make_param_array(struct bad, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct bad *row, identity, bad_input_is_refused_by_name)
{
	assert_refused(who(row->user, row->groups[0] != '\0' ? row->groups : NULL), 125, row->text);
}

Test(identity, a_number_of_300_digits_is_refused)
{
	char digits[301];

	memset(digits, '1', 300);
	digits[300] = '\0';
	assert_refused(who(digits, NULL), 125, "--user");
}

/* More than husk has room for, from the command line and from /etc/group. */
Test(identity, groups_beyond_the_limit_are_refused_not_cut)
{
	static char list[IDENTITY_GROUPS * 6 + 16];
	static char lines[IDENTITY_GROUPS * 24 + 32];
	static const struct etc etc = {"app:x:1000:1001::/:", lines};
	size_t used = 0;
	size_t at = 0;

	for (unsigned i = 1; i <= IDENTITY_GROUPS; i++) {
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%u", i > 1 ? "," : "", i);
		at += (size_t)snprintf(lines + at, sizeof lines - at, "g%u:x:%u:app\n", i, i);
	}
	cr_assert_eq(who("app", list)->exit, 0);
	(void)snprintf(list + used, sizeof list - used, ",9999");
	assert_refused(who("app", list), 125, "more than 1024 groups");
	assert_refused(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "app", "echo", "ran"), .prepare = with_etc, .argument = &etc}),
		       125, "is in 1024 groups");
}

Test(identity, the_fix_for_an_unknown_number_is_in_the_message)
{
	cr_assert_not_null(strstr(who("1234", NULL)->err, "--user UID:GID"));
}

static const struct run_result *in_etc(const struct etc *etc, const char *user)
{
	return run(&(struct run_spec){.argv = ARGV(husk(), "--user", user, "/bin/sh", "-c", WHO), .prepare = with_etc, .argument = etc});
}

Test(identity, without_passwd_numbers_work_and_names_dont)
{
	static const struct etc none = {NULL, NULL};

	cr_assert_eq(in_etc(&none, "12:13")->exit, 0);
	assert_refused(in_etc(&none, "app"), 125, "no user 'app'");
	assert_refused(in_etc(&none, "12"), 125, "has no group");
}

static void with_a_folder_as_passwd(const void *argument)
{
	with_etc(argument);
	if (mkdir("/etc/passwd", 0700) != 0)
		_exit(98);
}

Test(identity, with_a_passwd_that_cant_be_read_numbers_work_and_names_dont)
{
	static const struct etc none = {NULL, NULL};
	struct run_spec spec = {
		.argv = ARGV(husk(), "--user", "12:13", "/bin/sh", "-c", WHO), .prepare = with_a_folder_as_passwd, .argument = &none};
	const struct run_result *result = run(&spec);

	assert_quiet(result);
	cr_assert_str_eq(result->out, "Uid: 12 12 12 12\nGid: 13 13 13 13\nGroups: 13 \n");
	spec.argv = ARGV(husk(), "--user", "12", "echo", "ran");
	assert_refused(run(&spec), 125, "can't read /etc/passwd");
	spec.argv = ARGV(husk(), "--user", "app", "echo", "ran");
	assert_refused(run(&spec), 125, "can't read /etc/passwd");
}

Test(identity, a_passwd_of_100000_lines_is_read)
{
	enum { LINE = 32, LINES = 100000 };
	static char text[LINES * LINE + 64];
	struct etc etc = {text, "root:x:0:"};
	size_t used = 0;

	for (int i = 0; i < LINES; i++)
		used += (size_t)snprintf(text + used, LINE, "u%d:x:%d:7::/:/x\n", i, i + 1);
	(void)snprintf(text + used, 64, "last:x:77:78::/:/bin/sh");
	cr_assert_eq(strncmp(in_etc(&etc, "last")->out, "Uid: 77 ", 8), 0);
}

static void as_1000(const void *unused)
{
	(void)unused;
	become((const unsigned[]){1000, 1000});
}

Test(identity, who_isnt_root_and_is_that_user_already_just_works)
{
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV("strace", "-qq", "-e", "trace=setgroups,setresuid,setresgid,setuid,setgid", husk(),
						    "--groups", "none", "--user", "1000:1000", "/bin/true"),
				       .env = ARGV("ASAN_OPTIONS=detect_leaks=0"),
				       .prepare = as_1000});

	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_str_empty(result->err, "a call for nothing: %s", result->err);
}

Test(identity, another_user_without_cap_setuid_is_refused)
{
	assert_refused(
		run(&(struct run_spec){.argv = ARGV(husk(), "--groups", "none", "--user", "1001:1000", "echo", "ran"), .prepare = as_1000}),
		125, "start husk with CAP_SETUID");
	assert_refused(
		run(&(struct run_spec){.argv = ARGV(husk(), "--groups", "44", "--user", "1000:1000", "echo", "ran"), .prepare = as_1000}),
		125, "setgroups");
	assert_refused(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "1000:1001", "echo", "ran"), .prepare = as_1000}), 125,
		       "setgroups");
}

Test(identity, a_pod_whose_engine_lists_no_groups_just_works)
{
	assert_quiet(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "1000:1000", "/bin/true"), .prepare = as_1000}));
}

static void put_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(98);
	close(fd);
}

/* A user namespace as an ordinary user makes it, with a supplementary group that can't be dropped. */
static void in_userns_without_setgroups(const void *unused)
{
	(void)unused;
	if (setgroups(1, (const gid_t[]){44}) != 0 || setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0 ||
	    prctl(PR_SET_DUMPABLE, 1) != 0 || unshare(CLONE_NEWUSER) != 0)
		_exit(98);
	put_map("/proc/self/setgroups", "deny");
	put_map("/proc/self/uid_map", "0 1000 1");
	put_map("/proc/self/gid_map", "0 1000 1");
}

Test(identity, old_groups_that_stay_are_refused)
{
	assert_refused(
		run(&(struct run_spec){.argv = ARGV(husk(), "--user", "0:0", "echo", "ran"), .prepare = in_userns_without_setgroups}), 125,
		"/proc/self/setgroups");
}

static void in_userns_without_maps(const void *unused)
{
	(void)unused;
	if (unshare(CLONE_NEWUSER) != 0)
		_exit(98);
}

static void map_from_outside(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
	put_map(path, "0 100000 65536");
	(void)snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
	put_map(path, "0 100000 65536");
}

/* A remapped root as an engine makes it, with its caller's groups kept (podman's keep-groups): they aren't mapped and read as 65534.
 * id: who it is inside. */
static void with_groups_kept(const void *id)
{
	const pid_t self = getpid();
	const unsigned inside = *(const unsigned *)id;
	int unshared[2];
	pid_t outside;
	char byte;
	int status;

	if (pipe(unshared) != 0 || setgroups(2, (const gid_t[]){4, 27}) != 0)
		_exit(98);
	outside = fork();
	if (outside == 0) {
		(void)!read(unshared[0], &byte, 1);
		map_from_outside(self);
		_exit(0);
	}
	if (unshare(CLONE_NEWUSER) != 0 || write(unshared[1], "", 1) != 1 || waitpid(outside, &status, 0) != outside || status != 0 ||
	    setresgid(inside, inside, inside) != 0 || setresuid(inside, inside, inside) != 0)
		_exit(98);
	close(unshared[0]);
	close(unshared[1]);
}

/* What isn't mapped reads as 65534, whoever it is: here the machine's root. */
Test(identity, an_id_that_isnt_mapped_isnt_taken_for_nobody)
{
	assert_refused(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "65534:65534", "--groups", "none", "echo", "ran"),
					      .prepare = in_userns_without_maps}),
		       125, "setresgid(65534)");
}

Test(identity, groups_that_arent_mapped_arent_taken_for_nogroup)
{
	static const unsigned root = 0;
	static const unsigned nobody = 65534;
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--user", "65534:65534", "/bin/sh", "-c", WHO), .prepare = with_groups_kept, .argument = &root});

	assert_quiet(result);
	cr_assert_str_eq(result->out, "Uid: 65534 65534 65534 65534\nGid: 65534 65534 65534 65534\nGroups: 65534 \n");
	assert_refused(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "65534:65534", "echo", "ran"),
					      .prepare = with_groups_kept,
					      .argument = &nobody}),
		       125, "a group reads as 65534");
}

static void as_nobody(const void *unused)
{
	(void)unused;
	if (setgroups(1, (const gid_t[]){65534}) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
		_exit(98);
}

Test(identity, who_is_nobody_already_just_works)
{
	assert_quiet(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "65534:65534", "/bin/true"), .prepare = as_nobody}));
}

Test(identity, old_ids_cant_be_had_back)
{
	const struct run_result *result = RUN(husk(), "--user", "nobody", "--seccomp", "off", "/usr/bin/python3", "-c",
					      "import os\nfor f in (os.setuid, os.setgid, os.seteuid, os.setegid):\n"
					      "    try: f(0); print('got', f)\n    except PermissionError: pass");

	assert_quiet(result);
	cr_assert_str_empty(result->out);
}
