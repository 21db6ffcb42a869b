// SPDX-License-Identifier: MIT
/*
 * The memory calls that are little more than their arguments: mmap, munmap, brk, msync, mincore.
 * mprotect, mremap, madvise and the mlock family live with their subjects in mm/.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"

long sys_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
	      unsigned long fd, unsigned long offset)
{
	struct file *file = NULL;
	unsigned long ret;

	if (offset & ~PAGE_MASK)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file)
			return -EBADF;
	} else if (flags & MAP_HUGETLB) {
		return -ENOMEM;		/* no huge pages are set aside, and none can be */
	}
	ret = vm_mmap(file, addr, len, prot, flags & ~(unsigned long)(MAP_EXECUTABLE | MAP_DENYWRITE),
		      offset);
	if (file)
		fput(file);
	return ret;
}

long sys_munmap(unsigned long addr, size_t len)
{
	return vm_munmap(addr, len);
}

/* Returns the break as it is afterwards, unchanged if the request could not be met. */
long sys_brk(unsigned long brk)
{
	struct mm_struct *mm = current->mm;
	unsigned long old, new, ret;
	bool populate = false;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	ret = mm->brk;
	if (brk < mm->start_brk || brk > TASK_SIZE)
		goto out;
	if (brk - mm->start_brk + (mm->end_data - mm->start_data) > rlimit(RLIMIT_DATA))
		goto out;
	old = PAGE_ALIGN(mm->brk);
	new = PAGE_ALIGN(brk);
	if (new < old) {
		if (do_munmap(mm, new, old - new))
			goto out;
	} else if (new > old) {
		/* keep one page between the heap and what lies above it */
		struct vm_area_struct *next = find_vma(mm, old);

		if (next && new + PAGE_SIZE > vm_start_gap(next))
			goto out;
		if (do_brk_flags(old, new - old, 0))
			goto out;
		populate = mm->def_flags & VM_LOCKED;
	}
	ret = mm->brk = brk;
out:
	up_write(&mm->mmap_sem);
	if (populate)
		mm_populate(old, new - old);
	return ret;
}

/* ---- msync ---- */

/* mmap_sem is dropped while the file is written; *@start moves behind what has been done. */
static int msync_area(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long *start,
		      unsigned long end, int flags)
{
	struct file *file = vma->vm_file;
	loff_t first, last;
	int err;

	if ((flags & MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED)) {
		up_read(&mm->mmap_sem);
		return -EBUSY;
	}
	end = min(end, vma->vm_end);
	first = (loff_t)(*start - vma->vm_start) + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
	last = first + (loff_t)(end - *start) - 1;
	*start = end;
	if (!(flags & MS_SYNC) || !file || !(vma->vm_flags & VM_SHARED)) {
		up_read(&mm->mmap_sem);
		return 0;
	}
	get_file(file);
	up_read(&mm->mmap_sem);
	err = vfs_fsync_range(file, first, last, 1);
	fput(file);
	return err;
}

long sys_msync(unsigned long start, size_t len, int flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long end;
	int unmapped = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || (start & ~PAGE_MASK) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	len = PAGE_ALIGN(len);
	end = start + len;
	if (end < start)
		return -ENOMEM;
	while (start < end) {
		struct vm_area_struct *vma;
		int err;

		down_read(&mm->mmap_sem);
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end) {
			up_read(&mm->mmap_sem);
			return -ENOMEM;
		}
		if (start < vma->vm_start) {
			start = vma->vm_start;
			unmapped = -ENOMEM;
		}
		err = msync_area(mm, vma, &start, end, flags);
		if (err)
			return err;
	}
	return unmapped;
}

/* ---- mincore ---- */

/* Is the page in memory?  Only for files whose cache the caller could find out about anyway. */
static unsigned char page_resident(struct vm_area_struct *vma, unsigned long addr)
{
	pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
	struct page *page;
	unsigned char ret;

	if (pmd) {
		spinlock_t *ptl;
		pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
		bool present = pte_present(pte_read(pte));

		pte_unmap_unlock(pte, ptl);
		if (present)
			return 1;
	}
	if (!vma->vm_file || !vma->vm_file->f_mapping)
		return 0;
	page = find_get_page(vma->vm_file->f_mapping,
			     vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT));
	if (!page)
		return 0;
	ret = PageUptodate(page);
	put_page(page);
	return ret;
}

static int mincore_chunk(struct mm_struct *mm, unsigned long start, unsigned long pages,
			 unsigned char *vec)
{
	unsigned long i;

	for (i = 0; i < pages; i++, start += PAGE_SIZE) {
		struct vm_area_struct *vma = find_vma(mm, start);

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		vec[i] = page_resident(vma, start);
	}
	return 0;
}

long sys_mincore(unsigned long start, size_t len, unsigned char __user *vec)
{
	unsigned long pages = (len + PAGE_SIZE - 1) >> PAGE_SHIFT, n;
	struct mm_struct *mm = current->mm;
	unsigned char buf[256];
	int err;

	if (start & ~PAGE_MASK)
		return -EINVAL;
	if (len > TASK_SIZE || start > TASK_SIZE - len)
		return -ENOMEM;
	if (!access_ok(vec, pages))
		return -EFAULT;
	for (; pages; pages -= n, start += n << PAGE_SHIFT, vec += n) {
		n = min(pages, (unsigned long)sizeof(buf));
		down_read(&mm->mmap_sem);
		err = mincore_chunk(mm, start, n, buf);
		up_read(&mm->mmap_sem);
		if (err)
			return err;
		if (copy_to_user(vec, buf, n))
			return -EFAULT;
	}
	return 0;
}
