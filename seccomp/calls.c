#include "seccomp/calls.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* Debian 12's libseccomp ends at 456 (Linux 6.7). From 424 up a number is the same on every architecture that husk supports
 * (include/uapi/asm-generic/unistd.h of Linux). */
static const struct {
	int nr;
	const char *name;
} newer[] = {
	{452, "fchmodat2"},         {453, "map_shadow_stack"}, {454, "futex_wake"},    {455, "futex_wait"},
	{456, "futex_requeue"},     {457, "statmount"},        {458, "listmount"},     {459, "lsm_get_self_attr"},
	{460, "lsm_set_self_attr"}, {461, "lsm_list_modules"}, {462, "mseal"},         {463, "setxattrat"},
	{464, "getxattrat"},        {465, "listxattrat"},      {466, "removexattrat"}, {467, "open_tree_attr"},
	{468, "file_getattr"},      {469, "file_setattr"},
};

enum { NEWER = sizeof newer / sizeof newer[0], CALL_LIMIT = 470, NAMES = 600, DOOR_SOCKETCALL = -100, DOOR_IPC = -200, DOOR_END = -300 };

uint32_t call_arch_token(uint32_t arch)
{
	switch (arch) {
	case AUDIT_ARCH_X86_64: return SCMP_ARCH_X86_64;
	case AUDIT_ARCH_AARCH64: return SCMP_ARCH_AARCH64;
	case AUDIT_ARCH_I386: return SCMP_ARCH_X86;
	default: return 0;
	}
}

static int newer_number(const char *name)
{
	for (size_t i = 0; i < NEWER; i++)
		if (strcmp(newer[i].name, name) == 0)
			return newer[i].nr;
	return -1;
}

static void find_name(uint32_t arch, int nr, char name[static RULE_NAME_SIZE])
{
	char *found = seccomp_syscall_resolve_num_arch(call_arch_token(arch), nr);
	const char *text = found;

	for (size_t i = 0; text == NULL && i < NEWER; i++)
		if (newer[i].nr == nr)
			text = newer[i].name;
	name[0] = '\0';
	if (text != NULL && strlen(text) < RULE_NAME_SIZE)
		memcpy(name, text, strlen(text) + 1);
	free(found);
}

/* libseccomp walks over its whole table for each question, and a proof asks some ten thousand times. */
bool call_name(uint32_t arch, int nr, char name[static RULE_NAME_SIZE])
{
	static char names[NAMES][RULE_NAME_SIZE];
	static uint32_t names_arch;

	if (nr < 0 || nr >= NAMES)
		return false;
	if (names_arch != arch) {
		for (int i = 0; i < NAMES; i++)
			find_name(arch, i, names[i]);
		names_arch = arch;
	}
	memcpy(name, names[nr], RULE_NAME_SIZE);
	return name[0] != '\0';
}

/* libseccomp gives the socket and ipc calls of i386 numbers of its own, below zero: socketcall's operation below -100, ipc's below -200. */
static bool has_door(uint32_t arch, int nr)
{
	return arch == AUDIT_ARCH_I386 && nr < DOOR_SOCKETCALL && nr > DOOR_END;
}

unsigned call_door(uint32_t arch, const char *name, const char **door)
{
	const int nr = seccomp_syscall_resolve_name_arch(call_arch_token(arch), name);

	if (!has_door(arch, nr))
		return 0;
	*door = nr < DOOR_IPC ? "ipc" : "socketcall";
	return (unsigned)((nr < DOOR_IPC ? DOOR_IPC : DOOR_SOCKETCALL) - nr);
}

/* Most of them have a real number as well. */
static int direct_number(uint32_t arch, const char *name)
{
	char found[RULE_NAME_SIZE];

	for (int nr = 0; nr < NAMES; nr++)
		if (call_name(arch, nr, found) && strcmp(found, name) == 0)
			return nr;
	return -1;
}

int call_number(uint32_t arch, const char *name, bool *known, bool *own)
{
	int nr = seccomp_syscall_resolve_name_arch(call_arch_token(arch), name);

	*own = false;
	*known = nr != __NR_SCMP_ERROR;
	if (nr >= 0)
		return nr;
	if (has_door(arch, nr))
		return direct_number(arch, name);
	nr = newer_number(name);
	*own = nr >= 0;
	*known = *known || *own;
	return nr;
}

int call_limit(uint32_t arch)
{
	char name[RULE_NAME_SIZE];
	int limit = CALL_LIMIT;

	/* A newer libseccomp may know more. */
	while (call_name(arch, limit, name))
		limit++;
	return limit;
}
