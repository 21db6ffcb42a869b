// SPDX-License-Identifier: MIT
/*
 * The table of open files of a process.
 *
 * A lookup reads fdt and fd[n] under RCU and takes a reference with inc-not-zero; changes are
 * made under file_lock. Growing publishes a bigger copy and frees the old one after a grace
 * period.
 */
#ifndef FS_FDTABLE_H
#define FS_FDTABLE_H

#include "kernel/lib/types.h"
#include "kernel/lock/seqlock.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/wait.h"
#include "kernel/x86/atomic.h"
#include "fs/path.h"

struct file;
struct task_struct;
struct path;

#define NR_OPEN_DEFAULT	64

struct fdtable {
	unsigned int max_fds;
	struct file **fd;		/* file_lock to write, RCU to read */
	unsigned long *close_on_exec;	/* file_lock */
	unsigned long *open_fds;	/* file_lock */
	unsigned long *full_fds_bits;	/* words of open_fds that are full; file_lock */
	struct rcu_head rcu;
};

struct files_struct {
	atomic_t count;			/* tasks that share the table */
	bool resize_in_progress;	/* file_lock */
	wait_queue_head_t resize_wait;
	struct fdtable *fdt;		/* file_lock to write, RCU to read */
	struct fdtable fdtab;
	spinlock_t file_lock;
	unsigned int next_fd;		/* no free number below it; file_lock */
	unsigned long close_on_exec_init[1];
	unsigned long open_fds_init[1];
	unsigned long full_fds_bits_init[1];
	struct file *fd_array[NR_OPEN_DEFAULT];
};

/* root and working directory */
struct fs_struct {
	int users;		/* lock */
	spinlock_t lock;
	seqcount_t seq;		/* lock */
	int umask;
	struct path root, pwd;	/* lock; RCU walks check seq */
};

extern struct files_struct init_files;
extern struct fs_struct init_fs;
extern unsigned int sysctl_nr_open;

/* clone and exit (task room). dup_fd/copy_fs_struct return NULL, error in *errp, without memory. */
struct files_struct *dup_fd(struct files_struct *old, int *errp);
struct fs_struct *copy_fs_struct(struct fs_struct *old);
/* Drop the calling task's table / directories; may sleep. */
void exit_files(struct task_struct *tsk);
void exit_fs(struct task_struct *tsk);
void put_files_struct(struct files_struct *files);
void free_fs_struct(struct fs_struct *fs);
void do_close_on_exec(struct files_struct *files);
bool get_close_on_exec(unsigned int fd);
int unshare_files(struct files_struct **displaced);
/* The current task gets a root, working directory and umask of its own. 0 or -ENOMEM; may sleep. */
int unshare_fs(void);

void get_fs_root(struct fs_struct *fs, struct path *root);
void get_fs_pwd(struct fs_struct *fs, struct path *pwd);
void set_fs_root(struct fs_struct *fs, const struct path *path);
/* Whoever has old as root or working directory gets new. */
void chroot_fs_refs(const struct path *old, const struct path *new);
void set_fs_pwd(struct fs_struct *fs, const struct path *path);
int current_umask(void);

/* A free number below the rlimit, reserved until fd_install or put_unused_fd; -EMFILE, -ENOMEM. */
int get_unused_fd_flags(unsigned int flags);
int __alloc_fd(struct files_struct *files, unsigned int start, unsigned int end, unsigned int flags);
void put_unused_fd(unsigned int fd);
/* Publishes file (consumes the caller's reference) at a reserved number. */
void fd_install(unsigned int fd, struct file *file);
int close_fd(unsigned int fd);

/* a file from a number, with a note of what the end of its use must do */
struct fd {
	struct file *file;
	unsigned int flags;
};
#define FDPUT_FPUT		1
#define FDPUT_POS_UNLOCK	2

struct file *fget(unsigned int fd);
struct file *fget_raw(unsigned int fd);		/* O_PATH files as well */
/* Of another task: the file, O_PATH files as well; is it closed by exec; the first open number from *fd on. */
struct file *fget_task(struct task_struct *task, unsigned int fd);
bool task_close_on_exec(struct task_struct *task, unsigned int fd);
bool next_task_fd(struct task_struct *task, unsigned int *fd);
unsigned long __fdget(unsigned int fd);
unsigned long __fdget_raw(unsigned int fd);
unsigned long __fdget_pos(unsigned int fd);
void __f_unlock_pos(struct file *file);
void fput(struct file *file);

static inline struct fd __to_fd(unsigned long v)
{
	return (struct fd){ (struct file *)(v & ~3UL), v & 3 };
}

static inline struct fd fdget(unsigned int fd)
{
	return __to_fd(__fdget(fd));
}

static inline struct fd fdget_raw(unsigned int fd)
{
	return __to_fd(__fdget_raw(fd));
}

static inline struct fd fdget_pos(unsigned int fd)
{
	return __to_fd(__fdget_pos(fd));
}

static inline void fdput(struct fd f)
{
	if (f.flags & FDPUT_FPUT)
		fput(f.file);
}

static inline void fdput_pos(struct fd f)
{
	if (f.flags & FDPUT_POS_UNLOCK)
		__f_unlock_pos(f.file);
	fdput(f);
}

/* Opens 0, 1 and 2 on the console in the current task's table. 0 or -errno. May sleep. */
int console_open_std(void);

void files_init(void);

#endif
