/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID and /proc/PID/task/TID: what the files of a process share.
 *
 * Everything below such a directory names its process by a struct pid, never by a task: a process that has gone is then told
 * from one that got its number later. Each use looks for the task anew and takes a reference.
 */
#ifndef FS_PROC_PID_H
#define FS_PROC_PID_H

#include "fs/proc/internal.h"
#include "kernel/task/pid.h"
#include "kernel/task/task.h"

struct mm_struct;

/* where an entry appears */
#define IN_PROCESS 1
#define IN_THREAD  2
#define IN_BOTH	   (IN_PROCESS | IN_THREAD)

/* One name below a process's directory: a directory or a file with operations of its own, a text, or a link to an object. */
struct pid_entry {
	const char *name;
	umode_t mode;
	unsigned int where;
	const struct inode_operations *iop;
	const struct file_operations *fop;
	/* The whole text. @whole: of the process, not of the one thread. */
	int (*show)(struct seq_file *m, struct task_struct *task, bool whole);
	/* What the link leads to, with references. 0 or -errno. */
	int (*link)(struct task_struct *task, struct path *path);
};

/* The task of an inode of this tree, with a reference, or NULL if it has been released. */
static inline struct task_struct *get_proc_task(const struct inode *inode)
{
	return get_pid_task(PROC_I(inode)->pid, PIDTYPE_PID);
}

/* pid.c: called for the root directory and for every dentry of a process */
struct dentry *pid_root_lookup(struct inode *dir, struct dentry *dentry);
int pid_root_readdir(struct file *file, struct dir_context *ctx);
int pid_revalidate(struct inode *inode, unsigned int flags);

/* An inode that belongs to @task; @kind and @index tell it from the others of that task. NULL: no memory or the task has gone. */
enum pid_inode_kind { PID_INO_PROCESS, PID_INO_THREAD, PID_INO_THREAD_DIR, PID_INO_ENTRY, PID_INO_THREAD_ENTRY, PID_INO_FD,
		      PID_INO_FDINFO, PID_INO_MAP_FILE };
struct inode *pid_make_inode(struct super_block *sb, struct task_struct *task, umode_t mode, enum pid_inode_kind kind,
			     unsigned int index);
u64 pid_ino(pid_t nr, enum pid_inode_kind kind, unsigned int index);
/* The number that a name spells, or UINT_MAX. */
unsigned int pid_name_to_number(const struct qstr *name);
/* ->getattr of everything here: the owner is the process's. */
int pid_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags);

/* pid_link.c */
extern const struct inode_operations pid_link_inode_operations;
int pid_exe_link(struct task_struct *task, struct path *path);
int pid_cwd_link(struct task_struct *task, struct path *path);
int pid_root_link(struct task_struct *task, struct path *path);
/* ->get_link and ->readlink of links to objects; @find is what pid_entry->link is. */
const char *pid_follow_link(struct dentry *dentry, int (*find)(struct dentry *dentry, struct path *path));
int pid_read_link(struct dentry *dentry, char __user *buffer, int buflen, int (*find)(struct dentry *dentry, struct path *path));

/* pid_fd.c */
extern const struct inode_operations pid_fd_dir_inode_operations, pid_fdinfo_dir_inode_operations;
extern const struct file_operations pid_fd_dir_operations, pid_fdinfo_dir_operations;
/* Is the descriptor still open? Also sets the mode of its link. */
bool pid_fd_revalidate(struct inode *inode, struct task_struct *task);

/* pid_stat.c, pid_status.c */
int pid_stat_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_statm_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_status_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_limits_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_wchan_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_cgroup_show(struct seq_file *m, struct task_struct *task, bool whole);
extern const struct file_operations pid_comm_operations;
/* The state's letter and word, as in "S (sleeping)". */
const char *pid_state_text(struct task_struct *task);

/* pid_maps.c, pid_smaps.c, pid_mem.c */
extern const struct file_operations pid_maps_operations, pid_smaps_operations, pid_smaps_rollup_operations;
extern const struct file_operations pid_mem_operations, pid_cmdline_operations, pid_environ_operations, pid_auxv_operations;
extern const struct file_operations pid_pagemap_operations;

/* pid_sched.c */
int pid_sched_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_schedstat_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_io_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_syscall_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_personality_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_timers_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_children_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_id_map_show(struct seq_file *m, struct task_struct *task, bool whole);
int pid_setgroups_show(struct seq_file *m, struct task_struct *task, bool whole);
extern const struct file_operations pid_timerslack_operations;

/* pid_oom.c */
int pid_oom_score_show(struct seq_file *m, struct task_struct *task, bool whole);
extern const struct file_operations pid_oom_score_adj_operations, pid_oom_adj_operations;

/* pid_map_files.c */
extern const struct inode_operations pid_map_files_dir_inode_operations, pid_map_link_inode_operations;
extern const struct file_operations pid_map_files_dir_operations, pid_clear_refs_operations;

/* mounts.c */
extern const struct file_operations pid_mounts_operations, pid_mountinfo_operations, pid_mountstats_operations;

#endif
