// SPDX-License-Identifier: MIT
/*
 * Mapping the vDSO: the pages of its image, shared by all programs, and the clock's page below them.
 *
 * The pages are made once at boot and live as long as the kernel. Programs may read (and execute) them and nothing else:
 * VM_MAYWRITE is not set, so mprotect cannot change that. novdso on the command line leaves them out.
 */
#include "kernel/vdso/vdso.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/vdso/vdso_data.h"
#include "kernel/x86/time.h"
#include "mm/mm.h"

#define MAX_PAGES 4

extern const char vdso_image_start[], vdso_image_end[];

/* constant after boot */
static struct page *clock_page, *image_pages[MAX_PAGES];
static int nr_image_pages;

int map_vdso(void)
{
	struct mm_struct *mm = current->mm;
	unsigned long addr;
	int err;

	if (!nr_image_pages)
		return 0;
	down_write(&mm->mmap_sem);
	addr = get_unmapped_area(NULL, 0, (1 + nr_image_pages) * PAGE_SIZE, 0, 0);
	err = IS_ERR_VALUE(addr) ? (int)addr : 0;
	if (!err)
		err = map_kernel_pages(mm, addr, &clock_page, 1, VM_READ | VM_MAYREAD | VM_DONTDUMP);
	if (!err)
		err = map_kernel_pages(mm, addr + PAGE_SIZE, image_pages, nr_image_pages,
				       VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYEXEC);
	if (!err)
		mm->vdso = addr + PAGE_SIZE;
	up_write(&mm->mmap_sem);
	return err;
}

static int vdso_init(void)
{
	size_t size = vdso_image_end - vdso_image_start, n;
	int pages = DIV_ROUND_UP(size, PAGE_SIZE);

	BUG_ON(pages > MAX_PAGES);
	if (cmdline_word("novdso"))
		return 0;
	clock_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!clock_page)
		return -ENOMEM;
	clock_publish(page_address(clock_page));
	for (int i = 0; i < pages; i++, size -= n) {
		n = min_t(size_t, size, PAGE_SIZE);
		image_pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!image_pages[i])
			return -ENOMEM;
		memcpy(page_address(image_pages[i]), vdso_image_start + i * PAGE_SIZE, n);
	}
	nr_image_pages = pages;
	return 0;
}
core_initcall(vdso_init);
