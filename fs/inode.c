// SPDX-License-Identifier: MIT
/*
 * Inodes: making them and letting them go.
 *
 * i_count counts users. The last iput decides, under i_lock: a file that still has a name stays
 * cached on its superblock's LRU, with its pages; one without is evicted. Who sets I_FREEING owns
 * the inode from then on: it waits for writeback, calls ->evict_inode, unhashes it, wakes who
 * waited for that, and frees the memory after a grace period, because RCU walks may read
 * it. Lookups that meet I_FREEING or I_WILL_FREE wait and look again (inode-hash.c).
 *
 * Lock order: s_inode_list_lock -> i_lock; hash bucket -> i_lock; i_lock -> s_inode_lru_lock.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/buffer_head.h"
#include "fs/inode_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/bitwait.h"
#include "kernel/task/sched.h"
#include "mm/backing-dev.h"
#include "mm/pagemap.h"
#include "mm/slab.h"
#include "mm/writeback.h"

static struct kmem_cache *inode_cache;

static const struct address_space_operations empty_aops;
static const struct inode_operations empty_iops;
static const struct file_operations no_open_fops;

/* Sets a new or recycled inode to a known state. 0, or -ENOMEM. */
int inode_init_always(struct super_block *sb, struct inode *inode)
{
	struct address_space *const mapping = &inode->i_data;

	inode->i_sb = sb;
	inode->i_blkbits = sb->s_blocksize_bits;
	inode->i_flags = 0;
	inode->i_mode = 0;
	inode->i_opflags = sb->s_xattr ? IOP_XATTR : 0;
	atomic_set(&inode->i_count, 1);
	atomic_set(&inode->i_writecount, 0);
	atomic_set(&inode->i_dio_count, 0);
	inode->i_op = &empty_iops;
	inode->i_fop = &no_open_fops;
	inode->i_ino = 0;
	inode->__i_nlink = 1;
	inode->i_uid = 0;
	inode->i_gid = 0;
	inode->i_size = 0;
	inode->i_version = 1;
	atomic64_set(&inode->i_sequence, 0);
	inode->i_blocks = 0;
	inode->i_bytes = 0;
	inode->i_generation = 0;
	inode->i_write_hint = 0;
	inode->i_pipe = NULL;
	inode->i_dir_seq = 0;
	inode->i_rdev = 0;
	inode->dirtied_when = 0;
	inode->dirtied_time_when = 0;
	inode->i_flctx = NULL;
	inode->i_notify = (struct fsnotify_place){ 0 };
	inode->i_acl = inode->i_default_acl = NULL;
	inode->i_private = NULL;
	inode->i_state = 0;

	spin_lock_init(&inode->i_lock);
	lockdep_set_class(&inode->i_lock, &sb->s_type->i_lock_key);
	init_rwsem(&inode->i_rwsem);
	lockdep_set_class(&inode->i_rwsem, &sb->s_type->i_mutex_key);

	mapping->a_ops = &empty_aops;
	mapping->host = inode;
	mapping->flags = 0;
	mapping->wb_err = 0;
	atomic_set(&mapping->i_mmap_writable, 0);
	mapping->gfp_mask = GFP_HIGHUSER_MOVABLE;
	mapping->private_data = NULL;
	mapping->writeback_index = 0;
	inode->i_mapping = mapping;
	INIT_HLIST_HEAD(&inode->i_dentry);
	return 0;
}

/* The part that a slab constructor does once for each object. */
void inode_init_once(struct inode *inode)
{
	memset(inode, 0, sizeof(*inode));
	INIT_HLIST_NODE(&inode->i_hash);
	INIT_LIST_HEAD(&inode->i_devices);
	INIT_LIST_HEAD(&inode->i_io_list);
	INIT_LIST_HEAD(&inode->i_wb_list);
	INIT_LIST_HEAD(&inode->i_lru);
	INIT_LIST_HEAD(&inode->i_sb_list);
	address_space_init_once(&inode->i_data);
}

static void inode_ctor(void *p)
{
	inode_init_once(p);
}

void free_inode_nonrcu(struct inode *inode)
{
	kmem_cache_free(inode_cache, inode);
}

/* Not on any list. NULL: no memory. May sleep. */
struct inode *alloc_inode(struct super_block *sb)
{
	struct inode *inode;

	if (sb->s_op->alloc_inode)
		inode = sop_alloc_inode(sb->s_op, sb);
	else
		inode = kmem_cache_alloc(inode_cache, GFP_KERNEL);
	if (!inode)
		return NULL;
	inode_init_always(sb, inode);
	return inode;
}

static void i_callback(struct rcu_head *head)
{
	struct inode *inode = container_of(head, struct inode, i_rcu);

	if (inode->i_free_ops)
		sop_free_inode(inode->i_free_ops, inode);
	else
		free_inode_nonrcu(inode);
}

/* The inode is clear and on no list: drop its parts, free it after a grace period. */
static void destroy_inode(struct inode *inode)
{
	const struct super_operations *ops = inode->i_sb->s_op;

	BUG_ON(!list_empty(&inode->i_lru));
	locks_free_lock_context(inode);
	if (!inode->i_nlink)
		atomic_long_dec(&inode->i_sb->s_remove_count);
	if (ops->destroy_inode) {
		sop_destroy_inode(ops, inode);
		if (!ops->free_inode)
			return;
	}
	/* The superblock may be gone when the callback runs; its operations are not. */
	inode->i_free_ops = ops->free_inode ? ops : NULL;
	call_rcu(&inode->i_rcu, i_callback);
}

/* ---- new inodes ---- */

void inode_sb_list_add(struct inode *inode)
{
	spin_lock(&inode->i_sb->s_inode_list_lock);
	list_add(&inode->i_sb_list, &inode->i_sb->s_inodes);
	spin_unlock(&inode->i_sb->s_inode_list_lock);
}

static void inode_sb_list_del(struct inode *inode)
{
	if (list_empty(&inode->i_sb_list))
		return;
	spin_lock(&inode->i_sb->s_inode_list_lock);
	list_del_init(&inode->i_sb_list);
	spin_unlock(&inode->i_sb->s_inode_list_lock);
}

/* Not on the superblock's list: for objects that sync and umount need not know (pipes). */
struct inode *new_inode_pseudo(struct super_block *sb)
{
	return alloc_inode(sb);
}

struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = alloc_inode(sb);

	if (inode)
		inode_sb_list_add(inode);
	return inode;
}

unsigned int get_next_ino(void)
{
	static atomic_t last;
	unsigned int ino;

	do {
		ino = atomic_inc_return(&last);
	} while (!ino);
	return ino;
}

void inode_set_dir_class(struct inode *inode)
{
	if (S_ISDIR(inode->i_mode))
		lockdep_set_class(&inode->i_rwsem, &inode->i_sb->s_type->i_mutex_dir_key);
}

/* A new inode is filled: waiters may come in. */
void unlock_new_inode(struct inode *inode)
{
	inode_set_dir_class(inode);
	spin_lock(&inode->i_lock);
	WARN_ON(!(inode->i_state & I_NEW));
	inode->i_state &= ~I_NEW & ~I_CREATING;
	smp_mb();
	wake_up_bit(&inode->i_state, __I_NEW);
	spin_unlock(&inode->i_lock);
}

/* A new inode that came to nothing. */
void discard_new_inode(struct inode *inode)
{
	spin_lock(&inode->i_lock);
	WARN_ON(!(inode->i_state & I_NEW));
	inode->i_state &= ~I_NEW;
	smp_mb();
	wake_up_bit(&inode->i_state, __I_NEW);
	spin_unlock(&inode->i_lock);
	iput(inode);
}

/* ---- the LRU of unused inodes ---- */

/* i_lock held. */
static void inode_lru_list_add(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&sb->s_inode_lru_lock);
	if (list_empty(&inode->i_lru)) {
		list_add(&inode->i_lru, &sb->s_inode_lru);
		sb->s_nr_inode_unused++;
	} else {
		inode->i_state |= I_REFERENCED;
	}
	spin_unlock(&sb->s_inode_lru_lock);
}

/* i_lock held. */
static void inode_lru_list_del(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&sb->s_inode_lru_lock);
	if (!list_empty(&inode->i_lru)) {
		list_del_init(&inode->i_lru);
		sb->s_nr_inode_unused--;
	}
	spin_unlock(&sb->s_inode_lru_lock);
}

/* Puts a clean unused inode where the shrinker finds it. i_lock held. */
void inode_add_lru(struct inode *inode)
{
	if (!(inode->i_state & (I_DIRTY_ALL | I_SYNC | I_FREEING | I_WILL_FREE)) &&
	    !atomic_read(&inode->i_count) && (inode->i_sb->s_flags & SB_ACTIVE))
		inode_lru_list_add(inode);
}

/* ---- the end ---- */

/* Called by ->evict_inode, when data and metadata are dealt with. May sleep. */
void clear_inode(struct inode *inode)
{
	/* i_pages' lock also waits for the last end_page_writeback still inside it. */
	xa_lock_irq(&inode->i_data.i_pages);
	BUG_ON(inode->i_data.nrpages);
	xa_unlock_irq(&inode->i_data.i_pages);
	BUG_ON(!list_empty(&inode->i_data.private_list));
	BUG_ON(!(inode->i_state & I_FREEING));
	BUG_ON(inode->i_state & I_CLEAR);
	BUG_ON(!list_empty(&inode->i_wb_list));
	inode->i_state = I_FREEING | I_CLEAR;
}

/* I_FREEING set by us, off the LRU. */
static void evict(struct inode *inode)
{
	const struct super_operations *ops = inode->i_sb->s_op;

	BUG_ON(!(inode->i_state & I_FREEING));
	BUG_ON(!list_empty(&inode->i_lru));
	if (!list_empty(&inode->i_io_list))
		inode_io_list_del(inode);
	inode_sb_list_del(inode);
	/* The flusher may be writing it, without a reference: I_SYNC keeps it alive for him. */
	inode_wait_for_writeback(inode);
	if (ops->evict_inode) {
		sop_evict_inode(ops, inode);
	} else {
		truncate_inode_pages_final(&inode->i_data);
		clear_inode(inode);
	}
	remove_inode_hash(inode);
	spin_lock(&inode->i_lock);
	wake_up_bit(&inode->i_state, __I_NEW);
	BUG_ON(inode->i_state != (I_FREEING | I_CLEAR));
	spin_unlock(&inode->i_lock);
	destroy_inode(inode);
}

static void dispose_list(struct list_head *head)
{
	while (!list_empty(head)) {
		struct inode *inode = list_first_entry(head, struct inode, i_lru);

		list_del_init(&inode->i_lru);
		evict(inode);
		cond_resched();
	}
}

/* Marks an unused inode as being freed and moves it to the list. i_lock held. */
static void inode_take_for_disposal(struct inode *inode, struct list_head *dispose)
{
	inode->i_state |= I_FREEING;
	inode_lru_list_del(inode);
	list_add(&inode->i_lru, dispose);
}

/* All unused inodes, written back before by the caller. s_umount held exclusively. */
void evict_inodes(struct super_block *sb)
{
	struct inode *inode, *next;
	LIST_HEAD(dispose);
again:
	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry_safe(inode, next, &sb->s_inodes, i_sb_list) {
		if (atomic_read(&inode->i_count))
			continue;
		spin_lock(&inode->i_lock);
		if ((inode->i_state & (I_NEW | I_FREEING | I_WILL_FREE)) ||
		    atomic_read(&inode->i_count)) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		inode_take_for_disposal(inode, &dispose);
		spin_unlock(&inode->i_lock);
		if (need_resched()) {
			spin_unlock(&sb->s_inode_list_lock);
			cond_resched();
			dispose_list(&dispose);
			goto again;
		}
	}
	spin_unlock(&sb->s_inode_list_lock);
	dispose_list(&dispose);
}

/* Frees what is unused of a device that changed; non-zero if something is in use. May sleep. */
int invalidate_inodes(struct super_block *sb, bool kill_dirty)
{
	struct inode *inode, *next;
	LIST_HEAD(dispose);
	int busy = 0;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry_safe(inode, next, &sb->s_inodes, i_sb_list) {
		spin_lock(&inode->i_lock);
		if (inode->i_state & (I_NEW | I_FREEING | I_WILL_FREE)) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		if (((inode->i_state & I_DIRTY_ALL) && !kill_dirty) ||
		    atomic_read(&inode->i_count)) {
			spin_unlock(&inode->i_lock);
			busy = 1;
			continue;
		}
		inode_take_for_disposal(inode, &dispose);
		spin_unlock(&inode->i_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	dispose_list(&dispose);
	return busy;
}

/* One candidate from the tail of the LRU; its lock held, dropped and retaken. How many went. */
static int inode_lru_isolate(struct super_block *sb, struct inode *inode,
			     struct list_head *dispose)
{
	/* The order is i_lock, then LRU lock: only try. */
	if (!spin_trylock(&inode->i_lock)) {
		list_move(&inode->i_lru, &sb->s_inode_lru);
		return 0;
	}
	if (atomic_read(&inode->i_count) || (inode->i_state & ~I_REFERENCED)) {
		list_del_init(&inode->i_lru);
		sb->s_nr_inode_unused--;
		spin_unlock(&inode->i_lock);
		return 0;
	}
	if (inode->i_state & I_REFERENCED) {
		inode->i_state &= ~I_REFERENCED;
		list_move(&inode->i_lru, &sb->s_inode_lru);
		spin_unlock(&inode->i_lock);
		return 0;
	}
	if (inode->i_data.nrpages || !list_empty(&inode->i_data.private_list)) {
		__iget(inode);
		list_move(&inode->i_lru, &sb->s_inode_lru);
		spin_unlock(&inode->i_lock);
		spin_unlock(&sb->s_inode_lru_lock);
		if (remove_inode_buffers(inode))
			invalidate_mapping_pages(&inode->i_data, 0, -1);
		iput(inode);
		spin_lock(&sb->s_inode_lru_lock);
		return 0;
	}
	inode->i_state |= I_FREEING;
	list_move(&inode->i_lru, dispose);
	sb->s_nr_inode_unused--;
	spin_unlock(&inode->i_lock);
	return 1;
}

/* Scans up to nr unused inodes; how many were freed. May sleep. */
long prune_icache_sb(struct super_block *sb, unsigned long nr)
{
	LIST_HEAD(dispose);
	long freed = 0;

	spin_lock(&sb->s_inode_lru_lock);
	while (nr-- && !list_empty(&sb->s_inode_lru))
		freed += inode_lru_isolate(sb, list_last_entry(&sb->s_inode_lru, struct inode,
							       i_lru), &dispose);
	spin_unlock(&sb->s_inode_lru_lock);
	dispose_list(&dispose);
	return freed;
}

u64 inode_sequence(struct inode *inode)
{
	static atomic64_t last;
	s64 mine = atomic64_read(&inode->i_sequence), fresh;

	if (mine)
		return (u64)mine;
	fresh = atomic64_inc_return(&last);
	/* of two who ask first at the same time, one number is used and the other nobody's */
	return (u64)(atomic64_try_cmpxchg(&inode->i_sequence, &mine, fresh) ? fresh : mine);
}

int generic_delete_inode(struct inode *inode)
{
	return 1;
}

/* The last reference is gone; i_lock held, released. */
static void iput_final(struct inode *inode)
{
	const struct super_operations *ops = inode->i_sb->s_op;
	int drop;

	WARN_ON(inode->i_state & I_NEW);
	drop = ops->drop_inode ? sop_drop_inode(ops, inode) : generic_drop_inode(inode);
	if (!drop && (inode->i_sb->s_flags & SB_ACTIVE)) {
		inode_add_lru(inode);
		spin_unlock(&inode->i_lock);
		return;
	}
	if (!drop) {
		/* Unmounting: what is dirty is written now. Nobody else can start to free it. */
		inode->i_state |= I_WILL_FREE;
		spin_unlock(&inode->i_lock);
		write_inode_now(inode, 1);
		spin_lock(&inode->i_lock);
		WARN_ON(inode->i_state & I_NEW);
		inode->i_state &= ~I_WILL_FREE;
	}
	inode->i_state |= I_FREEING;
	inode_lru_list_del(inode);
	spin_unlock(&inode->i_lock);
	evict(inode);
}

void iput(struct inode *inode)
{
	if (!inode)
		return;
	BUG_ON(inode->i_state & I_CLEAR);
retry:
	if (!atomic_dec_and_lock(&inode->i_count, &inode->i_lock))
		return;
	if (inode->i_nlink && (inode->i_state & I_DIRTY_TIME)) {
		/* Lazy times become real dirt before the inode can leave memory. */
		atomic_inc(&inode->i_count);
		spin_unlock(&inode->i_lock);
		mark_inode_dirty_sync(inode);
		goto retry;
	}
	iput_final(inode);
}

void ihold(struct inode *inode)
{
	WARN_ON(atomic_inc_return(&inode->i_count) < 2);
}

struct inode *igrab(struct inode *inode)
{
	spin_lock(&inode->i_lock);
	if (inode->i_state & (I_FREEING | I_WILL_FREE)) {
		spin_unlock(&inode->i_lock);
		return NULL;
	}
	__iget(inode);
	spin_unlock(&inode->i_lock);
	return inode;
}

void inode_cache_init(void)
{
	inode_cache = kmem_cache_create("inode", sizeof(struct inode), 0,
					SLAB_RECLAIM_ACCOUNT | SLAB_PANIC, inode_ctor);
}
