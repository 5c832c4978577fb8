#include "seccomp/names.h"

#include <linux/audit.h>
#include <string.h>

/* Looks a word up in a table of {name, …}. */
#define LOOKUP(table, word, index) \
	do { \
		for ((index) = 0; (index) < sizeof(table) / sizeof((table)[0]); (index)++) \
			if (strcmp((table)[index].name, (word)) == 0) \
				break; \
		if ((index) == sizeof(table) / sizeof((table)[0])) \
			return 0; \
	} while (0)

bool names_action(const char *name, uint32_t *action)
{
	static const struct {
		const char *name;
		uint32_t action;
	} table[] = {
		{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
		{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
		{"SCMP_ACT_KILL", SECCOMP_RET_KILL_PROCESS},
		{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
		{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
		{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
		{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
	};
	size_t i;

	LOOKUP(table, name, i);
	*action = table[i].action;
	return true;
}

bool names_compare(const char *name, enum compare *op)
{
	static const struct {
		const char *name;
		enum compare op;
	} table[] = {
		{"SCMP_CMP_NE", COMPARE_NE},
		{"SCMP_CMP_LT", COMPARE_LT},
		{"SCMP_CMP_LE", COMPARE_LE},
		{"SCMP_CMP_EQ", COMPARE_EQ},
		{"SCMP_CMP_GE", COMPARE_GE},
		{"SCMP_CMP_GT", COMPARE_GT},
		{"SCMP_CMP_MASKED_EQ", COMPARE_MASKED_EQ},
	};
	size_t i;

	LOOKUP(table, name, i);
	*op = table[i].op;
	return true;
}

bool names_arch(const char *name, uint32_t *arch)
{
	static const struct {
		const char *name;
		uint32_t arch;
	} table[] = {
		{"SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64},
		{"SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64},
		{"SCMP_ARCH_X86", AUDIT_ARCH_I386},
		{"SCMP_ARCH_X32", 0},
		{"SCMP_ARCH_ARM", 0},
		{"SCMP_ARCH_MIPS", 0},
		{"SCMP_ARCH_MIPS64", 0},
		{"SCMP_ARCH_MIPS64N32", 0},
		{"SCMP_ARCH_MIPSEL", 0},
		{"SCMP_ARCH_MIPSEL64", 0},
		{"SCMP_ARCH_MIPSEL64N32", 0},
		{"SCMP_ARCH_PPC", 0},
		{"SCMP_ARCH_PPC64", 0},
		{"SCMP_ARCH_PPC64LE", 0},
		{"SCMP_ARCH_S390", 0},
		{"SCMP_ARCH_S390X", 0},
		{"SCMP_ARCH_PARISC", 0},
		{"SCMP_ARCH_PARISC64", 0},
		{"SCMP_ARCH_RISCV64", 0},
		{"SCMP_ARCH_LOONGARCH64", 0},
		{"SCMP_ARCH_M68K", 0},
		{"SCMP_ARCH_SH", 0},
		{"SCMP_ARCH_SHEB", 0},
	};
	size_t i;

	LOOKUP(table, name, i);
	*arch = table[i].arch;
	return true;
}

uint32_t names_engine_arch(const char *name)
{
	static const struct {
		const char *name;
		uint32_t arch;
	} table[] = {
		{"amd64", AUDIT_ARCH_X86_64},    {"x86_64", AUDIT_ARCH_X86_64}, {"arm64", AUDIT_ARCH_AARCH64},
		{"aarch64", AUDIT_ARCH_AARCH64}, {"x86", AUDIT_ARCH_I386},      {"386", AUDIT_ARCH_I386},
	};
	size_t i;

	LOOKUP(table, name, i);
	return table[i].arch;
}

bool names_flag(const char *name, unsigned *flags)
{
	static const struct {
		const char *name;
		unsigned flag;
	} table[] = {
		/* husk has one thread and no listener: two of them have nothing to do. */
		{"SECCOMP_FILTER_FLAG_TSYNC", 0},
		{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
		{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
		{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0},
	};
	size_t i;

	LOOKUP(table, name, i);
	*flags |= table[i].flag;
	return true;
}

/* In the order of linux/capability.h; libcap belongs to caps/. */
int names_capability(const char *name)
{
	static const char *const table[] = {
		"CHOWN",
		"DAC_OVERRIDE",
		"DAC_READ_SEARCH",
		"FOWNER",
		"FSETID",
		"KILL",
		"SETGID",
		"SETUID",
		"SETPCAP",
		"LINUX_IMMUTABLE",
		"NET_BIND_SERVICE",
		"NET_BROADCAST",
		"NET_ADMIN",
		"NET_RAW",
		"IPC_LOCK",
		"IPC_OWNER",
		"SYS_MODULE",
		"SYS_RAWIO",
		"SYS_CHROOT",
		"SYS_PTRACE",
		"SYS_PACCT",
		"SYS_ADMIN",
		"SYS_BOOT",
		"SYS_NICE",
		"SYS_RESOURCE",
		"SYS_TIME",
		"SYS_TTY_CONFIG",
		"MKNOD",
		"LEASE",
		"AUDIT_WRITE",
		"AUDIT_CONTROL",
		"SETFCAP",
		"MAC_OVERRIDE",
		"MAC_ADMIN",
		"SYSLOG",
		"WAKE_ALARM",
		"BLOCK_SUSPEND",
		"AUDIT_READ",
		"PERFMON",
		"BPF",
		"CHECKPOINT_RESTORE",
	};

	if (strncmp(name, "CAP_", 4) != 0)
		return -1;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i], name + 4) == 0)
			return (int)i;
	return -1;
}
