// SPDX-License-Identifier: MIT
/*
 * Freezing: bringing a file system to a state on disk that stays as it is until thawed.
 *
 * Each level of writers is a per-CPU rwsem. Freezing takes them for writing from the outside in:
 * first system calls stop, then page faults, then everything is written, then the file system's
 * own activity stops. The semaphores stay taken after freeze_super returns, so the held-lock
 * stack is told that they no longer belong to this task. s_umount is dropped while waiting for the
 * first level, because a writer inside it may need s_umount.
 */
#include "fs/fs.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/task/sched.h"

void __sb_start_write(struct super_block *sb, int level)
{
	percpu_down_read(&sb->s_writers.rw_sem[level - 1]);
}

bool __sb_start_write_trylock(struct super_block *sb, int level)
{
	return percpu_down_read_trylock(&sb->s_writers.rw_sem[level - 1]);
}

void __sb_end_write(struct super_block *sb, int level)
{
	percpu_up_read(&sb->s_writers.rw_sem[level - 1]);
}

static void sb_wait_write(struct super_block *sb, int level)
{
	percpu_down_write(&sb->s_writers.rw_sem[level - 1]);
}

static void sb_freeze_unlock(struct super_block *sb)
{
	for (int level = SB_FREEZE_LEVELS - 1; level >= 0; level--)
		percpu_up_write(&sb->s_writers.rw_sem[level]);
}

static void sb_freeze_forget(struct super_block *sb)
{
	for (int level = SB_FREEZE_LEVELS - 1; level >= 0; level--)
		percpu_rwsem_release(&sb->s_writers.rw_sem[level], false, _THIS_IP_);
}

static void sb_freeze_remember(struct super_block *sb)
{
	for (int level = 0; level < SB_FREEZE_LEVELS; level++)
		percpu_rwsem_acquire(&sb->s_writers.rw_sem[level], false, _THIS_IP_);
}

/* 0 or -EBUSY (frozen already), -errno of ->freeze_fs. May sleep long. Keeps an active reference. */
int freeze_super(struct super_block *sb)
{
	int ret;

	atomic_inc(&sb->s_active);
	down_write(&sb->s_umount);
	if (sb->s_writers.frozen != SB_UNFROZEN) {
		deactivate_locked_super(sb);
		return -EBUSY;
	}
	if (!(sb->s_flags & SB_BORN)) {
		up_write(&sb->s_umount);
		return 0;		/* sic: nothing can have been written yet */
	}
	if (sb_rdonly(sb)) {
		sb->s_writers.frozen = SB_FREEZE_COMPLETE;
		up_write(&sb->s_umount);
		return 0;
	}
	sb->s_writers.frozen = SB_FREEZE_WRITE;
	up_write(&sb->s_umount);
	sb_wait_write(sb, SB_FREEZE_WRITE);
	down_write(&sb->s_umount);

	sb->s_writers.frozen = SB_FREEZE_PAGEFAULT;
	sb_wait_write(sb, SB_FREEZE_PAGEFAULT);

	/* No new dirt can come: what is written now is all. */
	sync_filesystem(sb);
	sb->s_writers.frozen = SB_FREEZE_FS;
	sb_wait_write(sb, SB_FREEZE_FS);

	if (sb->s_op->freeze_fs) {
		ret = sop_freeze_fs(sb->s_op, sb);
		if (ret) {
			pr_err("%s: freezing failed: %d\n", sb->s_id, ret);
			sb->s_writers.frozen = SB_UNFROZEN;
			sb_freeze_unlock(sb);
			wake_up_all(&sb->s_writers.wait_unfrozen);
			deactivate_locked_super(sb);
			return ret;
		}
	}
	sb->s_writers.frozen = SB_FREEZE_COMPLETE;
	sb_freeze_forget(sb);
	up_write(&sb->s_umount);
	return 0;
}

/* 0, -EINVAL if not frozen, or -errno of ->unfreeze_fs, and then it stays frozen. */
int thaw_super(struct super_block *sb)
{
	int error;

	down_write(&sb->s_umount);
	if (sb->s_writers.frozen != SB_FREEZE_COMPLETE) {
		up_write(&sb->s_umount);
		return -EINVAL;
	}
	if (sb_rdonly(sb)) {
		sb->s_writers.frozen = SB_UNFROZEN;
		goto out;
	}
	sb_freeze_remember(sb);
	if (sb->s_op->unfreeze_fs) {
		error = sop_unfreeze_fs(sb->s_op, sb);
		if (error) {
			pr_err("%s: thawing failed: %d\n", sb->s_id, error);
			sb_freeze_forget(sb);
			up_write(&sb->s_umount);
			return error;
		}
	}
	sb->s_writers.frozen = SB_UNFROZEN;
	sb_freeze_unlock(sb);
out:
	wake_up_all(&sb->s_writers.wait_unfrozen);
	deactivate_locked_super(sb);
	return 0;
}
