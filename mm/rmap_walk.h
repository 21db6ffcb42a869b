/* SPDX-License-Identifier: MIT */
/* Visiting every place where a page may be mapped. */
#ifndef MM_RMAP_WALK_H
#define MM_RMAP_WALK_H

#include "mm/rmap.h"

struct anon_vma *page_lock_anon_vma_read(struct page *page);
void page_unlock_anon_vma_read(struct anon_vma *av);

/*
 * Calls @fn for every area that may map the page, with the address it would have there, until @fn
 * returns false.  File pages: the page is locked.  Takes i_mmap_rwsem or the anon_vma's lock.
 */
void rmap_walk(struct page *page,
	       bool (*fn)(struct page *page, struct vm_area_struct *vma, unsigned long addr,
			  void *arg),
	       void *arg);

/*
 * The entry that maps @page at @addr, its table locked; NULL (nothing locked) if there is none.
 * Without @sync an entry that is just being changed may be missed.
 */
pte_t *page_check_address(struct page *page, struct mm_struct *mm, unsigned long addr, bool sync,
			  spinlock_t **ptlp);

#endif
