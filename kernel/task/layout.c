// SPDX-License-Identifier: MIT
/*
 * Where a new program's parts go: stack, mmap, position-independent image, heap.
 *
 * Each execution draws all its random numbers at once, from a stream that nothing else uses, so with seed= on the
 * command line the n-th program of a run gets the same addresses every time, whatever else asks for random
 * numbers. norandmaps, or personality(ADDR_NO_RANDOMIZE), leaves out the random part.
 */
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/binprm.h"
#include "kernel/task/personality.h"
#include "kernel/task/random.h"
#include "kernel/task/task.h"
#include "kernel/x86/layout.h"
#include "mm/internal.h"
#include "mm/mm.h"

#define PIE_BASE      (TASK_SIZE / 3 * 2)
#define STACK_RND     0x3fffffUL	/* pages: 16 GiB */
#define MMAP_RND      0xfffffffUL	/* pages: 1 TiB */
#define BRK_RND	      0x3ffffUL		/* pages: 1 GiB */
#define SP_RND	      8191UL		/* bytes */
#define MMAP_GAP_MIN  (128UL << 20)
#define MMAP_GAP_MAX  (TASK_SIZE / 6 * 5)

static bool norandmaps; /* constant after boot */

void choose_layout(struct exec_layout *layout)
{
	struct {
		u64 stack, mmap, pie, brk, sp;
		u8 bytes[16];
	} r;

	get_layout_random(&r, sizeof(r));
	memcpy(layout->random, r.bytes, sizeof(layout->random));
	layout->stack_top = TASK_SIZE;
	layout->pie_base = PIE_BASE;
	layout->mmap_rnd = layout->brk_rnd = layout->sp_rnd = 0;
	if (norandmaps || (current->personality & ADDR_NO_RANDOMIZE))
		return;
	layout->stack_top -= (r.stack & STACK_RND) << PAGE_SHIFT;
	layout->mmap_rnd = (r.mmap & MMAP_RND) << PAGE_SHIFT;
	layout->pie_base += (r.pie & MMAP_RND) << PAGE_SHIFT;
	layout->brk_rnd = (r.brk & BRK_RND) << PAGE_SHIFT;
	layout->sp_rnd = r.sp & SP_RND;
}

/* Below the stack at its limit, wherever in its random range the stack begins. */
unsigned long layout_mmap_base(const struct exec_layout *layout)
{
	unsigned long gap = rlimit(RLIMIT_STACK), pad = ((STACK_RND + 1) << PAGE_SHIFT) + STACK_GUARD_GAP;

	if (gap + pad > gap)
		gap += pad;
	gap = clamp(gap, MMAP_GAP_MIN, MMAP_GAP_MAX);
	return PAGE_ALIGN(TASK_SIZE - gap - layout->mmap_rnd);
}

static int layout_init(void)
{
	norandmaps = cmdline_word("norandmaps");
	return 0;
}
core_initcall(layout_init);
