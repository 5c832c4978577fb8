#include "tests/support/machine.h"

#include <signal.h>

#include "tests/support/run.h"

#ifdef __x86_64__
static int getpid_by_int80(void)
{
	int result;

	signal(SIGSEGV, SIG_DFL); /* not the sanitizers', which would print */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return result > 0 ? 0 : 1;
}

bool machine_takes_int80(void)
{
	return in_child(getpid_by_int80) == 0;
}
#else
bool machine_takes_int80(void)
{
	return false;
}
#endif
