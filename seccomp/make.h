/* From a request to proven programs: parse, add what the user put on top, compile, prove. */
#ifndef HUSK_SECCOMP_MAKE_H
#define HUSK_SECCOMP_MAKE_H

#include "seccomp/filter.h"
#include "seccomp/profile.h"
#include "seccomp/program.h"

/* CAP_SYS_ADMIN of linux/capability.h; libcap belongs to caps/. */
enum { MAKE_CAP_SYS_ADMIN = 21 };

/* Makes one program of a profile's text for arch; with request->compat32 the 32-bit sibling's stands behind it. *unknown: how many
 * names nobody knows. Returns 0, or -1 with *e set. */
int make_program(const struct filter_request *request, const char *name, const char *text, size_t size, uint32_t arch, bool allow_clone3,
		 struct program *program, unsigned *unknown, struct err *e);

#endif
