// SPDX-License-Identifier: MIT
/*
 * Changes to the kernel's own code, made once at boot.
 *
 * Two kinds: the three-byte no-ops around accesses to the program become
 * stac/clac where SMAP guards program pages, and the copy routines' entry
 * jumps are pointed to the faster loop.  Done on the boot CPU before any other
 * runs, through the direct map, because the text itself is read-only.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/uaccess.h"

struct smap_site {
	s32 site;	/* relative to itself */
	u32 insn;	/* three bytes */
};

extern struct smap_site __smap_sites_start[], __smap_sites_end[];

unsigned long copy_user_unrolled(void *to, const void *from, unsigned long n);
unsigned long copy_user_movsb(void *to, const void *from, unsigned long n);
void *memcpy_unrolled(void *to, const void *from, size_t n);
void *memcpy_movsb(void *to, const void *from, size_t n);

/* cpuid serialises: the CPU forgets what it decoded before. */
static void poke(unsigned long addr, const void *code, size_t len)
{
	volatile u8 *p = __va(addr - KERNEL_MAP_BASE);
	u32 a, b, c, d;

	for (size_t i = 0; i < len; i++)
		p[i] = ((const u8 *)code)[i];
	cpuid(0, &a, &b, &c, &d);
}

/* The routine begins with a five-byte jump. */
static void redirect(unsigned long from, unsigned long to)
{
	s32 rel = (s32)(to - (from + 5));

	poke(from + 1, &rel, sizeof(rel));
}

static u64 measure(void *(*copy)(void *, const void *, size_t), char *to, const char *from)
{
	u64 best = ~0ULL;

	for (int i = 0; i < 3; i++) {
		u64 t = rdtsc_ordered();

		copy(to, from, 2 * PAGE_SIZE);
		best = min(best, (u64)(rdtsc_ordered() - t));
	}
	return best;
}

void uaccess_init(void)
{
	char *buf = __va(boot_alloc_phys(4 * PAGE_SIZE, PAGE_SIZE));

	if (measure(memcpy_movsb, buf, buf + 2 * PAGE_SIZE) <
	    measure(memcpy_unrolled, buf, buf + 2 * PAGE_SIZE)) {
		redirect((unsigned long)memcpy, (unsigned long)memcpy_movsb);
		redirect((unsigned long)__copy_user, (unsigned long)copy_user_movsb);
	}
	/* At ring 0 program pages are supervisor pages: SMAP does not look at them. */
	if (!cpu_features.smap || !program_ring)
		return;
	for (struct smap_site *s = __smap_sites_start; s < __smap_sites_end; s++)
		poke((unsigned long)&s->site + (unsigned long)(long)s->site, &s->insn, 3);
}
