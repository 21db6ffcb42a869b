// SPDX-License-Identifier: MIT
/*
 * Mount options, and the messages of this file system.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/seq_file.h"
#include "kernel/lib/string.h"
#include "kernel/x86/panic.h"

void ext2_msg(struct super_block *sb, const char *level, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printk("%sEXT2-fs (%s): %s\n", level, sb->s_id, text);
}

/* Note in the superblock that e2fsck is wanted. */
static void mark_errors(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	bool known;

	spin_lock(&sbi->s_lock);
	known = sbi->s_mount_state & sbi->s_es->s_state & cpu_to_le16(EXT2_ERROR_FS);
	sbi->s_mount_state |= EXT2_ERROR_FS;
	sbi->s_es->s_state |= cpu_to_le16(EXT2_ERROR_FS);
	spin_unlock(&sbi->s_lock);
	if (!known)
		ext2_commit_super(sb, true);
}

void ext2_error(struct super_block *sb, const char *function, const char *fmt, ...)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	char text[200];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* A badly damaged volume finds an error with every step: say so, but not for ever. */
	if (__ratelimit(&sbi->s_error_limit))
		printk(KERN_CRIT "EXT2-fs error (%s): %s: %s\n", sb->s_id, function, text);
	if (!sb_rdonly(sb))
		mark_errors(sb);
	if (sbi->s_options & EXT2_MOUNT_ERRORS_PANIC)
		panic("EXT2-fs (%s): errors=panic: %s", sb->s_id, text);
	if (!sb_rdonly(sb) && (sbi->s_options & EXT2_MOUNT_ERRORS_RO)) {
		ext2_msg(sb, KERN_CRIT, "going read-only");
		sb->s_flags |= SB_RDONLY;
	}
}

struct flag_option {
	const char *name;
	unsigned long clear, set;
};

static const struct flag_option flag_options[] = {
	{ "bsddf", EXT2_MOUNT_MINIX_DF, 0 },
	{ "minixdf", 0, EXT2_MOUNT_MINIX_DF },
	{ "grpid", 0, EXT2_MOUNT_GRPID },
	{ "bsdgroups", 0, EXT2_MOUNT_GRPID },
	{ "nogrpid", EXT2_MOUNT_GRPID, 0 },
	{ "sysvgroups", EXT2_MOUNT_GRPID, 0 },
	{ "errors=continue", EXT2_MOUNT_ERRORS_MASK, EXT2_MOUNT_ERRORS_CONT },
	{ "errors=remount-ro", EXT2_MOUNT_ERRORS_MASK, EXT2_MOUNT_ERRORS_RO },
	{ "errors=panic", EXT2_MOUNT_ERRORS_MASK, EXT2_MOUNT_ERRORS_PANIC },
	{ "user_xattr", 0, EXT2_MOUNT_XATTR_USER },
	{ "nouser_xattr", EXT2_MOUNT_XATTR_USER, 0 },
};

/* "name=number" into *@value if that is what @word is; -1 if the number is malformed. */
static int number_option(const char *word, const char *name, u32 *value)
{
	size_t len = strlen(name);
	unsigned int n;

	if (strncmp(word, name, len))
		return 0;
	if (kstrtouint(word + len, 10, &n))
		return -1;
	*value = n;
	return 1;
}

static bool parse_word(char *word, struct ext2_options *opts)
{
	unsigned int i;
	int got;

	for (i = 0; i < ARRAY_SIZE(flag_options); i++) {
		if (strcmp(word, flag_options[i].name))
			continue;
		opts->flags = (opts->flags & ~flag_options[i].clear) | flag_options[i].set;
		return true;
	}
	got = number_option(word, "resuid=", &opts->resuid);
	if (!got)
		got = number_option(word, "resgid=", &opts->resgid);
	if (!got)
		got = number_option(word, "sb=", &opts->sb_block);
	return got > 0;
}

bool ext2_parse_options(char *text, struct super_block *sb, struct ext2_options *opts)
{
	char *word;

	while (text && (word = strsep(&text, ","))) {
		if (!*word || parse_word(word, opts))
			continue;
		ext2_msg(sb, KERN_ERR, "unknown or malformed mount option \"%s\"", word);
		return false;
	}
	return true;
}

/* May the reserved blocks be used by somebody else than root, or did the volume say so? */
static void show_reserved(struct seq_file *m, const char *name, u32 id, u16 on_disk)
{
	if (id || on_disk)
		seq_printf(m, ",%s=%u", name, id);
}

/*
 * What differs from an ext2 mounted without options, and how errors are met. s_umount is not held: a
 * remount may change the words meanwhile, each of which is read whole.
 */
int ext2_show_options(struct seq_file *m, struct dentry *root)
{
	struct ext2_sb_info *sbi = EXT2_SB(root->d_sb);
	unsigned long options = READ_ONCE(sbi->s_options);
	const struct ext2_super_block *es = sbi->s_es;
	u16 on_disk = le16_to_cpu(es->s_errors);

	if (sbi->s_sb_block != 1)
		seq_printf(m, ",sb=%u", sbi->s_sb_block);
	if (options & EXT2_MOUNT_MINIX_DF)
		seq_puts(m, ",minixdf");
	if (options & EXT2_MOUNT_GRPID)
		seq_puts(m, ",grpid");
	else if (le32_to_cpu(es->s_default_mount_opts) & EXT2_DEFM_BSDGROUPS)
		seq_puts(m, ",nogrpid");
	show_reserved(m, "resuid", READ_ONCE(sbi->s_resuid), le16_to_cpu(es->s_def_resuid));
	show_reserved(m, "resgid", READ_ONCE(sbi->s_resgid), le16_to_cpu(es->s_def_resgid));
	if (options & EXT2_MOUNT_ERRORS_PANIC)
		seq_puts(m, ",errors=panic");
	else if (options & EXT2_MOUNT_ERRORS_CONT)
		seq_puts(m, ",errors=continue");
	else if (on_disk == EXT2_ERRORS_PANIC || on_disk == EXT2_ERRORS_CONTINUE)
		seq_puts(m, ",errors=remount-ro");
	seq_puts(m, options & EXT2_MOUNT_XATTR_USER ? ",user_xattr" : ",nouser_xattr");
	return 0;
}
