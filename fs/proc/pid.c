// SPDX-License-Identifier: MIT
/*
 * The tree of processes: /proc/PID, /proc/PID/task/TID, and the entries below.
 *
 * A dentry of a process is valid as long as its struct pid has a task. That is asked each time a path walk passes
 * (d_revalidate), under RCU and without sleeping, so also in rcu-walk; the inode keeps the struct pid until a grace period after its
 * end. Since an unused dentry of a process is not cached (d_delete), nothing of a process that is gone stays behind.
 *
 * The owner of an inode is the process's effective user, taken anew at each look (a process may change it). It is what the
 * permission check reads, so a stale one would only be as old as the walk that asks.
 *
 * A directory lists processes in the order of their numbers, and its position is the number: whoever comes back finds the next
 * larger one, whatever came and went meanwhile. The numbers are gathered a batch at a time, the smallest first, in one pass over the
 * list of tasks, so a whole listing costs O(n) for each batch and not for each entry.
 */
#include "fs/proc/pid.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

/* ---- inodes ---- */

u64 pid_ino(pid_t nr, enum pid_inode_kind kind, unsigned int index)
{
	return (u64)(nr + 1) << 32 | (u64)kind << 28 | index;
}

static void update_owner(struct inode *inode, struct task_struct *task)
{
	const struct cred *cred;

	rcu_read_lock();
	cred = rcu_dereference(task->real_cred);
	WRITE_ONCE(inode->i_uid, cred->euid);
	WRITE_ONCE(inode->i_gid, cred->egid);
	rcu_read_unlock();
}

struct inode *pid_make_inode(struct super_block *sb, struct task_struct *task, umode_t mode, enum pid_inode_kind kind,
			     unsigned int index)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	PROC_I(inode)->pid = get_task_pid(task, PIDTYPE_PID);
	if (!PROC_I(inode)->pid) {
		iput(inode);
		return NULL;
	}
	inode->i_ino = pid_ino(pid_nr(PROC_I(inode)->pid), kind, index);
	inode->i_mode = mode;
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	if (S_ISDIR(mode))
		set_nlink(inode, 2);
	update_owner(inode, task);
	return inode;
}

int pid_revalidate(struct inode *inode, unsigned int flags)
{
	struct task_struct *task;
	int valid = 0;

	/* What a descriptor or an area is can only be asked with the task's lock and a reference. */
	if ((flags & LOOKUP_RCU) && (S_ISLNK(inode->i_mode) && !PROC_I(inode)->pid_entry))
		return -ECHILD;
	rcu_read_lock();
	task = pid_task(PROC_I(inode)->pid, PIDTYPE_PID);
	if (task) {
		update_owner(inode, task);
		valid = 1;
	}
	rcu_read_unlock();
	if (valid && !(flags & LOOKUP_RCU) && S_ISLNK(inode->i_mode) && !PROC_I(inode)->pid_entry) {
		task = get_proc_task(inode);
		valid = task && (inode->i_op == &pid_map_link_inode_operations ? 1 : pid_fd_revalidate(inode, task));
		if (task)
			put_task_struct(task);
	}
	return valid;
}

int pid_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = path->dentry->d_inode;
	struct task_struct *task = get_proc_task(inode);

	if (task) {
		update_owner(inode, task);
		put_task_struct(task);
	}
	generic_fillattr(inode, stat);
	return 0;
}

unsigned int pid_name_to_number(const struct qstr *name)
{
	unsigned int number = 0;

	if (!name->len || name->len > 9 || (name->name[0] == '0' && name->len > 1))
		return UINT_MAX;
	for (unsigned int i = 0; i < name->len; i++) {
		if (name->name[i] < '0' || name->name[i] > '9')
			return UINT_MAX;
		number = number * 10 + (name->name[i] - '0');
	}
	return number;
}

/* The end of a lookup: @inode may be NULL for want of memory or because the task has just gone. */
static struct dentry *splice(struct inode *inode, struct dentry *dentry)
{
	return inode ? d_splice_alias(inode, dentry) : ERR_PTR(-ENOENT);
}

/* ---- texts ---- */

static int text_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	struct task_struct *task = get_proc_task(inode);
	int err;

	if (!task)
		return -ESRCH;
	err = PROC_I(inode)->pid_entry->show(m, task, !PROC_I(inode)->thread);
	put_task_struct(task);
	return err;
}

static int text_open(struct inode *inode, struct file *file)
{
	return single_open(file, text_show, inode);
}

static const struct file_operations pid_text_operations = {
	.open = text_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct inode_operations pid_file_inode_operations = {
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

/* ---- the entries of a process or thread ---- */

static const struct inode_operations task_dir_inode_operations;
static const struct file_operations task_dir_operations;

#define TEXT(name, mode, fn)	  { name, S_IFREG | mode, IN_BOTH, NULL, NULL, fn, NULL }
#define TEXT_IN(name, mode, where, fn) { name, S_IFREG | mode, where, NULL, NULL, fn, NULL }
#define OWN(name, mode, where, f) { name, S_IFREG | mode, where, NULL, &f, NULL, NULL }
#define LINK(name, fn)		  { name, S_IFLNK | 0777, IN_BOTH, &pid_link_inode_operations, NULL, NULL, fn }
#define DIR(name, mode, where, n) { name, S_IFDIR | mode, where, &n##_inode_operations, &n##_operations, NULL, NULL }

static const struct pid_entry entries[] = {
	DIR("task", 0555, IN_PROCESS, task_dir),
	DIR("fd", 0500, IN_BOTH, pid_fd_dir),
	DIR("map_files", 0500, IN_PROCESS, pid_map_files_dir),
	DIR("fdinfo", 0500, IN_BOTH, pid_fdinfo_dir),
	OWN("environ", 0400, IN_BOTH, pid_environ_operations),
	OWN("auxv", 0400, IN_BOTH, pid_auxv_operations),
	TEXT("status", 0444, pid_status_show),
	TEXT("personality", 0400, pid_personality_show),
	TEXT("limits", 0444, pid_limits_show),
	TEXT("sched", 0444, pid_sched_show),
	OWN("comm", 0644, IN_BOTH, pid_comm_operations),
	TEXT("syscall", 0400, pid_syscall_show),
	OWN("cmdline", 0444, IN_BOTH, pid_cmdline_operations),
	TEXT("stat", 0444, pid_stat_show),
	TEXT("statm", 0444, pid_statm_show),
	OWN("maps", 0444, IN_BOTH, pid_maps_operations),
	OWN("mem", 0600, IN_BOTH, pid_mem_operations),
	TEXT_IN("children", 0444, IN_THREAD, pid_children_show),
	LINK("cwd", pid_cwd_link),
	LINK("root", pid_root_link),
	LINK("exe", pid_exe_link),
	OWN("mounts", 0444, IN_BOTH, pid_mounts_operations),
	OWN("mountinfo", 0444, IN_BOTH, pid_mountinfo_operations),
	OWN("mountstats", 0400, IN_PROCESS, pid_mountstats_operations),
	OWN("clear_refs", 0200, IN_BOTH, pid_clear_refs_operations),
	OWN("smaps", 0444, IN_BOTH, pid_smaps_operations),
	OWN("smaps_rollup", 0444, IN_PROCESS, pid_smaps_rollup_operations),
	OWN("pagemap", 0400, IN_BOTH, pid_pagemap_operations),
	TEXT("wchan", 0444, pid_wchan_show),
	TEXT("schedstat", 0444, pid_schedstat_show),
	TEXT("cgroup", 0444, pid_cgroup_show),
	TEXT("oom_score", 0444, pid_oom_score_show),
	OWN("oom_adj", 0644, IN_BOTH, pid_oom_adj_operations),
	OWN("oom_score_adj", 0644, IN_BOTH, pid_oom_score_adj_operations),
	TEXT("io", 0400, pid_io_show),
	TEXT("uid_map", 0444, pid_id_map_show),
	TEXT("gid_map", 0444, pid_id_map_show),
	TEXT("projid_map", 0444, pid_id_map_show),
	TEXT("setgroups", 0444, pid_setgroups_show),
	TEXT_IN("timers", 0444, IN_PROCESS, pid_timers_show),
	OWN("timerslack_ns", 0666, IN_PROCESS, pid_timerslack_operations),
};

static struct inode *entry_inode(struct super_block *sb, struct task_struct *task, const struct pid_entry *e, bool thread)
{
	struct inode *inode = pid_make_inode(sb, task, e->mode, thread ? PID_INO_THREAD_ENTRY : PID_INO_ENTRY, e - entries);

	if (!inode)
		return NULL;
	PROC_I(inode)->pid_entry = e;
	PROC_I(inode)->thread = thread;
	inode->i_op = e->iop ? e->iop : &pid_file_inode_operations;
	if (e->fop || e->show)
		inode->i_fop = e->fop ? e->fop : &pid_text_operations;
	return inode;
}

static struct dentry *pid_dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	bool thread = PROC_I(dir)->thread;
	struct inode *inode = NULL;
	struct task_struct *task = get_proc_task(dir);

	if (!task)
		return ERR_PTR(-ENOENT);
	for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct pid_entry *e = &entries[i];

		if (!(e->where & (thread ? IN_THREAD : IN_PROCESS)) || strlen(e->name) != dentry->d_name.len ||
		    memcmp(e->name, dentry->d_name.name, dentry->d_name.len))
			continue;
		inode = entry_inode(dir->i_sb, task, e, thread);
		break;
	}
	put_task_struct(task);
	return splice(inode, dentry);
}

static int pid_dir_readdir(struct file *file, struct dir_context *ctx)
{
	struct proc_inode *pi = PROC_I(file_inode(file));
	struct task_struct *task = get_proc_task(file_inode(file));

	if (!task)
		return -ENOENT;
	put_task_struct(task);
	if (!dir_emit_dots(file, ctx))
		return 0;
	for (; ctx->pos - 2 < (loff_t)ARRAY_SIZE(entries); ctx->pos++) {
		const struct pid_entry *e = &entries[ctx->pos - 2];

		if ((e->where & (pi->thread ? IN_THREAD : IN_PROCESS)) &&
		    !dir_emit(ctx, e->name, strlen(e->name),
			      pid_ino(pid_nr(pi->pid), pi->thread ? PID_INO_THREAD_ENTRY : PID_INO_ENTRY, e - entries), S_DT(e->mode)))
			break;
	}
	return 0;
}

/* A process's directory has task/, map_files/, fd/ and fdinfo/ below it; a thread's the last two. */
static int pid_dir_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	int err = pid_getattr(path, stat, mask, flags);

	stat->nlink = PROC_I(path->dentry->d_inode)->thread ? 4 : 6;
	return err;
}

/* Who still has the directory of a process that has gone finds nothing in it. */
static int pid_dir_permission(struct inode *inode, int mask, unsigned int flags)
{
	bool gone;

	rcu_read_lock();
	gone = !pid_task(PROC_I(inode)->pid, PIDTYPE_PID);
	rcu_read_unlock();
	return gone ? -ESRCH : generic_permission(inode, mask);
}

static const struct inode_operations pid_dir_inode_operations = {
	.lookup = pid_dir_lookup,
	.permission = pid_dir_permission,
	.getattr = pid_dir_getattr,
	.setattr = proc_setattr,
};

static const struct file_operations pid_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = pid_dir_readdir,
};

static struct inode *pid_dir_inode(struct super_block *sb, struct task_struct *task, bool thread)
{
	struct inode *inode = pid_make_inode(sb, task, S_IFDIR | 0555, thread ? PID_INO_THREAD : PID_INO_PROCESS, 0);

	if (inode) {
		PROC_I(inode)->thread = thread;
		inode->i_op = &pid_dir_inode_operations;
		inode->i_fop = &pid_dir_operations;
	}
	return inode;
}

/* ---- listing numbers ---- */

#define BATCH 128

/* The smallest numbers from @from on, in order. */
struct batch {
	pid_t from;
	unsigned int count;
	pid_t nr[BATCH];
};

static void batch_add(struct batch *b, pid_t nr)
{
	unsigned int i;

	if (nr < b->from || (b->count == BATCH && nr >= b->nr[BATCH - 1]))
		return;
	if (b->count < BATCH)
		b->count++;
	for (i = b->count - 1; i && b->nr[i - 1] > nr; i--)
		b->nr[i] = b->nr[i - 1];
	b->nr[i] = nr;
}

/* The next processes, or threads of @leader's. */
static void batch_fill(struct batch *b, pid_t from, struct task_struct *leader)
{
	struct task_struct *p;

	b->from = from;
	b->count = 0;
	rcu_read_lock();
	if (leader) {
		for_each_thread_rcu (leader->signal, p)
			batch_add(b, task_pid_nr(p));
	} else {
		for_each_task_rcu (p) {
			if (thread_group_leader(p))
				batch_add(b, task_pid_nr(p));
		}
	}
	rcu_read_unlock();
}

/* Lists numbers from position @base on, whose entry is number 0. */
static int list_numbers(struct dir_context *ctx, loff_t base, struct task_struct *leader)
{
	struct batch *b = kmalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	do {
		batch_fill(b, ctx->pos - base, leader);
		for (unsigned int i = 0; i < b->count; i++) {
			char name[12];
			int len = snprintf(name, sizeof(name), "%d", b->nr[i]);

			ctx->pos = base + b->nr[i];
			if (!dir_emit(ctx, name, len, pid_ino(b->nr[i], leader ? PID_INO_THREAD : PID_INO_PROCESS, 0), DT_DIR))
				goto out;
			ctx->pos++;
		}
		cond_resched();
	} while (b->count == BATCH);
out:
	kfree(b);
	return 0;
}

/* ---- /proc/PID/task ---- */

static struct dentry *task_dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct task_struct *leader = get_proc_task(dir), *task;
	unsigned int nr = pid_name_to_number(&dentry->d_name);
	struct inode *inode = NULL;

	if (!leader)
		return ERR_PTR(-ENOENT);
	task = nr == UINT_MAX ? NULL : find_get_task_by_vpid(nr);
	if (task && same_thread_group(task, leader))
		inode = pid_dir_inode(dir->i_sb, task, true);
	if (task)
		put_task_struct(task);
	put_task_struct(leader);
	return splice(inode, dentry);
}

static int task_dir_readdir(struct file *file, struct dir_context *ctx)
{
	struct task_struct *leader = get_proc_task(file_inode(file));
	int err = 0;

	if (!leader)
		return -ENOENT;
	if (dir_emit_dots(file, ctx))
		err = list_numbers(ctx, 2, leader);
	put_task_struct(leader);
	return err;
}

static int task_dir_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct task_struct *leader = get_proc_task(path->dentry->d_inode);

	pid_getattr(path, stat, mask, flags);
	if (leader) {
		stat->nlink += READ_ONCE(leader->signal->nr_threads);
		put_task_struct(leader);
	}
	return 0;
}

static const struct inode_operations task_dir_inode_operations = {
	.lookup = task_dir_lookup,
	.getattr = task_dir_getattr,
	.setattr = proc_setattr,
};

static const struct file_operations task_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = task_dir_readdir,
};

/* ---- the root ---- */

/* A thread that leads no process has a directory here, too, but is not listed. */
struct dentry *pid_root_lookup(struct inode *dir, struct dentry *dentry)
{
	unsigned int nr = pid_name_to_number(&dentry->d_name);
	struct task_struct *task;
	struct inode *inode;

	if (nr == UINT_MAX)
		return ERR_PTR(-ENOENT);
	task = find_get_task_by_vpid(nr);
	if (!task)
		return ERR_PTR(-ENOENT);
	inode = pid_dir_inode(dir->i_sb, task, false);
	put_task_struct(task);
	return splice(inode, dentry);
}

#define ROOT_BASE ((loff_t)1 << 32)

int pid_root_readdir(struct file *file, struct dir_context *ctx)
{
	if (ctx->pos < ROOT_BASE)
		ctx->pos = ROOT_BASE;
	return list_numbers(ctx, ROOT_BASE, NULL);
}
