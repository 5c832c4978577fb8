#include "init/slim.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

enum { PAGE = 4096, STACK = 64 * 1024 };

/* A fault brings in up to 16 pages around the one that is wanted, but never beyond its mapping (mm/memory.c, do_fault_around). Advice
 * that differs from page to page makes each page a mapping of its own, so that the loop's few pages come back alone. */
static void drop(uintptr_t begin, uintptr_t end)
{
	for (uintptr_t page = begin; page < end; page += (uintptr_t)2 * PAGE)
		(void)madvise((void *)page, PAGE, MADV_RANDOM);
	(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

/* Where a static executable lies, its headers say; one that was loaded elsewhere (a PIE) differs by the address of the headers. */
static uintptr_t load_bias(const Elf64_Phdr *headers, unsigned long count)
{
	for (unsigned long i = 0; i < count; i++)
		if (headers[i].p_type == PT_PHDR)
			return (uintptr_t)headers - headers[i].p_vaddr;
	return 0;
}

static void drop_code(void)
{
	const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
	const unsigned long count = getauxval(AT_PHNUM);
	const uintptr_t bias = load_bias(headers, count);

	for (unsigned long i = 0; headers != NULL && i < count; i++) {
		const uintptr_t begin = (bias + headers[i].p_vaddr) & ~(uintptr_t)(PAGE - 1);

		if (headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_W) == 0)
			drop(begin, (bias + headers[i].p_vaddr + headers[i].p_memsz + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
	}
}

/* The deepest frames of the start lie below this one and are dead. */
static void drop_stack(void)
{
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	const uintptr_t end = (here - PAGE) & ~(uintptr_t)(PAGE - 1);

	(void)madvise((void *)(end - STACK), STACK, MADV_DONTNEED);
}

static uintptr_t forget_begin;
static uintptr_t forget_end;

void slim_forget_later(void *object, size_t size)
{
	forget_begin = ((uintptr_t)object + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	forget_end = ((uintptr_t)object + size) & ~(uintptr_t)(PAGE - 1);
}

void slim_down(void)
{
	if (forget_end > forget_begin)
		(void)madvise((void *)forget_begin, forget_end - forget_begin, MADV_DONTNEED);
	drop_stack();
	drop_code();
}
