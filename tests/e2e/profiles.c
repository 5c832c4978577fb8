/* --seccomp FILE: profiles as the engines write them, and every way to get one wrong. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/husk.h"
#include "tests/support/machine.h"

#define PROFILES HUSK_SOURCE "/tests/profiles/"

Test(profiles, each_bad_one_is_refused_with_its_message, .timeout = 120)
{
	FILE *in = fopen(PROFILES "bad/messages.txt", "r");
	char line[512];
	int rows = 0;

	cr_assert_not_null(in);
	while (fgets(line, sizeof line, in) != NULL) {
		char path[1024];
		char *message = strchr(line, '\t');

		*message++ = '\0';
		message[strcspn(message, "\n")] = '\0';
		(void)snprintf(path, sizeof path, PROFILES "bad/%s.json", line);
		assert_refused(RUN(husk(), "--seccomp", path, "echo", "ran"), 125, message);
		rows++;
	}
	(void)fclose(in);
	cr_assert_gt(rows, 30);
}

Test(profiles, the_engines_shapes_load_and_behave)
{
	static const char *const names[] = {"docker-shape", "podman-shape", "containerd-shape", "old-name", "ordered"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct run_result *result;
		char path[1024];

		(void)snprintf(path, sizeof path, PROFILES "good/%s.json", names[i]);
		result = RUN(husk(), "--seccomp", path, "--", "sh", "-c",
			     "echo ran; mkdir /tmp/husk-must-not-be; grep Seccomp: /proc/self/status");
		cr_expect_str_eq(result->out, "ran\nSeccomp:\t2\n", "%s: %s%s", names[i], result->out, result->err);
		cr_expect_not_null(strstr(result->err, "not permitted"), "%s: %s", names[i], result->err);
	}
}

Test(profiles, podmans_own_profile_loads_and_behaves)
{
	const struct run_result *result = RUN(husk(), "--seccomp", "/usr/share/containers/seccomp.json", "--", "/usr/bin/python3", "-c",
					      "import os, socket\nsocket.socket()\nos.mkdir('/tmp/husk-p'); os.rmdir('/tmp/husk-p')\n"
					      "import ctypes; l = ctypes.CDLL(None, use_errno=True)\n"
					      "print(l.mount(b'none', b'/tmp', b'tmpfs', 0, None), ctypes.get_errno())");

	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_str_eq(result->out, "-1 1\n");
}

Test(profiles, the_printed_profile_is_the_built_in_one)
{
	char name[] = "/tmp/husk-profile-XXXXXX";
	char script[512];

	close(mkstemp(name));
	(void)snprintf(script, sizeof script,
		       "%s --print-profile >%s && strace -e trace=seccomp %s true 2>&1 | grep -o 'len=[0-9]*' | head -n 1 && "
		       "strace -e trace=seccomp %s --seccomp %s true 2>&1 | grep -o 'len=[0-9]*' | head -n 1",
		       husk(), name, husk(), husk(), name);
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV("sh", "-c", script), .env = ARGV("ASAN_OPTIONS=detect_leaks=0")});

	cr_assert_eq(count_lines(result->out), 2, "%s%s", result->out, result->err);
	cr_assert_eq(strncmp(result->out, strchr(result->out, '\n') + 1, strcspn(result->out, "\n") + 1), 0, "%s", result->out);
	unlink(name);
}

static void write_hostile(const char *path, const char *before, const char *part, size_t times, const char *after)
{
	FILE *out = fopen(path, "w");

	cr_assert_not_null(out);
	fputs(before, out);
	for (size_t i = 0; i < times; i++)
		fputs(part, out);
	fputs(after, out);
	(void)fclose(out);
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* Refused in one line, and soon. */
static void hostile(const char *before, const char *part, size_t times, const char *after, const char *message)
{
	char name[] = "/tmp/husk-hostile-XXXXXX";
	struct timespec begin;

	close(mkstemp(name));
	write_hostile(name, before, part, times, after);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_refused(RUN(husk(), "--seccomp", name, "echo", "ran"), 125, message);
	cr_expect_lt(elapsed_ms(&begin), 8000, "%ld ms", elapsed_ms(&begin));
	unlink(name);
}

Test(profiles, ten_megabytes_are_refused_unread)
{
	hostile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"comment\":\"", "0123456789abcdef", 640 * 1024, "\"}", "at most 1 MiB");
}

Test(profiles, deep_nesting_is_refused)
{
	hostile("", "[", 500000, "", "maximum parsing depth");
	hostile("{\"defaultAction\":", "{\"a\":", 100000, "", "maximum parsing depth");
}

Test(profiles, a_hostile_number_of_rules_costs_a_second_and_one_clear_error)
{
	hostile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"", ",\"read\",\"write\",\"mkdir\"", 40000,
		"],\"action\":\"SCMP_ACT_ERRNO\"}]}", "takes more than 1 s");
}

Test(profiles, what_is_no_file_of_text_is_refused)
{
	assert_refused(RUN(husk(), "--seccomp", "/", "echo", "ran"), 125, "Is a directory");
	assert_refused(RUN(husk(), "--seccomp", "/dev/null", "echo", "ran"), 125, "/dev/null:1:0:");
	assert_refused(RUN(husk(), "--seccomp", "/dev/zero", "echo", "ran"), 125, "/dev/zero");
}

Test(profiles, names_on_top_of_the_profile)
{
	const struct run_result *result = RUN(husk(), "--seccomp-deny", "mkdir,mkdirat", "mkdir", "/tmp/husk-must-not-be");

	cr_assert_neq(result->exit, 0);
	cr_assert_not_null(strstr(result->err, "not permitted"));
	result = RUN(husk(), "--seccomp-allow", "keyctl", "/usr/bin/python3", "-c",
		     "import ctypes; l = ctypes.CDLL(None, use_errno=True); l.syscall(250, 99, 0, 0); print(ctypes.get_errno())");
	cr_assert_str_eq(result->out, "95\n", "EOPNOTSUPP is keyctl's own answer: %s", result->out);
	assert_refused(RUN(husk(), "--seccomp-deny", "nosuchcall", "echo", "ran"), 125, "no system call 'nosuchcall'");
	assert_refused(RUN(husk(), "--seccomp-allow", "mkdir,,chmod", "echo", "ran"), 125, "a name is empty");
	assert_refused(RUN(husk(), "--seccomp-deny", "execve", "echo", "ran"), 125, "denies execve");
	assert_refused(RUN(husk(), "--seccomp", "off", "--seccomp-deny", "mkdir", "echo", "ran"), 125, "need a profile");
}

Test(profiles, husks_own_rules_cant_be_allowed_away)
{
	const struct run_result *result = RUN(husk(), "--seccomp-allow", "clone3,setns,unshare,clone", helper("clone3"));

	cr_assert_str_eq(result->out, "38\n");
	cr_assert_neq(RUN(husk(), "--seccomp-allow", "unshare", "unshare", "--user", "true")->exit, 0);
}

/* Without it husk can't tell whose child the workload is. */
Test(profiles, a_denied_getpid_is_refused_by_name)
{
	assert_refused(RUN(husk(), "--seccomp-deny", "getpid", "echo", "ran"), 125, "denies getpid");
}

Test(profiles, log_only_allows_what_is_denied)
{
	cr_assert_eq(RUN(husk(), "--seccomp-log", "--seccomp-deny", "mkdir,mkdirat", "--", "sh", "-c",
			 "mkdir /tmp/husk-log.$$ && rmdir /tmp/husk-log.$$")
			     ->exit,
		     0);
}

Test(profiles, log_only_is_said_in_the_report)
{
	cr_assert_null(strstr(RUN(husk(), "--check")->err, "loosened"));
	cr_assert_not_null(
		strstr(RUN(husk(), "--check", "--seccomp-log")->err, "loosened       what the profile denies is logged and allowed"));
}

/* One that answers seccomp(2) with an errno of 0, success, would keep the profile out while husk takes it for loaded. */
Test(profiles, a_ready_made_filter_that_fakes_the_loading_is_refused)
{
	static const char make[] = "import struct, sys\n"
				   "i = lambda c, t, f, k: struct.pack('HBBI', c, t, f, k)\n"
				   "nr = {'x86_64': 317, 'aarch64': 277}[__import__('os').uname().machine]\n"
				   "sys.stdout.buffer.write(i(0x20, 0, 0, 0) + i(0x15, 0, 1, nr) + i(6, 0, 0, 0x50000 + int(sys.argv[1])) +"
				   " i(6, 0, 0, 0x7fff0000))\n";
	char script[1024];

	for (int number = 0; number < 2; number++) {
		char name[] = "/tmp/husk-bpf-XXXXXX";

		close(mkstemp(name));
		(void)snprintf(script, sizeof script, "/usr/bin/python3 -c \"$1\" %d >%s && exec %s --seccomp-bpf 9 \"$2\" echo ran 9<%s",
			       number, name, husk(), name);
		assert_refused(RUN("sh", "-c", script, "sh", make, "--seccomp=default"), 125, "doesn't let the next one be loaded");
		cr_assert_str_eq(RUN("sh", "-c", script, "sh", make, "--seccomp=off")->out, "ran\n");
		unlink(name);
	}
}

static const struct run_result *with_bpf(const char *make, const char *options)
{
	static char script[2048];

	(void)snprintf(script, sizeof script, "f=$(mktemp); /usr/bin/python3 -c '\
import struct, sys\n\
i = lambda c, t, f, k: sys.stdout.buffer.write(struct.pack(\"HBBI\", c, t, f, k))\n\
%s' >$f; exec 9<$f; rm $f; exec %s %s echo ran",
		       make, husk(), options);
	return RUN("sh", "-c", script);
}

/* i(0x20, 0, 0, 0) loads the number, 0x15 compares, 6 returns. */
Test(profiles, a_ready_made_filter_is_looked_at_too)
{
	static const char wait4[] = "i(0x20, 0, 0, 0); i(0x15, 0, 1, {\"x86_64\": 61, \"aarch64\": 260}"
				    "[__import__(\"os\").uname().machine]); i(6, 0, 0, 0x50000); i(6, 0, 0, 0x7fff0000)";
	static const char allow[] = "i(6, 0, 0, 0x7fff0000)";

	assert_refused(with_bpf(wait4, "--seccomp-bpf 9"), 125, "--seccomp-bpf 9 denies wait4, which husk needs");
	assert_refused(with_bpf("", "--seccomp-bpf 9"), 125, "0 bytes are no BPF program");
	assert_refused(with_bpf(allow, "--seccomp-bpf 9 --seccomp-bpf 9"), 125, "0 bytes are no BPF program");
	assert_refused(with_bpf("i(0x20, 0, 0, 4096)", "--seccomp-bpf 9"), 125, "--seccomp-bpf 9");
	/* The interpreter goes by what is executed, the kernel by all that is there. */
	assert_refused(with_bpf("i(6, 0, 0, 0x7fff0000); i(0x20, 0, 0, 4096)", "--seccomp-bpf 9"), 125, "give --seccomp-bpf what");
	cr_assert_str_eq(with_bpf(allow, "--seccomp-bpf 9")->out, "ran\n");
}

/* The child that reads the text, then the profile itself, then PID 1's own. */
Test(profiles, a_profile_is_read_under_a_filter)
{
	const struct run_result *result;

#ifdef __SANITIZE_ADDRESS__
	if (getenv("HUSK") == NULL)
		return; /* a sanitizer's run time needs more calls, so that build goes without */
#endif
	result = RUN("strace", "-f", "-e", "trace=seccomp", husk(), "--seccomp", PROFILES "good/ordered.json", "true");
	cr_assert_eq(strncmp(result->err, "strace: Process ", 16), 0, "%s", result->err);
	cr_assert_not_null(strstr(result->err, "SECCOMP_SET_MODE_FILTER"), "%s", result->err);
	cr_assert_lt(strstr(result->err, "SECCOMP_SET_MODE_FILTER"), strstr(result->err, "+++ exited with 0 +++"), "%s", result->err);
}

Test(profiles, the_flags_of_a_profile_count)
{
	char name[] = "/tmp/husk-flags-XXXXXX";
	int fd = mkstemp(name);
	static const char text[] = "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_TSYNC\", "
				   "\"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}";
	const struct run_result *result;

	cr_assert_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
	close(fd);
	result = run(&(struct run_spec){.argv = ARGV("strace", "-e", "trace=seccomp", husk(), "--seccomp", name, "true"),
					.env = ARGV("ASAN_OPTIONS=detect_leaks=0")});
	cr_assert_not_null(strstr(result->err, "SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW, {"), "%s", result->err);
	unlink(name);
}

#ifdef __x86_64__
Test(profiles, compat32_opens_the_32_bit_way_and_no_other)
{
	static const char getpid_by_int80[] = "import ctypes, mmap\n"
					      "m = mmap.mmap(-1, 4096, prot=7)\n"
					      "m.write(bytes.fromhex('b814000000cd80c3'))\n" /* mov eax, 20; int 0x80; ret */
					      "f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\n"
					      "import os; print(f() == os.getpid())";
	const bool way_in = machine_takes_int80();
	const struct run_result *result = RUN(husk(), "/usr/bin/python3", "-c", getpid_by_int80);

	cr_assert_eq(result->exit, 128 + (way_in ? SIGSYS : SIGSEGV), "exit %d", result->exit);
	result = RUN(husk(), "--compat32", "/usr/bin/python3", "-c", getpid_by_int80);
	if (way_in)
		cr_assert_str_eq(result->out, "True\n", "%s", result->err);
	else
		cr_assert_eq(result->exit, 128 + SIGSEGV, "exit %d", result->exit);
}
#endif

/* An outer filter that answers seccomp(2) so. */
static void under_a_filter(unsigned answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {4, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		_exit(98);
}

/* With an errno of 0: success, and nothing is loaded. hidden: /proc doesn't count the filters. */
static void with_a_lying_filter(const void *hidden)
{
	if (hidden != NULL && (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
			       mount("/dev/null", "/proc/self/status", NULL, MS_BIND, NULL) != 0))
		_exit(98);
	under_a_filter(SECCOMP_RET_ERRNO);
}

Test(profiles, under_an_outer_filter_that_lies_the_missing_one_is_noticed)
{
	const char *const argv[] = {husk(), "echo", "ran", NULL};

	assert_refused(run(&(struct run_spec){.argv = argv, .prepare = with_a_lying_filter}), 125, "outer seccomp filter");
	require_root();
	assert_refused(run(&(struct run_spec){.argv = argv, .prepare = with_a_lying_filter, .argument = ""}), 125, "outer seccomp filter");
}

/* The line of groups is longer than what one read gets. */
static void with_a_filter_and_many_groups(const void *unused)
{
	gid_t groups[1000];

	(void)unused;
	for (gid_t i = 0; i < 1000; i++)
		groups[i] = 1000000000 + i;
	if (setgroups(1000, groups) != 0)
		_exit(98);
	under_a_filter(SECCOMP_RET_ALLOW);
}

Test(profiles, filters_are_counted_behind_a_line_of_a_thousand_groups)
{
	const struct run_result *result;

	require_root();
	result = run(&(struct run_spec){.argv = ARGV(husk(), "--report", "true"), .prepare = with_a_filter_and_many_groups});
	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_not_null(strstr(result->err, "filter (2 stacked)"), "%s", result->err);
}
