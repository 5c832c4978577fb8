/* --learn: what a run did becomes a profile under which the same run passes, and no other. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/husk.h"

static char folder[] = "/tmp/husk-learn-XXXXXX";
static char file[64];

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chmod(folder, 0777), 0);
	cr_assert_eq(chdir(folder), 0);
	(void)snprintf(file, sizeof file, "%s/profile.json", folder);
}

static void remove_folder(void)
{
	(void)RUN("rm", "-rf", "--", folder);
}

TestSuite(learn, .init = make_folder, .fini = remove_folder, .timeout = 120);

/* The leak checker of the sanitizers makes calls of its own at husk's end. */
static const char *const no_leak_check[] = {"ASAN_OPTIONS=detect_leaks=0", "LC_ALL=C", NULL};

static const struct run_result *husk_sh(const char *option, const char *script)
{
	return run(&(struct run_spec){
		.argv = ARGV(husk(), option, file, "--", "sh", "-c", script), .env = no_leak_check, .timeout_ms = 60000});
}

static const char *content(void)
{
	static char text[128 * 1024];
	int fd = open(file, O_RDONLY);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;

	cr_assert_geq(got, 0);
	if (fd >= 0)
		close(fd);
	text[got] = '\0';
	return text;
}

static void learn_run(const char *script)
{
	const struct run_result *result = husk_sh("--learn", script);

	cr_assert_eq(result->exit, 0, "exit %d: %s%s", result->exit, result->out, result->err);
	cr_assert_str_empty(result->err);
}

static void passes(const char *script)
{
	const struct run_result *result = husk_sh("--seccomp", script);

	cr_assert_eq(result->exit, 0, "exit %d: %s%s\n%s", result->exit, result->out, result->err, content());
}

static void fails(const char *script)
{
	const struct run_result *result = husk_sh("--seccomp", script);

	cr_assert_eq(result->timed_out, false);
	cr_assert_neq(result->exit, 0, "it passes: %s", result->out);
	cr_assert_null(strstr(result->err, "husk:"), "refused in place of started: %s", result->err);
}

static const char coreutils[] = "set -e; mkdir d; printf 'b\\na\\n' | sort > d/f; cp d/f d/g; ls -l d | wc -l; rm -r d";

Test(learn, a_shell_run_passes_under_what_it_taught)
{
	learn_run(coreutils);
	passes(coreutils);
}

Test(learn, a_call_that_the_run_did_not_make_is_denied)
{
	learn_run("ls >/dev/null");
	passes("ls >/dev/null");
	fails("mkdir d");
	cr_assert_neq(access("d", F_OK), 0);
}

/* Restarting, since a signal that comes before the recorder has taken a call interrupts any call, even clone (seccomp_unotify(2)). */
static const char python[] = "/usr/bin/python3 -c 'import subprocess, threading, socket, signal, os\n"
			     "signal.signal(signal.SIGALRM, lambda *a: None); signal.siginterrupt(signal.SIGALRM, False); "
			     "signal.setitimer(signal.ITIMER_REAL, .001, .001)\n"
			     "ts = [threading.Thread(target=sum, args=(range(1000),)) for i in range(8)]\n"
			     "[t.start() for t in ts]; [t.join() for t in ts]\n"
			     "signal.setitimer(signal.ITIMER_REAL, 0)\n"
			     "socket.socket(socket.AF_UNIX)\n"
			     "assert subprocess.check_output([\"echo\", \"child\"]) == b\"child\\n\"\n"
			     "pid = os.fork()\n"
			     "os._exit(0) if pid == 0 else os.waitpid(pid, 0)'";

Test(learn, python_with_threads_signals_and_children_passes_under_what_it_taught)
{
	/* How threads meet differs from run to run. */
	for (int i = 0; i < 3; i++)
		learn_run(python);
	passes(python);
}

Test(learn, arguments_are_learned_too)
{
	learn_run("/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX)'");
	fails("/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_INET)'");
	fails("/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX); import ctypes; "
	      "exit(ctypes.CDLL(None).prctl(4, 0) != 0)'");
}

Test(learn, a_second_run_adds_and_keeps_what_is_there)
{
	const char *by_hand = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"comment\": \"mine\", \"syscalls\": ["
			      "{\"comment\": \"for later\", \"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\"}]}";
	int fd = open(file, O_WRONLY | O_CREAT, 0640);

	cr_assert_eq(write(fd, by_hand, strlen(by_hand)), (ssize_t)strlen(by_hand));
	close(fd);
	learn_run("ls >/dev/null");
	learn_run("mkdir d");
	passes("ls >/dev/null; rm -f nothing; :");
	passes("mkdir e");
	cr_assert_not_null(strstr(content(), "\"mine\""));
	cr_assert_not_null(strstr(content(), "\"for later\""));
	cr_assert_not_null(strstr(content(), "\"chroot\""));
}

Test(learn, the_same_run_twice_gives_the_same_file)
{
	char *first;
	struct stat found;

	learn_run("ls >/dev/null");
	first = strdup(content());
	cr_assert_eq(chmod(file, 0640), 0);
	learn_run("ls >/dev/null");
	cr_assert_str_eq(content(), first);
	cr_assert_eq(stat(file, &found), 0);
	cr_assert_eq(found.st_mode & 0777, 0640U, "the file's mode changed");
	free(first);
}

Test(learn, a_denied_call_of_the_file_stays_denied)
{
	const char *by_hand = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
			      "{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 13}]}";
	int fd = open(file, O_WRONLY | O_CREAT, 0640);
	const struct run_result *result;

	cr_assert_eq(write(fd, by_hand, strlen(by_hand)), (ssize_t)strlen(by_hand));
	close(fd);
	result = husk_sh("--learn", "mkdir d");
	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_not_null(strstr(result->err, "1 calls of the run are denied by name"), "%s", result->err);
	fails("mkdir e");
}

static const unsigned nobody[] = {65534, 65534};

Test(learn, works_without_privileges)
{
	const struct run_result *result;

	require_root();
	result = run(&(struct run_spec){.argv = ARGV(husk(), "--learn", file, "--", "sh", "-c", coreutils),
					.env = no_leak_check,
					.prepare = become,
					.argument = nobody});
	assert_quiet(&(struct run_result){.exit = result->exit});
	cr_assert_not_null(strstr(content(), "\"mkdir\""), "%s", result->err);
	passes(coreutils);
}

Test(learn, works_as_pid_1_for_another_user)
{
	const struct run_result *result;

	require_root();
	result = run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "--learn", file, "--", "sh", "-c", coreutils),
					.env = no_leak_check,
					.pid1 = true});
	cr_assert_eq(result->exit, 0, "%s", result->err);
	result = run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "--seccomp", file, "--", "sh", "-c", coreutils),
					.env = no_leak_check,
					.pid1 = true});
	cr_assert_eq(result->exit, 0, "%s", result->err);
}

Test(learn, the_file_is_written_where_the_workloads_user_may_not_write)
{
	const struct run_result *result;

	require_root();
	cr_assert_eq(chmod(folder, 0755), 0);
	result = RUN(husk(), "--user", "nobody", "--learn", file, "--", "ls", "/");
	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_not_null(strstr(content(), "\"getdents64\""));
}

Test(learn, a_listener_outside_is_refused)
{
	char inner[128];
	const struct run_result *result;

	(void)snprintf(inner, sizeof inner, "%s/inner.json", folder);
	result = RUN(husk(), "--seccomp", "off", "--learn", file, "--", husk(), "--seccomp", "off", "--learn", inner, "--", "echo", "ran");
	assert_refused(result, 125, "EBUSY: somebody outside");
	cr_assert_neq(access(inner, F_OK), 0, "a file was left behind");
}

Test(learn, an_old_kernel_is_refused)
{
	/* UNAME26: the kernel says that it is 2.6. */
	assert_refused(RUN("setarch", "--uname-2.6", husk(), "--learn", file, "--", "echo", "ran"), 125, "Linux 5.5");
	cr_assert_neq(access(file, F_OK), 0);
}

Test(learn, a_file_that_is_no_profile_is_refused_and_kept)
{
	int fd = open(file, O_WRONLY | O_CREAT, 0644);

	cr_assert_eq(write(fd, "precious\n", 9), 9);
	close(fd);
	assert_refused(RUN(husk(), "--learn", file, "--", "echo", "ran"), 125, "mend the JSON");
	cr_assert_str_eq(content(), "precious\n");
}

Test(learn, a_place_that_cannot_be_written_is_refused)
{
	assert_refused(RUN(husk(), "--learn", folder, "--", "echo", "ran"), 125, "Is a directory");
	assert_refused(RUN(husk(), "--learn", "/dev/null", "--", "echo", "ran"), 125, "no regular file");
	assert_refused(RUN(husk(), "--learn", "nowhere/profile.json", "--", "echo", "ran"), 125, "No such file");
	assert_refused(RUN(husk(), "--learn", "", "--", "echo", "ran"), 125, "--learn");
	assert_refused(RUN(husk(), "--learn", file, "--pause"), 125, "--pause");
}

Test(learn, a_command_that_cannot_be_executed_leaves_no_file)
{
	int fd = open("script", O_WRONLY | O_CREAT, 0755);

	cr_assert_eq(write(fd, "#!/nonexistent/interpreter\n", 27), 27);
	close(fd);
	assert_refused(RUN(husk(), "--learn", file, "--", "./script"), 126, "interpreter");
	cr_assert_neq(access(file, F_OK), 0, "%s", content());
}

Test(learn, the_check_makes_no_file)
{
	cr_assert_eq(RUN(husk(), "--check", "--learn", file, "--", "true")->exit, 0);
	cr_assert_neq(access(file, F_OK), 0);
}

Test(learn, without_its_recorder_the_workload_does_not_go_on)
{
	/* The recorder is husk's other child. */
	const struct run_result *result = husk_sh(
		"--learn",
		"for p in $(cat /proc/$PPID/task/$PPID/children); do [ $p = $$ ] || kill -9 $p; done; echo on >went; while :; do :; done");

	cr_assert_eq(result->exit, 125, "exit %d: %s", result->exit, result->err);
	cr_assert_not_null(strstr(result->err, "the recorder died"), "%s", result->err);
	cr_assert_eq(count_lines(result->err), 1, "%s", result->err);
	cr_assert_neq(access("went", F_OK), 0, "calls were made that nobody saw");
	cr_assert_str_empty(content());
}

Test(learn, what_outlives_husk_is_still_recorded)
{
	learn_run("(while [ ! -e go ]; do sleep .01; done; mkdir d) >/dev/null 2>&1 &");
	cr_assert_null(strstr(content(), "\"mkdir\""));
	close(open("go", O_WRONLY | O_CREAT, 0644));
	for (int i = 0; i < 1000 && strstr(content(), "\"mkdir\"") == NULL; i++)
		usleep(10000);
	cr_assert_not_null(strstr(content(), "\"mkdir\""), "%s", content());
}

static void what_is_killed_is_written(bool pid1)
{
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--grace", "100ms", "--learn", file, "--", "sh", "-c", "trap '' TERM; mkdir d; sleep 100 & exit 3"),
		.env = no_leak_check,
		.pid1 = pid1});

	cr_assert_eq(result->exit, 3, "exit %d: %s", result->exit, result->err);
	cr_assert_not_null(strstr(content(), "\"mkdir\""), "%s", content());
}

Test(learn, a_run_that_ends_by_kill_is_written)
{
	what_is_killed_is_written(false);
	(void)RUN("rm", "-rf", file, "d");
	require_root();
	what_is_killed_is_written(true);
}

Test(learn, the_recorder_does_not_hold_up_the_end)
{
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--grace", "100s", "--learn", file, "--", "sh", "-c", "sleep .1 & exit 3"), .env = no_leak_check});

	cr_assert_eq(result->exit, 3, "exit %d, timed out %d: %s", result->exit, result->timed_out, result->err);
}

/* What husk does after it has loaded a profile, a profile that was learned from something else must allow, in an engine's filter too. */
Test(learn, husk_itself_passes_under_it_below_another_filter)
{
	learn_run("true");
	const struct run_result *plain =
		run(&(struct run_spec){.argv = ARGV(husk(), "--", husk(), "--seccomp", file, "--", "sh", "-c", "true"),
				       .env = no_leak_check,
				       .timeout_ms = 60000});
	cr_assert_eq(plain->exit, 0, "%s", plain->err);
	const struct run_result *told = run(&(struct run_spec){
		.argv = ARGV(husk(), "--", husk(), "--seccomp", file, "--report", "--status-fd", "1", "--", "sh", "-c", "true"),
		.env = no_leak_check,
		.timeout_ms = 60000});
	cr_assert_eq(told->exit, 0, "%s", told->err);
	cr_assert_not_null(strstr(told->err, "filter (2 stacked)"), "%s", told->err);
	cr_assert_not_null(strstr(told->out, "\"seccomp_filters\":2"), "%s", told->out);
}

Test(learn, denied_calls_are_not_learned)
{
	/* The built-in profile stands underneath: unshare with a namespace is denied by it. */
	(void)husk_sh("--learn", "unshare -U true; true");
	cr_assert_not_null(strstr(content(), "\"execve\""));
	cr_assert_null(strstr(content(), "\"unshare\""), "%s", content());
}
