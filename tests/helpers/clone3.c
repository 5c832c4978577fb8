/* Tries clone3(CLONE_NEWUSER) and says how it ended: "open", or the errno's number. */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof args);

	if (pid == 0)
		_exit(0);
	if (pid < 0) {
		printf("%d\n", errno);
		return 1;
	}
	waitpid((pid_t)pid, NULL, 0);
	puts("open");
	return 0;
}
