/* SPDX-License-Identifier: MIT */
/* Looking at the page-table entries of an area. */
#ifndef MM_PAGEWALK_H
#define MM_PAGEWALK_H

#include "mm/mm_types.h"

/* For an entry that is not empty; its table's lock is held, so it may not sleep. */
typedef void (*walk_entry_t)(struct vm_area_struct *vma, unsigned long addr, pte_t *pte, void *arg);

/* All entries of [addr, end), which lies in the area. mmap_sem held, at least shared. May sleep. */
void walk_entries(struct vm_area_struct *vma, unsigned long addr, unsigned long end, walk_entry_t fn, void *arg);

#endif
