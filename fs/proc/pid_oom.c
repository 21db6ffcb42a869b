// SPDX-License-Identifier: MIT
/*
 * /proc/PID/oom_score, oom_score_adj and oom_adj: how likely a process is to be ended when memory runs out (mm/oom.c), and how much
 * more or less likely it was made.
 *
 * The adjustment is one word of the process (READ_ONCE). Lower than what somebody with the privilege last allowed
 * (oom_score_adj_min) it can only be made with the privilege.
 */
#include "fs/fs.h"
#include "fs/proc/pid.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/oom.h"
#include "mm/page.h"

#define OLD_MIN	 (-17)	/* the older scale: -17 never, -16 to 15 */
#define OLD_MAX	 15

int pid_oom_score_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	long total = totalram_pages(), points, score = 0;

	rcu_read_lock();
	points = oom_badness(task->group_leader);
	rcu_read_unlock();
	if (points != LONG_MIN)
		score = (1000 + points * 1000 / total) * 2 / 3;
	seq_printf(m, "%lu\n", score > 0 ? score : 0);
	return 0;
}

static int to_old(int adj)
{
	return adj == OOM_SCORE_ADJ_MAX ? OLD_MAX : adj * -OLD_MIN / OOM_SCORE_ADJ_MAX;
}

static int from_old(int old)
{
	return old == OLD_MAX ? OOM_SCORE_ADJ_MAX : old * OOM_SCORE_ADJ_MAX / -OLD_MIN;
}

static int show_adj(struct inode *inode, struct seq_file *m, bool old)
{
	struct task_struct *task = get_proc_task(inode);
	int adj;

	if (!task)
		return -ESRCH;
	adj = READ_ONCE(task->signal->oom_score_adj);
	put_task_struct(task);
	seq_printf(m, "%d\n", old ? to_old(adj) : adj);
	return 0;
}

static int set_adj(struct task_struct *task, int adj)
{
	struct signal_struct *sig = task->signal;
	unsigned long flags;
	struct sighand_struct *sighand;
	int err = 0;

	sighand = lock_task_sighand(task, &flags);
	if (!sighand)
		return -ESRCH;
	if (adj < sig->oom_score_adj_min && !capable(CAP_SYS_RESOURCE))
		err = -EACCES;
	if (!err) {
		WRITE_ONCE(sig->oom_score_adj, adj);
		if (capable(CAP_SYS_RESOURCE))
			sig->oom_score_adj_min = adj;
	}
	unlock_task_sighand(sighand, &flags);
	return err;
}

static ssize_t write_adj(struct file *file, const char __user *buf, size_t count, bool old)
{
	struct task_struct *task;
	char text[16] = "";
	int value, err;

	if (copy_from_user(text, buf, min_t(size_t, count, sizeof(text) - 1)))
		return -EFAULT;
	if (kstrtoint(strim(text), 0, &value))
		return -EINVAL;
	if (old ? value < OLD_MIN || value > OLD_MAX : value < OOM_SCORE_ADJ_MIN || value > OOM_SCORE_ADJ_MAX)
		return -EINVAL;
	task = get_proc_task(file_inode(file));
	if (!task)
		return -ESRCH;
	err = set_adj(task, old ? from_old(value) : value);
	put_task_struct(task);
	return err ? err : (ssize_t)count;
}

static int adj_show(struct seq_file *m, void *v)
{
	return show_adj(m->private, m, false);
}

static int old_show(struct seq_file *m, void *v)
{
	return show_adj(m->private, m, true);
}

static int adj_open(struct inode *inode, struct file *file)
{
	return single_open(file, adj_show, inode);
}

static int old_open(struct inode *inode, struct file *file)
{
	return single_open(file, old_show, inode);
}

static ssize_t adj_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return write_adj(file, buf, count, false);
}

static ssize_t old_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return write_adj(file, buf, count, true);
}

const struct file_operations pid_oom_score_adj_operations = {
	.open = adj_open,
	.read_iter = seq_read_iter,
	.write = adj_write,
	.llseek = seq_lseek,
	.release = single_release,
};

const struct file_operations pid_oom_adj_operations = {
	.open = old_open,
	.read_iter = seq_read_iter,
	.write = old_write,
	.llseek = seq_lseek,
	.release = single_release,
};
