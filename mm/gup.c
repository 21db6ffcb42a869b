// SPDX-License-Identifier: MIT
/*
 * User pages for the kernel: pinned for direct I/O, populated for mlock and MAP_POPULATE, read and
 * written in another address space.
 *
 * A page is looked up in the page tables under the table's lock, which keeps it mapped while its
 * reference is taken; if it is not there (or not writable) it is faulted in and looked up again.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"

/*
 * May @page be written though its entry does not allow it?  With FOLL_FORCE, if it is the private copy that a write fault has
 * made for this mapping: a second one could only come by fork, which needs mmap_sem exclusive.
 */
static bool forced_write(struct vm_area_struct *vma, struct page *page, unsigned int flags)
{
	return (flags & FOLL_FORCE) && !(vma->vm_flags & (VM_SHARED | VM_WRITE)) && page && PageAnon(page) &&
	       page_mapcount(page) == 1;
}

/*
 * The page at @addr with a reference.  0; -EAGAIN: fault it in; -EFAULT: there is none to have.
 */
static int follow_page(struct vm_area_struct *vma, unsigned long addr, unsigned int flags,
		       struct page **pagep)
{
	pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
	struct page *page;
	spinlock_t *ptl;
	pte_t *pte, entry;
	int ret = 0;

	*pagep = NULL;
	if (!pmd)
		return -EAGAIN;
	pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	entry = pte_read(pte);
	page = pte_present(entry) ? vm_normal_page(vma, addr, entry) : NULL;
	if (!pte_present(entry) || ((flags & FOLL_WRITE) && !pte_write(entry) && !forced_write(vma, page, flags))) {
		ret = -EAGAIN;
		goto out;
	}
	if (!page && pte_pfn(entry) == page_to_pfn(zero_page))
		page = zero_page;
	if (!page) {
		ret = -EFAULT;
		goto out;
	}
	get_page(page);
	*pagep = page;
	if ((flags & FOLL_WRITE) && !pte_dirty(entry) && page_mapping(page))
		set_page_dirty(page);
out:
	pte_unmap_unlock(pte, ptl);
	return ret;
}

/* mmap_sem shared.  One page, faulted in if need be.  0 or -errno. */
static int get_one_page(struct vm_area_struct *vma, unsigned long addr, unsigned int flags,
			struct page **pagep)
{
	for (;;) {
		int ret = follow_page(vma, addr, flags, pagep);
		vm_fault_t fault;

		if (ret != -EAGAIN)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		fault = handle_mm_fault(vma, addr,
					(flags & FOLL_WRITE) ? FAULT_FLAG_WRITE : 0);
		if (fault & VM_FAULT_OOM)
			return -ENOMEM;
		if (fault & VM_FAULT_ERROR)
			return -EFAULT;
		cond_resched();
	}
}

/* FOLL_FORCE reads what could be made readable, and writes to private memory that could be made writable (breakpoints). */
static bool gup_allowed(struct vm_area_struct *vma, unsigned int flags)
{
	if (vma->vm_flags & (VM_IO | VM_PFNMAP))
		return false;
	if ((flags & FOLL_FORCE) && !(flags & FOLL_WRITE))
		return vma->vm_flags & VM_MAYREAD;
	if ((flags & FOLL_FORCE) && (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return true;
	return vma->vm_flags & ((flags & FOLL_WRITE) ? VM_WRITE : VM_READ);
}

long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			   unsigned int gup_flags, struct page **pages)
{
	struct vm_area_struct *vma = NULL;
	unsigned long i;

	start &= PAGE_MASK;
	for (i = 0; i < nr_pages; i++, start += PAGE_SIZE) {
		int err;

		if (!vma || start >= vma->vm_end) {
			vma = find_vma(mm, start);
			if (!vma || vma->vm_start > start || !gup_allowed(vma, gup_flags))
				return i ? (long)i : -EFAULT;
		}
		err = get_one_page(vma, start, gup_flags, &pages[i]);
		if (err)
			return i ? (long)i : err;
	}
	return (long)nr_pages;
}

int get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags,
			struct page **pages)
{
	struct mm_struct *mm = current->mm;
	unsigned long len = (unsigned long)nr_pages << PAGE_SHIFT;
	long ret;

	start &= PAGE_MASK;
	if (nr_pages <= 0)
		return 0;
	if (!mm || start + len < start || start + len > TASK_SIZE)
		return -EFAULT;
	if (down_read_killable(&mm->mmap_sem))
		return -EINTR;
	ret = get_user_pages_remote(mm, start, nr_pages, gup_flags, pages);
	up_read(&mm->mmap_sem);
	return (int)ret;
}

/* ---- populate ---- */

/* mmap_sem shared.  Faults in what the area's protection allows; stops at the first failure. */
static int populate_area(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	unsigned int flags = 0;

	if (vma->vm_flags & VM_LOCKONFAULT)
		return 0;
	if (!(vma->vm_flags & VM_ACCESS_FLAGS) || (vma->vm_flags & (VM_IO | VM_PFNMAP)))
		return vma->vm_flags & VM_ACCESS_FLAGS ? 0 : -EFAULT;
	/* private writable memory gets its own pages now; shared pages stay clean */
	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		flags = FOLL_WRITE;
	for (; start < end; start += PAGE_SIZE) {
		struct page *page;
		int err = get_one_page(vma, start, flags, &page);

		if (err)
			return err;
		put_page(page);
		cond_resched();
	}
	return 0;
}

int fault_in_area(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write)
{
	unsigned int flags = write ? FOLL_WRITE : 0;

	if (!gup_allowed(vma, flags))
		return -EINVAL;
	for (; start < end; start += PAGE_SIZE) {
		struct page *page;
		int err = get_one_page(vma, start, flags, &page);

		if (err)
			return err;
		put_page(page);
		cond_resched();
	}
	return 0;
}

/* Takes mmap_sem.  0 or the first error. */
int populate_range(unsigned long start, unsigned long len, bool ignore_errors)
{
	struct mm_struct *mm = current->mm;
	unsigned long end = start + len;
	int ret = 0;

	while (start < end) {
		struct vm_area_struct *vma;
		unsigned long stop;
		int err;

		/* released between areas, so that a long populate does not keep others out */
		if (down_read_killable(&mm->mmap_sem))
			return -EINTR;
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end) {
			up_read(&mm->mmap_sem);
			return ret;
		}
		start = max(start, vma->vm_start);
		stop = min3(end, vma->vm_end, start + (4UL << 20));
		err = populate_area(vma, start, stop);
		up_read(&mm->mmap_sem);
		if (err && !ignore_errors)
			return err;
		if (err == -EINTR)
			return err;
		start = stop;
	}
	return ret;
}

void mm_populate(unsigned long addr, unsigned long len)
{
	(void)populate_range(addr, len, true);
}

/* ---- another address space ---- */

/* Memory that has no pages to pin: its area may know how (P42).  mmap_sem shared. */
static int access_without_page(struct mm_struct *mm, unsigned long addr, void *buf, int len, int write)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	unsigned int caller;
	int ret;

	if (!vma || vma->vm_start > addr || !(vma->vm_flags & (VM_IO | VM_PFNMAP)) || !vma->vm_ops ||
	    !vma->vm_ops->access)
		return -EFAULT;
	caller = contract_caller_begin(CONTRACT_CALLER_PROCESS_ACCESS);
	ret = vmop_access(vma->vm_ops, vma, addr, buf, len, write);
	contract_caller_end(caller);
	return ret;
}

int get_dump_page(struct mm_struct *mm, unsigned long addr, struct page **pagep)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	int err;

	*pagep = NULL;
	if (!vma || vma->vm_start > addr || (vma->vm_flags & (VM_IO | VM_PFNMAP)))
		return -EFAULT;
	err = follow_page(vma, addr, 0, pagep);
	if (err == -EAGAIN)
		err = vma_is_anonymous(vma) ? 0 : get_one_page(vma, addr, 0, pagep);
	if (*pagep == zero_page) {
		put_page(*pagep);
		*pagep = NULL;
	}
	return err;
}

/* Copies up to the end of the page; bytes copied or -errno.  mmap_sem shared. */
static int access_one(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags)
{
	int bytes = min_t(int, len, (int)(PAGE_SIZE - (addr & ~PAGE_MASK)));
	bool write = gup_flags & FOLL_WRITE;
	struct page *page;
	void *kaddr;

	if (get_user_pages_remote(mm, addr, 1, gup_flags, &page) != 1) {
		return access_without_page(mm, addr, buf, bytes, write);
	}
	kaddr = (char *)page_address(page) + (addr & ~PAGE_MASK);
	if (write) {
		memcpy(kaddr, buf, bytes);
		set_page_dirty_lock(page);
	} else {
		memcpy(buf, kaddr, bytes);
	}
	put_page(page);
	return bytes;
}

int access_process_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags)
{
	int done = 0;

	if (down_read_killable(&mm->mmap_sem))
		return 0;
	while (done < len) {
		int n = access_one(mm, addr + done, (char *)buf + done, len - done, gup_flags);

		if (n <= 0)
			break;
		done += n;
	}
	up_read(&mm->mmap_sem);
	return done;
}
