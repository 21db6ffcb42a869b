// SPDX-License-Identifier: MIT
/*
 * Copies: the tuned routines against byte-by-byte ones, and copies that fault:
 * the exception table must give the exact number of bytes not copied.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "tests/kernel/ktest.h"

#define AREA	1024

static u8 pattern(size_t i)
{
	return (u8)(i * 31 + i / 251 + 7);
}

static void fill(u8 *p)
{
	for (size_t i = 0; i < AREA; i++)
		p[i] = pattern(i);
}

/* Every offset of both sides within a word, lengths around all the loops' borders. */
static void memory_routines(void)
{
	static const size_t lengths[] = { 0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 127, 128, 129, 255,
					  256, 257, 500 };
	u8 *a = kmalloc(AREA, GFP_KERNEL), *b = kmalloc(AREA, GFP_KERNEL);
	size_t bad = 0;

	KTEST_ASSERT(a && b);
	for (size_t n = 0; n < ARRAY_SIZE(lengths); n++) {
		for (size_t from = 0; from < 9; from++) {
			for (size_t to = 0; to < 9; to++) {
				size_t len = lengths[n];

				fill(a);
				memset(b, 0xee, AREA);
				memcpy(b + 16 + to, a + from, len);
				for (size_t i = 0; i < len; i++)
					bad += b[16 + to + i] != pattern(from + i);
				bad += b[15 + to] != 0xee || b[16 + to + len] != 0xee;
				bad += memcmp(b + 16 + to, a + from, len) != 0;
				/* overlapping, both directions */
				fill(a);
				memmove(a + 16 + to, a + 16 + from, len);
				for (size_t i = 0; i < len; i++)
					bad += a[16 + to + i] != pattern(16 + from + i);
			}
		}
	}
	kfree(a);
	kfree(b);
	KTEST_EQ(bad, 0);
}
KTEST(x86_memory_routines, KTEST_QUICK, memory_routines);

static void memcmp_sign(void)
{
	static const char lo[] = "abcdefgh\x01zzzzzzz", hi[] = "abcdefgh\xff" "aaaaaaa";

	KTEST_ASSERT(memcmp(lo, hi, 16) < 0);
	KTEST_ASSERT(memcmp(hi, lo, 16) > 0);
	KTEST_ASSERT(memcmp(lo, hi, 8) == 0);
	KTEST_ASSERT(memcmp("a\x80", "a\x7f", 2) > 0);
}
KTEST(x86_memcmp, KTEST_QUICK, memcmp_sign);

/* vmalloc leaves the page behind an area unmapped: read and write across that edge. */
static void exact_fault_count(void)
{
	u8 *page = vmalloc(PAGE_SIZE), *buf = kmalloc(AREA, GFP_KERNEL);
	size_t bad = 0;

	KTEST_ASSERT(page && buf);
	for (size_t len = 1; len < 300; len += 13) {
		for (size_t inside = 0; inside <= len; inside += 5) {
			u8 *edge = page + PAGE_SIZE - inside;

			pagefault_disable();
			bad += __copy_user(buf, edge, len) != len - inside;
			bad += __copy_user(edge, buf, len) != len - inside;
			bad += __clear_user(edge, len) != len - inside;
			pagefault_enable();
		}
	}
	vfree(page);
	kfree(buf);
	KTEST_EQ(bad, 0);
}
KTEST(x86_exact_fault_count, KTEST_QUICK, exact_fault_count);

static void wild_pointers(void)
{
	static const unsigned long wild[] = {
		0, 8, 0x10000, TASK_SIZE - 4, TASK_SIZE, 0x800000000000, 0x8000000000000000,
		VMALLOC_START, PAGE_OFFSET, 0xfffffffffffffff8, 0xffffffffffffffff,
	};
	char buf[16];
	u64 v;

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		void __user *p = (void __user *)wild[i];

		KTEST_EQ(copy_from_user(buf, p, sizeof(buf)), sizeof(buf));
		KTEST_EQ(copy_to_user(p, buf, sizeof(buf)), sizeof(buf));
		KTEST_EQ(clear_user(p, sizeof(buf)), sizeof(buf));
		KTEST_EQ(get_user(v, (u64 __user *)p), -EFAULT);
		KTEST_EQ(put_user(v, (u64 __user *)p), -EFAULT);
		KTEST_EQ(strncpy_from_user(buf, p, sizeof(buf)), -EFAULT);
	}
	KTEST_EQ(copy_from_kernel_nofault(buf, (void *)VMALLOC_END - 64, 8), -EFAULT);
	KTEST_EQ(copy_from_kernel_nofault(buf, (void *)0x8000000000000000, 8), -EFAULT);
	KTEST_EQ(copy_from_kernel_nofault(buf, pattern, 8), 0);
}
KTEST(x86_wild_pointers, KTEST_QUICK, wild_pointers);
