// SPDX-License-Identifier: MIT
/*
 * Root and working directory of a process. fs->lock guards both; walks that start there in
 * rcu mode read them between two looks at fs->seq.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "kernel/task/task.h"
#include "mm/slab.h"

struct fs_struct init_fs = {
	.users = 1,
	.lock = __SPIN_LOCK_UNLOCKED(init_fs.lock),
	.seq = SEQCNT_ZERO(init_fs.seq),
	.umask = 0022,
};

static void replace_path(struct fs_struct *fs, struct path *slot, const struct path *path)
{
	struct path old;

	if (path->dentry)
		path_get(path);
	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	old = *slot;
	*slot = *path;
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	if (old.dentry)
		path_put(&old);
}

/* Both take a reference of their own. A path of nothing leaves the slot empty (shutdown). */
void set_fs_root(struct fs_struct *fs, const struct path *path)
{
	replace_path(fs, &fs->root, path);
}

void set_fs_pwd(struct fs_struct *fs, const struct path *path)
{
	replace_path(fs, &fs->pwd, path);
}

/* One slot of fs, if it is old; the reference to old is left to the caller. fs->lock held. */
static int replace_if(struct fs_struct *fs, struct path *slot, const struct path *old, const struct path *new)
{
	if (slot->dentry != old->dentry || slot->mnt != old->mnt)
		return 0;
	path_get(new);
	write_seqcount_begin(&fs->seq);
	*slot = *new;
	write_seqcount_end(&fs->seq);
	return 1;
}

void chroot_fs_refs(const struct path *old, const struct path *new)
{
	struct task_struct *p;
	int dropped = 0;

	rcu_read_lock();
	for_each_task_rcu(p) {
		struct fs_struct *fs;

		task_lock(p);
		fs = p->fs;
		if (fs) {
			spin_lock(&fs->lock);
			dropped += replace_if(fs, &fs->root, old, new) + replace_if(fs, &fs->pwd, old, new);
			spin_unlock(&fs->lock);
		}
		task_unlock(p);
	}
	rcu_read_unlock();
	while (dropped--)
		path_put(old);
}

void get_fs_root(struct fs_struct *fs, struct path *root)
{
	spin_lock(&fs->lock);
	*root = fs->root;
	path_get(root);
	spin_unlock(&fs->lock);
}

void get_fs_pwd(struct fs_struct *fs, struct path *pwd)
{
	spin_lock(&fs->lock);
	*pwd = fs->pwd;
	path_get(pwd);
	spin_unlock(&fs->lock);
}

struct fs_struct *copy_fs_struct(struct fs_struct *old)
{
	struct fs_struct *fs = kmalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	fs->users = 1;
	spin_lock_init(&fs->lock);
	seqcount_init(&fs->seq);
	fs->umask = old->umask;
	spin_lock(&old->lock);
	fs->root = old->root;
	path_get(&fs->root);
	fs->pwd = old->pwd;
	path_get(&fs->pwd);
	spin_unlock(&old->lock);
	return fs;
}

void free_fs_struct(struct fs_struct *fs)
{
	if (fs->root.dentry)
		path_put(&fs->root);
	if (fs->pwd.dentry)
		path_put(&fs->pwd);
	if (fs != &init_fs)
		kfree(fs);
}

void exit_fs(struct task_struct *tsk)
{
	struct fs_struct *fs = tsk->fs;
	bool last;

	if (!fs)
		return;
	task_lock(tsk);
	spin_lock(&fs->lock);
	tsk->fs = NULL;
	last = !--fs->users;
	spin_unlock(&fs->lock);
	task_unlock(tsk);
	if (last)
		free_fs_struct(fs);
}

int current_umask(void)
{
	return READ_ONCE(current->fs->umask);
}

/* The others keep the old one; whoever looks at this task's takes task_lock. */
int unshare_fs(void)
{
	struct fs_struct *fs = current->fs, *copy;
	bool shared, last;

	spin_lock(&fs->lock);
	shared = fs->users > 1;
	spin_unlock(&fs->lock);
	if (!shared)
		return 0;
	copy = copy_fs_struct(fs);
	if (!copy)
		return -ENOMEM;
	task_lock(current);
	spin_lock(&fs->lock);
	current->fs = copy;
	last = !--fs->users;
	spin_unlock(&fs->lock);
	task_unlock(current);
	if (last)
		free_fs_struct(fs);
	return 0;
}
