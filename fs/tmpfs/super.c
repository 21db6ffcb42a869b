// SPDX-License-Identifier: MIT
/*
 * Mounting tmpfs: limits and options.
 *
 * size= (bytes with k, m, g, ... or a percentage of memory), nr_blocks= (pages), nr_inodes=, mode=, uid=, gid=; without
 * them half of the memory and as many inodes as half of its pages, as on Linux. 0 is no limit. A remount can
 * change the limits, but not below what is in use, and cannot limit what was unlimited.
 */
#include "fs/tmpfs/tmpfs.h"
#include "fs/dcache.h"
#include "fs/seq_file.h"
#include "fs/super.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/random.h"
#include "kernel/task/task.h"
#include "mm/gfp.h"
#include "mm/page.h"
#include "mm/slab.h"

#define DEFAULT_MODE (S_IRWXUGO | S_ISVTX)

/* What the options said. */
struct tmpfs_options {
	unsigned long blocks, inodes;
	bool has_blocks, has_inodes;
	umode_t mode;
	uid_t uid;
	gid_t gid;
};

static unsigned long default_blocks(void)
{
	return totalram_pages() / 2;
}

/* ---- options ---- */

/* A number with its unit, or with '%' a share of memory, in pages. */
static int parse_size(const char *value, unsigned long *pages)
{
	char *rest;
	unsigned long long n = memparse(value, &rest);

	if (rest == value)
		return -EINVAL;
	if (*rest == '%') {
		n = n * totalram_pages() / 100 * PAGE_SIZE;
		rest++;
	}
	*pages = DIV_ROUND_UP(n, PAGE_SIZE);
	return *rest ? -EINVAL : 0;
}

static int parse_count(const char *value, unsigned long *count)
{
	char *rest;

	*count = memparse(value, &rest);
	return rest == value || *rest ? -EINVAL : 0;
}

static int parse_number(const char *value, unsigned int base, unsigned int max, unsigned int *n)
{
	return kstrtouint(value, base, n) || *n > max ? -EINVAL : 0;
}

static int parse_option(char *word, struct tmpfs_options *opt)
{
	char *value = word;
	unsigned int n = 0;
	int err = 0;

	strsep(&value, "=");
	/* The width of inode numbers: they always have 64 bits. */
	if (!value)
		return strcmp(word, "inode64") && strcmp(word, "inode32") ? -EINVAL : 0;
	if (!strcmp(word, "size")) {
		err = parse_size(value, &opt->blocks);
		opt->has_blocks = true;
	} else if (!strcmp(word, "nr_blocks")) {
		err = parse_count(value, &opt->blocks);
		opt->has_blocks = true;
	} else if (!strcmp(word, "nr_inodes")) {
		err = parse_count(value, &opt->inodes);
		opt->has_inodes = true;
	} else if (!strcmp(word, "mode")) {
		err = parse_number(value, 8, UINT_MAX, &n);
		opt->mode = n & 07777;
	} else if (!strcmp(word, "uid")) {
		err = parse_number(value, 10, UINT_MAX - 1, &opt->uid);
	} else if (!strcmp(word, "gid")) {
		err = parse_number(value, 10, UINT_MAX - 1, &opt->gid);
	} else {
		err = -EINVAL;
	}
	return err;
}

static int parse_options(char *data, struct tmpfs_options *opt)
{
	char *word;

	while (data && (word = strsep(&data, ",")) != NULL) {
		int err = *word ? parse_option(word, opt) : 0;

		if (err) {
			pr_info("tmpfs: bad option \"%s\"\n", word);
			return err;
		}
	}
	return 0;
}

/* The options are a string of the caller's, which may be a constant. */
static int parse_copy(const char *data, struct tmpfs_options *opt)
{
	char *copy = kstrdup(data ? data : "", GFP_KERNEL);
	int err = copy ? parse_options(copy, opt) : -ENOMEM;

	kfree(copy);
	return err;
}

int tmpfs_show_options(struct seq_file *m, struct dentry *root)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(root->d_sb);
	unsigned long blocks = READ_ONCE(sbi->max_blocks), inodes = READ_ONCE(sbi->max_inodes);

	if (blocks != default_blocks())
		seq_printf(m, ",size=%luk", blocks << (PAGE_SHIFT - 10));
	if (inodes != default_blocks())
		seq_printf(m, ",nr_inodes=%lu", inodes);
	if (sbi->mode != DEFAULT_MODE)
		seq_printf(m, ",mode=%03o", sbi->mode);
	if (sbi->uid)
		seq_printf(m, ",uid=%u", sbi->uid);
	if (sbi->gid)
		seq_printf(m, ",gid=%u", sbi->gid);
	seq_puts(m, ",inode64");
	return 0;
}

/* s_umount exclusive. Writers compare what they use with the limit after they have counted it, so none slips through. */
int tmpfs_remount(struct super_block *sb, int *flags, char *data)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);
	struct tmpfs_options opt = { .blocks = 0 };
	int err = parse_copy(data, &opt);

	if (err)
		return err;
	spin_lock(&sbi->lock);
	if (opt.has_blocks && opt.blocks && (!sbi->max_blocks || atomic_long_read(&sbi->used_blocks) > opt.blocks))
		err = -EINVAL;
	if (opt.has_inodes && opt.inodes && (!sbi->max_inodes || atomic_long_read(&sbi->used_inodes) > opt.inodes))
		err = -EINVAL;
	if (!err && opt.has_blocks)
		WRITE_ONCE(sbi->max_blocks, opt.blocks);
	if (!err && opt.has_inodes)
		WRITE_ONCE(sbi->max_inodes, opt.inodes);
	spin_unlock(&sbi->lock);
	return err;
}

/* ---- mount ---- */

int tmpfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(dentry->d_sb);
	unsigned long blocks = READ_ONCE(sbi->max_blocks), inodes = READ_ONCE(sbi->max_inodes);
	unsigned long used = atomic_long_read(&sbi->used_blocks), names = atomic_long_read(&sbi->used_inodes);

	simple_statfs(dentry, buf);
	if (blocks) {
		buf->f_blocks = blocks;
		buf->f_bavail = buf->f_bfree = used < blocks ? blocks - used : 0;
	}
	if (inodes) {
		buf->f_files = inodes;
		buf->f_ffree = names < inodes ? inodes - names : 0;
	}
	buf->f_fsid.val[0] = (u32)dentry->d_sb->s_dev;
	return 0;
}

static struct tmpfs_sb_info *new_info(struct super_block *sb, const char *data)
{
	bool internal = sb->s_flags & SB_KERNMOUNT;
	struct tmpfs_options opt = {
		.blocks = internal ? 0 : default_blocks(), .inodes = internal ? 0 : default_blocks(),
		.mode = DEFAULT_MODE, .uid = current_fsuid(), .gid = current_fsgid(),
	};
	struct tmpfs_sb_info *sbi;
	int err = parse_copy(data, &opt);

	if (err)
		return ERR_PTR(err);
	sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	if (!sbi)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&sbi->lock);
	xa_init(&sbi->handles);
	sbi->generation = get_random_u32();
	sbi->max_blocks = opt.blocks;
	sbi->max_inodes = opt.inodes;
	sbi->mode = opt.mode;
	sbi->uid = opt.uid;
	sbi->gid = opt.gid;
	return sbi;
}

int tmpfs_fill_super(struct super_block *sb, void *data, int silent)
{
	struct tmpfs_sb_info *sbi = new_info(sb, data);
	struct inode *root;

	if (IS_ERR(sbi))
		return PTR_ERR(sbi);
	sb->s_fs_info = sbi;
	sb->s_op = &tmpfs_super_operations;
	sb->s_d_op = &simple_dentry_operations;
	sb->s_xattr = tmpfs_xattr_handlers;
	sb->s_export_op = &tmpfs_export_operations;
	sb->s_magic = TMPFS_MAGIC;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_maxbytes = LLONG_MAX & PAGE_MASK;
	sb->s_time_gran = 1;
	root = tmpfs_new_inode(sb, NULL, S_IFDIR | sbi->mode, 0);
	if (!IS_ERR(root)) {
		root->i_uid = sbi->uid;
		root->i_gid = sbi->gid;
		sb->s_root = d_make_root(root);
		if (sb->s_root)
			return 0;
	}
	kfree(sbi);
	sb->s_fs_info = NULL;
	return IS_ERR(root) ? PTR_ERR(root) : -ENOMEM;
}

static struct dentry *tmpfs_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	return mount_nodev(type, flags, data, tmpfs_fill_super);
}

struct file_system_type tmpfs_type = {
	.name = "tmpfs",
	.mount = tmpfs_mount,
	.kill_sb = kill_litter_super,
};

static int tmpfs_init(void)
{
	int err = tmpfs_inode_init();

	if (!err)
		err = register_filesystem(&tmpfs_type);
	if (!err)
		err = shmem_init();
	if (!err)
		err = devtmpfs_init();
	return err;
}
core_initcall(tmpfs_init);
