/* SPDX-License-Identifier: MIT */
/*
 * The address space of a process: mm_struct, its areas (vm_area_struct) and one fault (vm_fault).
 */
#ifndef MM_MM_TYPES_H
#define MM_MM_TYPES_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/xarray.h"
#include "kernel/x86/atomic.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/rwsem.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/mmu.h"
#include "mm/gfp.h"
#include "mm/page.h"

struct file;
struct anon_vma;
struct userfaultfd_ctx;
struct vm_operations_struct;
struct linux_binprm;

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pmd;
} pmd_t;
typedef struct {
	unsigned long pud;
} pud_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;

/*
 * One area.  All fields: mmap_sem exclusive to change, shared to read, with these exceptions:
 *   shared, vm_start, vm_end and vm_pgoff of a file area: i_mmap_rwsem as well to change, so that
 *     reverse mapping may read them under it; likewise anon_vma's lock for anonymous areas;
 *   anon_vma: set once under mmap_sem shared plus page_table_lock (anon_vma_prepare);
 *   anon_vma_chain: mmap_sem plus the anon_vma's lock.
 */
struct vm_area_struct {
	unsigned long vm_start;		/* first address */
	unsigned long vm_end;		/* first address behind */
	struct vm_area_struct *vm_next, *vm_prev;	/* by address */
	struct rb_node vm_rb;
	/* largest gap in front of any area of this subtree, bytes */
	unsigned long rb_subtree_gap;
	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot;
	unsigned long vm_flags;
	struct {
		struct rb_node rb;	/* in mapping->i_mmap */
		unsigned long rb_subtree_last;
	} shared;
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;		/* offset in vm_file, pages; anonymous: vm_start's page */
	struct file *vm_file;		/* holds a reference; NULL if anonymous */
	void *vm_private_data;
	struct userfaultfd_ctx *userfaultfd; /* with VM_UFFD_MISSING; see mm/userfaultfd.c */
	u16 vm_policy;			/* mbind(2); 0: the task's */
};

enum { MM_FILEPAGES, MM_ANONPAGES, NR_MM_COUNTERS };

#define AT_VECTOR_SIZE 64

/* mm->flags */
#define MMF_THP_DISABLE 0 /* PR_SET_THP_DISABLE; there are no huge pages anyway */
#define MMF_MEMBARRIER	1 /* registered for membarrier's private kinds */
#define MMF_MEMBARRIER_SYNC_CORE 2
#define MMF_UNSTABLE	3 /* private memory has been taken away before its last user went, see reap_mm() */

struct mm_struct {
	struct vm_area_struct *mmap;	/* list by address; mmap_sem */
	struct rb_root mm_rb;		/* mmap_sem */
	unsigned long mmap_base;	/* top of the area for mmap; constant after exec */
	unsigned long task_size;	/* constant */
	unsigned long highest_vm_end;	/* mmap_sem */
	pgd_t *pgd;			/* constant */
	atomic_t mm_users;		/* tasks using the user space; exit_mmap() at 0 */
	atomic_t mm_count;		/* references to this struct; mm_users counts as one */
	atomic64_t pgtables_bytes;
	int map_count;			/* areas; mmap_sem */
	spinlock_t page_table_lock;	/* allocation of page tables, anon_vma of an area */
	struct rw_semaphore mmap_sem;

	/* pages; mmap_sem exclusive to change */
	unsigned long total_vm;
	unsigned long locked_vm;
	unsigned long data_vm;
	unsigned long exec_vm;
	unsigned long stack_vm;
	unsigned long def_flags;	/* VM_LOCKED after mlockall(MCL_FUTURE); mmap_sem */
	atomic64_t rss_stat[NR_MM_COUNTERS];
	unsigned long hiwater_vm;	/* peak of total_vm */
	unsigned long hiwater_rss;	/* peak before the last unmapping; no lock: for getrusage */

	/* set by exec; brk changes brk under mmap_sem */
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long saved_auxv[AT_VECTOR_SIZE];
	struct file *exe_file;
	unsigned long vdso;		/* its first page, or 0; the clock's page lies below */
	struct xarray ioctxs;		/* contexts of asynchronous I/O, by the page of their ring; own lock */

	unsigned long flags;		/* MMF_*, atomic bits; copied by fork */
	bool dumpable;			/* others may look inside: set by exec and prctl */
	/* CPUs that may hold translations of this mm: set by switch_mm, read by TLB flushes */
	struct cpumask cpu_bitmap;
	mm_context_t context;		/* kernel/x86/tlbflush.h */
};

#define mm_cpumask(mm) (&(mm)->cpu_bitmap)

/*
 * One page fault, on the stack of the faulting task.  pte is mapped and ptl held only where a
 * callee's comment says so.
 */
struct vm_fault {
	struct vm_area_struct *vma;
	unsigned int flags;		/* FAULT_FLAG_* */
	gfp_t gfp_mask;
	pgoff_t pgoff;			/* page of the file (or anonymous area) wanted */
	pgoff_t start_pgoff;		/* map_pages: first and */
	pgoff_t end_pgoff;		/*   last offset to map; pte is the entry of the first */
	unsigned long address;		/* page aligned */
	pmd_t *pmd;
	pte_t orig_pte;
	struct page *cow_page;		/* private page to copy a private write fault into */
	struct page *page;		/* out: the page, locked if VM_FAULT_LOCKED */
	pte_t *pte;
	spinlock_t *ptl;
	pgtable_t prealloc_pte;		/* a table for pmd, allocated before a page lock is taken */
};

#endif
