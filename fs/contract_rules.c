// SPDX-License-Identifier: MIT
/*
 * The numbered rules of fs/locking.rst about superblocks, files and swap files. Called by the wrappers
 * of the operations they are named for; see fs/contract_rules_page.c.
 */
#include "fs/contract_places.h"
#include "gen/rules.h"
#include "kernel/lib/err.h"
#include "mm/pagemap.h"

#if CONFIG_CHECKS

/* That its superblock comes locked is in the row. */
void rule_P7_mount_return(struct contract_call *call, struct dentry *ret, struct file_system_type *type, int flags,
			  const char *dev_name, void *data)
{
	contract_rule(call, &row_prose_P7, ret && (IS_ERR(ret) || ret->d_parent == ret), "root",
		      "an error pointer or a root dentry", ret ? "a dentry with a parent" : "NULL");
}

/* The caller's reference keeps the structure. */
void rule_P8_kill_sb_return(struct contract_call *call, struct super_block *sb)
{
	contract_rule(call, &row_prose_P8, !sb->s_root, "sb", "shut down", "a root that is still there");
}

void rule_P34_fasync_return(struct contract_call *call, int ret, int fd, struct file *file, int on)
{
	if (ret >= 0)
		contract_rule(call, &row_prose_P34, !(READ_ONCE(file->f_flags) & FASYNC) == !on, "file",
			      on ? "FASYNC set" : "FASYNC clear", "the opposite");
}

static void no_directory(struct contract_call *call, const struct file *file)
{
	contract_rule(call, &row_prose_P35, !S_ISDIR(file_inode(file)->i_mode), "file", "no directory", "a directory");
}

void rule_P35_read_entry(struct contract_call *call, struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	no_directory(call, file);
}

void rule_P35_read_iter_entry(struct contract_call *call, struct kiocb *iocb, struct iov_iter *to)
{
	no_directory(call, iocb->ki_filp);
}

void rule_P35_readv_entry(struct contract_call *call, struct file *file, const struct iovec *vec, unsigned long nr,
			  loff_t *pos)
{
	no_directory(call, file);
}

void rule_P36_setlease_entry(struct contract_call *call, struct file *file, long arg, struct file_lock **lease,
			     void **priv)
{
	contract_watch(call, file);
}

void rule_P36_setlease_return(struct contract_call *call, int ret, struct file *file, long arg,
			      struct file_lock **lease, void **priv)
{
	if (!ret)
		contract_rule(call, &row_prose_P36, call->noted & NOTE_LEASE_RECORDED, "file",
			      "recorded by generic_setlease", "not recorded");
}

/* ---- pages and their marks, everywhere ---- */

static void check_marks_of(struct super_block *sb, void *unused)
{
	struct inode *inode;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list)
		mapping_check_marks(&inode->i_data);
	spin_unlock(&sb->s_inode_list_lock);
}

void check_page_marks(void)
{
	iterate_supers(check_marks_of, NULL);
}

/* ---- swap files ---- */

void rule_P27_swap_activate_return(struct contract_call *call, int ret, struct file *file)
{
	if (ret >= 0)
		contract_rule(call, &row_prose_P27, !test_and_set_bit(AS_SWAPFILE, &file->f_mapping->flags), "file",
			      "not activated before", "activated twice");
}

void rule_P27_swap_deactivate_entry(struct contract_call *call, struct file *file)
{
	contract_rule(call, &row_prose_P27, test_and_clear_bit(AS_SWAPFILE, &file->f_mapping->flags), "file",
		      "activated before", "not activated");
}

#endif
