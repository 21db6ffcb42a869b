// SPDX-License-Identifier: MIT
/*
 * Inodes, directories and files of procfs.
 *
 * An inode stands for an entry and holds a reference to it; it is made by the lookup and goes with its last user. A
 * file's text is a sequence (fs/seq_file.h) unless the entry brings operations of its own. Sizes are 0, since nobody
 * knows how long the text will be.
 */
#include "fs/proc/internal.h"
#include "fs/proc/pid.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/iov_iter.h"
#include "mm/page.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

/* ---- directories ---- */

static struct dentry *proc_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct proc_dir_entry *entry;
	struct dentry *alias;
	struct inode *inode;

	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	entry = proc_find(PDE(dir), (const char *)dentry->d_name.name, dentry->d_name.len);
	if (!entry && PDE(dir) == &proc_root)
		return pid_root_lookup(dir, dentry);
	/* As on Linux: in procfs a name that is not there is no place to make something at, in sysfs it is one where nobody may. */
	if (!entry)
		return dir->i_sb->s_magic == SYSFS_MAGIC ? d_splice_alias(NULL, dentry) : ERR_PTR(-ENOENT);
	inode = proc_get_inode(dir->i_sb, entry);
	alias = d_splice_alias(inode, dentry);
	/* Hashed first, then attached: whoever removes the entry meets one of the two. */
	if (!IS_ERR(alias))
		proc_name_attach(alias ? alias : dentry, entry);
	pde_put(entry);
	return alias;
}

/*
 * Positions 0 and 1 are the dots; an entry's is its id, which is larger than 1 and never changes. In the root the processes
 * come behind all ids.
 */
static int proc_readdir(struct file *file, struct dir_context *ctx)
{
	struct proc_dir_entry *dir = PDE(file_inode(file)), *entry;

	if (!dir_emit_dots(file, ctx))
		return 0;
	while (ctx->pos <= UINT_MAX && (entry = proc_from_id(dir, ctx->pos))) {
		bool room;

		ctx->pos = entry->id;
		room = dir_emit(ctx, entry->name, strlen(entry->name), entry->id, S_DT(entry->mode));
		if (room)
			ctx->pos++;
		pde_put(entry);
		if (!room)
			return 0;
	}
	return dir == &proc_root ? pid_root_readdir(file, ctx) : 0;
}

static int proc_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = path->dentry->d_inode;

	generic_fillattr(inode, stat);
	/* Entries come and go without the inode being told. */
	if (S_ISDIR(inode->i_mode))
		stat->nlink = 2 + READ_ONCE(PDE(inode)->subdirs);
	return 0;
}

/* What is made up has no attributes to change; O_TRUNC finds it empty already. */
int proc_setattr(struct dentry *dentry, struct iattr *attr)
{
	return (attr->ia_valid & ATTR_SIZE) && !attr->ia_size ? 0 : -EPERM;
}

static const struct inode_operations proc_dir_inode_operations = {
	.lookup = proc_lookup,
	.getattr = proc_getattr,
	.setattr = proc_setattr,
};

static const struct file_operations proc_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = proc_readdir,
};

/* ---- files ---- */

static int proc_seq_open(struct inode *inode, struct file *file)
{
	struct proc_dir_entry *entry = PDE(inode);
	int err;

	if ((file->f_mode & FMODE_WRITE) && !READ_ONCE(entry->write))
		return -EACCES;
	/* not even for root */
	if ((file->f_mode & FMODE_READ) && !(entry->mode & S_IRUGO))
		return -EACCES;
	if (!entry->seq_ops)
		return single_open(file, entry->show, entry->data);
	err = seq_open(file, entry->seq_ops);
	if (!err)
		((struct seq_file *)file->private_data)->private = entry->data;
	return err;
}

static int proc_seq_release(struct inode *inode, struct file *file)
{
	return PDE(inode)->seq_ops ? seq_release(inode, file) : single_release(inode, file);
}

/* The whole write is one command. */
static ssize_t proc_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct proc_dir_entry *entry = PDE(file_inode(iocb->ki_filp));
	size_t len = iov_iter_count(from);
	ssize_t ret = -EFAULT;
	char *text;

	if (len >= PAGE_SIZE)
		return -E2BIG;
	text = kmalloc(len + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (copy_from_iter_full(text, len, from)) {
		text[len] = 0;
		ret = entry->write(strim(text), entry->data);
	}
	kfree(text);
	return ret ? ret : (ssize_t)len;
}

static const struct file_operations proc_seq_operations = {
	.open = proc_seq_open,
	.read_iter = seq_read_iter,
	.splice_read = copy_splice_read,
	.write_iter = proc_write_iter,
	.llseek = seq_lseek,
	.release = proc_seq_release,
};

static const struct inode_operations proc_file_inode_operations = {
	.getattr = proc_getattr,
	.setattr = proc_setattr,
};

/* ---- symbolic links ---- */

static const char *proc_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	const char *body = PDE(inode)->link(dentry);

	if (!body)
		return ERR_PTR(dentry ? -ENOMEM : -ECHILD);
	if (!IS_ERR(body))
		set_delayed_call(done, kfree_link, (void *)body);
	return body;
}

static const struct inode_operations proc_link_inode_operations = {
	.get_link = proc_get_link,
	.setattr = proc_setattr,
};

/* ---- inodes ---- */

static struct kmem_cache *inode_cache;

static void inode_ctor(void *p)
{
	inode_init_once(&((struct proc_inode *)p)->vfs_inode);
}

void proc_inode_cache_init(void)
{
	inode_cache = kmem_cache_create("proc_inode", sizeof(struct proc_inode), 0, SLAB_PANIC, inode_ctor);
}

static struct inode *proc_alloc_inode(struct super_block *sb)
{
	struct proc_inode *pi = kmem_cache_alloc(inode_cache, GFP_KERNEL);

	if (!pi)
		return NULL;
	pi->entry = NULL;
	pi->pid = NULL;
	pi->pid_entry = NULL;
	pi->thread = false;
	pi->fd = 0;
	return &pi->vfs_inode;
}

/* After a grace period: an RCU walk may ask for the process until then (pid_revalidate). */
static void proc_free_inode(struct inode *inode)
{
	put_pid(PROC_I(inode)->pid);
	kmem_cache_free(inode_cache, PROC_I(inode));
}


/* With a reference to @entry; ERR_PTR. */
struct inode *proc_get_inode(struct super_block *sb, struct proc_dir_entry *entry)
{
	struct inode *inode = iget_locked(sb, entry->id);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	PROC_I(inode)->entry = pde_get(entry);
	inode->i_mode = entry->mode;
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	if (S_ISDIR(entry->mode)) {
		inode->i_op = &proc_dir_inode_operations;
		inode->i_fop = &proc_dir_operations;
		set_nlink(inode, 2);
	} else if (S_ISLNK(entry->mode)) {
		inode->i_op = &proc_link_inode_operations;
	} else {
		inode->i_op = &proc_file_inode_operations;
		inode->i_fop = entry->fops ? entry->fops : &proc_seq_operations;
	}
	unlock_new_inode(inode);
	return inode;
}

static void proc_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (PDE(inode))
		pde_put(PDE(inode));
}

static int proc_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	simple_statfs(dentry, buf);
	buf->f_fsid.val[0] = (u32)dentry->d_sb->s_dev;
	return 0;
}

const struct super_operations proc_super_operations = {
	.alloc_inode = proc_alloc_inode,
	.free_inode = proc_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = proc_evict_inode,
	.statfs = proc_statfs,
};
