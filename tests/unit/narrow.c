/* Which arguments the kernel takes 32 bits of, or 16. */
#include <criterion/criterion.h>

#include "seccomp/narrow.h"

Test(narrow, arguments_as_the_kernels_prototypes_have_them)
{
	static const struct {
		const char *name;
		unsigned arguments;
	} rows[] = {
		{"accept", 01},   {"bpf", 05},         {"clone", 01},      {"fchmodat2", 0415}, {"fcntl", 03},     {"futex", 046},
		{"ioctl", 03},    {"lseek", 05},       {"mknodat", 0415},  {"mmap", 0},         {"openat", 01015}, {"prctl", 01},
		{"sendfile", 03}, {"setsockopt", 027}, {"setxattrat", 05}, {"socket", 07},      {"umount2", 02},   {"unshare", 0},
		{"waitid", 013},  {"write", 01},       {"nosuchcall", 0},  {"chmod", 0202},     {"creat", 0202},   {"mq_open", 0406},
		{"umask", 01},    {"preadv", 01},      {"preadv2", 041},   {"ptrace", 02},      {"pwritev", 01},   {"pwritev2", 041},
		{"readv", 01},    {"writev", 01},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(narrow_arguments(rows[i].name), rows[i].arguments, "%s: 0%o", rows[i].name, narrow_arguments(rows[i].name));
}
