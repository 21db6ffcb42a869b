// SPDX-License-Identifier: MIT
/*
 * Links to objects: exe, cwd, root, and the descriptors below fd/. Their text is only for people: a walk through them jumps to the
 * object itself, which may have another name by now, or none.
 */
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/proc/pid.h"
#include "kernel/task/access.h"
#include "mm/slab.h"

static int find_fs_path(struct task_struct *task, struct path *path, bool root)
{
	int err = -ENOENT;

	/* exit_fs() takes fs away under this lock before it drops the paths. */
	task_lock(task);
	if (task->fs) {
		if (root)
			get_fs_root(task->fs, path);
		else
			get_fs_pwd(task->fs, path);
		err = path->dentry ? 0 : -ENOENT;
	}
	task_unlock(task);
	return err;
}

int pid_cwd_link(struct task_struct *task, struct path *path)
{
	return find_fs_path(task, path, false);
}

int pid_root_link(struct task_struct *task, struct path *path)
{
	return find_fs_path(task, path, true);
}

int pid_exe_link(struct task_struct *task, struct path *path)
{
	struct file *file = get_task_exe_file(task);

	if (!file)
		return -ENOENT;
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

/* What the link leads to, if the caller may know. */
static int find_object(struct dentry *dentry, struct path *path, int (*find)(struct dentry *dentry, struct path *path))
{
	struct task_struct *task = get_proc_task(d_inode(dentry));
	bool may = task && may_access_task(task, ACCESS_FSCREDS);

	if (task)
		put_task_struct(task);
	return may ? find(dentry, path) : -EACCES;
}

const char *pid_follow_link(struct dentry *dentry, int (*find)(struct dentry *dentry, struct path *path))
{
	struct path path;
	int err;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	err = find_object(dentry, &path, find);
	if (err)
		return ERR_PTR(err);
	nd_jump_link(&path);
	return NULL;
}

int pid_read_link(struct dentry *dentry, char __user *buffer, int buflen, int (*find)(struct dentry *dentry, struct path *path))
{
	struct path path;
	char *page, *name;
	int err = find_object(dentry, &path, find);

	if (err)
		return err;
	page = kmalloc(PATH_MAX, GFP_KERNEL);
	err = -ENOMEM;
	if (page) {
		name = d_path(&path, page, PATH_MAX);
		err = IS_ERR(name) ? PTR_ERR(name) : readlink_copy(buffer, buflen, name);
		kfree(page);
	}
	path_put(&path);
	return err;
}

static int find_entry_object(struct dentry *dentry, struct path *path)
{
	struct inode *inode = d_inode(dentry);
	struct task_struct *task = get_proc_task(inode);
	int err;

	if (!task)
		return -ENOENT;
	err = PROC_I(inode)->pid_entry->link(task, path);
	put_task_struct(task);
	return err;
}

static const char *entry_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	return pid_follow_link(dentry, find_entry_object);
}

static int entry_readlink(struct dentry *dentry, char __user *buffer, int buflen)
{
	return pid_read_link(dentry, buffer, buflen, find_entry_object);
}

const struct inode_operations pid_link_inode_operations = {
	.get_link = entry_get_link,
	.readlink = entry_readlink,
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};
