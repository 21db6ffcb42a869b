// SPDX-License-Identifier: MIT
/*
 * mmap: checking a request, choosing the place, making the area.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/personality.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/shmem.h"
#include "gen/file_operations.h"
#include "gen/vm_operations_struct.h"
#include "mm/backing-dev.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

/* ---- limits and accounting ---- */

static bool is_data_mapping(unsigned long flags)
{
	return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

void vm_stat_account(struct mm_struct *mm, unsigned long flags, long npages)
{
	mm->total_vm += npages;
	if (mm->hiwater_vm < mm->total_vm)
		mm->hiwater_vm = mm->total_vm;
	if ((flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN)) == VM_EXEC)
		mm->exec_vm += npages;
	else if (flags & VM_GROWSDOWN)
		mm->stack_vm += npages;
	else if (is_data_mapping(flags))
		mm->data_vm += npages;
}

bool may_expand_vm(struct mm_struct *mm, unsigned long flags, unsigned long npages)
{
	if (mm->total_vm + npages > rlimit(RLIMIT_AS) >> PAGE_SHIFT)
		return false;
	if (is_data_mapping(flags) && mm->data_vm + npages > rlimit(RLIMIT_DATA) >> PAGE_SHIFT)
		return false;
	return true;
}

int mlock_future_check(struct mm_struct *mm, unsigned long flags, unsigned long len)
{
	if (!(flags & VM_LOCKED))
		return 0;
	if (mm->locked_vm + (len >> PAGE_SHIFT) > rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT &&
	    !capable(CAP_IPC_LOCK))
		return -EAGAIN;
	return 0;
}

/* Private writable memory that obviously can never be filled is refused at once. */
static bool too_much_private(unsigned long vm_flags, unsigned long npages)
{
	if (vm_flags & VM_NORESERVE)
		return false;
	return (vm_flags & (VM_SHARED | VM_WRITE)) == VM_WRITE && npages > totalram_pages();
}

/* ---- where ---- */

/* mmap_sem exclusive.  An address, or -errno as an address (IS_ERR_VALUE). */
unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long top = (flags & MAP_32BIT) ? 0x80000000UL : mm->mmap_base;
	unsigned long found;

	if (len > TASK_SIZE - MMAP_MIN_ADDR)
		return -ENOMEM;
	if (flags & MAP_FIXED) {
		if (addr > TASK_SIZE - len)
			return -ENOMEM;
		if (addr & ~PAGE_MASK)
			return -EINVAL;
		return addr < MMAP_MIN_ADDR ? (unsigned long)-EPERM : addr;
	}
	if (file && file->f_op->get_unmapped_area)
		return fop_get_unmapped_area(file->f_op, file, addr, len, pgoff, flags);
	if (addr) {
		struct vm_area_struct *prev, *vma;

		addr = max(PAGE_ALIGN(addr), MMAP_MIN_ADDR);
		vma = find_vma_prev(mm, addr, &prev);
		if (addr <= TASK_SIZE - len && (!vma || addr + len <= vm_start_gap(vma)) &&
		    (!prev || addr >= prev->vm_end))
			return addr;
	}
	found = vm_unmapped_area(mm, len, (flags & MAP_32BIT) ? 0x40000000UL : MMAP_MIN_ADDR, top,
				 true);
	/* above the usual region only the stack's neighbourhood is left */
	if (IS_ERR_VALUE(found) && !(flags & MAP_32BIT))
		found = vm_unmapped_area(mm, len, top, TASK_SIZE, false);
	return found;
}

/* ---- the area ---- */

/*
 * Must the first store to a clean page be seen?  Then shared pages start write-protected although
 * the area is writable.
 */
bool vma_wants_writenotify(struct vm_area_struct *vma)
{
	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return false;
	if (vma->vm_ops && (vma->vm_ops->page_mkwrite || vma->vm_ops->pfn_mkwrite))
		return true;
	/* what is never written back is dirty anyhow */
	return vma->vm_file && !(vma->vm_flags & VM_PFNMAP) && mapping_cap_account_dirty(vma->vm_file->f_mapping);
}

void vma_set_page_prot(struct vm_area_struct *vma)
{
	unsigned long flags = vma->vm_flags;

	if (vma_wants_writenotify(vma))
		flags &= ~VM_SHARED;
	vma->vm_page_prot = vm_get_page_prot(flags);
}

/* Give a new area its file or shared memory.  On failure the caller frees the area only. */
static int attach_backing(struct vm_area_struct *vma, struct file *file)
{
	int err;

	if (!file)
		return (vma->vm_flags & VM_SHARED) ? shmem_zero_setup(vma) : 0;
	vma->vm_file = get_file(file);
	err = fop_mmap(file->f_op, file, vma);
	if (err) {
		/* it may have set up part of the mapping */
		zap_page_range(vma, vma->vm_start, vma->vm_end - vma->vm_start);
		vma->vm_file = NULL;
		fput(file);
	}
	return err;
}

/*
 * A new area at a free place.  A file may be closed to shared mappings that can be written to (a seal): it counts as having
 * one from here until the area itself does, so that no seal slips in between.  0 or -errno.
 */
static int make_area(struct file *file, unsigned long addr, unsigned long len, unsigned long vm_flags,
		     unsigned long pgoff, struct vm_area_struct **made)
{
	struct address_space *counted = file && (vm_flags & VM_SHARED) ? file->f_mapping : NULL;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma = vm_area_alloc(mm);
	int err;

	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = vm_flags;
	vma->vm_page_prot = vm_get_page_prot(vm_flags);
	vma->vm_pgoff = pgoff;
	if (counted && !atomic_inc_unless_negative(&counted->i_mmap_writable)) {
		vm_area_free(vma);
		return -EPERM;
	}
	err = attach_backing(vma, file);
	if (err) {
		vm_area_free(vma);
	} else {
		vma_set_page_prot(vma);
		vma_link(mm, vma);
		*made = vma;
	}
	if (counted)
		atomic_dec(&counted->i_mmap_writable);
	return err;
}

/* The request is checked, the place known; what is there now goes away.  mmap_sem exclusive. */
unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  unsigned long vm_flags, unsigned long pgoff)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err;

	if (find_vma_intersection(mm, addr, addr + len)) {
		err = do_munmap(mm, addr, len);
		if (err)
			return err;
	}
	if (!may_expand_vm(mm, vm_flags, len >> PAGE_SHIFT) ||
	    too_much_private(vm_flags, len >> PAGE_SHIFT))
		return -ENOMEM;
	if (mm->map_count >= MAX_MAP_COUNT)
		return -ENOMEM;
	vma = NULL;
	if (file || !(vm_flags & VM_SHARED))
		vma = vma_try_extend(mm, addr, addr + len, vm_flags, file, pgoff);
	if (!vma) {
		err = make_area(file, addr, len, vm_flags, pgoff, &vma);
		if (err)
			return err;
	}
	vm_stat_account(mm, vm_flags, len >> PAGE_SHIFT);
	if (vm_flags & VM_LOCKED) {
		if (vma->vm_flags & VM_SPECIAL)
			vma->vm_flags &= VM_LOCKED_CLEAR_MASK;
		else
			mm->locked_vm += len >> PAGE_SHIFT;
	}
	return addr;
}

/* ---- the request ---- */

unsigned long calc_vm_prot_bits(unsigned long prot)
{
	return ((prot & PROT_READ) ? VM_READ : 0) | ((prot & PROT_WRITE) ? VM_WRITE : 0) |
	       ((prot & PROT_EXEC) ? VM_EXEC : 0);
}

static bool file_range_ok(struct file *file, unsigned long pgoff, unsigned long len)
{
	unsigned long max_pages = (unsigned long)MAX_LFS_FILESIZE >> PAGE_SHIFT;

	return pgoff <= max_pages && len >> PAGE_SHIFT <= max_pages - pgoff;
}

/* What @file allows.  *@vm_flags loses the MAY bits it does not.  0 or -errno. */
static int check_file(struct file *file, unsigned long prot, unsigned long flags,
		      unsigned long pgoff, unsigned long len, unsigned long *vm_flags)
{
	struct inode *inode = file_inode(file);

	if (!file_range_ok(file, pgoff, len))
		return -EOVERFLOW;
	switch (flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (flags & ~(LEGACY_MAP_MASK | MAP_FIXED_NOREPLACE | MAP_TYPE))
			return -EOPNOTSUPP;
		fallthrough;
	case MAP_SHARED:
		if ((prot & PROT_WRITE) && !(file->f_mode & FMODE_WRITE))
			return -EACCES;
		if (IS_APPEND(inode) && (file->f_mode & FMODE_WRITE))
			return -EACCES;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!(file->f_mode & FMODE_WRITE))
			*vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
		fallthrough;
	case MAP_PRIVATE:
		if (!(file->f_mode & FMODE_READ))
			return -EACCES;
		if (file->f_path.mnt->mnt_flags & MNT_NOEXEC) {
			if (*vm_flags & VM_EXEC)
				return -EPERM;
			*vm_flags &= ~VM_MAYEXEC;
		}
		if (!file->f_op->mmap)
			return -ENODEV;
		if (*vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		return 0;
	}
	return -EINVAL;
}

static int check_anonymous(unsigned long flags, unsigned long addr, unsigned long *pgoff,
			   unsigned long *vm_flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (*vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		*pgoff = 0;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_PRIVATE:
		*pgoff = addr >> PAGE_SHIFT;
		return 0;
	}
	return -EINVAL;
}

unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff, unsigned long *populate)
{
	struct mm_struct *mm = current->mm;
	unsigned long vm_flags;
	int err;

	*populate = 0;
	if (!len)
		return -EINVAL;
	if ((prot & PROT_READ) && (current->personality & READ_IMPLIES_EXEC) &&
	    !(file && (file->f_path.mnt->mnt_flags & MNT_NOEXEC)))
		prot |= PROT_EXEC;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	len = PAGE_ALIGN(len);
	if (!len)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (mm->map_count > MAX_MAP_COUNT)
		return -ENOMEM;
	addr = get_unmapped_area(file, addr, len, pgoff, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if ((flags & MAP_FIXED_NOREPLACE) && find_vma_intersection(mm, addr, addr + len))
		return -EEXIST;
	vm_flags = calc_vm_prot_bits(prot) | mm->def_flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
		   ((flags & MAP_GROWSDOWN) ? VM_GROWSDOWN : 0) |
		   ((flags & MAP_LOCKED) ? VM_LOCKED : 0) |
		   ((flags & MAP_NORESERVE) ? VM_NORESERVE : 0);
	if ((flags & MAP_LOCKED) && !rlimit(RLIMIT_MEMLOCK) && !capable(CAP_IPC_LOCK))
		return -EPERM;
	if (mlock_future_check(mm, vm_flags, len))
		return -EAGAIN;
	err = file ? check_file(file, prot, flags, pgoff, len, &vm_flags)
		   : check_anonymous(flags, addr, &pgoff, &vm_flags);
	if (err)
		return err;
	addr = mmap_region(file, addr, len, vm_flags, pgoff);
	if (!IS_ERR_VALUE(addr) &&
	    ((vm_flags & VM_LOCKED) || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE))
		*populate = len;
	return addr;
}

/* For the kernel's own use on behalf of the current task; takes mmap_sem.  @offset in bytes. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset)
{
	struct mm_struct *mm = current->mm;
	unsigned long populate;

	if (offset & ~PAGE_MASK)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	addr = do_mmap(file, addr, len, prot, flags, offset >> PAGE_SHIFT, &populate);
	up_write(&mm->mmap_sem);
	if (populate)
		mm_populate(addr, populate);
	return addr;
}
