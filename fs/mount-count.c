// SPDX-License-Identifier: MIT
/*
 * References to mounts, and writers through them.
 *
 * Both are kept for each CPU, since every path lookup takes a reference; only the sum means
 * anything. A mount in the tree (mnt_ns set) holds one itself, so dropping a reference need not
 * look at the sum then. One that was taken out may die with any mntput, which therefore sums up
 * under mount_lock.
 *
 * Writers against a remount to read-only: a writer raises its count, then looks at the flags; the
 * remount sets MNT_WRITE_HOLD, then sums up the counts. With a full barrier between the two steps
 * on both sides, at least one sees the other.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/namespace_internal.h"
#include "fs/notify/fsnotify.h"
#include "fs/super_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/percpu.h"

/* ---- references ---- */

void mnt_add_count(struct mount *mnt, int n)
{
	preempt_disable();
	this_cpu_ptr(mnt->mnt_pcp)->count += n;
	preempt_enable();
}

/* mount_lock held. */
int mnt_get_count(struct mount *mnt)
{
	int sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(mnt->mnt_pcp, cpu)->count;
	return sum;
}

struct vfsmount *mntget(struct vfsmount *mnt)
{
	if (mnt)
		mnt_add_count(real_mount(mnt), 1);
	return mnt;
}

static void delayed_free_vfsmnt(struct rcu_head *head)
{
	free_vfsmnt_rcu(container_of(head, struct mount, mnt_rcu));
}

/* Nobody can reach it any more. May sleep. */
static void cleanup_mnt(struct mount *mnt)
{
	WARN_ON(mnt_get_writers(mnt));
	fsnotify_mount_gone(mnt);
	dput(mnt->mnt.mnt_root);
	deactivate_super(mnt->mnt.mnt_sb);
	call_rcu(&mnt->mnt_rcu, delayed_free_vfsmnt);
}

static void cleanup_mnt_task(struct callback_head *head)
{
	cleanup_mnt(container_of(head, struct mount, mnt_work));
}

static void cleanup_mnt_late(struct work_struct *work)
{
	cleanup_mnt(container_of(work, struct mount, mnt_late));
}

/*
 * The last reference is gone. The superblock may be shut down with it, which takes s_umount and
 * much else, so that is left to the way out of the system call.
 */
static void mntput_last(struct mount *mnt)
{
	if (likely(!(mnt->mnt.mnt_flags & MNT_INTERNAL))) {
		if (!(current->flags & PF_KTHREAD)) {
			init_task_work(&mnt->mnt_work, cleanup_mnt_task);
			if (task_work_add(current, &mnt->mnt_work, true) == 0)
				return;
		}
		INIT_WORK(&mnt->mnt_late, cleanup_mnt_late);
		schedule_work(&mnt->mnt_late);
		return;
	}
	cleanup_mnt(mnt);
}

void mntput(struct vfsmount *m)
{
	if (!m)
		return;
	/* Somebody used it: see MNT_EXPIRE. */
	if (unlikely(READ_ONCE(real_mount(m)->mnt_expiry_mark)))
		WRITE_ONCE(real_mount(m)->mnt_expiry_mark, 0);
	mntput_no_expire(real_mount(m));
}

void mntput_no_expire(struct mount *mnt)
{
	rcu_read_lock();
	if (likely(READ_ONCE(mnt->mnt_ns))) {
		/* umount_tree clears mnt_ns and waits for a grace period before it drops its own. */
		mnt_add_count(mnt, -1);
		rcu_read_unlock();
		return;
	}
	write_seqlock(&mount_lock);
	/* See __legitimize_mnt: pairs with its barrier between count and sequence. */
	smp_mb();
	mnt_add_count(mnt, -1);
	if (mnt_get_count(mnt) || (mnt->mnt.mnt_flags & MNT_DOOMED)) {
		rcu_read_unlock();
		write_sequnlock(&mount_lock);
		return;
	}
	mnt->mnt.mnt_flags |= MNT_DOOMED;
	rcu_read_unlock();
	list_del_init(&mnt->mnt_instance);
	write_sequnlock(&mount_lock);
	mntput_last(mnt);
}

int __legitimize_mnt(struct vfsmount *m, unsigned int seq)
{
	struct mount *mnt;

	if (read_seqretry(&mount_lock, seq))
		return 1;
	if (!m)
		return 0;
	mnt = real_mount(m);
	mnt_add_count(mnt, 1);
	smp_mb();
	if (likely(!read_seqretry(&mount_lock, seq)))
		return 0;
	if (m->mnt_flags & MNT_SYNC_UMOUNT) {
		/* The unmounter counted without us and will finish alone. */
		mnt_add_count(mnt, -1);
		return 1;
	}
	read_seqlock_excl(&mount_lock);
	if (unlikely(m->mnt_flags & MNT_DOOMED)) {
		mnt_add_count(mnt, -1);
		read_sequnlock_excl(&mount_lock);
		return 1;
	}
	read_sequnlock_excl(&mount_lock);
	return -1;
}

/* RCU read lock held; left and taken again if a reference must be dropped. */
bool legitimize_mnt(struct vfsmount *m, unsigned int seq)
{
	int res = __legitimize_mnt(m, seq);

	if (likely(!res))
		return true;
	if (unlikely(res < 0)) {
		rcu_read_unlock();
		mntput(m);
		rcu_read_lock();
	}
	return false;
}

void path_get(const struct path *path)
{
	mntget(path->mnt);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mnt);
}

/* ---- writers ---- */

bool __mnt_is_readonly(const struct vfsmount *mnt)
{
	return (READ_ONCE(mnt->mnt_flags) & MNT_READONLY) || sb_rdonly(mnt->mnt_sb);
}

int mnt_get_writers(struct mount *mnt)
{
	int sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(mnt->mnt_pcp, cpu)->writers;
	return sum;
}

static bool mnt_is_readonly(const struct vfsmount *mnt)
{
	if (READ_ONCE(mnt->mnt_sb->s_readonly_remount))
		return true;
	/* Pairs with the barrier of do_remount_sb. */
	smp_rmb();
	return __mnt_is_readonly(mnt);
}

int __mnt_want_write(struct vfsmount *m)
{
	struct mount *mnt = real_mount(m);
	int ret = 0;

	preempt_disable();
	this_cpu_ptr(mnt->mnt_pcp)->writers++;
	smp_mb();
	while (READ_ONCE(m->mnt_flags) & MNT_WRITE_HOLD)
		cpu_relax();
	smp_rmb();
	if (mnt_is_readonly(m)) {
		this_cpu_ptr(mnt->mnt_pcp)->writers--;
		ret = -EROFS;
	}
	preempt_enable();
	return ret;
}

void __mnt_drop_write(struct vfsmount *m)
{
	preempt_disable();
	this_cpu_ptr(real_mount(m)->mnt_pcp)->writers--;
	preempt_enable();
}

int mnt_want_write(struct vfsmount *m)
{
	int ret;

	sb_start_write(m->mnt_sb);
	ret = __mnt_want_write(m);
	if (ret)
		sb_end_write(m->mnt_sb);
	return ret;
}

void mnt_drop_write(struct vfsmount *m)
{
	__mnt_drop_write(m);
	sb_end_write(m->mnt_sb);
}

/* A file open for writing already counts as a writer. */
int mnt_want_write_file(struct file *file)
{
	struct vfsmount *m = file->f_path.mnt;
	int ret = 0;

	sb_start_write(file_inode(file)->i_sb);
	if (!(file->f_mode & FMODE_WRITER))
		ret = __mnt_want_write(m);
	if (ret)
		sb_end_write(file_inode(file)->i_sb);
	return ret;
}

void mnt_drop_write_file(struct file *file)
{
	if (!(file->f_mode & FMODE_WRITER))
		__mnt_drop_write(file->f_path.mnt);
	sb_end_write(file_inode(file)->i_sb);
}

/* One mount to read-only: -EBUSY if somebody writes through it. mount_lock held for writing. */
int mnt_make_readonly(struct mount *mnt)
{
	int ret = 0;

	mnt->mnt.mnt_flags |= MNT_WRITE_HOLD;
	smp_mb();
	if (mnt_get_writers(mnt) > 0)
		ret = -EBUSY;
	else
		mnt->mnt.mnt_flags |= MNT_READONLY;
	smp_wmb();
	mnt->mnt.mnt_flags &= ~MNT_WRITE_HOLD;
	return ret;
}

/*
 * The whole superblock: no writer on any of its mounts and nothing unlinked but open, or -EBUSY. On
 * success new writers are refused until the remount is over.
 */
int sb_prepare_remount_readonly(struct super_block *sb)
{
	struct mount *mnt;
	int err = 0;

	if (atomic_long_read(&sb->s_remove_count))
		return -EBUSY;
	write_seqlock(&mount_lock);
	list_for_each_entry(mnt, &sb->s_mounts, mnt_instance) {
		if (mnt->mnt.mnt_flags & MNT_READONLY)
			continue;
		mnt->mnt.mnt_flags |= MNT_WRITE_HOLD;
		smp_mb();
		if (mnt_get_writers(mnt) > 0) {
			err = -EBUSY;
			break;
		}
	}
	if (!err && atomic_long_read(&sb->s_remove_count))
		err = -EBUSY;
	if (!err) {
		WRITE_ONCE(sb->s_readonly_remount, 1);
		smp_wmb();
	}
	list_for_each_entry(mnt, &sb->s_mounts, mnt_instance)
		mnt->mnt.mnt_flags &= ~MNT_WRITE_HOLD;
	write_sequnlock(&mount_lock);
	return err;
}
