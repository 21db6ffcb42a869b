// SPDX-License-Identifier: MIT
/*
 * A file system set up step by step: fsopen() or fspick() give a descriptor, fsconfig() collects options and then makes the superblock or
 * changes it, fsmount() makes a mount of it, which move_mount() puts into the tree.
 *
 * What is collected is handed over as mount(2) would: flags and one string of options, which the file system judges when it is
 * made or remounted. After a failure the context is of no more use, as on Linux. ctx->lock guards all of it; superblock locks are taken under it.
 */
#include "fs/fs.h"
#include "fs/anon_inodes.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/super_internal.h"
#include "gen/file_operations.h"
#include "kernel/lib/err.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/page.h"
#include "mm/slab.h"

#define FSCONFIG_SET_FLAG	 0
#define FSCONFIG_SET_STRING	 1
#define FSCONFIG_SET_BINARY	 2
#define FSCONFIG_SET_PATH	 3
#define FSCONFIG_SET_PATH_EMPTY	 4
#define FSCONFIG_SET_FD		 5
#define FSCONFIG_CMD_CREATE	 6
#define FSCONFIG_CMD_RECONFIGURE 7

#define FSOPEN_CLOEXEC	1
#define FSMOUNT_CLOEXEC 1

#define FSPICK_CLOEXEC		1
#define FSPICK_SYMLINK_NOFOLLOW 2
#define FSPICK_NO_AUTOMOUNT	4
#define FSPICK_EMPTY_PATH	8

#define KEY_MAX 256

enum phase {
	CREATE_PARAMS,	/* collecting */
	AWAITING_MOUNT,	/* made */
	RECONF_PARAMS,	/* mounted or picked; collecting changes */
	FAILED,
};

struct fs_context {
	struct mutex lock;		/* guards the rest */
	enum phase phase;
	struct file_system_type *type;	/* constant */
	struct path root;		/* of what was made or picked; pins the superblock */
	char *source;
	int sb_flags, sb_flags_mask;	/* those that were named, and their values */
	char *options;			/* a page, or NULL */
	size_t used;			/* of it, without the last zero */
};

/* ---- the descriptor ---- */

/* A mount of fspick()'s is in a tree of its own, one of fsconfig()'s in none. */
static void drop_root(struct path *root)
{
	if (!root->mnt)
		return;
	dissolve_on_fput(root->mnt);
	path_put(root);
}

static int fscontext_release(struct inode *inode, struct file *file)
{
	struct fs_context *ctx = file->private_data;

	drop_root(&ctx->root);
	kfree(ctx->source);
	kfree(ctx->options);
	kfree(ctx);
	return 0;
}

/* What went wrong, in words: nobody left any. */
static ssize_t fscontext_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return -ENODATA;
}

static const struct file_operations fscontext_fops = {
	.read = fscontext_read,
	.release = fscontext_release,
	.llseek = no_llseek,
};

/* Takes root over if it succeeds. */
static long new_context(struct file_system_type *type, enum phase phase, struct path *root, bool cloexec)
{
	struct fs_context *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	int fd;

	if (!ctx)
		return -ENOMEM;
	mutex_init(&ctx->lock);
	ctx->type = type;
	ctx->phase = phase;
	if (root)
		ctx->root = *root;
	fd = anon_inode_getfd("[fscontext]", &fscontext_fops, ctx, O_RDWR | (cloexec ? O_CLOEXEC : 0));
	if (fd < 0)
		kfree(ctx);
	return fd;
}

/* The program's string, shorter than max. ERR_PTR. */
static char *copy_string(const char __user *from, size_t max)
{
	char *s = kmalloc(max, GFP_KERNEL);
	long n;

	if (!s)
		return ERR_PTR(-ENOMEM);
	n = strncpy_from_user(s, from, max);
	if (n >= 0 && n < (long)max)
		return s;
	kfree(s);
	return ERR_PTR(n < 0 ? n : -EINVAL);
}

long sys_fsopen(const char __user *name, unsigned int flags)
{
	struct file_system_type *type;
	char *s;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~FSOPEN_CLOEXEC)
		return -EINVAL;
	s = copy_string(name, PAGE_SIZE);
	if (IS_ERR(s))
		return PTR_ERR(s);
	type = get_fs_type(s);
	kfree(s);
	return type ? new_context(type, CREATE_PARAMS, NULL, flags & FSOPEN_CLOEXEC) : -ENODEV;
}

/* The superblock is picked, not the mount, which can be unmounted meanwhile: a copy of it is held. */
static long pick(const struct path *path, bool cloexec)
{
	struct path root;
	struct mount *mnt;
	long ret;

	namespace_lock();
	mnt = copy_tree(real_mount(path->mnt), path->dentry, false);
	namespace_unlock();
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	root = (struct path){ .mnt = mntget(&mnt->mnt), .dentry = dget(path->dentry) };
	ret = new_context(path->mnt->mnt_sb->s_type, RECONF_PARAMS, &root, cloexec);
	if (ret < 0)
		drop_root(&root);
	return ret;
}

long sys_fspick(int dfd, const char __user *name, unsigned int flags)
{
	unsigned int lookup = (flags & FSPICK_NO_AUTOMOUNT ? 0 : LOOKUP_AUTOMOUNT) | (flags & FSPICK_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			      (flags & FSPICK_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct path path;
	long ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH))
		return -EINVAL;
	ret = user_path_at(dfd, name, lookup, &path);
	if (ret)
		return ret;
	ret = -EINVAL;
	if (path.dentry == path.mnt->mnt_root)
		ret = pick(&path, flags & FSPICK_CLOEXEC);
	path_put(&path);
	return ret;
}

/* ---- options ---- */

/* Is it a flag of every superblock? Then it is noted. */
static bool sb_flag(struct fs_context *ctx, const char *key)
{
	static const struct {
		const char *set, *clear;
		int flag;
	} names[] = {
		{ "ro", "rw", SB_RDONLY },	     { "sync", "async", SB_SYNCHRONOUS }, { "dirsync", NULL, SB_DIRSYNC },
		{ "lazytime", "nolazytime", SB_LAZYTIME }, { "mand", "nomand", SB_MANDLOCK },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		bool set = !strcmp(key, names[i].set);

		if (!set && (!names[i].clear || strcmp(key, names[i].clear)))
			continue;
		ctx->sb_flags = set ? ctx->sb_flags | names[i].flag : ctx->sb_flags & ~names[i].flag;
		ctx->sb_flags_mask |= names[i].flag;
		return true;
	}
	return false;
}

/* Appends "key" or "key=value" to the string of options. */
static int add_option(struct fs_context *ctx, const char *key, const char *value)
{
	size_t len = strlen(key) + (value ? 1 + strlen(value) : 0);

	if (strchr(key, ',') || (value && strchr(value, ',')) || ctx->used + len + 2 > PAGE_SIZE)
		return -EINVAL;
	if (!ctx->options)
		ctx->options = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!ctx->options)
		return -ENOMEM;
	ctx->used += (size_t)snprintf(ctx->options + ctx->used, PAGE_SIZE - ctx->used, "%s%s%s%s", ctx->used ? "," : "", key, value ? "=" : "",
			      value ? value : "");
	return 0;
}

/* lock held. *value is taken over if it is set to NULL. */
static int set_option(struct fs_context *ctx, const char *key, char **value)
{
	if (ctx->phase != CREATE_PARAMS && ctx->phase != RECONF_PARAMS)
		return -EBUSY;
	if (sb_flag(ctx, key))
		return 0;
	if (!strcmp(key, "source")) {
		if (!*value || ctx->source)
			return -EINVAL;
		ctx->source = *value;
		*value = NULL;
		return 0;
	}
	return add_option(ctx, key, *value);
}

/* ---- commands; lock held ---- */

static int create(struct fs_context *ctx)
{
	struct vfsmount *mnt;

	if (ctx->phase != CREATE_PARAMS)
		return -EBUSY;
	ctx->phase = FAILED;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((ctx->type->fs_flags & FS_REQUIRES_DEV) && !ctx->source)
		return -EINVAL;
	mnt = vfs_kern_mount(ctx->type, ctx->sb_flags, ctx->source, ctx->options);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	/* A mount that nobody sees: it holds the superblock for as long as the context does. */
	ctx->root = (struct path){ .mnt = mnt, .dentry = dget(mnt->mnt_root) };
	ctx->phase = AWAITING_MOUNT;
	return 0;
}

static int reconfigure(struct fs_context *ctx)
{
	struct super_block *sb;
	int err, flags;

	if (ctx->phase != RECONF_PARAMS)
		return -EBUSY;
	ctx->phase = FAILED;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	sb = ctx->root.mnt->mnt_sb;
	down_write(&sb->s_umount);
	flags = (sb->s_flags & MS_SB_FLAGS & ~ctx->sb_flags_mask) | ctx->sb_flags;
	err = do_remount_sb(sb, flags, ctx->options, 0);
	up_write(&sb->s_umount);
	if (err)
		return err;
	/* The next change begins anew. */
	kfree(ctx->options);
	ctx->options = NULL;
	ctx->used = 0;
	ctx->sb_flags = ctx->sb_flags_mask = 0;
	ctx->phase = RECONF_PARAMS;
	return 0;
}

/* What each command wants of its other arguments. */
static int check_arguments(unsigned int cmd, bool key, bool value, int aux)
{
	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		return !key || value || aux ? -EINVAL : 0;
	case FSCONFIG_SET_STRING:
		return !key || !value || aux ? -EINVAL : 0;
	case FSCONFIG_SET_BINARY:
		return !key || !value || aux <= 0 || aux > 1024 * 1024 ? -EINVAL : 0;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		return !key || !value || (aux != AT_FDCWD && aux < 0) ? -EINVAL : 0;
	case FSCONFIG_SET_FD:
		return !key || value || aux < 0 ? -EINVAL : 0;
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_RECONFIGURE:
		return key || value || aux ? -EINVAL : 0;
	}
	return -EOPNOTSUPP;
}

static int run(struct fs_context *ctx, unsigned int cmd, const char *key, char **value)
{
	int err;

	mutex_lock(&ctx->lock);
	if (cmd == FSCONFIG_CMD_CREATE)
		err = create(ctx);
	else if (cmd == FSCONFIG_CMD_RECONFIGURE)
		err = reconfigure(ctx);
	else
		err = set_option(ctx, key, value);
	mutex_unlock(&ctx->lock);
	return err;
}

static int do_fsconfig(struct file *file, unsigned int cmd, const char __user *ukey, const void __user *uvalue)
{
	char *key = NULL, *value = NULL;
	int err = 0;

	if (file->f_op != &fscontext_fops)
		return -EINVAL;
	/* No file system here has an option that is a file or a blob: Linux says so of those that know nothing but strings. */
	if (cmd >= FSCONFIG_SET_BINARY && cmd <= FSCONFIG_SET_FD)
		return -EOPNOTSUPP;
	if (ukey)
		key = copy_string(ukey, KEY_MAX);
	if (!IS_ERR(key) && uvalue)
		value = copy_string(uvalue, KEY_MAX);
	if (IS_ERR(key) || IS_ERR(value)) {
		err = IS_ERR(key) ? PTR_ERR(key) : PTR_ERR(value);
		key = IS_ERR(key) ? NULL : key;
		value = NULL;
	}
	if (!err)
		err = run(file->private_data, cmd, key, &value);
	kfree(key);
	kfree(value);
	return err;
}

long sys_fsconfig(int fd, unsigned int cmd, const char __user *key, const void __user *value, int aux)
{
	struct fd f;
	int err;

	if (fd < 0)
		return -EINVAL;
	err = check_arguments(cmd, key, value, aux);
	if (err)
		return err;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	err = do_fsconfig(f.file, cmd, key, value);
	fdput(f);
	return err;
}

/* ---- fsmount ---- */

/* A second mount of what was made, for the program; the context keeps its own. ERR_PTR. */
static struct file *mount_context(struct fs_context *ctx, int mnt_flags)
{
	struct mount *mnt;

	if (!ctx->root.mnt)
		return ERR_PTR(-EINVAL);
	if (ctx->phase != AWAITING_MOUNT)
		return ERR_PTR(-EBUSY);
	namespace_lock();
	mnt = copy_tree(real_mount(ctx->root.mnt), ctx->root.dentry, false);
	if (!IS_ERR(mnt)) {
		write_seqlock(&mount_lock);
		mnt->mnt.mnt_flags = mnt_flags;
		write_sequnlock(&mount_lock);
	}
	namespace_unlock();
	if (IS_ERR(mnt))
		return ERR_CAST(mnt);
	ctx->phase = RECONF_PARAMS;
	kfree(ctx->options);
	ctx->options = NULL;
	ctx->used = 0;
	ctx->sb_flags = ctx->sb_flags_mask = 0;
	return open_detached(mnt);
}

long sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr)
{
	struct fs_context *ctx;
	struct file *file;
	int fd, mnt_flags;
	struct fd f;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & ~FSMOUNT_CLOEXEC) || (attr & ~MOUNT_ATTR_FLAGS))
		return -EINVAL;
	mnt_flags = mount_attr_flags(attr);
	switch (attr & MOUNT_ATTR__ATIME) {
	case 0:
		mnt_flags |= MNT_RELATIME;
		break;
	case MOUNT_ATTR_NOATIME:
		mnt_flags |= MNT_NOATIME;
		break;
	case MOUNT_ATTR_STRICTATIME:
		break;
	default:
		return -EINVAL;
	}
	f = fdget(fs_fd);
	if (!f.file)
		return -EBADF;
	fd = f.file->f_op == &fscontext_fops ? get_unused_fd_flags(flags & FSMOUNT_CLOEXEC ? O_CLOEXEC : 0) : -EINVAL;
	if (fd >= 0) {
		ctx = f.file->private_data;
		mutex_lock(&ctx->lock);
		file = mount_context(ctx, mnt_flags);
		mutex_unlock(&ctx->lock);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fd_install(fd, file);
		}
	}
	fdput(f);
	return fd;
}
