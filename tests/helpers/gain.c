/* Says who it runs as and what it may do: "uid effective-uid permitted". Tests make it setuid or give it file capabilities. */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};

	syscall(SYS_capget, &header, data);
	printf("%u %u %08x%08x\n", getuid(), geteuid(), data[1].permitted, data[0].permitted);
	return 0;
}
