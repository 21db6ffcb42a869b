// SPDX-License-Identifier: MIT
/*
 * The numbered rules of fs/locking.rst about pages: writing, reading, freeing, mapping.
 *
 * Each function is called by the wrapper of the operation it is named for, before the call (_entry)
 * or after it (_return); see gen/rules.h. What happens in between is noted by the code that does it
 * (contract_note() in mm/), in the call that watches the object, so that a rule speaks of what this
 * task did and never of what another did to the page meanwhile.
 *
 * After the call a page may have been freed and the inode, too: only the notes and the arguments'
 * addresses are looked at, unless the rule itself says that the page is still locked.
 */
#include "fs/contract_places.h"
#include "gen/rules.h"
#include "mm/page.h"
#include "mm/page-private.h"

#if CONFIG_CHECKS

/* ---- writepage: P12, P13, P14, P16 --------------------------------------------------- */

static bool for_sync(const struct writeback_control *wbc)
{
	return wbc->sync_mode != WB_SYNC_NONE;
}

/* It did its work: no error, and it did not give the page back. */
static bool wrote(int ret)
{
	return ret >= 0 && ret != AOP_WRITEPAGE_ACTIVATE;
}

void rule_P12_writepage_entry(struct contract_call *call, struct page *page, struct writeback_control *wbc)
{
	contract_watch(call, page);
}

void rule_P12_writepage_return(struct contract_call *call, int ret, struct page *page,
			       struct writeback_control *wbc)
{
	if (wrote(ret) && for_sync(wbc))
		contract_rule(call, &row_prose_P12, (call->noted & NOTE_WRITEBACK) || !(call->noted & NOTE_REDIRTIED),
			      "page", "its write started, for sync", "only redirtied");
}

void rule_P13_writepage_entry(struct contract_call *call, struct page *page, struct writeback_control *wbc)
{
	contract_watch(call, page);
}

void rule_P13_writepage_return(struct contract_call *call, int ret, struct page *page,
			       struct writeback_control *wbc)
{
	if (!for_sync(wbc))
		contract_rule(call, &row_prose_P13, !(call->noted & NOTE_WAITED), "page",
			      "no waiting for its I/O, for memory cleansing", "waited");
}

void rule_P14_writepage_entry(struct contract_call *call, struct page *page, struct writeback_control *wbc)
{
	contract_watch(call, page);
}

void rule_P14_writepage_return(struct contract_call *call, int ret, struct page *page,
			       struct writeback_control *wbc)
{
	contract_rule(call, &row_prose_P14, !(call->noted & NOTE_WRITEBACK_TWICE), "page",
		      "I/O in flight waited for", "a write started over another");
}

void rule_P16_writepage_entry(struct contract_call *call, struct page *page, struct writeback_control *wbc)
{
	contract_watch(call, page);
}

void rule_P16_writepage_return(struct contract_call *call, int ret, struct page *page,
			       struct writeback_control *wbc)
{
	if (!wrote(ret))
		return;
	contract_rule(call, &row_prose_P16, call->noted & (NOTE_WRITEBACK | NOTE_REDIRTIED), "page",
		      "redirtied, or put under writeback", "neither");
	contract_rule(call, &row_prose_P16, !(call->noted & NOTE_WRITEBACK_UNLOCKED), "page",
		      "put under writeback, then unlocked", "unlocked first");
}

/* ---- writepages: P19, P20 --------------------------------------------------------------- */

void rule_P19_writepages_entry(struct contract_call *call, struct address_space *mapping,
			       struct writeback_control *wbc)
{
	contract_watch(call, mapping);
	call->kept[0] = wbc->nr_to_write;
}

void rule_P19_writepages_return(struct contract_call *call, int ret, struct address_space *mapping,
				struct writeback_control *wbc)
{
	contract_rule(call, &row_prose_P19, call->kept[0] - wbc->nr_to_write >= call->count, "nr_to_write",
		      "counted down for each page written", "more pages written than counted");
}

void rule_P20_writepages_entry(struct contract_call *call, struct address_space *mapping,
			       struct writeback_control *wbc)
{
	contract_watch(call, mapping);
	call->kept[1] = (long)READ_ONCE(mapping->writes_begun);
}

/*
 * Another task that writes pages of the file meanwhile takes the marks off them; then a page without
 * them, dirtied anew, may rightly be in this pass. So the marks are only asked for when all writes
 * of the file that began since the entry were this call's.
 */
void rule_P20_writepages_return(struct contract_call *call, int ret, struct address_space *mapping,
				struct writeback_control *wbc)
{
	bool snapshot = for_sync(wbc) || wbc->tagged_writepages;
	bool alone = (long)READ_ONCE(mapping->writes_begun) - call->kept[1] == call->count;

	if (alone)
		contract_rule(call, &row_prose_P20, !(call->noted & NOTE_WRITTEN_CLEAN), "mapping",
			      "only dirty pages written", "a clean one");
	if (snapshot && alone)
		contract_rule(call, &row_prose_P20, !(call->noted & NOTE_WRITTEN_LATE), "mapping",
			      "only pages written that were dirty when it began", "one dirtied later");
}

/* ---- reading: P11 ----------------------------------------------------------------------- */

void rule_P11_readpages_entry(struct contract_call *call, struct file *file, struct address_space *mapping,
			      struct list_head *pages, unsigned int nr_pages)
{
	call->kept[0] = held_depth();
}

/* What was taken into the cache is off the list, and its lock is the I/O's, or released. */
void rule_P11_readpages_return(struct contract_call *call, int ret, struct file *file,
			       struct address_space *mapping, struct list_head *pages, unsigned int nr_pages)
{
	const struct page *page;
	bool left = false;

	if (pages)
		list_for_each_entry(page, pages, lru)
			left |= page->mapping == mapping;
	contract_rule(call, &row_prose_P11, !left, "pages", "those in the cache taken off the list", "one still on it");
	contract_rule(call, &row_prose_P11, held_depth() == call->kept[0], "pages",
		      "unlocked, or locked by the I/O", "one locked by this task");
}

/* ---- letting go of pages: P24, P25, P26 --------------------------------------------------- */

void rule_P24_releasepage_return(struct contract_call *call, int ret, struct page *page, gfp_t gfp)
{
	if (ret)
		contract_rule(call, &row_prose_P24, !page_has_private(page), "page", "without buffers, as it says",
			      "buffers");
}

void rule_P25_freepage_entry(struct contract_call *call, struct page *page)
{
	contract_rule(call, &row_prose_P25, !page->mapping, "page", "out of the cache", "in it");
}

void rule_P26_launder_page_entry(struct contract_call *call, struct page *page)
{
	contract_watch(call, page);
}

/* If it does not come back locked at all, that is for the row to say. */
void rule_P26_launder_page_return(struct contract_call *call, int ret, struct page *page)
{
	if (contract_page_locked(page))
		contract_rule(call, &row_prose_P26, !(call->noted & NOTE_UNLOCKED), "page", "locked throughout",
			      "unlocked meanwhile");
	if (!ret)
		contract_rule(call, &row_prose_P26, !PageDirty(page), "page", "clean, as it says", "dirty");
}

/* ---- mapping pages: P38, P40, P42 --------------------------------------------------------- */

/* Nothing to map, or an error, or it is mapped already. */
#define NO_PAGE (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY | VM_FAULT_DONE_COW)

static bool in_its_file(const struct vm_area_struct *vma, const struct page *page)
{
	return page && (!vma->vm_file || page->mapping == vma->vm_file->f_mapping);
}

/* A page without a mapping cannot be truncated, so it need not come back locked. */
void rule_P38_fault_return(struct contract_call *call, vm_fault_t ret, struct vm_area_struct *vma,
			   struct vm_fault *vmf)
{
	if (ret & NO_PAGE)
		return;
	if (ret & VM_FAULT_LOCKED)
		contract_rule(call, &row_prose_P38, in_its_file(vma, vmf->page), "page", "still in its file",
			      "truncated");
	else
		contract_rule(call, &row_prose_P38, vmf->page && !vmf->page->mapping, "page",
			      "locked, for it can be truncated", "not returned locked");
}

void rule_P40_page_mkwrite_return(struct contract_call *call, vm_fault_t ret, struct vm_area_struct *vma,
				  struct vm_fault *vmf)
{
	if (ret & NO_PAGE)
		return;
	contract_rule(call, &row_prose_P40, ret & VM_FAULT_LOCKED, "page", "returned locked, or VM_FAULT_NOPAGE",
		      "neither");
	if (ret & VM_FAULT_LOCKED)
		contract_rule(call, &row_prose_P40, in_its_file(vma, vmf->page), "page", "still in its file",
			      "truncated");
}

void rule_P42_access_entry(struct contract_call *call, struct vm_area_struct *vma, unsigned long addr, void *buf,
			   int len, int write)
{
	contract_rule(call, &row_prose_P42, vma->vm_flags & (VM_IO | VM_PFNMAP), "area", "VM_IO or VM_PFNMAP",
		      "neither");
}

#endif
