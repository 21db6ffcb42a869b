// SPDX-License-Identifier: MIT
/*
 * devpts: the file system on /dev/pts. It holds a node for each slave, named by its number, and the node ptmx; both come from the
 * kernel alone, and programs can change only their owners and modes.
 *
 * There is one superblock, held by an internal mount, and each mount of the type shows it; the options of the last mount or remount hold.
 * (Linux makes a new set of terminals for each mount; the option that asks for that, newinstance, is refused.)
 *
 * A node's dentry is pinned by the reference in `nodes`, the directory's table from positions to dentries, which is guarded by the root's
 * i_rwsem: exclusive to change, shared to list. The options have a lock that is a leaf: they are told under namespace_sem. The node's inode
 * holds a reference to the terminal, so whoever still has the inode, though its name has gone, reaches this terminal and no other that
 * got its number later.
 */
#include "fs/devpts.h"
#include "drivers/tty/pty.h"
#include "drivers/tty/tty.h"
#include "drivers/tty/tty_internal.h"
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/notify/fsnotify.h"
#include "fs/seq_file.h"
#include "fs/super.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "mm/gfp.h"
#include "mm/page.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

#define ROOT_INO   1
#define PTMX_INO   2
#define FIRST_INO  3		/* of slave 0; an entry's number is also its position in the directory */
#define MAX_PTYS   (1u << 20)	/* what max= may say at most, and is without it */

struct options {
	bool has_uid, has_gid;
	uid_t uid;
	gid_t gid;
	unsigned int mode, ptmxmode, max;
};

#define DEFAULT_OPTIONS { .mode = 0600, .max = MAX_PTYS }

static struct xarray nodes = XARRAY_INIT(nodes, 0);	/* position -> dentry; root's i_rwsem */
static DEFINE_SPINLOCK(options_lock);			/* a leaf */
static struct options options = DEFAULT_OPTIONS;	/* options_lock */
static struct vfsmount *devpts_mnt;			/* constant after boot */

/* ---- options ---- */

static int parse_option(char *word, struct options *opt)
{
	char *value = word;

	strsep(&value, "=");
	if (!value)
		return -EINVAL;
	if (!strcmp(word, "uid")) {
		opt->has_uid = true;
		return kstrtouint(value, 10, &opt->uid);
	}
	if (!strcmp(word, "gid")) {
		opt->has_gid = true;
		return kstrtouint(value, 10, &opt->gid);
	}
	if (!strcmp(word, "mode"))
		return kstrtouint(value, 8, &opt->mode);
	if (!strcmp(word, "ptmxmode"))
		return kstrtouint(value, 8, &opt->ptmxmode);
	if (!strcmp(word, "max"))
		return kstrtouint(value, 10, &opt->max) || opt->max > MAX_PTYS ? -EINVAL : 0;
	return -EINVAL;
}

static int parse_options(const char *data, struct options *opt)
{
	char *copy = kstrdup(data ? data : "", GFP_KERNEL), *rest = copy, *word;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (word = strsep(&rest, ",")) != NULL) {
		err = *word ? parse_option(word, opt) : 0;
		if (err)
			pr_info("devpts: bad option \"%s\"\n", word);
	}
	kfree(copy);
	opt->mode &= 07777;
	opt->ptmxmode &= 07777;
	return err ? -EINVAL : 0;
}

static struct options get_options(void)
{
	struct options opt;

	spin_lock(&options_lock);
	opt = options;
	spin_unlock(&options_lock);
	return opt;
}

static void set_options(struct super_block *sb, const struct options *opt)
{
	struct inode *root = d_inode(sb->s_root);
	struct dentry *ptmx;

	spin_lock(&options_lock);
	options = *opt;
	spin_unlock(&options_lock);
	inode_lock(root);
	ptmx = xa_load(&nodes, PTMX_INO);
	if (ptmx)
		d_inode(ptmx)->i_mode = S_IFCHR | opt->ptmxmode;
	inode_unlock(root);
}

static int devpts_remount(struct super_block *sb, int *flags, char *data)
{
	struct options opt = DEFAULT_OPTIONS;
	int err = parse_options(data, &opt);

	if (!err)
		set_options(sb, &opt);
	return err;
}

static int devpts_show_options(struct seq_file *m, struct dentry *root)
{
	struct options opt = get_options();

	if (opt.has_uid)
		seq_printf(m, ",uid=%u", opt.uid);
	if (opt.has_gid)
		seq_printf(m, ",gid=%u", opt.gid);
	seq_printf(m, ",mode=%03o,ptmxmode=%03o", opt.mode, opt.ptmxmode);
	if (opt.max < MAX_PTYS)
		seq_printf(m, ",max=%u", opt.max);
	return 0;
}

/* ---- nodes ---- */

static struct inode *new_node(struct super_block *sb, unsigned long ino, umode_t mode, dev_t dev)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = ino;
	inode->i_mode = mode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	if (S_ISCHR(mode))
		init_special_inode(inode, mode, dev);
	return inode;
}

/* @inode, which it consumes, gets its name. The dentry, pinned by the table; ERR_PTR. i_rwsem of the root held exclusively. */
static struct dentry *enter(const char *name, struct inode *inode)
{
	struct dentry *root = devpts_mnt->mnt_root, *dentry = lookup_one_len(name, root, strlen(name));
	int err = PTR_ERR_OR_ZERO(dentry);

	if (!err)
		err = xa_insert(&nodes, inode->i_ino, dentry, GFP_KERNEL);
	if (err) {
		if (!IS_ERR(dentry))
			dput(dentry);
		iput(inode);
		return ERR_PTR(err);
	}
	d_instantiate(dentry, inode);
	d_inode(root)->i_mtime = d_inode(root)->i_ctime = current_time(d_inode(root));
	fsnotify_create(d_inode(root), dentry, false);
	return dentry;
}

static struct inode *slave_inode(struct pty *pty, const struct options *opt)
{
	unsigned int index = pty_index(pty);
	struct inode *inode = new_node(devpts_mnt->mnt_sb, FIRST_INO + index, S_IFCHR | opt->mode,
				       MKDEV(PTY_MAJOR + index / 256, index % 256));

	if (!inode)
		return NULL;
	inode->i_uid = opt->has_uid ? opt->uid : current_fsuid();
	inode->i_gid = opt->has_gid ? opt->gid : current_fsgid();
	inode->i_private = tty_get(pty_slave(pty));
	return inode;
}

struct dentry *devpts_add(struct pty *pty)
{
	struct inode *root = d_inode(devpts_mnt->mnt_root), *inode;
	struct dentry *dentry = ERR_PTR(-ENOSPC);
	struct options opt = get_options();
	const struct cred *old;
	char name[12];

	snprintf(name, sizeof(name), "%d", pty_index(pty));
	inode_lock_nested(root, I_MUTEX_PARENT);
	if ((unsigned int)pty_index(pty) < opt.max) {
		inode = slave_inode(pty, &opt);
		/* the kernel looks the name up, whoever may search the directory */
		old = override_creds(&init_cred);
		dentry = inode ? enter(name, inode) : ERR_PTR(-ENOMEM);
		revert_creds(old);
	}
	inode_unlock(root);
	return dentry;
}

void devpts_remove(struct dentry *dentry)
{
	struct inode *root = d_inode(devpts_mnt->mnt_root), *inode = d_inode(dentry);

	inode_lock_nested(root, I_MUTEX_PARENT);
	WARN_ON(xa_erase(&nodes, inode->i_ino) != dentry);
	root->i_mtime = root->i_ctime = inode->i_ctime = current_time(root);
	inode_lock(inode);
	drop_nlink(inode);
	inode_unlock(inode);
	fsnotify_delete(root, dentry, false);
	inode_unlock(root);
	d_invalidate(dentry); /* with whatever is mounted on it */
	dput(dentry);
}

struct tty *devpts_tty(const struct inode *inode)
{
	return inode->i_sb->s_magic == DEVPTS_MAGIC ? inode->i_private : NULL;
}

static void devpts_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (inode->i_private)
		tty_put(inode->i_private);
}

/* ---- the directory ---- */

static int devpts_readdir(struct file *file, struct dir_context *ctx)
{
	if (!dir_emit_dots(file, ctx))
		return 0;
	for (;;) {
		unsigned long pos = ctx->pos;
		struct dentry *dentry = xa_find(&nodes, &pos, LLONG_MAX, XA_PRESENT);

		if (!dentry)
			return 0;
		ctx->pos = pos;
		if (!dir_emit(ctx, (const char *)dentry->d_name.name, dentry->d_name.len, pos, DT_CHR))
			return 0;
		ctx->pos = pos + 1;
	}
}

static const struct inode_operations devpts_dir_inode_operations = {
	.lookup = simple_lookup,
};

static const struct file_operations devpts_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = devpts_readdir,
	.fsync = noop_fsync,
};

/* ---- the file system ---- */

static const struct super_operations devpts_super_operations = {
	.statfs = simple_statfs,
	.drop_inode = generic_delete_inode,
	.evict_inode = devpts_evict_inode,
	.remount_fs = devpts_remount,
	.show_options = devpts_show_options,
};

static int fill_super(struct super_block *sb)
{
	struct inode *root;

	sb->s_op = &devpts_super_operations;
	sb->s_d_op = &simple_dentry_operations;
	sb->s_magic = DEVPTS_MAGIC;
	sb->s_blocksize = 1024;
	sb->s_blocksize_bits = 10;
	sb->s_time_gran = 1;
	sb->s_iflags |= SB_I_NOEXEC;
	root = new_node(sb, ROOT_INO, S_IFDIR | S_IRUGO | S_IXUGO | S_IWUSR, 0);
	if (!root)
		return -ENOMEM;
	root->i_op = &devpts_dir_inode_operations;
	root->i_fop = &devpts_dir_operations;
	set_nlink(root, 2);
	inode_set_dir_class(root);
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int any_super(struct super_block *sb, void *unused)
{
	return 1;
}

static struct dentry *devpts_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	struct options opt = DEFAULT_OPTIONS;
	struct super_block *sb;
	int err = parse_options(data, &opt);

	if (err)
		return ERR_PTR(err);
	sb = sget(type, any_super, set_anon_super, flags & ~(SB_RDONLY | SB_KERNMOUNT), NULL);
	if (IS_ERR(sb))
		return ERR_CAST(sb);
	if (!sb->s_root) {
		err = fill_super(sb);
		if (err) {
			deactivate_locked_super(sb);
			return ERR_PTR(err);
		}
		sb->s_flags |= SB_ACTIVE;
	}
	set_options(sb, &opt);
	return dget(sb->s_root);
}

static struct file_system_type devpts_type = {
	.name = "devpts",
	.mount = devpts_mount,
	.kill_sb = kill_litter_super,
};

static int make_ptmx(void)
{
	struct inode *root = d_inode(devpts_mnt->mnt_root), *inode;
	struct dentry *ptmx;

	inode_lock_nested(root, I_MUTEX_PARENT);
	inode = new_node(devpts_mnt->mnt_sb, PTMX_INO, S_IFCHR, MKDEV(5, 2));
	ptmx = inode ? enter("ptmx", inode) : ERR_PTR(-ENOMEM);
	inode_unlock(root);
	return PTR_ERR_OR_ZERO(ptmx);
}

static int devpts_init(void)
{
	int err = register_filesystem(&devpts_type);

	if (err)
		return err;
	devpts_mnt = kern_mount(&devpts_type);
	return IS_ERR(devpts_mnt) ? PTR_ERR(devpts_mnt) : make_ptmx();
}
fs_initcall(devpts_init);
