// SPDX-License-Identifier: MIT
/*
 * The page cache: looking up, inserting and removing pages.
 *
 * Lookup runs without locks.  Under rcu_read_lock() the slot is read, a reference is taken unless
 * the count is zero, and the slot is read again: if it still holds the page, then the page was in
 * the cache after we had the reference, and it cannot be freed before we drop it.  If not, the
 * page may have been freed and reused in between, the reference is dropped, and the lookup starts
 * over.  struct page is never freed, so touching the count of a wrong page is harmless.
 *
 * Insertion publishes a locked page: mapping and index are written before the store into the slot,
 * so a reader that finds the page sees them.  Removal happens with the page locked and the i_pages
 * lock held, and clears page->mapping; whoever has locked a page must therefore look at
 * page->mapping before believing that it still belongs to the file.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "fs/fs.h"
#include "mm/pagecache_internal.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

void address_space_init_once(struct address_space *mapping)
{
	memset(mapping, 0, sizeof(*mapping));
	xa_init_flags(&mapping->i_pages, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
	init_rwsem(&mapping->i_mmap_rwsem);
	init_rwsem(&mapping->invalidate_lock);
	spin_lock_init(&mapping->private_lock);
	INIT_LIST_HEAD(&mapping->private_list);
	mapping->i_mmap = RB_ROOT_CACHED;
	mapping->gfp_mask = GFP_HIGHUSER_MOVABLE;
}

struct page *page_cache_alloc(struct address_space *mapping)
{
	return __page_cache_alloc(mapping_gfp_mask(mapping));
}

struct page *find_get_entry(struct address_space *mapping, pgoff_t index)
{
	XA_STATE(xas, &mapping->i_pages, index);
	struct page *page;

	rcu_read_lock();
	for (;;) {
		xas_reset(&xas);
		page = xas_load(&xas);
		if (xas_retry(&xas, page))
			continue;
		if (!page)
			break;
		if (!page_cache_get_speculative(page))
			continue;
		if (likely(page == xas_reload(&xas)))
			break;
		put_page(page);
	}
	rcu_read_unlock();
	return page;
}

struct page *find_lock_page(struct address_space *mapping, pgoff_t index)
{
	return pagecache_get_page(mapping, index, FGP_LOCK, 0);
}

struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	return pagecache_get_page(mapping, index, FGP_LOCK | FGP_ACCESSED | FGP_CREAT, gfp);
}

struct page *grab_cache_page_nowait(struct address_space *mapping, pgoff_t index)
{
	return pagecache_get_page(mapping, index, FGP_LOCK | FGP_CREAT | FGP_NOFS | FGP_NOWAIT,
				  mapping_gfp_mask(mapping));
}

struct page *grab_cache_page_write_begin(struct address_space *mapping, pgoff_t index,
					 unsigned int flags)
{
	int fgp = FGP_LOCK | FGP_WRITE | FGP_CREAT;
	struct page *page;

	if (flags & AOP_FLAG_NOFS)
		fgp |= FGP_NOFS;
	page = pagecache_get_page(mapping, index, fgp, mapping_gfp_mask(mapping));
	if (page)
		wait_for_stable_page(page);
	return page;
}

/* Allocate and insert a page for pagecache_get_page(). */
static struct page *pagecache_create(struct address_space *mapping, pgoff_t index, int fgp_flags,
				     gfp_t gfp)
{
	struct page *page;
	int err;

	if (fgp_flags & FGP_WRITE)
		gfp |= __GFP_WRITE;
	if (fgp_flags & FGP_NOFS)
		gfp &= ~__GFP_FS;
	if (fgp_flags & FGP_NOWAIT)
		gfp &= ~__GFP_DIRECT_RECLAIM;
	page = __page_cache_alloc(gfp);
	if (!page)
		return ERR_PTR(-ENOMEM);
	if (fgp_flags & FGP_ACCESSED)
		__SetPageReferenced(page);
	err = add_to_page_cache_lru(page, mapping, index, gfp);
	if (err) {
		put_page(page);
		return ERR_PTR(err);
	}
	if ((fgp_flags & FGP_FOR_MMAP) || !(fgp_flags & FGP_LOCK))
		unlock_page(page);
	return page;
}

struct page *pagecache_get_page(struct address_space *mapping, pgoff_t index, int fgp_flags,
				gfp_t gfp)
{
	struct page *page;

repeat:
	page = find_get_entry(mapping, index);
	if (!page) {
		if (!(fgp_flags & FGP_CREAT))
			return NULL;
		page = pagecache_create(mapping, index, fgp_flags, gfp);
		if (!IS_ERR(page))
			return page;
		if (PTR_ERR(page) == -EEXIST)
			goto repeat;
		return NULL;
	}
	if (fgp_flags & FGP_LOCK) {
		if (fgp_flags & FGP_NOWAIT) {
			if (!trylock_page(page)) {
				put_page(page);
				return NULL;
			}
		} else {
			lock_page(page);
		}
		if (unlikely(page->mapping != mapping)) {	/* truncated meanwhile */
			unlock_page(page);
			put_page(page);
			goto repeat;
		}
	}
	if (fgp_flags & FGP_ACCESSED)
		mark_page_accessed(page);
	return page;
}

/* --- ranges -------------------------------------------------------------------------------- */

unsigned int find_get_pages_range(struct address_space *mapping, pgoff_t *start, pgoff_t end,
				  unsigned int nr, struct page **pages)
{
	XA_STATE(xas, &mapping->i_pages, *start);
	struct page *page;
	unsigned int ret = 0;

	if (!nr)
		return 0;
	rcu_read_lock();
	xas_for_each(&xas, page, end) {
		if (xas_retry(&xas, page))
			continue;
		if (!page_cache_get_speculative(page))
			goto retry;
		if (unlikely(page != xas_reload(&xas)))
			goto put;
		pages[ret] = page;
		if (++ret == nr) {
			*start = xas.xa_index + 1;
			goto out;
		}
		continue;
put:
		put_page(page);
retry:
		xas_reset(&xas);
	}
	*start = end == (pgoff_t)-1 ? end : end + 1;
out:
	rcu_read_unlock();
	return ret;
}

unsigned int find_get_pages_range_tag(struct address_space *mapping, pgoff_t *index, pgoff_t end,
				      xa_mark_t tag, unsigned int nr, struct page **pages)
{
	XA_STATE(xas, &mapping->i_pages, *index);
	struct page *page;
	unsigned int ret = 0;

	if (!nr)
		return 0;
	rcu_read_lock();
	xas_for_each_marked(&xas, page, end, tag) {
		if (xas_retry(&xas, page))
			continue;
		if (!page_cache_get_speculative(page))
			goto retry;
		if (unlikely(page != xas_reload(&xas)))
			goto put;
		pages[ret] = page;
		if (++ret == nr) {
			*index = xas.xa_index + 1;
			goto out;
		}
		continue;
put:
		put_page(page);
retry:
		xas_reset(&xas);
	}
	*index = end == (pgoff_t)-1 ? end : end + 1;
out:
	rcu_read_unlock();
	return ret;
}

unsigned int find_get_pages_contig(struct address_space *mapping, pgoff_t index, unsigned int nr,
				   struct page **pages)
{
	unsigned int n;

	for (n = 0; n < nr; n++) {
		pages[n] = find_get_entry(mapping, index + n);
		if (!pages[n])
			break;
	}
	return n;
}

unsigned int pagevec_lookup_range(struct pagevec *pvec, struct address_space *mapping,
				  pgoff_t *start, pgoff_t end)
{
	pvec->nr = find_get_pages_range(mapping, start, end, PAGEVEC_SIZE, pvec->pages);
	return pvec->nr;
}

unsigned int pagevec_lookup_range_tag(struct pagevec *pvec, struct address_space *mapping,
				      pgoff_t *index, pgoff_t end, xa_mark_t tag)
{
	pvec->nr = find_get_pages_range_tag(mapping, index, end, tag, PAGEVEC_SIZE, pvec->pages);
	return pvec->nr;
}

bool filemap_range_has_page(struct address_space *mapping, loff_t start, loff_t end)
{
	unsigned long index = start >> PAGE_SHIFT;

	if (end < start)
		return false;
	return xa_find(&mapping->i_pages, &index, end >> PAGE_SHIFT, XA_PRESENT) != NULL;
}

/* --- insertion ------------------------------------------------------------------------------ */

int add_to_page_cache_locked(struct page *page, struct address_space *mapping, pgoff_t index,
			     gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	int err;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	get_page(page);			/* the cache's own reference */
	page->mapping = mapping;
	page->index = index;
	do {
		xas_lock_irq(&xas);
		if (xas_load(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, page);
		if (!xas_error(&xas))
			mapping->nrpages++;
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp & GFP_RECLAIM_MASK));

	err = xas_error(&xas);
	if (unlikely(err)) {
		page->mapping = NULL;
		put_page(page);
		return err;
	}
	inc_page_state(NR_FILE_PAGES);
	return 0;
}

int add_to_page_cache_lru(struct page *page, struct address_space *mapping, pgoff_t index,
			  gfp_t gfp)
{
	int err;

	page_lock_new(page, mapping);
	err = add_to_page_cache_locked(page, mapping, index, gfp);
	if (unlikely(err)) {
		unlock_page(page);
		return err;
	}
	lru_cache_add_file(page);
	return 0;
}

/*
 * The new page takes the place of the old one with its marks.  Both locked by the caller, who
 * copies contents and flags and knows that the old page is neither mapped nor under writeback.
 */
int replace_page_cache_page(struct page *old, struct page *new, gfp_t gfp)
{
	struct address_space *mapping = old->mapping;
	XA_STATE(xas, &mapping->i_pages, old->index);

	VM_BUG_ON_PAGE(!PageLocked(old), old);
	VM_BUG_ON_PAGE(!PageLocked(new), new);
	get_page(new);
	new->mapping = mapping;
	new->index = old->index;
	xas_lock_irq(&xas);
	if (xas_load(&xas) != old) {
		xas_unlock_irq(&xas);
		new->mapping = NULL;
		put_page(new);
		return -EBUSY;
	}
	xas_store(&xas, new);		/* occupied slot: needs no memory, keeps the marks */
	old->mapping = NULL;
	xas_unlock_irq(&xas);
	page_cache_free_page(mapping, old);
	return 0;
}

/* --- removal ---------------------------------------------------------------------------------- */

/* Everything but the slot: the page leaves @mapping.  i_pages lock held. */
static void unaccount_page(struct address_space *mapping, struct page *page)
{
	VM_BUG_ON_PAGE(!PageLocked(page), page);
	VM_BUG_ON_PAGE(page_mapped(page), page);
	dec_page_state(NR_FILE_PAGES);
	/*
	 * A dirty page is only removed when its contents do not matter any more; its dirty state
	 * must not be left in the counters.
	 */
	if (unlikely(PageDirty(page)))
		account_page_cleaned(page, mapping);
	/*
	 * page->mapping goes last: lockless users that see the mapping may rely on the rest.
	 * The index stays for those who report about the page.
	 */
	WRITE_ONCE(page->mapping, NULL);
}

void __delete_from_page_cache(struct page *page)
{
	struct address_space *mapping = page->mapping;
	XA_STATE(xas, &mapping->i_pages, page->index);

	/* Walks to the slot; storing NULL clears its marks with it. */
	xas_load(&xas);
	xas_init_marks(&xas);
	xas_store(&xas, NULL);
	mapping->nrpages--;
	unaccount_page(mapping, page);
}

void page_cache_free_page(struct address_space *mapping, struct page *page)
{
	if (mapping->a_ops->freepage)
		aop_freepage(mapping->a_ops, page);
	put_page(page);
}

void delete_from_page_cache(struct page *page)
{
	struct address_space *mapping = page_mapping(page);
	unsigned long flags;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	xa_lock_irqsave(&mapping->i_pages, flags);
	__delete_from_page_cache(page);
	xa_unlock_irqrestore(&mapping->i_pages, flags);
	page_cache_free_page(mapping, page);
}

void delete_from_page_cache_batch(struct address_space *mapping, struct pagevec *pvec)
{
	unsigned long flags;
	unsigned int i;

	if (!pagevec_count(pvec))
		return;
	xa_lock_irqsave(&mapping->i_pages, flags);
	for (i = 0; i < pagevec_count(pvec); i++)
		__delete_from_page_cache(pvec->pages[i]);
	xa_unlock_irqrestore(&mapping->i_pages, flags);
	for (i = 0; i < pagevec_count(pvec); i++)
		page_cache_free_page(mapping, pvec->pages[i]);
}

/* --- reading one page for a file system -------------------------------------------------------- */

static int read_page_with(struct address_space *mapping, struct page *page, filler_t *filler,
			  void *data)
{
	if (filler)
		return filler(data, page);
	return aop_readpage(mapping->a_ops, data, page);
}

/*
 * @filler gets the page locked and unlocks it like readpage.  Without one the mapping's readpage
 * is used and @data is the file it gets.
 */
struct page *read_cache_page(struct address_space *mapping, pgoff_t index, filler_t *filler,
			     void *data)
{
	gfp_t gfp = mapping_gfp_mask(mapping);
	struct page *page;
	int err;

	for (;;) {
		page = find_get_page(mapping, index);
		if (!page) {
			page = __page_cache_alloc(gfp);
			if (!page)
				return ERR_PTR(-ENOMEM);
			err = add_to_page_cache_lru(page, mapping, index, gfp);
			if (err) {
				put_page(page);
				if (err == -EEXIST)
					continue;
				return ERR_PTR(err);
			}
		} else {
			if (PageUptodate(page))
				goto out;
			lock_page(page);
			if (!page->mapping) {
				unlock_page(page);
				put_page(page);
				continue;
			}
			if (PageUptodate(page)) {
				unlock_page(page);
				goto out;
			}
			ClearPageError(page);	/* an earlier failure may have passed */
		}
		err = read_page_with(mapping, page, filler, data);
		if (err == AOP_TRUNCATED_PAGE) {
			put_page(page);
			continue;
		}
		if (err) {
			put_page(page);
			return ERR_PTR(err);
		}
		wait_on_page_locked(page);
		if (!PageUptodate(page)) {
			if (!page->mapping) {
				put_page(page);
				continue;
			}
			put_page(page);
			return ERR_PTR(-EIO);
		}
		goto out;
	}
out:
	mark_page_accessed(page);
	return page;
}

struct page *read_mapping_page(struct address_space *mapping, pgoff_t index, void *data)
{
	return read_cache_page(mapping, index, NULL, data);
}

/* --- SEEK_DATA and SEEK_HOLE over what is cached ------------------------------------------------ */

loff_t page_cache_seek_hole_data(struct inode *inode, loff_t offset, loff_t length, int whence)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t end = offset + length;
	loff_t pos = offset;

	while (pos < end) {
		unsigned long index = pos >> PAGE_SHIFT;
		struct page *page = find_get_page(mapping, index);
		bool data = page && PageUptodate(page);

		if (page)
			put_page(page);
		if (data == (whence == SEEK_DATA))
			return pos;
		pos = (loff_t)(index + 1) << PAGE_SHIFT;
	}
	return whence == SEEK_DATA ? -ENOENT : end;
}
