// SPDX-License-Identifier: MIT
/*
 * /proc/mounts: what is mounted where, one line each in the form of fstab(5): device, place, type, options, two zeros.
 *
 * namespace_sem, held shared from start to stop, keeps the list, and being on the list keeps each mount and with it its
 * superblock; so ->show_options runs without s_umount, and reads options that a remount may be changing.
 */
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/namespace_internal.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/rwsem.h"

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

static int mounts_show(struct seq_file *m, void *v)
{
	static const struct flag_word sb_words[] = {
		{ SB_SYNCHRONOUS, ",sync" }, { SB_DIRSYNC, ",dirsync" }, { SB_MANDLOCK, ",mand" },
		{ SB_LAZYTIME, ",lazytime" },
	};
	static const struct flag_word mnt_words[] = {
		{ MNT_NOSUID, ",nosuid" }, { MNT_NODEV, ",nodev" }, { MNT_NOEXEC, ",noexec" },
		{ MNT_NOATIME, ",noatime" }, { MNT_NODIRATIME, ",nodiratime" }, { MNT_RELATIME, ",relatime" },
	};
	struct mount *mnt = v;
	struct super_block *sb = mnt->mnt.mnt_sb;
	struct path path = { .mnt = &mnt->mnt, .dentry = mnt->mnt.mnt_root };
	int err;

	seq_escape(m, mnt->mnt_devname, FIELD_ENDS);
	seq_putc(m, ' ');
	err = seq_path(m, &path, FIELD_ENDS);
	if (err)
		return err;
	seq_putc(m, ' ');
	seq_escape(m, sb->s_type->name, FIELD_ENDS);
	seq_puts(m, __mnt_is_readonly(&mnt->mnt) ? " ro" : " rw");
	show_flags(m, READ_ONCE(sb->s_flags), sb_words, ARRAY_SIZE(sb_words));
	show_flags(m, READ_ONCE(mnt->mnt.mnt_flags), mnt_words, ARRAY_SIZE(mnt_words));
	if (sb->s_op->show_options)
		err = sop_show_options(sb->s_op, m, mnt->mnt.mnt_root);
	seq_puts(m, " 0 0\n");
	return err;
}

static const struct seq_operations mounts_ops = {
	.start = mounts_start,
	.next = mounts_next,
	.stop = mounts_stop,
	.show = mounts_show,
};

static int mounts_init(void)
{
	return proc_create_seq("mounts", S_IRUGO, NULL, &mounts_ops, NULL) ? 0 : -ENOMEM;
}
late_initcall(mounts_init);
