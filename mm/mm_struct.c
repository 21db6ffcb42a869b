// SPDX-License-Identifier: MIT
/*
 * The life of an address space.
 *
 * mm_users counts the tasks (and others, such as a remote access) that use the program's memory;
 * the last mmput() unmaps everything.  mm_count counts references to the structure and its page
 * tables, which a CPU may still have loaded after the last user is gone (a kernel thread borrows
 * them); all users together hold one.  The last mmdrop() frees both, from any context.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/tlbflush.h"
#include "fs/aio.h"
#include "fs/file.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/userfaultfd.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/tlb.h"

struct mm_struct init_mm = {
	.mm_rb = RB_ROOT,
	.mm_users = ATOMIC_INIT(2),
	.mm_count = ATOMIC_INIT(1),
	.mmap_sem = __RWSEM_INITIALIZER(init_mm.mmap_sem),
	.page_table_lock = __SPIN_LOCK_UNLOCKED(init_mm.page_table_lock),
};

static struct kmem_cache *mm_cache;
static atomic_long_t mm_live;

void mm_cache_init(void)
{
	mm_cache = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 64, SLAB_PANIC, NULL);
}

unsigned long mm_live_count(void)
{
	return atomic_long_read(&mm_live);
}

static struct mm_struct *mm_init_struct(struct mm_struct *mm)
{
	mm->mm_rb = RB_ROOT;
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	init_rwsem(&mm->mmap_sem);
	spin_lock_init(&mm->page_table_lock);
	xa_init(&mm->ioctxs);
	mm->task_size = TASK_SIZE;
	mm->mmap_base = TASK_SIZE - (128UL << 20);
	mm->pgd = pgd_alloc(mm);
	if (!mm->pgd) {
		kmem_cache_free(mm_cache, mm);
		return NULL;
	}
	init_new_context(mm);
	atomic_long_inc(&mm_live);
	return mm;
}

struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = kmem_cache_zalloc(mm_cache, GFP_KERNEL);

	return mm ? mm_init_struct(mm) : NULL;
}

/* Nothing but counters may be left.  A leak here is a page or table that nobody will free. */
static void check_empty(struct mm_struct *mm)
{
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++) {
		long left = (long)atomic64_read(&mm->rss_stat[i]);

		WARN(left, "mm: %ld pages of kind %d left in a dead address space\n", left, i);
	}
	WARN(atomic64_read(&mm->pgtables_bytes) != PAGE_SIZE,
	     "mm: %ld bytes of page tables left in a dead address space\n",
	     (long)atomic64_read(&mm->pgtables_bytes));
	WARN(mm->mmap || mm->map_count, "mm: areas left in a dead address space\n");
}

void mmdrop(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_count))
		return;
	BUG_ON(mm == &init_mm);
	check_empty(mm);
	pgd_free(mm, mm->pgd);
	atomic_long_dec(&mm_live);
	kmem_cache_free(mm_cache, mm);
}

/* No task uses the memory any more.  mmap_sem is taken only so that the checker sees it. */
void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *next;
	struct mmu_gather tlb;

	down_write(&mm->mmap_sem);
	vma = mm->mmap;
	if (vma) {
		lru_add_drain();
		tlb_gather_mmu(&tlb, mm, 0, -1);
		unmap_vmas(&tlb, vma, 0, TASK_SIZE);
		free_pgtables(&tlb, vma, 0, 0);
		tlb_finish_mmu(&tlb);
	}
	mm->mmap = NULL;
	mm->mm_rb = RB_ROOT;
	mm->highest_vm_end = 0;
	for (; vma; vma = next) {
		next = vma->vm_next;
		remove_vma(vma);
		mm->map_count--;
	}
	mm->total_vm = mm->data_vm = mm->exec_vm = mm->stack_vm = mm->locked_vm = 0;
	up_write(&mm->mmap_sem);
}

void mmput(struct mm_struct *mm)
{
	might_sleep();
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	/* I/O into its memory ends before its memory does. */
	exit_aio(mm);
	exit_mmap(mm);
	put_exec_file(mm->exe_file);
	mm->exe_file = NULL;
	mmdrop(mm);
}

/* @file denies writing already, through the caller or through the address space it is copied from. */
void set_mm_exe_file(struct mm_struct *mm, struct file *file)
{
	if (!file)
		return;
	WARN_ON(deny_write_access(file));
	mm->exe_file = get_file(file);
}

struct file *get_mm_exe_file(struct mm_struct *mm)
{
	return mm->exe_file ? get_file(mm->exe_file) : NULL;
}

unsigned long get_mm_rss(struct mm_struct *mm)
{
	return get_mm_counter(mm, MM_FILEPAGES) + get_mm_counter(mm, MM_ANONPAGES);
}

/* ---- fork ---- */

static void copy_layout(struct mm_struct *mm, struct mm_struct *old)
{
	mm->mmap_base = old->mmap_base;
	mm->task_size = old->task_size;
	mm->def_flags = old->def_flags & ~(VM_LOCKED | VM_LOCKONFAULT);
	mm->flags = old->flags;
	mm->dumpable = old->dumpable;
	mm->start_code = old->start_code;
	mm->end_code = old->end_code;
	mm->start_data = old->start_data;
	mm->end_data = old->end_data;
	mm->start_brk = old->start_brk;
	mm->brk = old->brk;
	mm->start_stack = old->start_stack;
	mm->vdso = old->vdso;
	mm->arg_start = old->arg_start;
	mm->arg_end = old->arg_end;
	mm->env_start = old->env_start;
	mm->env_end = old->env_end;
	memcpy(mm->saved_auxv, old->saved_auxv, sizeof(mm->saved_auxv));
	set_mm_exe_file(mm, old->exe_file);
}

/* One area of the parent into the child.  0 or -ENOMEM. */
static int dup_vma(struct mm_struct *mm, struct mm_struct *old, struct vm_area_struct *from)
{
	struct vm_area_struct *vma;

	if (from->vm_flags & VM_DONTCOPY)
		return 0;
	vma = vm_area_dup(from);
	if (!vma)
		return -ENOMEM;
	vma->vm_mm = mm;
	vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	userfaultfd_forget(vma);
	if (vma->vm_flags & VM_WIPEONFORK)
		vma->anon_vma = NULL;	/* it will fault in zeroes of its own */
	else if (anon_vma_fork(vma, from)) {
		vm_area_free(vma);
		return -ENOMEM;
	}
	if (vma->vm_file)
		get_file(vma->vm_file);
	vm_stat_account(mm, vma->vm_flags, (long)vma_pages(vma));
	vma_link(mm, vma);
	if (vma->vm_ops && vma->vm_ops->open)
		vmop_open(vma->vm_ops, vma);
	if (vma->vm_flags & VM_WIPEONFORK)
		return 0;
	return copy_page_range(mm, old, from);
}

/*
 * A copy of @oldmm for a new process: private pages are shared and write-protected on both sides.
 * Sleeps; NULL without memory.
 */
struct mm_struct *dup_mm(struct mm_struct *oldmm)
{
	struct mm_struct *mm = mm_alloc();
	struct vm_area_struct *vma;
	int err = 0;

	if (!mm)
		return NULL;
	down_write(&oldmm->mmap_sem);
	/* nobody else can see the new one: another class level of the same lock */
	down_write_nested(&mm->mmap_sem, SINGLE_DEPTH_NESTING);
	copy_layout(mm, oldmm);
	for (vma = oldmm->mmap; vma && !err; vma = vma->vm_next)
		err = dup_vma(mm, oldmm, vma);
	up_write(&mm->mmap_sem);
	/* the parent's entries lost their write permission */
	flush_tlb_mm(oldmm);
	up_write(&oldmm->mmap_sem);
	if (err) {
		mmput(mm);
		return NULL;
	}
	return mm;
}
