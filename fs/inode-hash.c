// SPDX-License-Identifier: MIT
/*
 * The inode hash: from (superblock, number) to the one struct inode there may be.
 *
 * Each bucket has one of 256 spinlocks; lookups walk the bucket under it. An inode
 * being filled is I_NEW: it is in the hash, so that nobody makes a second one, and others sleep on
 * that bit. An inode being freed stays in the hash until its blocks and bits are given back, so
 * that a lookup, which could only read a half-freed inode from disk, waits for the end instead.
 *
 * Lock order: bucket lock -> i_lock.
 */
#include "fs/fs.h"
#include "fs/inode_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/rculist.h"
#include "kernel/lock/bitwait.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/vmalloc.h"

#define INODE_LOCKS 256

static struct hlist_head *inode_hashtable;	/* constant after boot; chains: inode_locks */
static unsigned int i_hash_shift;
static spinlock_t inode_locks[INODE_LOCKS];

static unsigned int hash_index(struct super_block *sb, unsigned long hashval)
{
	return hash_64(hashval * GOLDEN_RATIO_64 ^ ((unsigned long)sb >> 6), i_hash_shift);
}

static spinlock_t *bucket_lock(unsigned int index)
{
	return &inode_locks[index % INODE_LOCKS];
}

/* One bucket for every 16 KiB of memory, between 2^10 and 2^20. */
void inode_hash_init(void)
{
	unsigned long want = totalram_pages() / 4;

	i_hash_shift = 10;
	while (i_hash_shift < 20 && (1UL << i_hash_shift) < want)
		i_hash_shift++;
	inode_hashtable = vzalloc(sizeof(struct hlist_head) << i_hash_shift);
	if (!inode_hashtable)
		panic("no memory for the inode hash table");
	for (int i = 0; i < INODE_LOCKS; i++)
		spin_lock_init(&inode_locks[i]);
}

/* Sleeps until an inode being freed has left the hash. Bucket and i_lock held, both dropped. */
static void wait_on_freeing_inode(struct inode *inode, spinlock_t *lock)
{
	wait_queue_head_t *wq = bit_waitqueue(&inode->i_state, __I_NEW);
	DEFINE_WAIT_BIT(wait, &inode->i_state, __I_NEW);

	prepare_to_wait(wq, &wait.wq_entry, TASK_UNINTERRUPTIBLE);
	spin_unlock(&inode->i_lock);
	spin_unlock(lock);
	schedule();
	finish_wait(wq, &wait.wq_entry);
}

typedef bool (*inode_match_t)(struct inode *inode, void *data);

struct match_test {
	int (*test)(struct inode *, void *);
	void *data;
};

static bool match_number(struct inode *inode, void *data)
{
	return inode->i_ino == *(unsigned long *)data;
}

static bool match_by_test(struct inode *inode, void *data)
{
	struct match_test *m = data;

	return m->test(inode, m->data);
}

/*
 * The inode with a reference, or NULL. Bucket lock held at entry and return, but dropped to wait for
 * one that is being freed. ERR_PTR(-ESTALE): it is being created and has no number yet.
 */
static struct inode *find_inode(struct super_block *sb, unsigned int index, inode_match_t match,
				void *data)
{
	spinlock_t *lock = bucket_lock(index);
	struct inode *inode;
again:
	hlist_for_each_entry(inode, &inode_hashtable[index], i_hash) {
		if (inode->i_sb != sb || !match(inode, data))
			continue;
		spin_lock(&inode->i_lock);
		if (inode->i_state & (I_FREEING | I_WILL_FREE)) {
			wait_on_freeing_inode(inode, lock);
			spin_lock(lock);
			goto again;
		}
		if (unlikely(inode->i_state & I_CREATING)) {
			spin_unlock(&inode->i_lock);
			return ERR_PTR(-ESTALE);
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		return inode;
	}
	return NULL;
}

static void wait_on_new_inode(struct inode *inode)
{
	wait_on_bit(&inode->i_state, __I_NEW, TASK_UNINTERRUPTIBLE);
}

/* An inode found: waits for its filler; NULL if that failed, and the caller looks again. */
static struct inode *found_inode(struct inode *inode)
{
	wait_on_new_inode(inode);
	if (unlikely(inode_unhashed(inode))) {
		iput(inode);
		return NULL;
	}
	return inode;
}

/* Common part of the iget family: find, or hash a new one as I_NEW. */
static struct inode *iget_common(struct super_block *sb, unsigned long hashval,
				 inode_match_t match, void *mdata,
				 int (*set)(struct inode *, void *), void *data)
{
	unsigned int index = hash_index(sb, hashval);
	spinlock_t *lock = bucket_lock(index);
	struct inode *inode, *old;
again:
	spin_lock(lock);
	old = find_inode(sb, index, match, mdata);
	spin_unlock(lock);
	if (!old) {
		inode = alloc_inode(sb);
		if (!inode)
			return NULL;
		spin_lock(lock);
		old = find_inode(sb, index, match, mdata);
		if (!old) {
			if (set && set(inode, data)) {
				spin_unlock(lock);
				inode->i_state = I_NEW;
				discard_new_inode(inode);
				return NULL;
			}
			if (!set)
				inode->i_ino = hashval;
			spin_lock(&inode->i_lock);
			inode->i_state = I_NEW;
			hlist_add_head(&inode->i_hash, &inode_hashtable[index]);
			inode->i_hash_index = index;
			spin_unlock(&inode->i_lock);
			spin_unlock(lock);
			inode_sb_list_add(inode);
			return inode;
		}
		spin_unlock(lock);
		/* Never seen by anybody: as if it had been new and failed. */
		inode->i_state = I_NEW;
		discard_new_inode(inode);
	}
	if (IS_ERR(old))
		return old;
	old = found_inode(old);
	if (!old)
		goto again;
	return old;
}

struct inode *iget_locked(struct super_block *sb, unsigned long ino)
{
	return iget_common(sb, ino, match_number, &ino, NULL, NULL);
}

struct inode *iget5_locked(struct super_block *sb, unsigned long hashval,
			   int (*test)(struct inode *, void *), int (*set)(struct inode *, void *),
			   void *data)
{
	struct match_test m = { test, data };

	return iget_common(sb, hashval, match_by_test, &m, set, data);
}

struct inode *ilookup(struct super_block *sb, unsigned long ino)
{
	unsigned int index = hash_index(sb, ino);
	spinlock_t *lock = bucket_lock(index);
	struct inode *inode;

	do {
		spin_lock(lock);
		inode = find_inode(sb, index, match_number, &ino);
		spin_unlock(lock);
		if (IS_ERR_OR_NULL(inode))
			return NULL;
		inode = found_inode(inode);
	} while (!inode);
	return inode;
}

/*
 * Hashes an inode just made on disk, as I_NEW. -EBUSY if the number is in use, which
 * only a corrupt file system does. May sleep.
 */
int insert_inode_locked(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	unsigned long ino = inode->i_ino;
	unsigned int index = hash_index(sb, ino);
	spinlock_t *lock = bucket_lock(index);

	for (;;) {
		struct inode *old;

		spin_lock(lock);
		old = find_inode(sb, index, match_number, &ino);
		if (!old) {
			spin_lock(&inode->i_lock);
			inode->i_state |= I_NEW | I_CREATING;
			hlist_add_head(&inode->i_hash, &inode_hashtable[index]);
			inode->i_hash_index = index;
			spin_unlock(&inode->i_lock);
			spin_unlock(lock);
			return 0;
		}
		spin_unlock(lock);
		if (IS_ERR(old))
			return -EBUSY;
		wait_on_new_inode(old);
		if (unlikely(!inode_unhashed(old))) {
			iput(old);
			return -EBUSY;
		}
		iput(old);
	}
}

void __insert_inode_hash(struct inode *inode, unsigned long hashval)
{
	unsigned int index = hash_index(inode->i_sb, hashval);

	spin_lock(bucket_lock(index));
	spin_lock(&inode->i_lock);
	hlist_add_head(&inode->i_hash, &inode_hashtable[index]);
	inode->i_hash_index = index;
	spin_unlock(&inode->i_lock);
	spin_unlock(bucket_lock(index));
}

void insert_inode_hash(struct inode *inode)
{
	__insert_inode_hash(inode, inode->i_ino);
}

void __remove_inode_hash(struct inode *inode)
{
	spinlock_t *lock = bucket_lock(inode->i_hash_index);

	spin_lock(lock);
	spin_lock(&inode->i_lock);
	hlist_del_init(&inode->i_hash);
	spin_unlock(&inode->i_lock);
	spin_unlock(lock);
}

/* ---- inodes that could not be read ---- */

static int bad_file_open(struct inode *inode, struct file *file)
{
	return -EIO;
}

static const struct file_operations bad_file_ops = {
	.open = bad_file_open,
};

static int bad_permission(struct inode *inode, int mask, unsigned int flags)
{
	return -EIO;
}

static int bad_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	return -EIO;
}

static int bad_setattr(struct dentry *dentry, struct iattr *attr)
{
	return -EIO;
}

static const struct inode_operations bad_inode_ops = {
	.permission = bad_permission,
	.getattr = bad_getattr,
	.setattr = bad_setattr,
};

/* Everything on it fails with EIO from now on. */
void make_bad_inode(struct inode *inode)
{
	remove_inode_hash(inode);
	inode->i_mode = S_IFREG;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	inode->i_op = &bad_inode_ops;
	inode->i_opflags &= ~IOP_XATTR;
	inode->i_fop = &bad_file_ops;
}

bool is_bad_inode(struct inode *inode)
{
	return inode->i_op == &bad_inode_ops;
}

/* iget_locked gave a new inode and reading it failed. */
void iget_failed(struct inode *inode)
{
	make_bad_inode(inode);
	unlock_new_inode(inode);
	iput(inode);
}
