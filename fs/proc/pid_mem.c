// SPDX-License-Identifier: MIT
/*
 * /proc/PID/mem, cmdline, environ, auxv: the memory of another process.
 *
 * It is copied through a page of our own, with the other's mmap_sem held only while its pages are looked up, and never while the
 * reader's memory is touched, which may fault and take the reader's.
 */
#include "fs/fs.h"
#include "fs/proc/pid_mm.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/sched.h"
#include "kernel/task/yama.h"
#include "kernel/x86/uaccess.h"
#include "mm/page.h"
#include "mm/slab.h"

/* ---- opened once, with the address space ---- */

static int mem_open(struct inode *inode, struct file *file)
{
	struct mm_struct *mm = pid_open_mm(inode);

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	file->private_data = mm;
	return 0;
}

/* What can change the other, or see all of it. */
static int mem_attach(struct inode *inode, struct file *file)
{
	struct task_struct *task = get_proc_task(inode);
	bool ok;

	if (!task)
		return -ESRCH;
	ok = yama_permits(task);
	put_task_struct(task);
	return ok ? mem_open(inode, file) : -EACCES;
}

static int mem_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		mmdrop(file->private_data);
	return 0;
}

/* Copies up to @count bytes at @addr to (or from) the program; bytes, or -errno if there are none. */
static ssize_t copy_memory(struct mm_struct *mm, unsigned long addr, char __user *buf, size_t count, bool write)
{
	size_t done = 0;
	ssize_t err = 0;
	char *page;

	if (!count || !mmget_not_zero(mm))
		return 0;
	page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!page)
		err = -ENOMEM;
	while (!err && done < count) {
		int n = min_t(size_t, count - done, PAGE_SIZE);

		if (write && copy_from_user(page, buf + done, n)) {
			err = -EFAULT;
			break;
		}
		n = access_process_vm(mm, addr + done, page, n, FOLL_FORCE | (write ? FOLL_WRITE : 0));
		if (!n)
			err = -EIO;
		else if (!write && copy_to_user(buf + done, page, n))
			err = -EFAULT;
		else
			done += n;
		if (fatal_signal_pending(current))
			break;
	}
	kfree(page);
	mmput(mm);
	return done ? (ssize_t)done : err;
}

static ssize_t mem_rw(struct file *file, char __user *buf, size_t count, loff_t *pos, bool write)
{
	struct mm_struct *mm = file->private_data;
	ssize_t n = mm ? copy_memory(mm, *pos, buf, count, write) : 0;

	if (n > 0)
		*pos += n;
	return n;
}

static ssize_t mem_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return mem_rw(file, buf, count, pos, false);
}

static ssize_t mem_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return mem_rw(file, (char __user *)buf, count, pos, true);
}

/* Positions are addresses: all 64 bits of them. */
static loff_t mem_lseek(struct file *file, loff_t offset, int whence)
{
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		offset += file->f_pos;
		break;
	default:
		return -EINVAL;
	}
	file->f_pos = offset;
	return offset;
}

const struct file_operations pid_mem_operations = {
	.open = mem_attach,
	.read = mem_read,
	.write = mem_write,
	.llseek = mem_lseek,
	.release = mem_release,
};

/* ---- environ ---- */

static ssize_t environ_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct mm_struct *mm = file->private_data;
	unsigned long start, end;
	ssize_t n;

	if (!mm)
		return 0;
	start = READ_ONCE(mm->env_start);
	end = READ_ONCE(mm->env_end);
	if (*pos < 0 || (u64)*pos >= end - start || end < start)
		return 0;
	n = copy_memory(mm, start + *pos, buf, min_t(size_t, count, end - start - *pos), false);
	if (n > 0)
		*pos += n;
	return n;
}

const struct file_operations pid_environ_operations = {
	.open = mem_open,
	.read = environ_read,
	.llseek = mem_lseek,
	.release = mem_release,
};

/* ---- auxv: pairs up to and with AT_NULL ---- */

static ssize_t auxv_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct mm_struct *mm = file->private_data;
	unsigned int words = 0;
	size_t size;

	if (!mm)
		return 0;
	do {
		words += 2;
	} while (words < AT_VECTOR_SIZE && mm->saved_auxv[words - 2]);
	size = words * sizeof(mm->saved_auxv[0]);
	if (*pos < 0 || (u64)*pos >= size)
		return 0;
	count = min_t(size_t, count, size - *pos);
	if (copy_to_user(buf, (char *)mm->saved_auxv + *pos, count))
		return -EFAULT;
	*pos += count;
	return count;
}

const struct file_operations pid_auxv_operations = {
	.open = mem_open,
	.read = auxv_read,
	.llseek = generic_file_llseek,
	.release = mem_release,
};

/* ---- cmdline ---- */

/*
 * The arguments as the process has them now, each ended by a zero. One that has overwritten the last zero, to give itself a longer
 * title, means a text that may go on into the environment and ends at the first zero.
 */
static ssize_t cmdline_piece(struct mm_struct *mm, char __user *buf, size_t count, loff_t pos)
{
	unsigned long start = READ_ONCE(mm->arg_start), end = READ_ONCE(mm->arg_end), env_end = READ_ONCE(mm->env_end);
	char last;

	if (start >= end || pos < 0)
		return 0;
	if (access_process_vm(mm, end - 1, &last, 1, 0) != 1)
		return 0;
	if (last && env_end > end) {
		/* Where does it end? Looked for a piece at a time. */
		unsigned long at = start;
		char text[64];

		while (at < env_end) {
			int n = access_process_vm(mm, at, text, min_t(unsigned long, sizeof(text), env_end - at), 0);
			int len = n > 0 ? (int)strnlen(text, n) : 0;

			at += len;
			if (n <= 0 || len < n)
				break;
		}
		end = min(at + 1, env_end);
	}
	if ((u64)pos >= end - start)
		return 0;
	return copy_memory(mm, start + pos, buf, min_t(size_t, count, end - start - pos), false);
}

/* Read by anybody, as ps does it. */
static ssize_t cmdline_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct task_struct *task = get_proc_task(file_inode(file));
	struct mm_struct *mm;
	ssize_t n;

	if (!task)
		return -ESRCH;
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return 0;
	n = cmdline_piece(mm, buf, count, *pos);
	mmput(mm);
	if (n > 0)
		*pos += n;
	return n;
}

const struct file_operations pid_cmdline_operations = {
	.read = cmdline_read,
	.llseek = generic_file_llseek,
};
