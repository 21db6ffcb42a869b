// SPDX-License-Identifier: MIT
/*
 * Regular files of tmpfs: reading, seeking, mapping, attributes.
 *
 * A hole has no page and reading makes none: it copies zeroes. A page that is not uptodate is a hole too (page.c). A fault
 * makes the page, since what is mapped must be there; beyond the end, or beyond the limit, that is a SIGBUS.
 */
#include "fs/tmpfs/tmpfs.h"
#include "fs/dcache.h"
#include "fs/shmem.h"
#include "gen/vm_operations_struct.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "mm/iov_iter.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/swap.h"

/* ---- read ---- */

/* What is cached at @index and may be read, with a reference; NULL: zeroes. */
static struct page *readable_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page = find_get_page(mapping, index);

	if (page && !PageUptodate(page)) {
		put_page(page);
		page = NULL;
	}
	return page;
}

/*
 * Up to the end of a page. Returns bytes copied, 0 at the end of the file, -EFAULT. The size is read before and after the
 * page was found: bytes behind the first were not in the file then (the page may be older than they are), and behind
 * the second a truncation may have zeroed them.
 */
static ssize_t read_piece(struct address_space *mapping, loff_t pos, struct iov_iter *to)
{
	size_t offset = offset_in_page(pos), count = iov_iter_count(to), n, copied;
	loff_t size = i_size_read(mapping->host);
	struct page *page;

	if (pos >= size)
		return 0;
	page = readable_page(mapping, pos >> PAGE_SHIFT);
	size = min(size, i_size_read(mapping->host));
	if (pos >= size) {
		if (page)
			put_page(page);
		return 0;
	}
	n = min_t(loff_t, PAGE_SIZE - offset, size - pos);
	if (page) {
		if (!offset)
			mark_page_accessed(page);
		copied = copy_page_to_iter(page, offset, n, to);
		put_page(page);
	} else {
		copied = iov_iter_zero(min(n, count), to);
	}
	return copied ? (ssize_t)copied : -EFAULT;
}

static ssize_t tmpfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	ssize_t done = 0, n = 0;

	while (iov_iter_count(to)) {
		n = read_piece(file->f_mapping, iocb->ki_pos, to);
		if (n <= 0)
			break;
		iocb->ki_pos += n;
		done += n;
		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
		cond_resched();
	}
	file_accessed(file);
	return done ? done : n;
}

/* ---- SEEK_DATA and SEEK_HOLE ---- */

/* The first index from @index to @end (exclusive) that has contents; @end if none. */
static pgoff_t next_data(struct address_space *mapping, pgoff_t index, pgoff_t end)
{
	struct pagevec pvec;
	pgoff_t found = end;

	while (found == end && index < end && pagevec_lookup_range(&pvec, mapping, &index, end - 1)) {
		for (unsigned int i = 0; i < pagevec_count(&pvec); i++) {
			if (PageUptodate(pvec.pages[i])) {
				found = pvec.pages[i]->index;
				break;
			}
		}
		pagevec_release(&pvec);
		cond_resched();
	}
	return found;
}

/* The first that has none. */
static pgoff_t next_hole(struct address_space *mapping, pgoff_t index, pgoff_t end)
{
	struct pagevec pvec;
	pgoff_t start = index;

	while (start < end && pagevec_lookup_range(&pvec, mapping, &start, end - 1)) {
		bool hole = false;

		for (unsigned int i = 0; i < pagevec_count(&pvec) && !hole; i++) {
			hole = pvec.pages[i]->index != index || !PageUptodate(pvec.pages[i]);
			if (!hole)
				index++;
		}
		pagevec_release(&pvec);
		cond_resched();
		if (hole)
			return index;
	}
	return index;
}

static loff_t tmpfs_llseek(struct file *file, loff_t offset, int whence)
{
	struct address_space *mapping = file->f_mapping;
	struct inode *inode = mapping->host;
	loff_t size, ret = -ENXIO;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, offset, whence);
	/* Pages come and go only under i_rwsem, but for those that faults make. */
	inode_lock(inode);
	size = i_size_read(inode);
	if (offset >= 0 && offset < size) {
		pgoff_t start = offset >> PAGE_SHIFT, end = (size + PAGE_SIZE - 1) >> PAGE_SHIFT, index;

		index = whence == SEEK_DATA ? next_data(mapping, start, end) : next_hole(mapping, start, end);
		if (whence == SEEK_HOLE)
			ret = min(max(offset, (loff_t)(index << PAGE_SHIFT)), size);
		else if (index < end)
			ret = max(offset, (loff_t)(index << PAGE_SHIFT));
	}
	if (ret >= 0)
		ret = vfs_setpos(file, ret, inode->i_sb->s_maxbytes);
	inode_unlock(inode);
	return ret;
}

/* ---- mappings ---- */

/* Truncation holds the invalidate lock, so the size stays while we have it; after that the page's lock does (P38). */
vm_fault_t shmem_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct inode *inode = mapping->host;
	struct page *page;
	int err = -EFBIG;

	filemap_invalidate_lock_shared(mapping);
	if (vmf->pgoff < DIV_ROUND_UP((u64)i_size_read(inode), PAGE_SIZE))
		err = tmpfs_get_page(inode, vmf->pgoff, TMPFS_ZERO, &page);
	filemap_invalidate_unlock_shared(mapping);
	if (err)
		return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	mark_page_accessed(page);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

/* No page_mkwrite: pages are dirty as they are, and nothing has to be allocated for a store. */
static const struct vm_operations_struct tmpfs_vm_ops = {
	.fault = shmem_fault,
	.map_pages = filemap_map_pages,
};

static int tmpfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned int seals = TMPFS_I(file_inode(file))->seals;

	/* Sealed against new writable mappings; those that exist stay. A readable one must not become writable later. */
	if ((seals & F_SEAL_FUTURE_WRITE) && (vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		vma->vm_flags &= ~VM_MAYWRITE;
	}
	file_accessed(file);
	vma->vm_ops = &tmpfs_vm_ops;
	return 0;
}

/* ---- attributes ---- */

static int change_size(struct inode *inode, loff_t size)
{
	unsigned int seals = TMPFS_I(inode)->seals;

	if ((size < inode->i_size && (seals & F_SEAL_SHRINK)) || (size > inode->i_size && (seals & F_SEAL_GROW)))
		return -EPERM;
	if (size != inode->i_size)
		inode->i_mtime = inode->i_ctime = current_time(inode);
	/* To the size that it has, too: what was allocated behind the end goes. */
	filemap_invalidate_lock(inode->i_mapping);
	if (size > inode->i_size)
		tmpfs_zero_behind_end(inode);
	truncate_setsize(inode, size);
	filemap_invalidate_unlock(inode->i_mapping);
	return 0;
}

int tmpfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err = setattr_prepare(dentry, attr);

	if (!err && S_ISREG(inode->i_mode) && (attr->ia_valid & ATTR_SIZE))
		err = change_size(inode, attr->ia_size);
	if (!err)
		setattr_copy(inode, attr);
	return err;
}

const struct inode_operations tmpfs_file_inode_operations = {
	.setattr = tmpfs_setattr,
	.listxattr = tmpfs_listxattr,
};

const struct file_operations tmpfs_file_operations = {
	.llseek = tmpfs_llseek,
	.read_iter = tmpfs_read_iter,
	.splice_read = copy_splice_read,
	.write_iter = generic_file_write_iter,
	.mmap = tmpfs_mmap,
	.open = generic_file_open,
	.fsync = noop_fsync,
	.fallocate = tmpfs_fallocate,
};
