/* Compiling apart: a profile is read, compiled and proven in a child with limits on time and memory, which hands the BPF back and
 * exits. A hostile profile costs a second and one error, and libseccomp's heap goes with the child. */
#ifndef HUSK_SECCOMP_APART_H
#define HUSK_SECCOMP_APART_H

#include "seccomp/filter.h"
#include "seccomp/program.h"

/* Fills both programs of *plan from the profile's text. The programs live in memory that is never freed: the process ends or seals
 * itself soon. Returns 0, or -1 with *e set. */
int compile_apart(const struct filter_request *request, const char *name, const char *text, size_t size, struct filter_plan *plan,
		  struct err *e);

/* The child has read a stranger's text. What must hold whatever a profile says is asked again on this side, of memory that nobody else
 * writes any more: clone3 where it isn't open, namespaces on each architecture that is let through, and that no other is. */
bool apart_keeps_own_rules(const struct program *program, bool open, bool compat32, bool sys_admin_kept);

#endif
