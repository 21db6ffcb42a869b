// SPDX-License-Identifier: MIT
/*
 * What the page tables forbid: writing text and constants, executing data; and
 * what must end in a report: each crash_ test is run alone, by name, and the
 * host expects its panic.
 */
#include "kernel/lib/kernel.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/tlbflush.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/uaccess.h"
#include "kernel/task/task.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "tests/kernel/ktest.h"

/* Flags that hold for @va: writable and executable only if every level says so. */
static unsigned long effective_flags(unsigned long va)
{
	unsigned long *t = (unsigned long *)kernel_pgd, rw = _PAGE_RW, nx = 0, e;

	for (int shift = 39;; shift -= 9) {
		e = t[va >> shift & 511];
		if (!(e & _PAGE_PRESENT))
			return 0;
		rw &= e;
		nx |= e & _PAGE_NX;
		if (shift == 12 || (shift < 39 && e & _PAGE_PSE))
			break;
		t = __va(e & PTE_PFN_MASK);
	}
	return (e & ~(_PAGE_RW | _PAGE_NX)) | rw | nx;
}

static int some_data = 1;

static void protections(void)
{
	void *v = vmalloc(PAGE_SIZE);
	unsigned long stack = (unsigned long)current->stack, text = (unsigned long)__text_start;

	KTEST_ASSERT(v);
	KTEST_EQ(effective_flags(text) & (_PAGE_RW | _PAGE_NX), 0);
	KTEST_EQ(effective_flags((unsigned long)__rodata_start) & _PAGE_RW, 0);
	KTEST_EXPECT(effective_flags((unsigned long)__rodata_start) & _PAGE_NX);
	KTEST_EXPECT(effective_flags((unsigned long)&some_data) & _PAGE_NX);
	KTEST_EXPECT(effective_flags((unsigned long)v) & _PAGE_NX);
	KTEST_EXPECT(effective_flags(stack) & _PAGE_NX);
	KTEST_EQ(effective_flags(stack - PAGE_SIZE), 0);
	KTEST_EXPECT(effective_flags((unsigned long)__va(__pa(text))) & _PAGE_NX);
	KTEST_EQ(effective_flags(0), 0);
	KTEST_EXPECT(read_cr0() & CR0_WP);
	KTEST_EQ(!!(read_cr4() & CR4_SMEP), cpu_features.smep);
	KTEST_EQ(!!(read_cr4() & CR4_SMAP), cpu_features.smap);
	vfree(v);
}
KTEST(x86_protections, KTEST_QUICK, protections);

static void crash_write_text(void)
{
	*(volatile char *)__text_start = 0;
}
KTEST(x86_crash_write_text, KTEST_MANUAL, crash_write_text);

static int noinline deeper(volatile int *above)
{
	volatile int here[64];

	here[0] = *above + 1;
	return here[0] < 1000000 ? deeper(here) + here[0] : 0;
}

static void crash_overflow(void)
{
	int start = 0;

	deeper(&start);
}
KTEST(x86_crash_overflow, KTEST_MANUAL, crash_overflow);

static void crash_null(void)
{
	int *volatile nowhere = (int *)8;

	*nowhere = 1;
}
KTEST(x86_crash_null, KTEST_MANUAL, crash_null);

static void crash_opcode(void)
{
	__asm__ __volatile__("ud2");
}
KTEST(x86_crash_opcode, KTEST_MANUAL, crash_opcode);

/* A stack pointer from nowhere: the next interrupt or fault finds it. */
static void crash_stack_pointer(void)
{
	__asm__ __volatile__("movq $0x100000, %%rsp; pushq $0" : : : "memory");
}
KTEST(x86_crash_stack_pointer, KTEST_MANUAL, crash_stack_pointer);

static void crash_execute_data(void)
{
	static unsigned char ret_insn[] = { 0xc3 };

	((void (*)(void))(unsigned long)ret_insn)();
}
KTEST(x86_crash_execute_data, KTEST_MANUAL, crash_execute_data);

static void crash_panic(void)
{
	panic("on purpose");
}
KTEST(x86_crash_panic, KTEST_MANUAL, crash_panic);

/* Without the stack that exceptions land on, an exception becomes a double fault. */
static void crash_double_fault(void)
{
	unsigned long va = ESTACK_BASE(smp_processor_id()) + ESTACK_ENTRY_TOP - PAGE_SIZE;
	pte_t *pte = kernel_pte(va);

	KTEST_ASSERT(pte);
	local_irq_disable();
	set_pte(pte, __pte(0));
	flush_tlb_local_page(va);
	__asm__ __volatile__("ud2");
}
KTEST(x86_crash_double_fault, KTEST_MANUAL, crash_double_fault);
