/* SPDX-License-Identifier: MIT */
/*
 * Process memory: flags and calls.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "kernel/lib/types.h"
#include "mm/gfp.h"
#include "mm/mm_types.h"
#include "mm/page.h"

struct address_space;
struct file;
struct inode;
struct pt_regs;
struct task_struct;
struct zap_details;

/* ---- vm_area_struct.vm_flags ---- */

#define VM_NONE	      0x00000000UL
#define VM_READ	      0x00000001UL
#define VM_WRITE      0x00000002UL
#define VM_EXEC	      0x00000004UL
#define VM_SHARED     0x00000008UL
#define VM_MAYREAD    0x00000010UL
#define VM_MAYWRITE   0x00000020UL
#define VM_MAYEXEC    0x00000040UL
#define VM_MAYSHARE   0x00000080UL
#define VM_GROWSDOWN  0x00000100UL
#define VM_UFFD_MISSING 0x00000200UL /* missing pages are told to a userfaultfd */
#define VM_PFNMAP     0x00000400UL	/* pages without struct page, set up by ->mmap */
#define VM_DENYWRITE  0x00000800UL
#define VM_LOCKED     0x00002000UL
#define VM_IO	      0x00004000UL
#define VM_SEQ_READ   0x00008000UL
#define VM_RAND_READ  0x00010000UL
#define VM_DONTCOPY   0x00020000UL
#define VM_DONTEXPAND 0x00040000UL
#define VM_LOCKONFAULT 0x00080000UL
#define VM_ACCOUNT    0x00100000UL
#define VM_NORESERVE  0x00200000UL
#define VM_WIPEONFORK 0x02000000UL
#define VM_DONTDUMP   0x04000000UL
#define VM_MIXEDMAP   0x10000000UL
#define VM_HUGEPAGE   0x20000000UL	/* the three by madvise(2): kept and told, nothing acts on them */
#define VM_NOHUGEPAGE 0x40000000UL
#define VM_MERGEABLE  0x80000000UL

#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_LOCKED_CLEAR_MASK (~(VM_LOCKED | VM_LOCKONFAULT))
#define VM_STACK_FLAGS                                                                             \
	(VM_GROWSDOWN | VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT)
#define VM_DATA_DEFAULT_FLAGS                                                                      \
	(VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)

/* ---- faults ---- */

#define FAULT_FLAG_WRITE	0x01
#define FAULT_FLAG_MKWRITE	0x02
#define FAULT_FLAG_ALLOW_RETRY	0x04	/* the handler may drop mmap_sem: VM_FAULT_RETRY */
#define FAULT_FLAG_RETRY_NOWAIT 0x08	/* do not drop mmap_sem and wait when retrying */
#define FAULT_FLAG_KILLABLE	0x10
#define FAULT_FLAG_TRIED	0x20
#define FAULT_FLAG_USER		0x40
#define FAULT_FLAG_REMOTE	0x80
#define FAULT_FLAG_INSTRUCTION	0x100

#define VM_FAULT_OOM		0x0001
#define VM_FAULT_SIGBUS		0x0002
#define VM_FAULT_MAJOR		0x0004
#define VM_FAULT_WRITE		0x0008
#define VM_FAULT_HWPOISON	0x0010
#define VM_FAULT_SIGSEGV	0x0040
#define VM_FAULT_NOPAGE		0x0100	/* ->fault installed the entry itself, or: look again */
#define VM_FAULT_LOCKED		0x0200	/* the page comes back locked */
#define VM_FAULT_RETRY		0x0400	/* mmap_sem was dropped */
#define VM_FAULT_FALLBACK	0x0800
#define VM_FAULT_DONE_COW	0x1000
#define VM_FAULT_USERFAULT	0x2000	/* with RETRY: it was a userfaultfd's, which may be waited for any number of times */
#define VM_FAULT_ERROR (VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON)

static inline vm_fault_t vmf_error(int err)
{
	return err == -12 /* -ENOMEM */ ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/*
 * Entry of the #PF vector, interrupts off.  @error_code as the CPU pushed it, @address is CR2.
 * Classifies by user_mode(regs), not by the error code: ring 0 programs fault as supervisor.
 */
void do_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address);

/* mmap_sem shared; may drop it when it returns VM_FAULT_RETRY (FAULT_FLAG_ALLOW_RETRY). */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags);

/* For ->map_pages: set one entry, vmf->pte's table locked.  The caller's page reference moves in. */
void do_set_pte(struct vm_area_struct *vma, unsigned long address, struct page *page, pte_t *pte,
		bool write, bool anon);

/* For a ->page_mkwrite of shared file mappings without block allocation: dirty and go on. */
vm_fault_t finish_mkwrite_fault(struct vm_fault *vmf);

/* Insert entries for pages or raw frames from ->mmap or ->fault.  mmap_sem held. */
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page);
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn);
vm_fault_t vmf_insert_mixed_mkwrite(struct vm_area_struct *vma, unsigned long addr,
				    unsigned long pfn);
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot);

/* ---- areas (mmap_sem) ---- */

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev);
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start,
					     unsigned long end);
int expand_stack(struct vm_area_struct *vma, unsigned long address);

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}

/* Map for the current task.  All take mmap_sem themselves. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset);
int vm_munmap(unsigned long start, size_t len);
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags);

/* A new program's stack (mm/arg_stack.c); nobody else uses @mm yet.  All take its mmap_sem. */
int setup_arg_stack(struct mm_struct *mm, unsigned long stack_top, unsigned long vm_flags,
		    struct vm_area_struct **vmap);	/* the first stack area, one page */
int arg_stack_page(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, struct page **pagep);
int finish_arg_stack(struct mm_struct *mm, struct vm_area_struct *vma, bool executable);
int map_kernel_pages(struct mm_struct *mm, unsigned long addr, struct page *const *pages, int n,
		     unsigned long vm_flags);	/* mmap_sem exclusive */

/* mmap_sem exclusive.  *@populate: bytes the caller must mm_populate() after unlocking. */
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff, unsigned long *populate);
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len);
unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags);
void mm_populate(unsigned long addr, unsigned long len);

/* ---- life of an address space ---- */

struct mm_struct *mm_alloc(void);		/* users 1, count 1; NULL without memory */
struct mm_struct *dup_mm(struct mm_struct *oldmm);	/* copy for fork; NULL without memory */
void mmput(struct mm_struct *mm);		/* sleeps; the last user unmaps everything */
void mmdrop(struct mm_struct *mm);		/* the last reference frees the struct; no sleep */
unsigned long mm_live_count(void);		/* address spaces not freed, for leak checks */

static inline void mmget(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_users);
}

static inline bool mmget_not_zero(struct mm_struct *mm)
{
	return atomic_add_unless(&mm->mm_users, 1, 0);
}

static inline void mmgrab(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_count);
}

/*
 * The file the program came from: set by exec before anybody else knows @mm, kept, with writing to it denied, until the last
 * mmput().  get_mm_exe_file() wants a user of @mm: the file with a reference, or NULL.
 */
void set_mm_exe_file(struct mm_struct *mm, struct file *file);
struct file *get_mm_exe_file(struct mm_struct *mm);

extern struct mm_struct init_mm;	/* the kernel's own: no areas, page tables shared by all */

unsigned long get_mm_rss(struct mm_struct *mm);		/* pages */

/* ---- other tasks' and our own user pages ---- */

#define FOLL_WRITE 0x01
#define FOLL_FORCE 0x02 /* whatever the protection: for debuggers, see gup_allowed() */

/*
 * Pin user pages of the current task (mmap_sem taken inside).  Returns pages pinned or -errno.
 * Each comes with a reference; after writing to one: set_page_dirty_lock() before put_page().
 */
int get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags,
			struct page **pages);
/* The same for any @mm, whose mmap_sem the caller holds shared, throughout. */
long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			   unsigned int gup_flags, struct page **pages);
int access_process_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags);	/* bytes copied */
/*
 * For a core dump: the page at @addr with a reference, or *@pagep NULL where memory was never touched. 0, or -errno where there is
 * nothing to read. mmap_sem shared.
 */
int get_dump_page(struct mm_struct *mm, unsigned long addr, struct page **pagep);

/* ---- truncation and zapping ---- */

/* Remove every user mapping of part of a file.  Bytes; @holelen 0 means to the end. */
void unmap_mapping_range(struct address_space *mapping, loff_t holebegin, loff_t holelen,
			 int even_cows);
/* The same in pages; @nr 0 means to the end.  Sleeps; takes i_mmap_rwsem. */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr, bool even_cows);
/* madvise(2) for any address space of which the caller is a user; takes mmap_sem. */
long do_madvise(struct mm_struct *mm, unsigned long start, size_t len, int behavior);
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size);

/* ---- boot ---- */

/* Frames, buddy, slab, vmalloc; from boot_info, once nr_cpu_ids is known.  Boot CPU only. */
void mm_init(void);

void mem_report(void);		/* one screen about memory on the console */

#endif
