// SPDX-License-Identifier: MIT
/*
 * Superblocks: finding or making one for a mount, references, shutting one down.
 *
 * Two counts: s_count keeps the structure (sb_lock), s_active the mounted file system. A
 * superblock becomes visible on super_blocks before it is filled, with s_umount held exclusively;
 * SB_BORN is set when ->mount has succeeded. Whoever drops the last active reference takes
 * s_umount exclusively and calls ->kill_sb, after which nobody can take an active one.
 *
 * Lock order: s_umount before i_rwsem and everything below it; sb_lock is a leaf.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/notify/fsnotify.h"
#include "fs/mount.h"
#include "fs/block_dev.h"
#include "fs/inode_internal.h"
#include "fs/super_internal.h"
#include "gen/file_system_type_calls.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "mm/backing-dev.h"
#include "mm/slab.h"
#include "mm/writeback.h"
#include "drivers/block/blkdev.h"

LIST_HEAD(super_blocks);		/* sb_lock */
DEFINE_SPINLOCK(sb_lock);

static const char *const sb_writers_name[SB_FREEZE_LEVELS] __maybe_unused = {
	"sb_writers", "sb_pagefaults", "sb_internal",
};

/* ---- the shrinker of one file system's dentries and inodes ---- */

static unsigned long super_cache_count(struct shrinker *shrink, struct shrink_control *sc)
{
	struct super_block *sb = container_of(shrink, struct super_block, s_shrink);

	/* Not before it is born: fill_super may be allocating under locks we would need. */
	if (!(READ_ONCE(sb->s_flags) & SB_BORN))
		return 0;
	smp_rmb();
	return READ_ONCE(sb->s_nr_dentry_unused) + READ_ONCE(sb->s_nr_inode_unused);
}

static unsigned long super_cache_scan(struct shrinker *shrink, struct shrink_control *sc)
{
	struct super_block *sb = container_of(shrink, struct super_block, s_shrink);
	unsigned long dentries, inodes, total, freed;

	/* Whoever allocates with file system locks held must not be made to wait for them. */
	if (!(sc->gfp_mask & __GFP_FS))
		return SHRINK_STOP;
	if (!trylock_super(sb))
		return SHRINK_STOP;
	dentries = READ_ONCE(sb->s_nr_dentry_unused);
	inodes = READ_ONCE(sb->s_nr_inode_unused);
	total = dentries + inodes + 1;
	dentries = sc->nr_to_scan * dentries / total;
	inodes = sc->nr_to_scan * inodes / total;
	/* Dentries first: they hold inodes. */
	freed = prune_dcache_sb(sb, dentries + 1);
	freed += prune_icache_sb(sb, inodes + 1);
	up_read(&sb->s_umount);
	return freed;
}

/* ---- allocation and references ---- */

static void destroy_super_work(struct work_struct *work)
{
	struct super_block *s = container_of(work, struct super_block, destroy_work);

	for (int i = 0; i < SB_FREEZE_LEVELS; i++)
		percpu_free_rwsem(&s->s_writers.rw_sem[i]);
	kfree(s);
}

static void destroy_super_rcu(struct rcu_head *head)
{
	struct super_block *s = container_of(head, struct super_block, rcu);

	INIT_WORK(&s->destroy_work, destroy_super_work);
	schedule_work(&s->destroy_work);
}

/* A superblock that never became visible. s_umount held. */
static void destroy_unused_super(struct super_block *s)
{
	if (!s)
		return;
	up_write(&s->s_umount);
	kfree(s->s_subtype);
	destroy_super_work(&s->destroy_work);
}

static void init_super_locks(struct super_block *s, struct file_system_type *type)
{
	init_rwsem(&s->s_umount);
	lockdep_set_class(&s->s_umount, &type->s_umount_key);
	mutex_init(&s->s_vfs_rename_sem);
	quota_info_init(&s->s_dquot);
	lockdep_set_class(&s->s_vfs_rename_sem, &type->s_vfs_rename_key);
	mutex_init(&s->s_sync_lock);
	spin_lock_init(&s->s_inode_list_lock);
	spin_lock_init(&s->s_inode_wblist_lock);
	spin_lock_init(&s->s_dentry_lru_lock);
	spin_lock_init(&s->s_inode_lru_lock);
	spin_lock_init(&s->s_roots_lock);
	INIT_LIST_HEAD(&s->s_inodes);
	INIT_LIST_HEAD(&s->s_inodes_wb);
	INIT_LIST_HEAD(&s->s_dentry_lru);
	INIT_LIST_HEAD(&s->s_inode_lru);
	INIT_LIST_HEAD(&s->s_mounts);
	INIT_HLIST_HEAD(&s->s_roots);
	INIT_HLIST_NODE(&s->s_instances);
	init_waitqueue_head(&s->s_writers.wait_unfrozen);
}

/* One class for each level and type: the order checker sees write -> page fault -> internal. */
static int init_super_writers(struct super_block *s, struct file_system_type *type)
{
	for (int i = 0; i < SB_FREEZE_LEVELS; i++) {
		int err = percpu_init_rwsem(&s->s_writers.rw_sem[i]);

		if (err) {
			while (i--)
				percpu_free_rwsem(&s->s_writers.rw_sem[i]);
			return err;
		}
		lockdep_set_class_and_name(&s->s_writers.rw_sem[i], &type->s_writers_key[i],
					   sb_writers_name[i]);
	}
	return 0;
}

/* With s_umount held exclusively and one count and active reference; NULL: no memory. */
static struct super_block *alloc_super(struct file_system_type *type, int flags)
{
	struct super_block *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	init_super_locks(s, type);
	if (init_super_writers(s, type)) {
		kfree(s);
		return NULL;
	}
	/* A mount may hold another superblock's s_umount of the same type. */
	down_write_nested(&s->s_umount, SINGLE_DEPTH_NESTING);
	s->s_bdi = &noop_backing_dev_info;
	s->s_flags = flags;
	s->s_count = 1;
	atomic_set(&s->s_active, 1);
	s->s_maxbytes = 0x7fffffff;
	s->s_time_gran = 1000000000;
	s->s_time_min = -0x7fffffffffffffffLL - 1;
	s->s_time_max = 0x7fffffffffffffffLL;
	s->s_shrink.seeks = DEFAULT_SEEKS;
	s->s_shrink.count_objects = super_cache_count;
	s->s_shrink.scan_objects = super_cache_scan;
	s->s_shrink.batch = 1024;
	return s;
}

/* sb_lock held. */
static void __put_super(struct super_block *s)
{
	if (--s->s_count)
		return;
	list_del_init(&s->s_list);
	WARN_ON(!list_empty(&s->s_mounts));
	kfree(s->s_subtype);
	call_rcu(&s->rcu, destroy_super_rcu);
}

void put_super(struct super_block *sb)
{
	spin_lock(&sb_lock);
	__put_super(sb);
	spin_unlock(&sb_lock);
}

/* Drops an active reference. s_umount held exclusively, released. May sleep. */
void deactivate_locked_super(struct super_block *s)
{
	struct file_system_type *type = s->s_type;

	if (!atomic_dec_and_test(&s->s_active)) {
		up_write(&s->s_umount);
		return;
	}
	unregister_shrinker(&s->s_shrink);
	fst_kill_sb(type, s);
	put_super(s);
}

void deactivate_super(struct super_block *s)
{
	if (!atomic_add_unless(&s->s_active, -1, 1)) {
		down_write(&s->s_umount);
		deactivate_locked_super(s);
	}
}

/*
 * An active reference with s_umount held exclusively, to a superblock found under sb_lock, which is
 * released; false if it is dying (then it is dead at return).
 */
static bool grab_super(struct super_block *s)
{
	s->s_count++;
	spin_unlock(&sb_lock);
	down_write(&s->s_umount);
	if ((s->s_flags & SB_BORN) && atomic_inc_not_zero(&s->s_active)) {
		put_super(s);
		return true;
	}
	up_write(&s->s_umount);
	put_super(s);
	return false;
}

bool trylock_super(struct super_block *sb)
{
	if (!down_read_trylock(&sb->s_umount))
		return false;
	if (!hlist_unhashed(&sb->s_instances) && sb->s_root && (sb->s_flags & SB_BORN))
		return true;
	up_read(&sb->s_umount);
	return false;
}

void drop_super(struct super_block *sb)
{
	up_read(&sb->s_umount);
	put_super(sb);
}

void drop_super_exclusive(struct super_block *sb)
{
	up_write(&sb->s_umount);
	put_super(sb);
}

/* ---- finding and making ---- */

struct super_block *sget(struct file_system_type *type,
			 int (*test)(struct super_block *, void *),
			 int (*set)(struct super_block *, void *), int flags, void *data)
{
	struct super_block *s = NULL, *old;
	int err;
retry:
	spin_lock(&sb_lock);
	if (test) {
		hlist_for_each_entry(old, &type->fs_supers, s_instances) {
			if (!test(old, data))
				continue;
			if (!grab_super(old))
				goto retry;
			destroy_unused_super(s);
			return old;
		}
	}
	if (!s) {
		spin_unlock(&sb_lock);
		s = alloc_super(type, flags & ~SB_ACTIVE);
		if (!s)
			return ERR_PTR(-ENOMEM);
		goto retry;
	}
	err = set(s, data);
	if (err) {
		spin_unlock(&sb_lock);
		destroy_unused_super(s);
		return ERR_PTR(err);
	}
	s->s_type = type;
	strscpy(s->s_id, type->name, sizeof(s->s_id));
	list_add_tail(&s->s_list, &super_blocks);
	hlist_add_head(&s->s_instances, &type->fs_supers);
	spin_unlock(&sb_lock);
	register_shrinker(&s->s_shrink);
	return s;
}

/*
 * Everything common to ->kill_sb: no dentry, no inode, no reference is left afterwards. s_umount
 * held exclusively, released.
 */
void generic_shutdown_super(struct super_block *sb)
{
	const struct super_operations *sop = sb->s_op;

	if (sb->s_root) {
		shrink_dcache_for_umount(sb);
		sync_filesystem(sb);
		fsnotify_unmount(sb);
		sb->s_flags &= ~SB_ACTIVE;
		evict_inodes(sb);
		if (sop->put_super)
			sop_put_super(sop, sb);
		if (!list_empty(&sb->s_inodes))
			pr_err("%s: inodes still in use after unmount\n", sb->s_id);
	}
	spin_lock(&sb_lock);
	hlist_del_init(&sb->s_instances);
	spin_unlock(&sb_lock);
	up_write(&sb->s_umount);
	if (sb->s_bdi != &noop_backing_dev_info)
		sb->s_bdi = &noop_backing_dev_info;
}

/* ---- walking all superblocks ---- */

/* Calls fn on each with s_umount held, shared or exclusively. */
static void iterate_supers_mode(void (*fn)(struct super_block *, void *), void *arg, bool excl)
{
	struct super_block *sb, *p = NULL;

	spin_lock(&sb_lock);
	list_for_each_entry(sb, &super_blocks, s_list) {
		if (hlist_unhashed(&sb->s_instances))
			continue;
		sb->s_count++;
		spin_unlock(&sb_lock);
		if (excl)
			down_write(&sb->s_umount);
		else
			down_read(&sb->s_umount);
		if (sb->s_root && (sb->s_flags & SB_BORN))
			fn(sb, arg);
		if (excl)
			up_write(&sb->s_umount);
		else
			up_read(&sb->s_umount);
		spin_lock(&sb_lock);
		/* Our count kept it, and thus the place, on the list. */
		if (p)
			__put_super(p);
		p = sb;
	}
	if (p)
		__put_super(p);
	spin_unlock(&sb_lock);
}

void iterate_supers(void (*fn)(struct super_block *, void *), void *arg)
{
	iterate_supers_mode(fn, arg, false);
}

static bool match_bdev(struct super_block *sb, const void *key)
{
	return sb->s_bdev == key;
}

static bool match_dev(struct super_block *sb, const void *key)
{
	return sb->s_dev == *(const dev_t *)key;
}

/* With a count and s_umount held shared; NULL if none. */
static struct super_block *find_super(bool (*match)(struct super_block *, const void *),
				      const void *key)
{
	struct super_block *sb;
rescan:
	spin_lock(&sb_lock);
	list_for_each_entry(sb, &super_blocks, s_list) {
		if (hlist_unhashed(&sb->s_instances) || !match(sb, key))
			continue;
		sb->s_count++;
		spin_unlock(&sb_lock);
		down_read(&sb->s_umount);
		if (sb->s_root && (sb->s_flags & SB_BORN))
			return sb;
		up_read(&sb->s_umount);
		/* Being born or dying: by now that is decided. */
		put_super(sb);
		goto rescan;
	}
	spin_unlock(&sb_lock);
	return NULL;
}

struct super_block *get_super(struct block_device *bdev)
{
	return bdev ? find_super(match_bdev, bdev) : NULL;
}

struct super_block *user_get_super(dev_t dev)
{
	return find_super(match_dev, &dev);
}

/* An active reference, no lock; NULL if the device is not mounted. */
struct super_block *get_active_super(struct block_device *bdev)
{
	struct super_block *sb;

	if (!bdev)
		return NULL;
restart:
	spin_lock(&sb_lock);
	list_for_each_entry(sb, &super_blocks, s_list) {
		if (hlist_unhashed(&sb->s_instances) || sb->s_bdev != bdev)
			continue;
		if (!grab_super(sb))
			goto restart;
		up_write(&sb->s_umount);
		return sb;
	}
	spin_unlock(&sb_lock);
	return NULL;
}

/* ---- remount ---- */

/*
 * s_umount held exclusively. force: read-only whatever is open for writing (shutdown). -EBUSY,
 * -EACCES for a read-only device, or what ->remount_fs says.
 */
int do_remount_sb(struct super_block *sb, int sb_flags, void *data, int force)
{
	bool remount_ro;
	int retval;

	if (sb->s_writers.frozen != SB_UNFROZEN)
		return -EBUSY;
	if (!(sb_flags & SB_RDONLY) && sb->s_bdev && bdev_read_only(sb->s_bdev))
		return -EACCES;
	remount_ro = (sb_flags & SB_RDONLY) && !sb_rdonly(sb);
	shrink_dcache_sb(sb);
	if (remount_ro) {
		if (force) {
			WRITE_ONCE(sb->s_readonly_remount, 1);
			smp_wmb();
		} else {
			retval = sb_prepare_remount_readonly(sb);
			if (retval)
				return retval;
		}
	}
	sync_filesystem(sb);
	if (sb->s_op->remount_fs) {
		retval = sop_remount_fs(sb->s_op, sb, &sb_flags, data);
		if (retval) {
			if (!force) {
				WRITE_ONCE(sb->s_readonly_remount, 0);
				return retval;
			}
			pr_err("%s: forced remount read-only failed: %d\n", sb->s_id, retval);
		}
	}
	sb->s_flags = (sb->s_flags & ~SB_RMT_MASK) | (sb_flags & SB_RMT_MASK);
	/* Writers see the flag before they stop seeing the remount in progress. */
	smp_wmb();
	WRITE_ONCE(sb->s_readonly_remount, 0);
	if (remount_ro && sb->s_bdev)
		invalidate_bdev(sb->s_bdev);
	return 0;
}

static void do_emergency_remount_one(struct super_block *sb, void *arg)
{
	if (sb->s_bdev && !sb_rdonly(sb))
		do_remount_sb(sb, SB_RDONLY, NULL, 1);
}

/* All file systems on devices read-only, now: the last resort at shutdown. May sleep. */
void emergency_remount(void)
{
	iterate_supers_mode(do_emergency_remount_one, NULL, true);
}
