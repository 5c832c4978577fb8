/* Arguments of which the kernel takes 32 bits, or 16. Pure data. */
#ifndef HUSK_SECCOMP_NARROW_H
#define HUSK_SECCOMP_NARROW_H

/* Bit n stands for argument n of the call: an int, a pid, a mode or the like, whose upper half is the caller's to choose; bit
 * n + NARROW_SHORT is set as well where the kernel takes 16 bits alone, as of a mode. 0 for a call that has none or that isn't known. */
enum { NARROW_SHORT = 6 };
unsigned narrow_arguments(const char *name);

#endif
