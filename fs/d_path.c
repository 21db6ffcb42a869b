// SPDX-License-Identifier: MIT
/*
 * From a dentry back to a path name, and getcwd.
 *
 * The name is built from the end of the buffer while walking up, under RCU, and thrown away and
 * built again if rename_lock or mount_lock says that something moved meanwhile; the third try
 * holds rename_lock.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"
#include <stdarg.h>

struct backbuf {
	char *end;	/* start of what is built so far */
	int left;	/* free bytes before it; negative: it did not fit */
};

static void prepend(struct backbuf *b, const char *s, int len)
{
	b->left -= len;
	if (b->left < 0)
		return;
	b->end -= len;
	memcpy(b->end, s, len);
}

/* "/" and the name, which may change while it is copied: the caller's seqlock catches that. */
static void prepend_name(struct backbuf *b, const struct dentry *dentry)
{
	const char *dname = (const char *)smp_load_acquire(&dentry->d_name.name);
	u32 len = READ_ONCE(dentry->d_name.len);
	char *p;

	b->left -= len + 1;
	if (b->left < 0)
		return;
	p = b->end -= len + 1;
	*p++ = '/';
	while (len--) {
		char c = *dname++;

		if (!c)
			break;
		*p++ = c;
	}
}

/* 0: root reached; 1: reached another root (detached); 2: a dentry that was unmounted */
static int prepend_path_once(const struct path *path, const struct path *root, struct backbuf *b)
{
	struct dentry *dentry = path->dentry;
	struct vfsmount *vfsmnt = path->mnt;
	struct mount *mnt = real_mount(vfsmnt);

	while (dentry != root->dentry || vfsmnt != root->mnt) {
		struct dentry *parent;

		if (dentry == vfsmnt->mnt_root || IS_ROOT(dentry)) {
			struct mount *up = READ_ONCE(mnt->mnt_parent);

			if (dentry != vfsmnt->mnt_root)
				return 2;
			if (mnt != up) {
				dentry = READ_ONCE(mnt->mnt_mountpoint);
				mnt = up;
				vfsmnt = &mnt->mnt;
				continue;
			}
			return mnt->mnt_ns ? 1 : 2;
		}
		parent = READ_ONCE(dentry->d_parent);
		prepend_name(b, dentry);
		dentry = parent;
	}
	return 0;
}

/* As prepend_path_once, or -ENAMETOOLONG. */
static int prepend_path(const struct path *path, const struct path *root, struct backbuf *out)
{
	struct backbuf b;
	unsigned int seq = 0, m_seq;
	int ret, tries = 0;

	rcu_read_lock();
	for (;;) {
		bool locked = tries >= 2;

		b = *out;
		m_seq = read_seqbegin(&mount_lock);
		if (locked)
			write_seqlock(&rename_lock);
		else
			seq = read_seqbegin(&rename_lock);
		ret = prepend_path_once(path, root, &b);
		if (locked)
			write_sequnlock(&rename_lock);
		else if (read_seqretry(&rename_lock, seq)) {
			tries++;
			continue;
		}
		if (!read_seqretry(&mount_lock, m_seq))
			break;
	}
	rcu_read_unlock();
	if (b.left >= 0 && b.end == out->end)
		prepend(&b, "/", 1);
	*out = b;
	return b.left < 0 ? -ENAMETOOLONG : ret;
}

char *d_path(const struct path *path, char *buf, int buflen)
{
	struct backbuf b = { buf + buflen, buflen };
	struct path root;
	int err;

	if (path->dentry->d_op && path->dentry->d_op->d_dname &&
	    (!IS_ROOT(path->dentry) || path->dentry != path->mnt->mnt_root))
		return dop_dname(path->dentry->d_op, path->dentry, buf, buflen);
	prepend(&b, "", 1);
	if (d_unlinked(path->dentry))
		prepend(&b, " (deleted)", 10);
	get_fs_root(current->fs, &root);
	err = prepend_path(path, &root, &b);
	path_put(&root);
	return err < 0 ? ERR_PTR(err) : b.end;
}

/* The path within its file system. */
char *dentry_path_raw(struct dentry *dentry, char *buf, int buflen)
{
	struct backbuf b;
	unsigned int seq;
	struct dentry *d;

	do {
		b = (struct backbuf){ buf + buflen, buflen };
		prepend(&b, "", 1);
		rcu_read_lock();
		seq = read_seqbegin(&rename_lock);
		for (d = dentry; !IS_ROOT(d); d = READ_ONCE(d->d_parent))
			prepend_name(&b, d);
		rcu_read_unlock();
	} while (read_seqretry(&rename_lock, seq));
	if (b.left >= 0 && !*b.end)
		prepend(&b, "/", 1);
	return b.left < 0 ? ERR_PTR(-ENAMETOOLONG) : b.end;
}

/* For ->d_dname: a name made up on the spot, placed at the end of the buffer. */
char *dynamic_dname(struct dentry *dentry, char *buf, int buflen, const char *fmt, ...)
{
	char temp[64];
	va_list args;
	int sz;

	va_start(args, fmt);
	sz = vsnprintf(temp, sizeof(temp), fmt, args) + 1;
	va_end(args);
	if (sz > (int)sizeof(temp) || sz > buflen)
		return ERR_PTR(-ENAMETOOLONG);
	return memcpy(buf + buflen - sz, temp, sz);
}

long sys_getcwd(char __user *ubuf, unsigned long size)
{
	struct path pwd, root;
	struct backbuf b;
	char *page;
	long ret;

	page = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	get_fs_pwd(current->fs, &pwd);
	get_fs_root(current->fs, &root);
	ret = -ENOENT;
	if (!d_unlinked(pwd.dentry)) {
		b = (struct backbuf){ page + PATH_MAX, PATH_MAX };
		prepend(&b, "", 1);
		ret = prepend_path(&pwd, &root, &b);
		if (ret > 0)
			prepend(&b, "(unreachable)", 13);
		if (ret >= 0) {
			unsigned long len = page + PATH_MAX - b.end;

			ret = -ERANGE;
			if (len <= size)
				ret = copy_to_user(ubuf, b.end, len) ? -EFAULT : (long)len;
		}
	}
	path_put(&root);
	path_put(&pwd);
	kfree(page);
	return ret;
}
