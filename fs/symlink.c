// SPDX-License-Identifier: MIT
/*
 * The body of a symbolic link, in the inode (fast) or in the first page of its mapping (slow).
 *
 * A slow link's text must stay put while the walk reads it: get_link takes a reference on the page and hands back, through
 * the delayed call, how to drop it. In rcu-walk (no dentry) nothing may sleep, so only a page already cached and
 * up to date will do; otherwise -ECHILD sends the walk round again with references.
 */
#include "fs/fs.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/slab.h"
#include "mm/writeback.h"

/* ->get_link of an inode whose i_link holds the text. */
const char *simple_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	return inode->i_link;
}

void page_put_link(void *arg)
{
	put_page(arg);
}

void kfree_link(void *arg)
{
	kfree(arg);
}

static struct page *cached_link_page(struct address_space *mapping)
{
	struct page *page = find_get_page(mapping, 0);

	if (page && !PageUptodate(page)) {
		put_page(page);
		page = NULL;
	}
	return page;
}

/* ->get_link of an inode whose text is in its page cache. The text ends with a zero byte, in a page it never fills. */
const char *page_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t size = i_size_read(inode);
	struct page *page;

	if (!dentry) {
		page = cached_link_page(mapping);
		if (!page)
			return ERR_PTR(-ECHILD);
	} else {
		page = read_mapping_page(mapping, 0, NULL);
		if (IS_ERR(page))
			return (const char *)page;
	}
	/* A size a corrupt inode made up must not run off the page. */
	if (size <= 0 || size >= PAGE_SIZE || ((char *)page_address(page))[size]) {
		put_page(page);
		return ERR_PTR(dentry ? -EUCLEAN : -ECHILD);
	}
	set_delayed_call(done, page_put_link, page);
	return page_address(page);
}

/* Write the text of a new link through the page cache; len counts the ending zero, which is not stored as size. */
int __page_symlink(struct inode *inode, const char *symname, int len, int nofs)
{
	struct address_space *mapping = inode->i_mapping;
	unsigned int flags = nofs ? AOP_FLAG_NOFS : 0;
	struct page *page;
	void *fsdata = NULL;
	int err;

	do {
		err = pagecache_write_begin(NULL, mapping, 0, len - 1, flags, &page, &fsdata);
		if (err)
			return err;
		memcpy(page_address(page), symname, len - 1);
		err = pagecache_write_end(NULL, mapping, 0, len - 1, len - 1, page, fsdata);
		if (err < 0)
			return err;
	} while (err < len - 1);
	mark_inode_dirty(inode);
	return 0;
}

int page_symlink(struct inode *inode, const char *symname, int len)
{
	return __page_symlink(inode, symname, len, !mapping_gfp_constraint(inode->i_mapping, __GFP_FS));
}

const struct inode_operations page_symlink_inode_operations = {
	.get_link = page_get_link,
};

const struct inode_operations simple_symlink_inode_operations = {
	.get_link = simple_get_link,
};
