/* What a workload might use to get more than was asked for: what it inherits, what it can reach, what the host lets it have. */
#include <criterion/criterion.h>
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps/userns.h"
#include "tests/support/husk.h"

TestSuite(grip, .init = require_root);

#define CAPS "grep -hE '^Cap(Inh|Prm|Eff|Bnd|Amb):' /proc/self/status"
#define NO_CAPS \
	"CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nCapAmb:" \
	"\t0000000000000000\n"
#define ONE_CAP \
	"CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:\t0000000000000020\nCapAmb:" \
	"\t0000000000000020\n"

static void with_securebits(const void *argument)
{
	if (prctl(PR_SET_SECUREBITS, *(const unsigned long *)argument) != 0)
		_exit(98);
}

/* With no_setuid_fixup the kernel clears nothing at the switch: exec would hide it from the workload, but not PID 1. */
Test(grip, no_securebit_keeps_a_capability_alive)
{
	static const unsigned long bits[] = {
		SECBIT_NO_SETUID_FIXUP,
		SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED,
		SECBIT_KEEP_CAPS_LOCKED,
		SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	};

	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		const struct run_result *result =
			run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "sh", "-c", CAPS " /proc/1/status"),
					       .prepare = with_securebits,
					       .argument = &bits[i],
					       .pid1 = true});

		assert_quiet(result);
		cr_expect_str_eq(result->out, NO_CAPS NO_CAPS, "securebits %lx: %s", bits[i], result->out);
	}
}

Test(grip, securebits_that_forbid_keeping_are_refused)
{
	static const unsigned long locked = SECBIT_KEEP_CAPS_LOCKED;
	static const unsigned long no_raise = SECBIT_NO_CAP_AMBIENT_RAISE;

	assert_refused(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "--keep-caps", "kill", "echo", "ran"),
					      .prepare = with_securebits,
					      .argument = &locked}),
		       125, "keep_caps_locked");
	assert_refused(run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "--keep-caps", "kill", "echo", "ran"),
					      .prepare = with_securebits,
					      .argument = &no_raise}),
		       125, "cap_kill can't be made ambient");
}

/* Everything in ambient and inheritable, as a careless launcher may leave it. */
Test(grip, inherited_ambient_and_inheritable_capabilities_go)
{
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "sh", "-c", CAPS), .prepare = raise_ambient_of_all});

	assert_quiet(result);
	cr_assert_str_eq(result->out, NO_CAPS);
	result = run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "--keep-caps", "kill", "sh", "-c", CAPS),
					.prepare = raise_ambient_of_all});
	assert_quiet(result);
	cr_assert_str_eq(result->out, ONE_CAP);
	result = run(&(struct run_spec){.argv = ARGV(husk(), "sh", "-c", CAPS), .prepare = raise_ambient_of_all});
	assert_quiet(result);
	cr_assert_str_eq(result->out, NO_CAPS);
}

/* The real id is the user's already, the effective and the saved one aren't. */
static void half_switched(const void *unused)
{
	(void)unused;
	if (setgroups(0, NULL) != 0 || setresgid(1000, 0, 0) != 0 || setresuid(1000, 0, 0) != 0)
		_exit(98);
}

Test(grip, effective_and_saved_ids_are_switched_too)
{
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV(husk(), "--user", "1000:1000", "grep", "-E", "^(Uid|Gid|Groups):", "/proc/self/status"),
				       .prepare = half_switched});

	assert_quiet(result);
	cr_assert_str_eq(result->out, "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t1000 \n", "%s", result->out);
}

Test(grip, the_workload_has_no_way_into_pid_1, .timeout = 60)
{
	assert_quiet(RUN_PID1(husk(), "--user", "nobody", "--seccomp", "off", "true"));
	cr_expect_str_eq(RUN_PID1(husk(), "--user", "nobody", "--seccomp", "off", helper("reach"), "1")->out, "end\n");
	cr_expect_str_eq(RUN_PID1(husk(), "--seccomp", "off", helper("reach"), "1")->out, "end\n", "as root without capabilities");
	cr_expect_str_eq(RUN_PID1(husk(), "--user", "nobody", helper("reach"), "1")->out, "end\n", "behind the filter");
}

/* Shows that the helper can get in where nothing stops it. */
Test(grip, the_helper_does_get_into_a_pid_1_that_isnt_sealed)
{
	const struct run_result *result = RUN_PID1("sh", "-c", "\"$0\" 1; true", helper("reach"));

	cr_assert_not_null(strstr(result->out, "mem\n"), "%s", result->out);
	cr_assert_not_null(strstr(result->out, "pidfd_getfd\n"), "%s", result->out);
	cr_assert_not_null(strstr(result->out, "ptrace attach\n"), "%s", result->out);
}

static void without_setpcap(const void *unused)
{
	(void)unused;
	if (prctl(PR_CAPBSET_DROP, CAP_SETPCAP) != 0)
		_exit(98);
}

Test(grip, permissive_says_that_the_bounding_set_stays_and_loosens_nothing_else)
{
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--permissive", "--user", "nobody", "--allow-new-privs", "--seccomp", "off", "sh", "-c", CAPS),
		.prepare = without_setpcap});

	cr_assert_eq(result->exit, 0, "%s", result->err);
	cr_assert_eq(count_lines(result->err), 1, "%s", result->err);
	cr_assert_not_null(strstr(result->err, "the bounding set stays as it was"));
	cr_assert_eq(strncmp(result->out, NO_CAPS, strlen("CapInh:\t0000000000000000\n") * 3), 0, "%s", result->out);
	cr_assert_null(strstr(result->out, "CapBnd:\t0000000000000000"), "%s", result->out);
}

Test(grip, the_bounding_set_is_judged_before_anything_is_dropped)
{
	assert_refused(RUN(husk(), "--cap-set", "permitted=kill", "--cap-set", "inheritable=kill", "echo", "ran"), 125,
		       "husk: cap_kill can't be put into the inheritable set");
}

/* A kernel of the time when CAP_AUDIT_READ was the last one, as far as prctl goes. */
static void on_an_older_kernel(const void *unused)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, CAP_AUDIT_READ, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_CAPBSET_READ, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	};
	const struct sock_fprog program = {sizeof code / sizeof code[0], code};

	(void)unused;
	for (unsigned i = CAP_AUDIT_READ + 1; prctl(PR_CAPBSET_DROP, i) == 0;)
		i++;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(98);
}

Test(grip, a_kernel_with_fewer_capabilities_than_libcap_knows_is_enough)
{
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV(husk(), "--user", "nobody", "sh", "-c", CAPS), .prepare = on_an_older_kernel});

	assert_quiet(result);
	cr_assert_str_eq(result->out, NO_CAPS, "%s", result->out);
	assert_refused(
		run(&(struct run_spec){.argv = ARGV(husk(), "--keep-caps", "perfmon", "echo", "ran"), .prepare = on_an_older_kernel}), 125,
		"cap_perfmon can't be kept");
}

static char copy[] = "/tmp/husk-copy-XXXXXX";

/* A file with capabilities but without the effective bit: permitted, and not effective. */
static void make_copy(void)
{
	char script[512];

	require_root();
	cr_assert_eq(close(mkstemp(copy)), 0);
	(void)snprintf(script, sizeof script, "cat %s >%s && chmod 755 %s && setcap cap_setuid,cap_setgid,cap_setpcap,cap_kill=p %s",
		       husk(), copy, copy, copy);
	cr_assert_eq(RUN("sh", "-ec", script)->exit, 0);
}

static void remove_copy(void)
{
	(void)unlink(copy);
}

static void as_1000(const void *unused)
{
	(void)unused;
	become((const unsigned[]){1000, 1000});
}

Test(grip, capabilities_that_are_permitted_but_not_effective_do_the_work, .init = make_copy, .fini = remove_copy)
{
	const struct run_result *result =
		run(&(struct run_spec){.argv = ARGV(copy, "--user", "1234:1234", "--keep-caps", "kill", "sh", "-c", CAPS),
				       .env = ARGV("ASAN_OPTIONS=detect_leaks=0"),
				       .prepare = as_1000});

	assert_quiet(result);
	cr_assert_str_eq(result->out, ONE_CAP, "%s", result->out);
}

/* The covered root, as the host of another container may have left it. */
static void host_refuses(const void *unused)
{
	struct err e;

	(void)unused;
	if (userns_forbid(&e) != 0)
		_exit(98);
}

Test(grip, the_hosts_refusal_counts_only_where_it_is_trusted)
{
	const struct run_spec refused = {.argv = ARGV(husk(), "--user", "nobody", "--clone3", "allow", "echo", "ran"),
					 .prepare = host_refuses};
	const struct run_spec automatic = {.argv = ARGV(husk(), "--user", "nobody", helper("clone3")), .prepare = host_refuses};
	const struct run_spec trusted = {
		.argv = ARGV(husk(), "--user", "nobody", "--trust-host-userns", "--clone3", "allow", helper("clone3")),
		.prepare = host_refuses};
	const struct run_result *result;

	assert_refused(run(&refused), 125, "the host refuses user namespaces (EPERM), but it can change that");
	cr_assert_str_eq(run(&automatic)->out, "38\n");
	result = run(&trusted);
	cr_assert_str_eq(result->out, "1\n", "EPERM from the kernel: %s", result->out);
	assert_refused(RUN(husk(), "--user", "nobody", "--trust-host-userns", "--clone3", "allow", "echo", "ran"), 125,
		       "the kernel permits user namespaces");
}

Test(grip, who_can_leave_the_covered_root_gets_no_clone3)
{
	assert_refused(RUN(husk(), "--forbid-userns", "--keep-caps", "sys_chroot", "--clone3", "allow", "echo", "ran"), 125,
		       "cap_sys_chroot");
}

/* PID 1 has the workload's user, which is all that prlimit asks for; beyond a hard limit on CPU time the kernel kills even PID 1. */
Test(grip, the_limits_of_pid_1_arent_the_workloads_to_set)
{
	static const char script[] = "import os, resource\n"
				     "for pid in 1, 0, os.getpid():\n"
				     "    try: resource.prlimit(pid, resource.RLIMIT_CPU, (1000, 1000)); print('set')\n"
				     "    except PermissionError: print('refused')\n";

	cr_assert_str_eq(RUN_PID1(husk(), "--user", "nobody", "/usr/bin/python3", "-c", script)->out, "refused\nset\nset\n");
}

/* socketpair asks for a family as socket does, and the kernel loads its module. 97: EAFNOSUPPORT; the kernel's own word for a pair of
 * AF_INET is EOPNOTSUPP. */
Test(grip, no_family_is_reached_by_socketpair)
{
	static const char script[] = "import socket\n"
				     "for family in socket.AF_UNIX, socket.AF_INET, socket.AF_VSOCK:\n"
				     "    try: socket.socketpair(family); print('open')\n"
				     "    except OSError as error: print(error.errno)\n";

	cr_assert_str_eq(RUN(husk(), "--user", "nobody", "/usr/bin/python3", "-c", script)->out, "open\n97\n97\n");
}
