// SPDX-License-Identifier: MIT
/*
 * File system types, and the helpers their ->mount and ->kill_sb are made of.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/block_dev.h"
#include "fs/super_internal.h"
#include "gen/file_system_type_calls.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rwlock.h"
#include "mm/backing-dev.h"
#include "drivers/block/blk_types.h"
#include "drivers/block/blkdev.h"

/* ---- types ---- */

static struct file_system_type *file_systems;	/* file_systems_lock */
static DEFINE_RWLOCK(file_systems_lock);

static struct file_system_type **find_filesystem(const char *name, unsigned int len)
{
	struct file_system_type **p;

	for (p = &file_systems; *p; p = &(*p)->next)
		if (strncmp((*p)->name, name, len) == 0 && !(*p)->name[len])
			break;
	return p;
}

/* -EBUSY if the name is taken. */
int register_filesystem(struct file_system_type *type)
{
	struct file_system_type **p;
	int res = 0;

	write_lock(&file_systems_lock);
	p = find_filesystem(type->name, strlen(type->name));
	if (*p || type->next)
		res = -EBUSY;
	else
		*p = type;
	write_unlock(&file_systems_lock);
	return res;
}

int unregister_filesystem(struct file_system_type *type)
{
	struct file_system_type **p;
	int res = -EINVAL;

	write_lock(&file_systems_lock);
	for (p = &file_systems; *p; p = &(*p)->next) {
		if (*p == type) {
			*p = type->next;
			type->next = NULL;
			res = 0;
			break;
		}
	}
	write_unlock(&file_systems_lock);
	return res;
}

/* By name; a subtype after a dot is not part of it. NULL if unknown. */
struct file_system_type *get_fs_type(const char *name)
{
	const char *dot = strchr(name, '.');
	struct file_system_type *type;

	read_lock(&file_systems_lock);
	type = *find_filesystem(name, dot ? dot - name : strlen(name));
	read_unlock(&file_systems_lock);
	return type;
}

void for_each_filesystem(void (*fn)(const struct file_system_type *type, void *arg), void *arg)
{
	read_lock(&file_systems_lock);
	for (const struct file_system_type *type = file_systems; type; type = type->next)
		fn(type, arg);
	read_unlock(&file_systems_lock);
}

/* ---- anonymous devices: numbers for file systems without one ---- */

#define ANON_DEVS 4096
static DEFINE_SPINLOCK(anon_lock);
static DECLARE_BITMAP(anon_map, ANON_DEVS);	/* anon_lock; bit 0 is never given out */

int get_anon_bdev(dev_t *dev)
{
	unsigned long n;

	spin_lock(&anon_lock);
	n = find_next_zero_bit(anon_map, ANON_DEVS, 1);
	if (n < ANON_DEVS)
		__set_bit(n, anon_map);
	spin_unlock(&anon_lock);
	if (n >= ANON_DEVS)
		return -EMFILE;
	*dev = MKDEV(0, n);
	return 0;
}

void free_anon_bdev(dev_t dev)
{
	spin_lock(&anon_lock);
	__clear_bit(MINOR(dev), anon_map);
	spin_unlock(&anon_lock);
}

/* sb_lock held. */
int set_anon_super(struct super_block *sb, void *data)
{
	return get_anon_bdev(&sb->s_dev);
}

void kill_anon_super(struct super_block *sb)
{
	dev_t dev = sb->s_dev;

	generic_shutdown_super(sb);
	free_anon_bdev(dev);
}

/* For file systems whose tree is its dentries. */
void kill_litter_super(struct super_block *sb)
{
	if (sb->s_root)
		d_genocide(sb->s_root);
	kill_anon_super(sb);
}

struct dentry *mount_nodev(struct file_system_type *type, int flags, void *data,
			   int (*fill_super)(struct super_block *, void *, int))
{
	struct super_block *s = sget(type, NULL, set_anon_super, flags, NULL);
	int error;

	if (IS_ERR(s))
		return ERR_CAST(s);
	error = fill_super(s, data, flags & SB_SILENT ? 1 : 0);
	if (error) {
		deactivate_locked_super(s);
		return ERR_PTR(error);
	}
	s->s_flags |= SB_ACTIVE;
	return dget(s->s_root);
}

/* A file system with one root inode that no program can mount: pipes, block devices. */
struct dentry *mount_pseudo(struct file_system_type *type, const char *name,
			    const struct super_operations *ops,
			    const struct dentry_operations *dops, unsigned long magic)
{
	static const struct super_operations simple_super_ops = { .statfs = simple_statfs };
	struct super_block *s = sget(type, NULL, set_anon_super, SB_KERNMOUNT | SB_NOUSER, NULL);
	struct inode *root;

	if (IS_ERR(s))
		return ERR_CAST(s);
	s->s_maxbytes = 0x7fffffffffffffffLL;
	s->s_blocksize = PAGE_SIZE;
	s->s_blocksize_bits = PAGE_SHIFT;
	s->s_magic = magic;
	s->s_op = ops ? ops : &simple_super_ops;
	s->s_time_gran = 1;
	root = new_inode(s);
	if (!root)
		goto fail;
	root->i_ino = 1;
	root->i_mode = S_IFDIR | S_IRUSR | S_IWUSR;
	root->i_atime = root->i_mtime = root->i_ctime = current_time(root);
	s->s_root = d_make_root(root);
	if (!s->s_root)
		goto fail;
	s->s_d_op = dops;
	s->s_flags |= SB_ACTIVE;
	return dget(s->s_root);
fail:
	deactivate_locked_super(s);
	return ERR_PTR(-ENOMEM);
}

/* ---- block devices ---- */

/* sb_lock held. */
static int set_bdev_super(struct super_block *s, void *data)
{
	s->s_bdev = data;
	s->s_dev = s->s_bdev->bd_dev;
	return 0;
}

static int test_bdev_super(struct super_block *s, void *data)
{
	return s->s_bdev == data;
}

struct dentry *mount_bdev(struct file_system_type *type, int flags, const char *dev_name,
			  void *data, int (*fill_super)(struct super_block *, void *, int))
{
	fmode_t mode = FMODE_READ | FMODE_EXCL;
	struct block_device *bdev;
	struct super_block *s;
	int error;

	if (!(flags & SB_RDONLY))
		mode |= FMODE_WRITE;
	bdev = blkdev_get_by_path(dev_name, mode, type);
	if (IS_ERR(bdev))
		return ERR_CAST(bdev);
	s = sget(type, test_bdev_super, set_bdev_super, flags, bdev);
	if (IS_ERR(s)) {
		blkdev_put(bdev, mode);
		return ERR_CAST(s);
	}
	if (s->s_root) {
		/* Mounted already: one more mount of the same superblock, in the same mode. */
		if ((flags ^ s->s_flags) & SB_RDONLY) {
			deactivate_locked_super(s);
			blkdev_put(bdev, mode);
			return ERR_PTR(-EBUSY);
		}
		/* blkdev_put takes bd_mutex, which is ordered before s_umount elsewhere. */
		up_write(&s->s_umount);
		blkdev_put(bdev, mode);
		down_write(&s->s_umount);
		return dget(s->s_root);
	}
	s->s_mode = mode;
	snprintf(s->s_id, sizeof(s->s_id), "%s", bdev->bd_disk->disk_name);
	if (inode_to_bdi(bdev->bd_inode))
		s->s_bdi = inode_to_bdi(bdev->bd_inode);
	sb_set_blocksize(s, bdev->bd_block_size ? (int)bdev->bd_block_size : PAGE_SIZE);
	error = fill_super(s, data, flags & SB_SILENT ? 1 : 0);
	if (error) {
		deactivate_locked_super(s);
		return ERR_PTR(error);
	}
	s->s_flags |= SB_ACTIVE;
	bdev->bd_super = s;
	return dget(s->s_root);
}

void kill_block_super(struct super_block *sb)
{
	struct block_device *bdev = sb->s_bdev;
	fmode_t mode = sb->s_mode;

	bdev->bd_super = NULL;
	generic_shutdown_super(sb);
	sync_blockdev(bdev);
	blkdev_put(bdev, mode | FMODE_EXCL);
}

/* ---- the one caller of ->mount ---- */

/*
 * The root dentry, with an active reference to its superblock, which is born and unlocked; ERR_PTR.
 * May sleep.
 */
struct dentry *mount_fs(struct file_system_type *type, int flags, const char *name, void *data)
{
	struct dentry *root = fst_mount(type, type, flags, name, data);
	struct super_block *sb;

	if (IS_ERR(root))
		return root;
	sb = root->d_sb;
	BUG_ON(!sb);
	WARN_ON(!sb->s_bdi);
	/* All that fill_super set up is visible to whoever sees the flag. */
	smp_wmb();
	sb->s_flags |= SB_BORN;
	WARN_ON(sb->s_maxbytes < 0);
	up_write(&sb->s_umount);
	return root;
}
