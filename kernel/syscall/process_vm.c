// SPDX-License-Identifier: MIT
/*
 * process_vm_readv and process_vm_writev: bytes between this program's memory and another's.
 *
 * They pass through a buffer of ours, a part of one remote range at a time: the other's mmap_sem is held while its pages are looked up, and never
 * while our own memory is touched, which may fault and take ours. What was copied before something was out of reach counts.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/access.h"
#include "kernel/task/sched.h"
#include "kernel/task/yama.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/mm.h"
#include "mm/slab.h"

#define PIECE (4 * PAGE_SIZE)

/* One piece of a remote range: bytes copied, short where either side ends. */
static size_t copy_piece(struct mm_struct *mm, unsigned long addr, size_t len, struct iov_iter *local, bool write, void *buf)
{
	size_t n;

	if (!write) {
		n = access_process_vm(mm, addr, buf, len, 0);
		return copy_to_iter(buf, n, local);
	}
	n = copy_from_iter(buf, len, local);
	return access_process_vm(mm, addr, buf, n, FOLL_WRITE);
}

static ssize_t copy_ranges(struct mm_struct *mm, const struct iovec *remote, unsigned long count, struct iov_iter *local,
			   bool write)
{
	char *buf = kmalloc(PIECE, GFP_KERNEL);
	bool cut_short = false;
	ssize_t total = 0;

	if (!buf)
		return -ENOMEM;
	for (unsigned long i = 0; i < count && !cut_short; i++) {
		unsigned long addr = (unsigned long)remote[i].iov_base;
		size_t left = remote[i].iov_len;

		while (left && iov_iter_count(local) && !cut_short) {
			size_t len = min_t(size_t, min_t(size_t, left, PIECE), iov_iter_count(local));
			size_t n = copy_piece(mm, addr, len, local, write, buf);

			total += n;
			addr += n;
			left -= n;
			cut_short = n < len || fatal_signal_pending(current);
			cond_resched();
		}
	}
	kfree(buf);
	return total || !cut_short ? total : -EFAULT;
}

/* A process of whom the caller may see everything. */
static struct mm_struct *get_mm(pid_t pid)
{
	struct task_struct *task = find_get_task_by_vpid(pid);
	struct mm_struct *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = yama_permits(task) ? mm_access(task, ACCESS_REALCREDS) : ERR_PTR(-EACCES);
	put_task_struct(task);
	if (!mm)
		return ERR_PTR(-ESRCH);
	return mm == ERR_PTR(-EACCES) ? ERR_PTR(-EPERM) : mm;
}

static ssize_t with_remote(pid_t pid, const struct iovec __user *rvec, unsigned long riovcnt, struct iov_iter *local, bool write)
{
	struct iovec fast[UIO_FASTIOV], *remote = fast;
	struct iov_iter unused;
	struct mm_struct *mm;
	ssize_t ret;

	ret = import_iovec(READ, rvec, riovcnt, UIO_FASTIOV, &remote, &unused);
	if (ret > 0) {
		mm = get_mm(pid);
		ret = PTR_ERR_OR_ZERO(mm);
		if (!ret) {
			ret = copy_ranges(mm, remote ? remote : fast, riovcnt, local, write);
			mmput(mm);
		}
	}
	kfree(remote);
	return ret;
}

static long process_vm_rw(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt, const struct iovec __user *rvec,
			  unsigned long riovcnt, unsigned long flags, bool write)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct iov_iter local;
	ssize_t ret;

	if (flags)
		return -EINVAL;
	ret = import_iovec(write ? WRITE : READ, lvec, liovcnt, UIO_FASTIOV, &iov, &local);
	if (ret > 0)
		ret = with_remote(pid, rvec, riovcnt, &local, write);
	kfree(iov);
	return ret;
}

long sys_process_vm_readv(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt, const struct iovec __user *rvec,
			  unsigned long riovcnt, unsigned long flags)
{
	return process_vm_rw(pid, lvec, liovcnt, rvec, riovcnt, flags, false);
}

long sys_process_vm_writev(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt, const struct iovec __user *rvec,
			   unsigned long riovcnt, unsigned long flags)
{
	return process_vm_rw(pid, lvec, liovcnt, rvec, riovcnt, flags, true);
}
