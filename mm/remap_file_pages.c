// SPDX-License-Identifier: MIT
/*
 * remap_file_pages(): another part of the file at a place within a shared mapping. Done as Linux does since 4.0, with a mapping
 * of its own for the place.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/task.h"
#include "fs/file.h"
#include "mm/internal.h"
#include "mm/mman.h"

/* Does the shared mapping of one file that begins in @vma go on to @end? mmap_sem held. */
static bool covers(struct vm_area_struct *vma, unsigned long end)
{
	for (struct vm_area_struct *next = vma->vm_next; vma->vm_end < end; vma = next, next = next->vm_next) {
		if (!next || next->vm_start != vma->vm_end || next->vm_file != vma->vm_file ||
		    next->vm_flags != vma->vm_flags)
			return false;
	}
	return true;
}

long sys_remap_file_pages(unsigned long start, unsigned long size, unsigned long prot, unsigned long pgoff,
			  unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long populate = 0;
	struct file *file;
	long ret = -EINVAL;

	if (prot)
		return -EINVAL;
	start &= PAGE_MASK;
	size &= PAGE_MASK;
	if (start + size <= start || pgoff + (size >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	vma = find_vma(mm, start);
	if (!vma || start < vma->vm_start || !(vma->vm_flags & VM_SHARED) || !vma->vm_file || !covers(vma, start + size))
		goto out;
	prot = ((vma->vm_flags & VM_READ) ? PROT_READ : 0) | ((vma->vm_flags & VM_WRITE) ? PROT_WRITE : 0) |
	       ((vma->vm_flags & VM_EXEC) ? PROT_EXEC : 0);
	flags = (flags & MAP_NONBLOCK) | MAP_SHARED | MAP_FIXED | MAP_POPULATE |
		((vma->vm_flags & VM_LOCKED) ? MAP_LOCKED : 0);
	file = get_file(vma->vm_file);
	ret = do_mmap(file, start, size, prot, flags, pgoff, &populate);
	fput(file);
out:
	up_write(&mm->mmap_sem);
	if (populate)
		mm_populate(ret, populate);
	return IS_ERR_VALUE(ret) ? ret : 0;
}
