// SPDX-License-Identifier: MIT
/*
 * Opening a character special file: def_chr_fops.open finds the operations registered for the number and puts them in the
 * place of its own. The table only grows, and only before the first program runs, so readers need no lock.
 */
#include "fs/char_dev.h"

#include "fs/dev_node.h"
#include "fs/fs.h"
#include "fs/shmem.h"
#include "gen/file_operations.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/xarray.h"
#include "kernel/task/random.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/iov_iter.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

static DEFINE_XARRAY(chrdevs); /* by device number */

int register_chrdev_fops(dev_t dev, const struct file_operations *fops)
{
	return xa_insert(&chrdevs, dev, (void *)fops, GFP_KERNEL);
}

static int chrdev_open(struct inode *inode, struct file *file)
{
	const struct file_operations *fops = xa_load(&chrdevs, inode->i_rdev);

	if (!fops)
		return -ENXIO;
	file->f_op = fops;
	return fops->open ? fop_open(fops, inode, file) : 0;
}

const struct file_operations def_chr_fops = {
	.open = chrdev_open,
	.llseek = noop_llseek,
};

/* --- null, zero, full, random: what every program expects to find --------------------------------------- */

static ssize_t read_null(struct kiocb *iocb, struct iov_iter *to)
{
	return 0;
}

static ssize_t write_null(struct kiocb *iocb, struct iov_iter *from)
{
	size_t count = iov_iter_count(from);

	iov_iter_advance(from, count);
	return count;
}

static ssize_t read_zero(struct kiocb *iocb, struct iov_iter *to)
{
	size_t done = 0;

	while (iov_iter_count(to)) {
		size_t piece = min_t(size_t, iov_iter_count(to), PAGE_SIZE), n = iov_iter_zero(piece, to);

		done += n;
		if (n < piece)
			return done ? done : -EFAULT;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

static ssize_t write_full(struct kiocb *iocb, struct iov_iter *from)
{
	return -ENOSPC;
}

static ssize_t read_random(struct kiocb *iocb, struct iov_iter *to)
{
	u8 bytes[256];
	size_t done = 0;

	while (iov_iter_count(to)) {
		size_t piece = min_t(size_t, iov_iter_count(to), sizeof(bytes)), n;

		get_random_bytes(bytes, piece);
		n = copy_to_iter(bytes, piece, to);
		done += n;
		if (n < piece)
			return done ? done : -EFAULT;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

/* Shared, it is an object of its own, as without a file; private, nothing but fresh pages. */
static int mmap_zero(struct file *file, struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_SHARED ? shmem_zero_setup(vma) : 0;
}

/* None of them ever waits. */
static int open_nowait(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

/* What is nothing cannot be spliced from: Linux gives it no ->splice_read, and programs go by that. */
static const struct file_operations null_fops = {
	.open = open_nowait, .read_iter = read_null, .write_iter = write_null, .llseek = noop_llseek,
};
static const struct file_operations zero_fops = {
	.open = open_nowait, .read_iter = read_zero, .splice_read = copy_splice_read, .write_iter = write_null, .mmap = mmap_zero,
	.llseek = noop_llseek,
};
static const struct file_operations full_fops = {
	.read_iter = read_zero, .splice_read = copy_splice_read, .write_iter = write_full, .llseek = noop_llseek,
};
static const struct file_operations random_fops = {
	.open = open_nowait, .read_iter = read_random, .splice_read = copy_splice_read, .write_iter = write_null, .llseek = noop_llseek,
};

static int chrdev_init(void)
{
	/* Numbers, names and modes as Linux has them: memory devices are major 1, terminals 4 and 5. */
	static const struct {
		dev_t dev;
		const char *name;
		umode_t mode;
		const struct file_operations *fops;
	} devices[] = {
		{ MKDEV(1, 3), "null", 0666, &null_fops },	 { MKDEV(1, 5), "zero", 0666, &zero_fops },
		{ MKDEV(1, 7), "full", 0666, &full_fops },	 { MKDEV(1, 8), "random", 0666, &random_fops },
		{ MKDEV(1, 9), "urandom", 0666, &random_fops },	 { MKDEV(4, 64), "ttyS0", 0660, &console_fops },
		{ MKDEV(5, 0), "tty", 0666, &console_fops },	 { MKDEV(5, 1), "console", 0600, &console_fops },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(devices); i++) {
		int err = register_chrdev_fops(devices[i].dev, devices[i].fops);

		if (!err)
			err = dev_node_create(devices[i].name, S_IFCHR | devices[i].mode, devices[i].dev);
		if (err)
			return err;
	}
	return 0;
}
fs_initcall(chrdev_init);
