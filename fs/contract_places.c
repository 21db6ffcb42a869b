// SPDX-License-Identifier: MIT
/*
 * What a contract report says of the object an operation was called on: inode number and path, page index and file,
 * the name of the device.
 *
 * It runs in any context, with any locks held or broken, on objects that may be half made, being freed, or not what
 * the pointer says. So it takes no lock; it reads every field through peek(), which fails instead of faulting; it
 * follows no list further than a bound; and it stays within an RCU read section, so that dentries, long names,
 * inodes and mounts that go away meanwhile are still memory of their kind. What it reads may change under it: the worst is
 * a path that was right a moment ago.
 */
#include "fs/contract_places.h"
#include "fs/namespace_internal.h"

#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/x86/uaccess.h"

#if CONFIG_CHECKS

/* Reads a field of an object that may be broken. False: it cannot be read, and @to is all zero. */
#define peek(to, from)	peek_bytes(&(to), from, sizeof(to))

static bool peek_bytes(void *to, const void *from, size_t size)
{
	if (!copy_from_kernel_nofault(to, from, size))
		return true;
	memset(to, 0, size);
	return false;
}

static void peek_string(char *to, size_t size, const char *from, size_t len)
{
	size_t n = 0;

	while (n + 1 < size && n < len && peek(to[n], from + n) && to[n]) {
		if (to[n] < ' ' || to[n] == 0x7f)
			to[n] = '?';
		n++;
	}
	to[n] = '\0';
}

/* ---- paths ---- */

#define PATH_TEXT  320	/* what does not fit is cut off at the front */
#define PATH_STEPS 100	/* directories and mounts, lest a damaged tree has no end */

struct path_text {
	char text[PATH_TEXT];
	unsigned int start;	/* of the path in text */
};

static bool prepend(struct path_text *p, const char *name)
{
	unsigned int len = (unsigned int)strlen(name);

	if (len + 1 + sizeof("...") > p->start) {
		p->start -= 3;
		memcpy(p->text + p->start, "...", 3);
		return false;
	}
	p->start -= len;
	memcpy(p->text + p->start, name, len);
	p->text[--p->start] = '/';
	return true;
}

static void dentry_name(const struct dentry *dentry, char *name, size_t size)
{
	const unsigned char *at;
	u32 len;

	name[0] = '\0';
	if (peek(at, &dentry->d_name.name) && at && peek(len, &dentry->d_name.len))
		peek_string(name, size, (const char *)at,
			    at == dentry->d_iname ? min(len, DNAME_INLINE_LEN - 1u) : min(len, 255u));
}

/* A mount of the superblock, for the way up from the root of its tree; NULL if it has none. */
static const struct mount *some_mount(const struct super_block *sb)
{
	struct list_head *first;

	if (!sb || !peek(first, &sb->s_mounts.next) || !first || first == &sb->s_mounts)
		return NULL;
	return container_of(first, struct mount, mnt_instance);
}

/* From the dentry up to the root of all mounts; @mnt NULL: to the root of its own file system. */
static const char *path_of(struct path_text *p, const struct dentry *dentry, const struct mount *mnt)
{
	struct dentry *parent, *root;
	struct mount *above;
	char name[256];

	p->start = PATH_TEXT - 1;
	p->text[p->start] = '\0';
	for (int step = 0; step < PATH_STEPS && peek(parent, &dentry->d_parent) && parent; step++) {
		if (!mnt || !peek(root, &mnt->mnt.mnt_root))
			root = NULL;
		if (dentry != root && dentry != parent) {
			dentry_name(dentry, name, sizeof(name));
			if (!prepend(p, name))
				break;
			dentry = parent;
			continue;
		}
		if (!mnt || !peek(above, &mnt->mnt_parent) || !above || above == mnt ||
		    !peek(dentry, &mnt->mnt_mountpoint) || !dentry)
			break;
		mnt = above;
	}
	return p->text[p->start] ? p->text + p->start : "/";
}

/* ---- objects ---- */

struct fs_text {
	char text[80];
};

/* "vda (ext2)" */
static const char *fs_of(struct fs_text *t, const struct super_block *sb)
{
	const struct file_system_type *type;
	const char *type_name;
	char id[sizeof(sb->s_id)], name[16] = "?";

	if (!sb)
		return "no file system";
	peek_string(id, sizeof(id), sb->s_id, sizeof(id));
	if (peek(type, &sb->s_type) && type && peek(type_name, &type->name) && type_name)
		peek_string(name, sizeof(name), type_name, sizeof(name));
	snprintf(t->text, sizeof(t->text), "%s (%s)", id[0] ? id : "?", name);
	return t->text;
}

static const char *device_of(struct fs_text *t, const struct block_device *bdev)
{
	const struct gendisk *disk;
	char name[DISK_NAME_LEN];
	dev_t dev;

	if (!bdev || !peek(dev, &bdev->bd_dev))
		return "no device";
	if (!peek(disk, &bdev->bd_disk) || !disk) {
		snprintf(t->text, sizeof(t->text), "device %u:%u", MAJOR(dev), MINOR(dev));
		return t->text;
	}
	peek_string(name, sizeof(name), disk->disk_name, sizeof(name));
	snprintf(t->text, sizeof(t->text), "%s (%u:%u)", name[0] ? name : "?", MAJOR(dev), MINOR(dev));
	return t->text;
}

static const char *kind_of(umode_t mode)
{
	return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "symlink" :
	       S_ISBLK(mode) ? "block device" : S_ISCHR(mode) ? "character device" :
	       S_ISFIFO(mode) ? "pipe" : S_ISSOCK(mode) ? "socket" : "of no type";
}

/* @path NULL: looked for among the inode's names. */
static void describe_inode(const struct inode *inode, const char *path)
{
	const struct hlist_node *first;
	const struct inode *named;
	struct super_block *sb;
	struct path_text text;
	struct fs_text fs;
	unsigned int links;
	unsigned long ino;
	umode_t mode;
	loff_t size;

	if (!peek(ino, &inode->i_ino) || !peek(mode, &inode->i_mode)) {
		printk(KERN_ERR "  at %p, which cannot be read\n", inode);
		return;
	}
	peek(sb, &inode->i_sb);
	peek(links, &inode->i_nlink);
	peek(size, &inode->i_size);
	if (!path && peek(first, &inode->i_dentry.first) && first) {
		const struct dentry *alias = container_of(first, struct dentry, d_u.d_alias);

		if (peek(named, &alias->d_inode) && named == inode)
			path = path_of(&text, alias, some_mount(sb));
	}
	printk(KERN_ERR "  inode %lu: %s %s on %s, mode %o, links %u, size %lld\n", ino, kind_of(mode),
	       path ? path : "(no name known)", fs_of(&fs, sb), mode, links, (long long)size);
}

/* @mnt as for path_of(). */
static void describe_dentry(const struct dentry *dentry, const struct mount *mnt)
{
	struct super_block *sb;
	struct path_text text;
	struct inode *inode;
	struct fs_text fs;
	const char *path;

	if (!peek(inode, &dentry->d_inode)) {
		printk(KERN_ERR "  at %p, which cannot be read\n", dentry);
		return;
	}
	peek(sb, &dentry->d_sb);
	path = path_of(&text, dentry, mnt ? mnt : some_mount(sb));
	if (inode)
		describe_inode(inode, path);
	else
		printk(KERN_ERR "  name %s on %s, which does not exist\n", path, fs_of(&fs, sb));
}

static void describe_mapping(const struct address_space *mapping)
{
	struct inode *inode;
	struct fs_text text;
	unsigned long flags;

	if (!peek(flags, &mapping->flags) || !peek(inode, &mapping->host)) {
		printk(KERN_ERR "  mapping at %p, which cannot be read\n", mapping);
	} else if (!inode) {
		printk(KERN_ERR "  mapping at %p of no inode\n", mapping);
	} else if (flags & (1ul << AS_BLKDEV)) {
		printk(KERN_ERR "  of the cache of block device %s\n", device_of(&text, I_BDEV(inode)));
	} else {
		describe_inode(inode, NULL);
	}
}

static void describe_page(const struct page *page)
{
	struct address_space *mapping;
	unsigned long flags;
	pgoff_t index;

	if (!peek(flags, &page->flags) || !peek(mapping, &page->mapping) || !peek(index, &page->index)) {
		printk(KERN_ERR "  at %p, which cannot be read\n", page);
		return;
	}
	printk(KERN_ERR "  page of index %lu (byte %llu on), frame %lx, flags %lx\n", index,
	       (unsigned long long)index << PAGE_SHIFT, page_to_pfn(page), flags);
	if (flags & (1ul << PG_slab))
		printk(KERN_ERR "  of a slab\n");
	else if ((unsigned long)mapping & 1)
		printk(KERN_ERR "  anonymous\n");
	else if (mapping)
		describe_mapping(mapping);
	else
		printk(KERN_ERR "  of no file\n");
}

static void describe_buffer(const struct buffer_head *bh)
{
	struct block_device *bdev;
	struct fs_text text;
	unsigned long state;
	struct page *page;
	sector_t block;
	size_t size;

	if (!peek(state, &bh->b_state) || !peek(bdev, &bh->b_bdev) || !peek(block, &bh->b_blocknr)) {
		printk(KERN_ERR "  at %p, which cannot be read\n", bh);
		return;
	}
	peek(size, &bh->b_size);
	printk(KERN_ERR "  buffer of block %llu on %s, %zu bytes, state %lx\n", (unsigned long long)block,
	       device_of(&text, bdev), size, state);
	if (peek(page, &bh->b_page) && page)
		describe_page(page);
}

static void describe_file(const struct file *file)
{
	struct vfsmount *mnt;
	struct dentry *dentry;
	struct inode *inode;
	unsigned int flags;

	if (!file || !peek(flags, &file->f_flags)) {
		printk(KERN_ERR "  file at %p, which cannot be read\n", file);
		return;
	}
	printk(KERN_ERR "  file opened with flags %o\n", flags);
	if (peek(dentry, &file->f_path.dentry) && dentry && peek(mnt, &file->f_path.mnt))
		describe_dentry(dentry, mnt ? real_mount(mnt) : NULL);
	else if (peek(inode, &file->f_inode) && inode)
		describe_inode(inode, NULL);
}

static void describe_area(const struct vm_area_struct *vma)
{
	unsigned long start, end, flags;
	struct file *file;

	if (!peek(start, &vma->vm_start) || !peek(end, &vma->vm_end) || !peek(flags, &vma->vm_flags)) {
		printk(KERN_ERR "  at %p, which cannot be read\n", vma);
		return;
	}
	printk(KERN_ERR "  area %lx-%lx, flags %lx\n", start, end, flags);
	if (peek(file, &vma->vm_file) && file)
		describe_file(file);
}

static void describe(enum contract_kind kind, const void *obj)
{
	const struct kiocb *iocb = obj;
	struct fs_text text;
	struct file *file;

	switch (kind) {
	case CONTRACT_ABOUT_INODE:
		return describe_inode(obj, NULL);
	case CONTRACT_ABOUT_DENTRY:
		return describe_dentry(obj, NULL);
	case CONTRACT_ABOUT_FILE:
		return describe_file(obj);
	case CONTRACT_ABOUT_KIOCB:
		peek(file, &iocb->ki_filp);
		return describe_file(file);
	case CONTRACT_ABOUT_SUPER_BLOCK:
		printk(KERN_ERR "  superblock of %s\n", fs_of(&text, obj));
		return;
	case CONTRACT_ABOUT_PAGE:
		return describe_page(obj);
	case CONTRACT_ABOUT_ADDRESS_SPACE:
		return describe_mapping(obj);
	case CONTRACT_ABOUT_BUFFER_HEAD:
		return describe_buffer(obj);
	case CONTRACT_ABOUT_VM_AREA_STRUCT:
		return describe_area(obj);
	case CONTRACT_ABOUT_BLOCK_DEVICE:
		printk(KERN_ERR "  block device %s\n", device_of(&text, obj));
		return;
	case CONTRACT_ABOUT_NONE:
		return;
	}
}

void contract_describe(enum contract_kind kind, const void *obj)
{
	if (!obj)
		return;
	rcu_read_lock();
	describe(kind, obj);
	rcu_read_unlock();
}

#endif
