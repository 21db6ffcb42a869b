// SPDX-License-Identifier: MIT
/*
 * /proc/locks: every lock on a file, and behind each those who wait for it.
 *
 * The locks are found through the inodes of all super blocks. An inode's context goes after the inode has left its super block's list, so
 * under that list's lock it is there; the lists in it are guarded by flc_lock, and who waits by blocked_lock_lock. The order is
 * s_inode_list_lock -> flc_lock -> blocked_lock_lock.
 */
#include "fs/fs.h"
#include "fs/locks_internal.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "fs/super.h"
#include "kernel/lib/init.h"

struct walk {
	struct seq_file *m;
	int nr;
};

static const char *kind_of(const struct file_lock *fl)
{
	if (fl->fl_flags & FL_FLOCK)
		return "FLOCK ";
	if (fl->fl_flags & FL_LEASE)
		return "LEASE ";
	return fl->fl_flags & FL_OFDLCK ? "OFDLCK" : "POSIX ";
}

static const char *state_of(const struct file_lock *fl)
{
	if (!(fl->fl_flags & FL_LEASE))
		return "ADVISORY ";
	return lease_is_breaking(fl) ? "BREAKING " : "ACTIVE   ";
}

static void show_lock(struct walk *w, const struct inode *inode, const struct file_lock *fl, bool waits)
{
	struct seq_file *m = w->m;

	seq_printf(m, "%d:%s %s %s %s %d %02x:%02x:%lu", w->nr, waits ? " ->" : "", kind_of(fl), state_of(fl),
		   fl->fl_type == F_WRLCK ? "WRITE" : fl->fl_type == F_RDLCK ? "READ " : "UNLCK", fl->fl_flags & FL_OFDLCK ? -1 : fl->fl_pid,
		   MAJOR(inode->i_sb->s_dev), MINOR(inode->i_sb->s_dev), inode->i_ino);
	if (!(fl->fl_flags & FL_POSIX))
		seq_puts(m, " 0 EOF\n");
	else if (fl->fl_end == OFFSET_MAX)
		seq_printf(m, " %lld EOF\n", (long long)fl->fl_start);
	else
		seq_printf(m, " %lld %lld\n", (long long)fl->fl_start, (long long)fl->fl_end);
}

/* blocked_lock_lock held. Who waits for one that waits is told behind that one; so deep it never gets. */
static void show_waiters(struct walk *w, const struct inode *inode, const struct file_lock *blocker, int depth)
{
	struct file_lock *fl;

	list_for_each_entry(fl, &blocker->fl_blocked_requests, fl_blocked_member) {
		show_lock(w, inode, fl, true);
		if (depth < 8)
			show_waiters(w, inode, fl, depth + 1);
	}
}

/* flc_lock held. */
static void show_list(struct walk *w, const struct inode *inode, const struct list_head *list)
{
	struct file_lock *fl;

	list_for_each_entry(fl, list, fl_list) {
		w->nr++;
		show_lock(w, inode, fl, false);
		spin_lock(&blocked_lock_lock);
		show_waiters(w, inode, fl, 0);
		spin_unlock(&blocked_lock_lock);
	}
}

static void show_super(struct super_block *sb, void *arg)
{
	struct inode *inode;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		struct file_lock_context *ctx = smp_load_acquire(&inode->i_flctx);

		if (!ctx)
			continue;
		spin_lock(&ctx->flc_lock);
		show_list(arg, inode, &ctx->flc_flock);
		show_list(arg, inode, &ctx->flc_posix);
		show_list(arg, inode, &ctx->flc_lease);
		spin_unlock(&ctx->flc_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
}

static int locks_show(struct seq_file *m, void *v)
{
	struct walk w = { .m = m };

	iterate_supers(show_super, &w);
	return 0;
}

static int locks_proc_init(void)
{
	return proc_create_single("locks", S_IRUGO, NULL, locks_show, NULL) ? 0 : -ENOMEM;
}
late_initcall(locks_proc_init);
