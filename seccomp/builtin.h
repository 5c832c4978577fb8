/* The built-in profile: its JSON, and what the build made of it (seccomp/tool/embed.c writes the definitions). */
#ifndef HUSK_SECCOMP_BUILTIN_H
#define HUSK_SECCOMP_BUILTIN_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

extern const char builtin_profile[];
extern const size_t builtin_profile_size;

/* For a workload that keeps none of builtin_caps: with clone3 answered by ENOSYS, and with clone3 allowed. */
extern const struct sock_filter builtin_closed[];
extern const unsigned short builtin_closed_length;
extern const struct sock_filter builtin_open[];
extern const unsigned short builtin_open_length;

/* The capabilities that the profile mentions: where the workload keeps one, the profile is compiled anew. */
extern const uint64_t builtin_caps;

#endif
