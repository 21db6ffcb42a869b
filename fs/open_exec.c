// SPDX-License-Identifier: MIT
/*
 * Opening a file to execute it: a regular file that the caller may execute, on a mount where that is allowed.
 *
 * While it is open this way it cannot be opened for writing (i_writecount below zero), and a file that is open for
 * writing cannot be executed (ETXTBSY). put_exec_file() ends both.
 */
#include "fs/file_internal.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/notify/fsnotify.h"
#include "kernel/lib/err.h"

/* flags: AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. An open file that denies writing to others, or an error pointer. */
struct file *do_open_execat(int fd, struct filename *name, int flags)
{
	struct open_flags op = {
		.open_flag = O_LARGEFILE | O_RDONLY,
		.acc_mode = MAY_EXEC,
		.intent = LOOKUP_OPEN,
		.lookup_flags = LOOKUP_FOLLOW,
	};
	struct file *file;
	int err;

	if (flags & AT_SYMLINK_NOFOLLOW)
		op.lookup_flags &= ~LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		op.lookup_flags |= LOOKUP_EMPTY;
	file = do_filp_open(fd, name, &op);
	if (IS_ERR(file))
		return file;
	err = -EACCES;
	if (S_ISREG(file_inode(file)->i_mode) && !(file->f_path.mnt->mnt_flags & MNT_NOEXEC))
		err = deny_write_access(file);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	fsnotify_open_exec(file);
	return file;
}

struct file *open_exec(const char *name)
{
	struct filename *filename = getname_kernel(name);
	struct file *file;

	if (IS_ERR(filename))
		return ERR_CAST(filename);
	file = do_open_execat(AT_FDCWD, filename, 0);
	putname(filename);
	return file;
}

void put_exec_file(struct file *file)
{
	if (!file)
		return;
	allow_write_access(file);
	fput(file);
}
