// SPDX-License-Identifier: MIT
/*
 * /proc/PID/mounts, mountinfo and mountstats: what is mounted where, one line each. mounts is in the form of fstab(5): device, place,
 * type, options, two zeros; proc(5) has the others. There is one namespace, so all processes see the same; places are told as the
 * reader sees them.
 *
 * namespace_sem, held shared from start to stop, keeps the list, and being on the list keeps each mount and with it its
 * superblock; so ->show_options runs without s_umount, and reads options that a remount may be changing.
 */
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/proc/pid.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rwsem.h"
#include "mm/slab.h"

/* characters that would end a field */
#define FIELD_ENDS " \t\n#"

static void *mounts_at(loff_t pos)
{
	struct mount *mnt;

	list_for_each_entry(mnt, &init_mnt_ns.list, mnt_list)
		if (pos-- == 0)
			return mnt;
	return NULL;
}

static void *mounts_start(struct seq_file *m, loff_t *pos)
{
	down_read(&namespace_sem);
	return mounts_at(*pos);
}

static void *mounts_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct mount *mnt = v;

	++*pos;
	if (list_is_last(&mnt->mnt_list, &init_mnt_ns.list))
		return NULL;
	return list_next_entry(mnt, mnt_list);
}

static void mounts_stop(struct seq_file *m, void *v)
{
	up_read(&namespace_sem);
}

struct flag_word {
	unsigned long flag;
	const char *word;
};

static void show_flags(struct seq_file *m, unsigned long flags, const struct flag_word *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (flags & words[i].flag)
			seq_puts(m, words[i].word);
}

static void show_sb_words(struct seq_file *m, const struct super_block *sb)
{
	static const struct flag_word words[] = {
		{ SB_SYNCHRONOUS, ",sync" }, { SB_DIRSYNC, ",dirsync" }, { SB_MANDLOCK, ",mand" },
		{ SB_LAZYTIME, ",lazytime" },
	};

	show_flags(m, READ_ONCE(sb->s_flags), words, ARRAY_SIZE(words));
}

static void show_mnt_words(struct seq_file *m, const struct vfsmount *mnt)
{
	static const struct flag_word words[] = {
		{ MNT_NOSUID, ",nosuid" }, { MNT_NODEV, ",nodev" }, { MNT_NOEXEC, ",noexec" },
		{ MNT_NOATIME, ",noatime" }, { MNT_NODIRATIME, ",nodiratime" }, { MNT_RELATIME, ",relatime" },
		{ MNT_NOSYMFOLLOW, ",nosymfollow" },
	};

	show_flags(m, READ_ONCE(mnt->mnt_flags), words, ARRAY_SIZE(words));
}

static int show_place(struct seq_file *m, struct mount *mnt)
{
	const struct path path = { .mnt = &mnt->mnt, .dentry = mnt->mnt.mnt_root };

	return seq_path(m, &path, FIELD_ENDS);
}

static int show_sb_options(struct seq_file *m, struct mount *mnt)
{
	struct super_block *sb = mnt->mnt.mnt_sb;

	return sb->s_op->show_options ? sop_show_options(sb->s_op, m, mnt->mnt.mnt_root) : 0;
}

static int mounts_show(struct seq_file *m, void *v)
{
	struct mount *mnt = v;
	struct super_block *sb = mnt->mnt.mnt_sb;
	int err;

	seq_escape(m, mnt->mnt_devname, FIELD_ENDS);
	seq_putc(m, ' ');
	err = show_place(m, mnt);
	if (err)
		return err;
	seq_putc(m, ' ');
	seq_escape(m, sb->s_type->name, FIELD_ENDS);
	seq_puts(m, __mnt_is_readonly(&mnt->mnt) ? " ro" : " rw");
	show_sb_words(m, sb);
	show_mnt_words(m, &mnt->mnt);
	err = show_sb_options(m, mnt);
	seq_puts(m, " 0 0\n");
	return err;
}

/* The part of its file system that is mounted. */
static int show_root(struct seq_file *m, struct dentry *root)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL), *name;

	if (!page)
		return -ENOMEM;
	name = dentry_path_raw(root, page, PATH_MAX);
	if (!IS_ERR(name))
		seq_escape(m, name, FIELD_ENDS);
	kfree(page);
	return PTR_ERR_OR_ZERO(name);
}

static int mountinfo_show(struct seq_file *m, void *v)
{
	struct mount *mnt = v;
	struct super_block *sb = mnt->mnt.mnt_sb;
	int err;

	seq_printf(m, "%d %d %u:%u ", mnt->mnt_id, mnt->mnt_parent->mnt_id, MAJOR(sb->s_dev), MINOR(sb->s_dev));
	err = show_root(m, mnt->mnt.mnt_root);
	seq_putc(m, ' ');
	if (!err)
		err = show_place(m, mnt);
	if (err)
		return err;
	seq_puts(m, mnt->mnt.mnt_flags & MNT_READONLY ? " ro" : " rw");
	show_mnt_words(m, &mnt->mnt);
	seq_puts(m, " - ");
	seq_escape(m, sb->s_type->name, FIELD_ENDS);
	seq_putc(m, ' ');
	seq_escape(m, mnt->mnt_devname, FIELD_ENDS);
	seq_puts(m, sb_rdonly(sb) ? " ro" : " rw");
	show_sb_words(m, sb);
	err = show_sb_options(m, mnt);
	seq_putc(m, '\n');
	return err;
}

static int mountstats_show(struct seq_file *m, void *v)
{
	struct mount *mnt = v;
	int err;

	seq_puts(m, "device ");
	seq_escape(m, mnt->mnt_devname, FIELD_ENDS);
	seq_puts(m, " mounted on ");
	err = show_place(m, mnt);
	seq_puts(m, " with fstype ");
	seq_escape(m, mnt->mnt.mnt_sb->s_type->name, FIELD_ENDS);
	seq_putc(m, '\n');
	return err;
}

/* A process that has ended has left the namespace. */
static int open_mounts(struct inode *inode, struct file *file, const struct seq_operations *ops)
{
	struct task_struct *task = get_proc_task(inode);
	bool lives = false;

	if (task) {
		task_lock(task);
		lives = task->fs;
		task_unlock(task);
		put_task_struct(task);
	}
	return lives ? seq_open(file, ops) : -EINVAL;
}

#define MOUNTS_FILE(name)							\
	static const struct seq_operations name##_ops = {			\
		.start = mounts_start,						\
		.next = mounts_next,						\
		.stop = mounts_stop,						\
		.show = name##_show,						\
	};									\
	static int name##_open(struct inode *inode, struct file *file)		\
	{									\
		return open_mounts(inode, file, &name##_ops);			\
	}									\
	const struct file_operations pid_##name##_operations = {		\
		.open = name##_open,						\
		.read_iter = seq_read_iter,					\
		.splice_read = copy_splice_read,				\
		.llseek = seq_lseek,						\
		.release = seq_release,						\
	}

MOUNTS_FILE(mounts);
MOUNTS_FILE(mountinfo);
MOUNTS_FILE(mountstats);
