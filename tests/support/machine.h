/* What this machine can do that others can't: a test expects by it, and never passes by it. */
#ifndef HUSK_TESTS_SUPPORT_MACHINE_H
#define HUSK_TESTS_SUPPORT_MACHINE_H

#include <stdbool.h>

/* True where int $0x80 reaches the kernel. Kernels without IA32 emulation and some hypervisors have no 32-bit way in: the caller dies
 * of SIGSEGV there, filtered or not. */
bool machine_takes_int80(void);

#endif
