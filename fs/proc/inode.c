// SPDX-License-Identifier: MIT
/*
 * Inodes, directories and files of procfs.
 *
 * An inode stands for an entry and holds a reference to it; it is made by the lookup and goes with its last user. A
 * file's text is a sequence (fs/seq_file.h) unless the entry brings operations of its own. Sizes are 0, since nobody
 * knows how long the text will be.
 */
#include "fs/proc/internal.h"
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
	if (!entry)
		return d_splice_alias(NULL, dentry);
	inode = proc_get_inode(dir->i_sb, entry);
	alias = d_splice_alias(inode, dentry);
	/* Hashed first, then attached: whoever removes the entry meets one of the two. */
	if (!IS_ERR(alias))
		proc_name_attach(alias ? alias : dentry, entry);
	pde_put(entry);
	return alias;
}

/* Positions 0 and 1 are the dots; an entry's is its id, which is larger than 1 and never changes. */
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
			break;
	}
	return 0;
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
static int proc_setattr(struct dentry *dentry, struct iattr *attr)
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
	.write_iter = proc_write_iter,
	.llseek = seq_lseek,
	.release = proc_seq_release,
};

static const struct inode_operations proc_file_inode_operations = {
	.getattr = proc_getattr,
	.setattr = proc_setattr,
};

/* ---- inodes ---- */

/* With a reference to @entry; ERR_PTR. */
struct inode *proc_get_inode(struct super_block *sb, struct proc_dir_entry *entry)
{
	struct inode *inode = iget_locked(sb, entry->id);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	inode->i_private = pde_get(entry);
	inode->i_mode = entry->mode;
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	if (S_ISDIR(entry->mode)) {
		inode->i_op = &proc_dir_inode_operations;
		inode->i_fop = &proc_dir_operations;
		set_nlink(inode, 2);
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
	.drop_inode = generic_delete_inode,
	.evict_inode = proc_evict_inode,
	.statfs = proc_statfs,
};
