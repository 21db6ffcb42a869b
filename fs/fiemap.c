// SPDX-License-Identifier: MIT
/* The FIEMAP ioctl: see fiemap.h. */
#include "fs/fiemap.h"

#include "fs/fs.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/x86/uaccess.h"
#include "mm/pagemap.h"

/* struct fiemap of the ABI; the extents follow */
struct fiemap {
	u64 fm_start;
	u64 fm_length;
	u32 fm_flags;
	u32 fm_mapped_extents;
	u32 fm_extent_count;
	u32 fm_reserved;
};

int fiemap_fill_next_extent(struct fiemap_extent_info *info, u64 logical, u64 phys, u64 len, u32 flags)
{
	struct fiemap_extent extent = { .fe_logical = logical, .fe_physical = phys, .fe_length = len, .fe_flags = flags };

	if (info->fi_extents_max) {
		if (info->fi_extents_mapped >= info->fi_extents_max)
			return 1;
		if (copy_to_user(info->fi_extents_start + info->fi_extents_mapped, &extent, sizeof(extent)))
			return -EFAULT;
	}
	info->fi_extents_mapped++;
	if (info->fi_extents_mapped == info->fi_extents_max)
		return 1;
	return flags & FIEMAP_EXTENT_LAST ? 1 : 0;
}

int fiemap_prep(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 *len, u32 supported)
{
	u64 max = inode->i_sb->s_maxbytes;
	u32 unknown = info->fi_flags & ~(supported | FIEMAP_FLAG_SYNC);

	if (!*len)
		return -EINVAL;
	if (start >= max)
		return -EFBIG;
	if (*len > max || max - *len < start)
		*len = max - start;
	/* The program is told which flags were wrong. */
	if (unknown) {
		info->fi_flags = unknown;
		return -EBADR;
	}
	return info->fi_flags & FIEMAP_FLAG_SYNC ? filemap_write_and_wait(inode->i_mapping) : 0;
}

int ioctl_fiemap(struct file *file, void __user *arg)
{
	struct inode *inode = file_inode(file);
	struct fiemap_extent_info info = { 0 };
	struct fiemap fiemap;
	int err;

	if (!inode->i_op->fiemap)
		return -EOPNOTSUPP;
	if (copy_from_user(&fiemap, arg, sizeof(fiemap)))
		return -EFAULT;
	if (fiemap.fm_extent_count > UINT_MAX / sizeof(struct fiemap_extent))
		return -EINVAL;
	info.fi_flags = fiemap.fm_flags;
	info.fi_extents_max = fiemap.fm_extent_count;
	info.fi_extents_start = arg + sizeof(fiemap);
	err = iop_fiemap(inode->i_op, inode, &info, fiemap.fm_start, fiemap.fm_length);
	fiemap.fm_flags = info.fi_flags;
	fiemap.fm_mapped_extents = info.fi_extents_mapped;
	if (copy_to_user(arg, &fiemap, sizeof(fiemap)))
		return -EFAULT;
	return err;
}
