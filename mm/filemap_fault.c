// SPDX-License-Identifier: MIT
/*
 * Memory mappings of files: faults, fault-around, and the first store to a page.
 *
 * filemap_fault() returns its page locked.  That is what makes it safe against truncation (P38):
 * truncation lowers i_size, unmaps, and then takes each page's lock to remove it, so under the lock
 * either the page still belongs to the file and i_size covers it, or we see that it does not.
 *
 * filemap_map_pages() maps neighbours that are at hand.  It runs under the page-table lock, so it
 * only tries locks, under RCU, and skips what would need waiting (P39).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "fs/fs.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"
#include "gen/vm_operations_struct.h"

/* Misses beyond this many hits say that read-ahead around faults does not pay. */
#define MMAP_LOTSAMISS	100

pgoff_t linear_page_index(struct vm_area_struct *vma, unsigned long address)
{
	return ((address - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* Pages of the file, counting a partial one. */
static pgoff_t file_pages(struct inode *inode)
{
	return DIV_ROUND_UP((u64)i_size_read(inode), PAGE_SIZE);
}

/* The page is not cached: read the neighbourhood, or ahead for a sequential area. */
static void fault_readahead_miss(struct vm_area_struct *vma, struct file *file, pgoff_t offset)
{
	struct file_ra_state *ra = &file->f_ra;
	struct address_space *mapping = file->f_mapping;

	if ((vma->vm_flags & VM_RAND_READ) || !ra->ra_pages)
		return;
	if (vma->vm_flags & VM_SEQ_READ) {
		page_cache_sync_readahead(mapping, ra, file, offset, ra->ra_pages);
		return;
	}
	if (ra->mmap_miss < MMAP_LOTSAMISS * 10)
		ra->mmap_miss++;
	if (ra->mmap_miss > MMAP_LOTSAMISS)
		return;
	/* half before, half behind the fault; the marker at three quarters */
	ra->start = offset > ra->ra_pages / 2 ? offset - ra->ra_pages / 2 : 0;
	ra->size = ra->ra_pages;
	ra->async_size = ra->ra_pages / 4;
	force_page_cache_readahead(mapping, file, ra->start, ra->size);
}

static void fault_readahead_hit(struct vm_area_struct *vma, struct file *file, struct page *page,
				pgoff_t offset)
{
	struct file_ra_state *ra = &file->f_ra;

	if (vma->vm_flags & VM_RAND_READ)
		return;
	if (ra->mmap_miss > 0)
		ra->mmap_miss--;
	if (PageReadahead(page))
		page_cache_async_readahead(file->f_mapping, ra, file, page, offset, ra->ra_pages);
}

/* Make the locked page up to date.  0: done, still locked.  Otherwise unlocked: 1 retry, -errno. */
static int fault_read_page(struct file *file, struct address_space *mapping, struct page *page)
{
	int err;

	ClearPageError(page);
	err = aop_readpage(mapping->a_ops, file, page);
	if (!err) {
		wait_on_page_locked(page);
		if (!PageUptodate(page))
			err = -EIO;
	}
	return err && err != AOP_TRUNCATED_PAGE ? err : 1;
}

/*
 * Look for the page and start read-ahead as the access pattern suggests.  With a reference, or
 * NULL.  No lock held but mmap_sem: read-ahead takes the invalidate lock itself.
 */
static struct page *fault_find_page(struct vm_area_struct *vma, struct file *file, pgoff_t offset,
				    vm_fault_t *major)
{
	struct page *page = find_get_page(file->f_mapping, offset);

	if (page) {
		fault_readahead_hit(vma, file, page, offset);
		return page;
	}
	inc_page_state(PGMAJFAULT);
	*major = VM_FAULT_MAJOR;
	fault_readahead_miss(vma, file, offset);
	return find_get_page(file->f_mapping, offset);
}

/*
 * One attempt with @page, referenced or NULL.  Instantiating or reading a page excludes truncation
 * (@creating: the invalidate lock is held shared); using one that is up to date does not need to.
 * Returns the fault code, or 0 to look again.
 */
static vm_fault_t fault_try_page(struct vm_area_struct *vma, struct vm_fault *vmf,
				 struct page *page, bool creating)
{
	struct file *file = vma->vm_file;
	struct address_space *mapping = file->f_mapping;
	vm_fault_t ret = 0;
	int err;

	if (!__lock_page_or_retry(page, vma, vmf->flags)) {
		put_page(page);
		return VM_FAULT_RETRY;
	}
	if (unlikely(page->mapping != mapping))
		goto unlock;
	if (unlikely(!PageUptodate(page))) {
		if (!creating)
			goto unlock;
		err = fault_read_page(file, mapping, page);
		put_page(page);
		return err < 0 ? vmf_error(err) : 0;
	}
	if (unlikely(vmf->pgoff >= file_pages(mapping->host))) {
		ret = VM_FAULT_SIGBUS;
		goto unlock;
	}
	vmf->page = page;
	return VM_FAULT_LOCKED;
unlock:
	unlock_page(page);
	put_page(page);
	return ret;
}

vm_fault_t filemap_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	struct file *file = vma->vm_file;
	struct address_space *mapping = file->f_mapping;
	vm_fault_t major = 0, ret;
	struct page *page;

	if (unlikely(vmf->pgoff >= file_pages(mapping->host)))
		return VM_FAULT_SIGBUS;
	page = fault_find_page(vma, file, vmf->pgoff, &major);
	for (;;) {
		bool creating = !page || !PageUptodate(page);

		if (creating) {
			if (page)
				put_page(page);
			/* mmap_sem may be dropped below, and with it the area's hold on the file */
			get_file(file);
			filemap_invalidate_lock_shared(mapping);
			page = pagecache_get_page(mapping, vmf->pgoff, FGP_CREAT | FGP_FOR_MMAP,
						  mapping_gfp_mask(mapping));
		}
		ret = page ? fault_try_page(vma, vmf, page, creating) : VM_FAULT_OOM;
		if (creating) {
			filemap_invalidate_unlock_shared(mapping);
			fput(file);
		}
		if (ret)
			return ret | major;
		page = find_get_page(mapping, vmf->pgoff);
	}
}

/* May this cached page be mapped right now?  Taken with a reference and its lock if so. */
static struct page *map_candidate(struct address_space *mapping, struct xa_state *xas,
				  struct page *page, pgoff_t limit)
{
	if (xas_retry(xas, page) || PageLocked(page) || !page_cache_get_speculative(page))
		return NULL;
	if (page != xas_reload(xas))
		goto put;
	if (!PageUptodate(page) || PageReadahead(page) || PageHWPoison(page))
		goto put;
	if (!trylock_page(page))
		goto put;
	if (page->mapping == mapping && PageUptodate(page) && page->index < limit)
		return page;
	unlock_page(page);
put:
	put_page(page);
	return NULL;
}

/*
 * Page-table lock held by the caller: vmf->pte is the entry of start_pgoff, vmf->address its
 * address.
 */
void filemap_map_pages(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	struct file *file = vma->vm_file;
	struct address_space *mapping = file->f_mapping;
	pgoff_t limit = file_pages(mapping->host);
	XA_STATE(xas, &mapping->i_pages, vmf->start_pgoff);
	struct page *page, *entry;

	rcu_read_lock();
	xas_for_each(&xas, entry, vmf->end_pgoff) {
		unsigned long n;
		pte_t *pte;

		page = map_candidate(mapping, &xas, entry, limit);
		if (!page)
			continue;
		n = page->index - vmf->start_pgoff;
		pte = vmf->pte + n;
		if (file->f_ra.mmap_miss > 0)
			file->f_ra.mmap_miss--;
		if (pte_none(*pte))	/* the reference moves into the entry */
			do_set_pte(vma, vmf->address + (n << PAGE_SHIFT), page, pte, false,
				   false);
		else
			put_page(page);
		unlock_page(page);
	}
	rcu_read_unlock();
}

/*
 * First store through a shared mapping, for files whose blocks exist (or need none).  Returns with
 * the page locked and dirty; NOPAGE when it was truncated (P40).
 */
vm_fault_t filemap_page_mkwrite(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	/* A device node's file is mapped from the device's own inode. */
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct super_block *sb = mapping->host->i_sb;
	struct page *page = vmf->page;
	vm_fault_t ret = VM_FAULT_LOCKED;

	sb_start_pagefault(sb);
	file_update_time(vma->vm_file);
	lock_page(page);
	if (page->mapping != mapping) {
		unlock_page(page);
		ret = VM_FAULT_NOPAGE;
		goto out;
	}
	/*
	 * Dirty now, under the lock: a freeze that starts later must find the page dirty, and
	 * writeback must not miss the store that follows.
	 */
	set_page_dirty(page);
	wait_for_stable_page(page);
out:
	sb_end_pagefault(sb);
	return ret;
}

const struct vm_operations_struct generic_file_vm_ops = {
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = filemap_page_mkwrite,
};

int generic_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!file->f_mapping->a_ops->readpage)
		return -ENOEXEC;
	file_accessed(file);
	vma->vm_ops = &generic_file_vm_ops;
	return 0;
}

int generic_file_readonly_mmap(struct file *file, struct vm_area_struct *vma)
{
	if ((vma->vm_flags & VM_SHARED) && (vma->vm_flags & VM_MAYWRITE))
		return -EINVAL;
	return generic_file_mmap(file, vma);
}
