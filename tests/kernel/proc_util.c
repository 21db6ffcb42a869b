// SPDX-License-Identifier: MIT
/* Helpers of the procfs tests; see proc_test.h. */
#include "tests/kernel/proc_test.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/workqueue.h"

struct vfsmount *proc_test_mount(void)
{
	return kern_mount(get_fs_type("proc"));
}

void proc_test_drop(struct vfsmount *mnt)
{
	flush_delayed_fput();
	kern_unmount(mnt);
	rcu_barrier();
	flush_workqueue(system_wq);
}

struct file *proc_test_open(struct vfsmount *mnt, const char *name, int flags)
{
	const struct path root = { .mnt = mnt, .dentry = mnt->mnt_root };

	return file_open_root(&root, name, flags, 0);
}

void proc_test_close(struct file *file)
{
	__fput_sync(file);
}

int proc_test_lookup(struct vfsmount *mnt, const char *name)
{
	struct path path;
	int err = vfs_path_lookup(mnt->mnt_root, mnt, name, 0, &path);

	if (!err)
		path_put(&path);
	return err;
}
