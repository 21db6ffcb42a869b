// SPDX-License-Identifier: MIT
/*
 * Mistakes with memory that must end in a report.  Each is run alone, by name; tests/run_tests.py
 * knows what each report has to say.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/mman.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "kernel/task/task.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/mm_test.h"

/* Out of the compiler's sight, which knows what kmalloc and kfree mean. */
static void *volatile sink;

static void crash_double_free(void)
{
	sink = kmalloc(40, GFP_KERNEL);
	kfree(sink);
	kfree(sink);
}
KTEST(mm_crash_double_free, KTEST_MANUAL, crash_double_free);

static void crash_use_after_free(void)
{
	sink = kmalloc(40, GFP_KERNEL);
	kfree(sink);
	((volatile char *)sink)[20] = 1;
	/* the same object comes back */
	sink = kmalloc(40, GFP_KERNEL);
}
KTEST(mm_crash_use_after_free, KTEST_MANUAL, crash_use_after_free);

static void crash_overrun(void)
{
	sink = kmalloc(96, GFP_KERNEL);
	((volatile char *)sink)[96] = 1;
	kfree(sink);
}
KTEST(mm_crash_overrun, KTEST_MANUAL, crash_overrun);

static void crash_middle(void)
{
	sink = kmalloc(256, GFP_KERNEL);
	kfree((char *)sink + 16);
}
KTEST(mm_crash_middle, KTEST_MANUAL, crash_middle);

static void crash_page_twice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}
KTEST(mm_crash_page_twice, KTEST_MANUAL, crash_page_twice);

static void crash_vmalloc_guard(void)
{
	sink = vmalloc(3 * PAGE_SIZE);
	((volatile char *)sink)[3 * PAGE_SIZE] = 1;
}
KTEST(mm_crash_vmalloc_guard, KTEST_MANUAL, crash_vmalloc_guard);

/* A program's pointer used without a user copy, although there is memory behind it. */
static void crash_user_pointer(void)
{
	struct mm_struct *mm = mm_alloc();

	mm_test_enter(mm);
	sink = (void *)vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	*(volatile char *)sink = 1;
}
KTEST(mm_crash_user_pointer, KTEST_MANUAL, crash_user_pointer);
