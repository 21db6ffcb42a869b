// SPDX-License-Identifier: MIT
/*
 * The file system that POSIX message queues live on: one directory, a file for each queue.
 *
 * There is one superblock, held by an internal mount; mq_open() looks names up in it, and mounting the type on /dev/mqueue shows it. A
 * queue exists as long as it has its name or is open. The dentry cache is the directory, as in fs/tmpfs/namei.c: a name is pinned by one
 * reference, and stands in the table `entries`, both guarded by the root's i_rwsem, which the VFS holds exclusively for every change.
 *
 * What a queue may come to take is charged to its maker's user when it is made (RLIMIT_MSGQUEUE), so that sending never fails for that.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/super.h"
#include "kernel/ipc/mqueue.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/task/cred.h"
#include "kernel/task/pid.h"
#include "kernel/task/task.h"
#include "kernel/task/user_counts.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

#define MQUEUE_MAGIC 0x19800202
#define DIRENT_SIZE  20		/* what a name adds to the directory's size, as on Linux */
#define FILE_SIZE    80

/* what Linux charges for a message beyond its bytes, and for a priority */
#define MESSAGE_COST  48
#define PRIORITY_COST 48

struct vfsmount *mqueue_mnt;

static struct xarray entries = XARRAY_INIT(entries, 0);	/* position -> dentry; root's i_rwsem */
static unsigned long next_position = 2;			/* root's i_rwsem */
static atomic_t nr_queues;

/* ---- inodes ---- */

static int check_limits(long max_messages, long message_size)
{
	bool may = capable(CAP_SYS_RESOURCE);

	if (max_messages <= 0 || message_size <= 0)
		return -EINVAL;
	if (max_messages > (may ? MQ_HARD_MSG : MQ_DEFAULT_MSG) || message_size > (may ? MQ_HARD_SIZE : MQ_DEFAULT_SIZE))
		return -EINVAL;
	return 0;
}

static struct mqueue *new_queue(long max_messages, long message_size)
{
	struct mqueue *mq;

	if (atomic_inc_return(&nr_queues) > MQ_QUEUES_MAX && !capable(CAP_SYS_RESOURCE)) {
		atomic_dec(&nr_queues);
		return ERR_PTR(-ENOSPC);
	}
	mq = kzalloc(sizeof(*mq), GFP_KERNEL);
	if (!mq) {
		atomic_dec(&nr_queues);
		return ERR_PTR(-ENOMEM);
	}
	spin_lock_init(&mq->lock);
	INIT_LIST_HEAD(&mq->messages);
	init_waitqueue_head(&mq->senders);
	init_waitqueue_head(&mq->receivers);
	mq->max_messages = max_messages;
	mq->message_size = message_size;
	mq->charge = max_messages * (message_size + MESSAGE_COST) +
		     min_t(long, max_messages, MQ_PRIO_MAX) * PRIORITY_COST;
	return mq;
}

static void free_queue(struct mqueue *mq)
{
	struct mq_message *msg, *next;

	list_for_each_entry_safe (msg, next, &mq->messages, list)
		kvfree(msg);
	put_pid(mq->notify_pid);
	if (mq->user) {
		atomic_long_sub(mq->charge, &mq->user->mqueue_bytes);
		put_user_counts(mq->user);
	}
	kfree(mq);
	atomic_dec(&nr_queues);
}

static int charge_user(struct mqueue *mq)
{
	unsigned long limit = rlimit(RLIMIT_MSGQUEUE);
	struct user_counts *user = get_user_counts(current_uid());

	if (!user)
		return -ENOMEM;
	if (!user_count_inc_by(&user->mqueue_bytes, mq->charge, min_t(unsigned long, limit, LONG_MAX))) {
		put_user_counts(user);
		return -EMFILE;
	}
	mq->user = user;
	return 0;
}

static void mqueue_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (inode->i_private)
		free_queue(inode->i_private);
}

static struct inode *new_inode_of(struct super_block *sb, umode_t mode)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	return inode;
}

static struct inode *new_queue_inode(struct super_block *sb, umode_t mode, const struct mq_attr *attr)
{
	long max_messages = attr ? attr->mq_maxmsg : MQ_DEFAULT_MSG;
	long message_size = attr ? attr->mq_msgsize : MQ_DEFAULT_SIZE;
	int err = check_limits(max_messages, message_size);
	struct inode *inode;
	struct mqueue *mq;

	if (err)
		return ERR_PTR(err);
	mq = new_queue(max_messages, message_size);
	if (IS_ERR(mq))
		return ERR_CAST(mq);
	err = charge_user(mq);
	inode = err ? NULL : new_inode_of(sb, mode);
	if (!inode) {
		free_queue(mq);
		return ERR_PTR(err ? err : -ENOMEM);
	}
	inode->i_private = mq;
	inode->i_size = FILE_SIZE;
	inode->i_fop = &mqueue_file_operations;
	return inode;
}

/* ---- names; i_rwsem of the root exclusive ---- */

static void changed(struct inode *dir, int bytes)
{
	i_size_write(dir, dir->i_size + bytes);
	dir->i_mtime = dir->i_ctime = dir->i_atime = current_time(dir);
}

int mqueue_create(struct inode *dir, struct dentry *dentry, umode_t mode, const struct mq_attr *attr)
{
	struct inode *inode = new_queue_inode(dir->i_sb, mode, attr);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = xa_insert(&entries, next_position, dentry, GFP_KERNEL);
	if (err) {
		clear_nlink(inode);
		iput(inode);
		return err;
	}
	dentry->d_fsdata = (void *)next_position++;
	changed(dir, DIRENT_SIZE);
	d_instantiate(dentry, inode);
	dget(dentry);
	return 0;
}

static int mqueue_iop_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	return mqueue_create(dir, dentry, mode, NULL);
}

static int mqueue_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	xa_erase(&entries, (unsigned long)dentry->d_fsdata);
	dentry->d_fsdata = NULL;
	changed(dir, -DIRENT_SIZE);
	inode->i_ctime = dir->i_ctime;
	drop_nlink(inode);
	dput(dentry);		/* the caller has another reference */
	return 0;
}

void mqueue_remove_all(void)
{
	struct inode *dir = d_inode(mqueue_mnt->mnt_root);
	struct dentry *dentry;
	unsigned long pos;

	inode_lock_nested(dir, I_MUTEX_PARENT);
	xa_for_each(&entries, pos, dentry) {
		dget(dentry);
		if (vfs_unlink(dir, dentry))
			pr_err("mqueue: a queue cannot be removed\n");
		dput(dentry);
	}
	inode_unlock(dir);
}

static int mqueue_readdir(struct file *file, struct dir_context *ctx)
{
	if (!dir_emit_dots(file, ctx))
		return 0;
	for (;;) {
		unsigned long pos = ctx->pos;
		struct dentry *dentry = xa_find(&entries, &pos, LLONG_MAX, XA_PRESENT);

		if (!dentry)
			return 0;
		ctx->pos = pos;
		if (!dir_emit(ctx, (const char *)dentry->d_name.name, dentry->d_name.len, d_inode(dentry)->i_ino,
			      S_DT(d_inode(dentry)->i_mode)))
			return 0;
		ctx->pos = pos + 1;
	}
}

static const struct inode_operations mqueue_dir_inode_operations = {
	.lookup = simple_lookup,
	.create = mqueue_iop_create,
	.unlink = mqueue_unlink,
};

static const struct file_operations mqueue_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = mqueue_readdir,
	.fsync = noop_fsync,
};

/* ---- the file system ---- */

static const struct super_operations mqueue_super_operations = {
	.statfs = simple_statfs,
	.drop_inode = generic_delete_inode,
	.evict_inode = mqueue_evict_inode,
};

static int fill_super(struct super_block *sb)
{
	struct inode *root;

	sb->s_op = &mqueue_super_operations;
	sb->s_d_op = &simple_dentry_operations;
	sb->s_magic = MQUEUE_MAGIC;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_maxbytes = LLONG_MAX & PAGE_MASK;
	sb->s_time_gran = 1;
	root = new_inode_of(sb, S_IFDIR | S_ISVTX | S_IRWXUGO);
	if (!root)
		return -ENOMEM;
	root->i_op = &mqueue_dir_inode_operations;
	root->i_fop = &mqueue_dir_operations;
	root->i_size = 2 * DIRENT_SIZE;
	set_nlink(root, 2);
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int any_super(struct super_block *sb, void *unused)
{
	return 1;
}

static struct dentry *mqueue_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	struct super_block *sb = sget(type, any_super, set_anon_super, flags & ~(SB_RDONLY | SB_KERNMOUNT), NULL);
	int err;

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
	return dget(sb->s_root);
}

static struct file_system_type mqueue_type = {
	.name = "mqueue",
	.mount = mqueue_mount,
	.kill_sb = kill_litter_super,
};

static int mqueue_init(void)
{
	int err = register_filesystem(&mqueue_type);

	if (err)
		return err;
	mqueue_mnt = kern_mount(&mqueue_type);
	return PTR_ERR_OR_ZERO(mqueue_mnt);
}
fs_initcall(mqueue_init);
