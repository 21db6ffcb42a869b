// SPDX-License-Identifier: MIT
/*
 * Between the read/write core and its system calls.
 */
#ifndef FS_RW_INTERNAL_H
#define FS_RW_INTERNAL_H

#include "fs/fs.h"

/* f_pos, or NULL for a stream */
loff_t *rw_file_ppos(struct file *file);
/* RWF_* of one call, into ki_flags. 0, -EOPNOTSUPP. */
int kiocb_set_rw_flags(struct kiocb *ki, int flags);
ssize_t vfs_readv(struct file *file, const struct iovec __user *vec, unsigned long vlen,
		  loff_t *pos, int flags);
ssize_t vfs_writev(struct file *file, const struct iovec __user *vec, unsigned long vlen,
		   loff_t *pos, int flags);

#endif
