/* The posture that the workload and PID 1 really have. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "tests/support/husk.h"

#define STATUS \
	"grep -E '^(Uid|Gid|Cap...|NoNewPrivs|Seccomp):' /proc/self/status; echo --; grep -E '^(Uid|Gid|Cap...|NoNewPrivs|Seccomp):' " \
	"/proc/1/status"

Test(sealed, pid_1_holds_nothing_that_the_workload_doesnt)
{
	const struct run_result *result;
	const char *middle;

	require_root();
	result = RUN_PID1(husk(), "--user", "nobody", "--", "sh", "-c", STATUS);
	assert_quiet(result);
	middle = strstr(result->out, "--\n");
	cr_assert_not_null(middle);
	cr_assert_eq(strlen(middle + 3), (size_t)(middle - result->out));
	cr_assert_eq(strncmp(result->out, middle + 3, (size_t)(middle - result->out)), 0, "%s", result->out);
	cr_assert_not_null(strstr(result->out, "Uid:\t65534\t65534\t65534\t65534\n"));
	cr_assert_not_null(strstr(result->out, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
					       "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"));
}

Test(sealed, root_without_options_keeps_its_uid_and_nothing_else)
{
	const struct run_result *result;

	require_root();
	result = RUN_PID1(husk(), "sh", "-c", STATUS);
	assert_quiet(result);
	cr_assert_not_null(strstr(result->out, "Uid:\t0\t0\t0\t0\n"));
	cr_assert_not_null(strstr(result->out, "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"));
}

Test(sealed, the_report_says_what_the_kernel_says)
{
	const struct run_result *result;

	require_root();
	result = RUN_PID1(husk(), "--user", "nobody", "--report", "--", "true");
	cr_assert_eq(result->exit, 0);
	cr_assert_str_empty(result->out);
	cr_assert_not_null(strstr(result->err, "user           65534 (real 65534, effective 65534, saved 65534)"));
	cr_assert_not_null(strstr(result->err, "no_new_privs   on"));
	cr_assert_not_null(strstr(result->err, "seccomp        filter (1 stacked)"));
	cr_assert_not_null(strstr(result->err, "SEC-CLONE3     clone3 answers ENOSYS"));
	cr_assert_null(strchr(result->err, '\033'), "colour where there is no terminal");
	result = RUN_PID1(husk(), "--seccomp", "off", "--caps", "keep", "--allow-new-privs", "--report", "--", "true");
	cr_assert_not_null(strstr(result->err, "no_new_privs   off"), "%s", result->err);
	cr_assert_not_null(strstr(result->err, "loosened       capabilities are left as they were (--caps keep)"));
	cr_assert_not_null(strstr(result->err, "loosened       no_new_privs is left as it was (--allow-new-privs)"));
	cr_assert_not_null(strstr(result->err, "seccomp        off"));
	cr_assert_not_null(strstr(result->err, "SEC-CLONE3     clone3 allowed"), "no filter answers ENOSYS: %s", result->err);
	cr_assert_not_null(strstr(result->err, "cap_sys_admin"));
}

Test(sealed, check_runs_all_but_the_workload)
{
	const struct run_result *result = RUN(husk(), "--check", "--", "echo", "ran");

	cr_assert_eq(result->exit, 0);
	cr_assert_str_empty(result->out);
	cr_assert_not_null(strstr(result->err, "no_new_privs   on"));
	assert_refused(RUN(husk(), "--check", "--", "nosuchcommand"), 127, "nosuchcommand");
}

Test(sealed, a_report_that_cant_be_written_is_an_error)
{
	assert_refused(RUN(husk(), "--report=/dev/full", "--", "echo", "ran"), 125, "writing the report");
	assert_refused(RUN(husk(), "--report=/nonexistent/x", "--", "echo", "ran"), 125, "can't open '/nonexistent/x'");
}

Test(sealed, a_capability_check_alone_leaves_a_hole_in_clone3)
{
	const struct run_result *result;

	require_root();
	result = RUN(husk(), "--user", "nobody", "--clone3", "allow", "--permissive", helper("clone3"));
	cr_assert_str_eq(result->out, "open\n", "the kernel of this machine permits user namespaces: %s", result->out);
	cr_assert_not_null(strstr(result->err, "warning: SEC-CLONE3"));
	result = RUN(husk(), "--user", "nobody", helper("clone3"));
	cr_assert_str_eq(result->out, "38\n");
	result = RUN(husk(), "--user", "nobody", "--clone3", "deny", helper("clone3"));
	cr_assert_str_eq(result->out, "38\n");
	assert_refused(RUN(husk(), "--user", "nobody", "--clone3", "allow", helper("clone3")), 125,
		       "SEC-CLONE3: clone3 can't be allowed: the kernel permits user namespaces");
	assert_refused(RUN(husk(), "--keep-caps", "net_admin", "--clone3", "allow", helper("clone3")), 125,
		       "cap_net_admin in the bounding set");
}

Test(sealed, with_the_refusal_built_clone3_is_allowed_and_leads_nowhere)
{
	const struct run_result *result;

	require_root();
	result = RUN(husk(), "--user", "nobody", "--forbid-userns", helper("clone3"));
	cr_assert_str_eq(result->out, "1\n", "EPERM from the kernel itself: %s%s", result->out, result->err);
}

Test(sealed, the_workload_cant_reach_into_pid_1)
{
	const struct run_result *result;

	require_root();
	result = RUN_PID1(husk(), "--user", "nobody", "--seccomp", "off", "sh", "-c",
			  "(exec 3</proc/1/mem) 2>/dev/null && echo mem; ls /proc/1/fd >/dev/null 2>&1 && echo fd; "
			  "(exec 3</proc/1/environ) 2>/dev/null && echo environ; echo end");
	cr_assert_str_eq(result->out, "end\n");
}

Test(sealed, pid_1_has_a_second_filter_of_its_own)
{
	const struct run_result *result;

	require_root();
#ifdef __SANITIZE_ADDRESS__
	if (getenv("HUSK") == NULL)
		return; /* a sanitizer's run time needs more calls at exit, so that build goes without */
#endif
	result = RUN_PID1(
		husk(), "sh", "-c",
		"while grep -q '^Seccomp_filters:.1$' /proc/1/status; do :; done; grep Seccomp_filters /proc/self/status /proc/1/status");
	cr_assert_str_eq(result->out, "/proc/self/status:Seccomp_filters:\t1\n/proc/1/status:Seccomp_filters:\t2\n");
}

#ifdef __x86_64__
enum { SYSCALL_INSTRUCTION = 0x050f, SYSCALL_LENGTH = 2 };

/* Stops the process in its wait; *regs: as it is there, just behind the instruction that made the call. */
static void stop_in_a_call(pid_t pid, struct user_regs_struct *regs)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0);
	for (;;) {
		cr_assert_eq(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
		cr_assert_eq(waitpid(pid, &status, __WALL), pid);
		cr_assert(WIFSTOPPED(status));
		cr_assert_eq(ptrace(PTRACE_GETREGS, pid, NULL, regs), 0);
		if ((ptrace(PTRACE_PEEKTEXT, pid, (void *)(regs->rip - SYSCALL_LENGTH), NULL) & 0xffff) == SYSCALL_INSTRUCTION)
			return;
		cr_assert_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	}
}

/* Has the stopped process make a call, and returns what the kernel answers. */
static long call_in(pid_t pid, const struct user_regs_struct *stopped, long nr, unsigned long first, unsigned long second)
{
	struct user_regs_struct regs = *stopped;
	int status;

	regs.rip -= SYSCALL_LENGTH;
	regs.rax = (unsigned long long)nr;
	regs.orig_rax = ~0ULL; /* nothing is to be restarted */
	regs.rdi = first;
	regs.rsi = second;
	regs.rdx = 0;
	cr_assert_eq(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
	cr_assert_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
	cr_assert_eq(waitpid(pid, &status, __WALL), pid);
	cr_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP, "status 0x%x", status);
	cr_assert_eq(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
	return (long)regs.rax;
}

/* A debugger's hook in the place of whoever takes PID 1 over. */
Test(sealed, pid_1_is_refused_any_other_call)
{
	static const long others[] = {SYS_socket,
				      SYS_openat,
				      SYS_execve,
				      SYS_clone,
				      SYS_mmap,
				      SYS_mprotect,
				      SYS_ptrace,
				      SYS_mount,
				      SYS_unshare,
				      SYS_getuid,
				      SYS_process_vm_writev,
				      SYS_io_uring_setup,
				      SYS_prctl,
				      SYS_read};
	struct user_regs_struct regs;
	struct running running;

	require_root();
#ifdef __SANITIZE_ADDRESS__
	if (getenv("HUSK") == NULL)
		return; /* as above */
#endif
	run_start(
		&(struct run_spec){.argv = ARGV(husk(), "sh", "-c",
						"while grep -q '^Seccomp_filters:.1$' /proc/1/status; do :; done; echo sealed; sleep 100"),
				   .pid1 = true},
		&running);
	cr_assert(run_until(&running, "sealed"));
	stop_in_a_call(running.target, &regs);
	cr_expect_eq(call_in(running.target, &regs, SYS_getpid, 0, 0), 1, "what it needs goes through");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		cr_expect_eq(call_in(running.target, &regs, others[i], 2, 1), -EPERM, "call %ld: %ld", others[i],
			     call_in(running.target, &regs, others[i], 2, 1));
	cr_assert_eq(ptrace(PTRACE_SETREGS, running.target, NULL, &regs), 0);
	cr_assert_eq(ptrace(PTRACE_DETACH, running.target, NULL, NULL), 0);
	run_signal(&running, SIGTERM);
	cr_assert_eq(run_finish(&running)->exit, 128 + SIGTERM);
}
#endif
