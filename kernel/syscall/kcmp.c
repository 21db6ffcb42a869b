// SPDX-License-Identifier: MIT
/*
 * kcmp: do two tasks share an object of the kernel's?
 *
 * The answer orders what is not the same, so that programs can sort; the order is that of the addresses, disguised by numbers drawn at
 * the first use, which tell nothing of where things are. The objects are only compared, so they need not be there any more when the answer arrives.
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/access.h"
#include "kernel/task/random.h"
#include "kernel/task/task.h"
#include "kernel/x86/cmpxchg.h"

enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_IO, KCMP_SYSVSEM, KCMP_TYPES };

/* Never 0 once drawn; the multiplier is odd, so that different addresses stay different. */
static u64 disguise_xor, disguise_mul;

static void draw(u64 *number)
{
	if (!READ_ONCE(*number))
		cmpxchg(number, 0, get_random_u64() | 1);
}

/* 0: the same, 1: the first comes before the second, 2: behind it. */
static long compare(const void *a, const void *b)
{
	u64 x, y;

	draw(&disguise_xor);
	draw(&disguise_mul);
	x = ((u64)a ^ disguise_xor) * disguise_mul;
	y = ((u64)b ^ disguise_xor) * disguise_mul;
	return x == y ? 0 : x < y ? 1 : 2;
}

static long compare_files(struct task_struct *a, unsigned int fd_a, struct task_struct *b, unsigned int fd_b)
{
	struct file *file_a = fget_task(a, fd_a), *file_b = fget_task(b, fd_b);
	long ret = file_a && file_b ? compare(file_a, file_b) : -EBADF;

	if (file_a)
		fput(file_a);
	if (file_b)
		fput(file_b);
	return ret;
}

static const void *shared_object(struct task_struct *task, int type)
{
	switch (type) {
	case KCMP_VM:
		return READ_ONCE(task->mm);
	case KCMP_FILES:
		return READ_ONCE(task->files);
	case KCMP_FS:
		return READ_ONCE(task->fs);
	case KCMP_SIGHAND:
		return READ_ONCE(task->sighand);
	case KCMP_SYSVSEM:
		return READ_ONCE(task->sysvsem_undo);
	}
	return NULL;		/* KCMP_IO: no task has an I/O context of its own */
}

static long compare_tasks(struct task_struct *a, struct task_struct *b, int type, unsigned long idx1, unsigned long idx2)
{
	if (!may_access_task(a, ACCESS_REALCREDS) || !may_access_task(b, ACCESS_REALCREDS))
		return -EPERM;
	if (type == KCMP_FILE)
		return compare_files(a, idx1, b, idx2);
	if (type < 0 || type >= KCMP_TYPES)
		return -EINVAL;
	return compare(shared_object(a, type), shared_object(b, type));
}

long sys_kcmp(pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2)
{
	struct task_struct *a = find_get_task_by_vpid(pid1), *b = find_get_task_by_vpid(pid2);
	long ret = a && b ? compare_tasks(a, b, type, idx1, idx2) : -ESRCH;

	if (a)
		put_task_struct(a);
	if (b)
		put_task_struct(b);
	return ret;
}
