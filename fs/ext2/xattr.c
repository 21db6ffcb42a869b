// SPDX-License-Identifier: MIT
/*
 * Extended attributes in a block of their own.
 *
 * An inode with attributes owns one block: a header, then entries with their
 * names growing upwards, then the values growing down from the end.  Several
 * inodes may share a block (h_refcount); this driver shares no new ones, but
 * takes part: a shared block is never changed in place, and the last user frees
 * it.
 *
 * A change builds the new contents in memory.  Then either the block is the
 * inode's alone and is overwritten under its buffer lock, or a new block is
 * allocated and the old one released.
 *
 * Locking: i_xattr_sem of the inode, shared to read, exclusive to change;
 * s_xattr_lock around looks at and changes of h_refcount.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/xattr.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static struct ext2_xattr_entry *first_entry(void *block)
{
	return (struct ext2_xattr_entry *)((char *)block + sizeof(struct ext2_xattr_header));
}

static bool is_last(const struct ext2_xattr_entry *e)
{
	return e->e_name_len == 0 && e->e_name_index == 0 && e->e_value_offs == 0;
}

static struct ext2_xattr_entry *next_entry(const struct ext2_xattr_entry *e)
{
	return (struct ext2_xattr_entry *)((char *)e + EXT2_XATTR_LEN(e->e_name_len));
}

/* The inode's attribute block, checked; NULL if it has none; ERR_PTR.  i_xattr_sem held. */
static struct buffer_head *read_block(struct inode *inode)
{
	ext2_fsblk_t block = EXT2_I(inode)->i_file_acl;
	struct buffer_head *bh;
	const char *what;

	if (!block)
		return NULL;
	bh = ext2_bread(inode->i_sb, block);
	if (!bh)
		return ERR_PTR(-EIO);
	what = ext2_check_xattr(bh->b_data, bh->b_size);
	if (!what)
		return bh;
	ext2_error(inode->i_sb, __func__, "inode %lu: attributes in block %llu: %s", inode->i_ino,
		   block, what);
	brelse(bh);
	return ERR_PTR(-EFSCORRUPTED);
}

static struct ext2_xattr_entry *find(void *block, int index, const char *name)
{
	size_t len = strlen(name);
	struct ext2_xattr_entry *e;

	for (e = first_entry(block); !is_last(e); e = next_entry(e))
		if (e->e_name_index == index && e->e_name_len == len &&
		    !memcmp(e->e_name, name, len))
			return e;
	return NULL;
}

static int xattr_get(struct inode *inode, int index, const char *name, void *buffer, size_t size)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct ext2_xattr_entry *e;
	struct buffer_head *bh;
	int err = -ENODATA;

	down_read(&ei->i_xattr_sem);
	bh = read_block(inode);
	if (IS_ERR_OR_NULL(bh)) {
		if (bh)
			err = PTR_ERR(bh);
		goto out;
	}
	e = find(bh->b_data, index, name);
	if (e) {
		err = le32_to_cpu(e->e_value_size);
		if (buffer && err > (int)size)
			err = -ERANGE;
		else if (buffer)
			memcpy(buffer, bh->b_data + le16_to_cpu(e->e_value_offs), err);
	}
	brelse(bh);
out:
	up_read(&ei->i_xattr_sem);
	return err;
}

/* The hashes are defined by the format: e2fsck compares them. */
static void hash_entry(void *block, struct ext2_xattr_entry *e)
{
	u32 hash = 0, n;
	const __le32 *value = (__le32 *)((char *)block + le16_to_cpu(e->e_value_offs));

	for (n = 0; n < e->e_name_len; n++)
		hash = (hash << 5) ^ (hash >> 27) ^ (u8)e->e_name[n];
	if (e->e_value_size) {
		n = EXT2_XATTR_SIZE(le32_to_cpu(e->e_value_size)) / 4;
		while (n--)
			hash = (hash << 16) ^ (hash >> 16) ^ le32_to_cpu(*value++);
	}
	e->e_hash = cpu_to_le32(hash);
}

static void hash_block(struct ext2_xattr_header *h)
{
	struct ext2_xattr_entry *e;
	u32 hash = 0;

	for (e = first_entry(h); !is_last(e); e = next_entry(e)) {
		if (!e->e_hash) {
			hash = 0;	/* a block with such an entry is not to be shared */
			break;
		}
		hash = (hash << 16) ^ (hash >> 16) ^ le32_to_cpu(e->e_hash);
	}
	h->h_hash = cpu_to_le32(hash);
}

/* Entries are kept in the order index, length, name. */
static int compare(const struct ext2_xattr_entry *e, int index, const char *name, size_t len)
{
	if (e->e_name_index != index)
		return index - e->e_name_index;
	if (e->e_name_len != len)
		return (int)len - e->e_name_len;
	return memcmp(name, e->e_name, len);
}

/* A block being built: entries from the front, values from the back. */
struct builder {
	char *data;
	unsigned int head, tail;
};

static int append(struct builder *b, int index, const char *name, size_t len, const void *value,
		  size_t size)
{
	struct ext2_xattr_entry *e = (struct ext2_xattr_entry *)(b->data + b->head);
	unsigned int need = EXT2_XATTR_LEN(len), room = EXT2_XATTR_SIZE(size);

	/* Four zero bytes end the list. */
	if (b->head + need + 4 + room > b->tail)
		return -ENOSPC;
	e->e_name_len = len;
	e->e_name_index = index;
	memcpy(e->e_name, name, len);
	e->e_value_size = cpu_to_le32(size);
	if (size) {
		b->tail -= room;
		e->e_value_offs = cpu_to_le16(b->tail);
		memcpy(b->data + b->tail, value, size);
	}
	hash_entry(b->data, e);
	b->head += need;
	return 0;
}

/*
 * Into the zeroed @data: the entries of @old (or none) with @name set to @value,
 * or without @name if @value is NULL.  Number of entries, or -ENOSPC.
 */
static int build(char *data, unsigned int block_size, void *old, int index, const char *name,
		 const void *value, size_t size)
{
	struct builder b = { data, sizeof(struct ext2_xattr_header), block_size };
	struct ext2_xattr_header *h = (struct ext2_xattr_header *)data;
	size_t len = strlen(name);
	bool placed = !value;
	struct ext2_xattr_entry *e;
	int n = 0, err = 0;

	for (e = old ? first_entry(old) : NULL; e && !is_last(e) && !err; e = next_entry(e)) {
		int order = compare(e, index, name, len);

		if (!placed && order <= 0) {
			err = append(&b, index, name, len, value, size);
			placed = true;
			n++;
		}
		if (order && !err) {
			err = append(&b, e->e_name_index, e->e_name, e->e_name_len,
				     (char *)old + le16_to_cpu(e->e_value_offs),
				     le32_to_cpu(e->e_value_size));
			n++;
		}
	}
	if (!placed && !err) {
		err = append(&b, index, name, len, value, size);
		n++;
	}
	h->h_magic = cpu_to_le32(EXT2_XATTR_MAGIC);
	h->h_refcount = cpu_to_le32(1);
	h->h_blocks = cpu_to_le32(1);
	hash_block(h);
	return err ? err : n;
}

/* One user less of a block that the inode no longer points at; consumes @bh. */
static void release_block(struct inode *inode, struct buffer_head *bh)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_xattr_header *h = (struct ext2_xattr_header *)bh->b_data;
	ext2_fsblk_t block = bh->b_blocknr;
	bool last;

	mutex_lock(&sbi->s_xattr_lock);
	lock_buffer(bh);
	last = le32_to_cpu(h->h_refcount) <= 1;
	if (!last)
		le32_add_cpu(&h->h_refcount, -1);
	unlock_buffer(bh);
	if (!last) {
		mark_buffer_dirty_inode(bh, inode);
		inode_sub_bytes(inode, bh->b_size);
		brelse(bh);
	}
	mutex_unlock(&sbi->s_xattr_lock);
	if (last) {
		bforget(bh);
		ext2_free_blocks(inode, block, 1);
	}
}

/* Nobody else uses the block: overwrite it.  False if it is shared. */
static bool overwrite(struct inode *inode, struct buffer_head *bh, const char *data)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_xattr_header *h = (struct ext2_xattr_header *)bh->b_data;
	bool mine;

	mutex_lock(&sbi->s_xattr_lock);
	mine = le32_to_cpu(h->h_refcount) == 1;
	if (mine) {
		lock_buffer(bh);
		memcpy(bh->b_data, data, bh->b_size);
		unlock_buffer(bh);
		mark_buffer_dirty_inode(bh, inode);
	}
	mutex_unlock(&sbi->s_xattr_lock);
	return mine;
}

/* A new block with @data for the inode. */
static int store_new(struct inode *inode, const char *data)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct super_block *sb = inode->i_sb;
	ext2_fsblk_t goal = ext2_geo_group_first(&EXT2_SB(sb)->s_geo, ei->i_block_group);
	struct buffer_head *bh;
	ext2_fsblk_t block;
	unsigned int one = 1, scope;
	int err;

	scope = ext2_map_lock(inode);
	block = ext2_new_blocks(inode, goal, &one, &err);
	ext2_map_unlock(inode, scope);
	if (!block)
		return err;
	bh = sb_getblk(sb, block);
	if (!bh) {
		ext2_free_blocks(inode, block, 1);
		return -ENOMEM;
	}
	lock_buffer(bh);
	memcpy(bh->b_data, data, bh->b_size);
	set_buffer_uptodate(bh);
	unlock_buffer(bh);
	mark_buffer_dirty_inode(bh, inode);
	brelse(bh);
	WRITE_ONCE(ei->i_file_acl, block);
	return 0;
}

/* Replace what the inode has (@bh, consumed, or NULL) by @n entries in @data. */
static int store(struct inode *inode, struct buffer_head *bh, const char *data, int n)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	int err = 0;

	if (n && bh && overwrite(inode, bh, data)) {
		brelse(bh);
		bh = NULL;
	} else if (n) {
		err = store_new(inode, data);
	} else {
		WRITE_ONCE(ei->i_file_acl, 0);
	}
	if (err) {
		brelse(bh);
		return err;
	}
	inode->i_ctime = current_time(inode);
	if (bh) {
		ext2_owe_inode(inode);
		release_block(inode, bh);
	}
	mark_inode_dirty(inode);
	return 0;
}

/* i_rwsem exclusive.  @value NULL: remove. */
static int xattr_set(struct inode *inode, int index, const char *name, const void *value,
		     size_t size, int flags)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	unsigned int block_size = inode->i_sb->s_blocksize;
	struct buffer_head *bh;
	char *data;
	bool present;
	int err;

	if (strlen(name) > EXT2_NAME_LEN || size > block_size)
		return -ERANGE;
	data = kzalloc(block_size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	down_write(&ei->i_xattr_sem);
	bh = read_block(inode);
	err = PTR_ERR_OR_ZERO(bh);
	if (err)
		goto out;
	present = bh && find(bh->b_data, index, name);
	if (present && (flags & XATTR_CREATE))
		err = -EEXIST;
	else if (!present && ((flags & XATTR_REPLACE) || !value))
		err = value || (flags & XATTR_REPLACE) ? -ENODATA : 1;
	else
		err = build(data, block_size, bh ? bh->b_data : NULL, index, name, value, size);
	if (err < 0 || (!present && !value))
		brelse(bh);
	else
		err = store(inode, bh, data, err);
	if (!value && !present && err > 0)
		err = 0;
out:
	up_write(&ei->i_xattr_sem);
	kfree(data);
	return err;
}

/* The inode is being deleted. */
void ext2_xattr_delete_inode(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct buffer_head *bh;

	down_write(&ei->i_xattr_sem);
	bh = read_block(inode);
	if (!IS_ERR_OR_NULL(bh)) {
		WRITE_ONCE(ei->i_file_acl, 0);
		ext2_owe_inode(inode);
		release_block(inode, bh);
	}
	up_write(&ei->i_xattr_sem);
}

static const char *prefix_of(int index)
{
	switch (index) {
	case EXT2_XATTR_INDEX_USER:
		return XATTR_USER_PREFIX;
	case EXT2_XATTR_INDEX_TRUSTED:
		return capable(CAP_SYS_ADMIN) ? XATTR_TRUSTED_PREFIX : NULL;
	case EXT2_XATTR_INDEX_SECURITY:
		return XATTR_SECURITY_PREFIX;
	}
	return NULL;
}

/* Add one name to the list; the bytes it takes, or -ERANGE. */
static ssize_t list_one(const struct ext2_xattr_entry *e, char *list, size_t left)
{
	const char *prefix = prefix_of(e->e_name_index);
	size_t plen;

	if (!prefix)
		return 0;
	plen = strlen(prefix);
	if (list) {
		if (plen + e->e_name_len + 1 > left)
			return -ERANGE;
		memcpy(list, prefix, plen);
		memcpy(list + plen, e->e_name, e->e_name_len);
		list[plen + e->e_name_len] = 0;
	}
	return plen + e->e_name_len + 1;
}

ssize_t ext2_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = d_inode(dentry);
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct ext2_xattr_entry *e;
	struct buffer_head *bh;
	ssize_t total = 0, n;

	down_read(&ei->i_xattr_sem);
	bh = read_block(inode);
	if (IS_ERR_OR_NULL(bh)) {
		total = PTR_ERR_OR_ZERO(bh);
		bh = NULL;
	}
	for (e = bh ? first_entry(bh->b_data) : NULL; e && !is_last(e); e = next_entry(e)) {
		n = list_one(e, list ? list + total : NULL, size - total);
		if (n < 0) {
			total = n;
			break;
		}
		total += n;
	}
	brelse(bh);
	up_read(&ei->i_xattr_sem);
	return total;
}

static int handler_get(const struct xattr_handler *handler, struct dentry *dentry,
		       struct inode *inode, const char *name, void *buffer, size_t size)
{
	if (handler->flags == EXT2_XATTR_INDEX_USER &&
	    !(EXT2_SB(inode->i_sb)->s_options & EXT2_MOUNT_XATTR_USER))
		return -EOPNOTSUPP;
	return xattr_get(inode, handler->flags, name, buffer, size);
}

static int handler_set(const struct xattr_handler *handler, struct dentry *dentry,
		       struct inode *inode, const char *name, const void *value, size_t size,
		       int flags)
{
	if (handler->flags == EXT2_XATTR_INDEX_USER &&
	    !(EXT2_SB(inode->i_sb)->s_options & EXT2_MOUNT_XATTR_USER))
		return -EOPNOTSUPP;
	return xattr_set(inode, handler->flags, name, value, size, flags);
}

static bool user_list(struct dentry *dentry)
{
	return EXT2_SB(dentry->d_sb)->s_options & EXT2_MOUNT_XATTR_USER;
}

static bool trusted_list(struct dentry *dentry)
{
	return capable(CAP_SYS_ADMIN);
}

static const struct xattr_handler user_handler = {
	.prefix = XATTR_USER_PREFIX,
	.flags = EXT2_XATTR_INDEX_USER,
	.list = user_list,
	.get = handler_get,
	.set = handler_set,
};

static const struct xattr_handler trusted_handler = {
	.prefix = XATTR_TRUSTED_PREFIX,
	.flags = EXT2_XATTR_INDEX_TRUSTED,
	.list = trusted_list,
	.get = handler_get,
	.set = handler_set,
};

static const struct xattr_handler security_handler = {
	.prefix = XATTR_SECURITY_PREFIX,
	.flags = EXT2_XATTR_INDEX_SECURITY,
	.get = handler_get,
	.set = handler_set,
};

const struct xattr_handler *ext2_xattr_handlers[] = {
	&user_handler,
	&trusted_handler,
	&security_handler,
	NULL,
};
