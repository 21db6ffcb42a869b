// SPDX-License-Identifier: MIT
/*
 * Shared by the files that open, close and create.
 */
#ifndef FS_FILE_INTERNAL_H
#define FS_FILE_INTERNAL_H

#include "fs/fs.h"

/* O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2; FMODE_READ and FMODE_WRITE are bits: add one */
#define OPEN_FMODE(flags)	((fmode_t)(((flags) + 1) & O_ACCMODE))
#define ACC_MODE(flags)		("\004\002\006\006"[(flags) & O_ACCMODE])

/* what an open(2) asks for, in the walk's terms */
struct open_flags {
	int open_flag;
	umode_t mode;
	int acc_mode;		/* MAY_* */
	int intent;		/* LOOKUP_OPEN and friends */
	int lookup_flags;
};

int build_open_flags(int flags, umode_t mode, struct open_flags *op);
struct filename;
struct file *do_filp_open(int dfd, struct filename *name, const struct open_flags *op);
struct file *do_file_open_root(const struct path *root, const char *name,
			       const struct open_flags *op);
long do_sys_open(int dfd, const char __user *name, int flags, umode_t mode);
struct files_struct;
/* The current process owns the file, for signals, if nobody does. */
void f_setown_if_none(struct file *filp);
int filp_close_owner(struct file *file, void *owner);
int filp_close_sync(struct file *filp);
void close_fd_range(unsigned int first, unsigned int last, bool cloexec);
void set_close_on_exec(unsigned int fd, int flag);
int replace_fd(unsigned int fd, struct file *file, unsigned int flags);
void fdtable_init(void);
/* an open that failed half-way, or after opening: the usual end for the latter */
void fput_never_opened(struct file *file);
bool may_open_dev(const struct path *path);

#endif
