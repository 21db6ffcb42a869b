// SPDX-License-Identifier: MIT
/*
 * Opening and closing: from a path to a descriptor, the file system's ->open, and write access
 * counts.
 *
 * inode->i_writecount: positive is the number of files open for writing, negative the number of
 * running programs mapped from it; the two exclude each other.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/file_internal.h"
#include "fs/locks.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/notify/fsnotify.h"
#include "kernel/lib/bug.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/pagemap.h"

int get_write_access(struct inode *inode)
{
	return atomic_inc_unless_negative(&inode->i_writecount) ? 0 : -ETXTBSY;
}

int deny_write_access(struct file *file)
{
	return atomic_dec_unless_positive(&file_inode(file)->i_writecount) ? 0 : -ETXTBSY;
}

void put_write_access(struct inode *inode)
{
	atomic_dec(&inode->i_writecount);
}

void allow_write_access(struct file *file)
{
	if (file)
		atomic_inc(&file_inode(file)->i_writecount);
}

/* ---- the file system's open ---- */

static int do_dentry_open(struct file *f, struct inode *inode,
			  int (*open)(struct inode *, struct file *))
{
	static const struct file_operations empty_fops;
	int error;

	path_get(&f->f_path);
	f->f_inode = inode;
	f->f_mapping = inode->i_mapping;
	f->f_wb_err = filemap_sample_wb_err(f->f_mapping);
	f->f_sb_err = errseq_sample(&f->f_path.dentry->d_sb->s_wb_err);
	if (unlikely(f->f_flags & O_PATH)) {
		f->f_mode = FMODE_PATH | FMODE_OPENED;
		f->f_op = &empty_fops;
		return 0;
	}
	if ((f->f_mode & FMODE_WRITE) && (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode) ||
					  S_ISLNK(inode->i_mode))) {
		error = get_write_access(inode);
		if (unlikely(error))
			goto cleanup_file;
		error = __mnt_want_write(f->f_path.mnt);
		if (unlikely(error)) {
			put_write_access(inode);
			goto cleanup_file;
		}
		f->f_mode |= FMODE_WRITER;
	}
	/* POSIX: the position of files and directories changes atomically. */
	if (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode))
		f->f_mode |= FMODE_ATOMIC_POS;
	f->f_op = inode->i_fop;
	if (WARN_ON(!f->f_op)) {
		error = -ENODEV;
		goto cleanup_all;
	}
	error = break_lease(inode, f->f_flags);
	if (error)
		goto cleanup_all;
	/* Seekable unless ->open says otherwise. */
	f->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	if (open)
		error = open(inode, f);
	else if (f->f_op->open)
		error = fop_open(f->f_op, inode, f);
	if (error)
		goto cleanup_all;
	f->f_mode |= FMODE_OPENED;
	/* a directory, too: it is vfs_read() that refuses, with EISDIR */
	if ((f->f_mode & FMODE_READ) && (f->f_op->read || f->f_op->read_iter || S_ISDIR(inode->i_mode)))
		f->f_mode |= FMODE_CAN_READ;
	if ((f->f_mode & FMODE_WRITE) && (f->f_op->write || f->f_op->write_iter))
		f->f_mode |= FMODE_CAN_WRITE;
	f->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	file_ra_state_init(&f->f_ra, f->f_mapping->host->i_mapping);
	if ((f->f_flags & O_DIRECT) &&
	    (S_ISDIR(inode->i_mode) || !f->f_mapping->a_ops || !f->f_mapping->a_ops->direct_IO))
		return -EINVAL;		/* open already: closed by fput */
	return 0;

cleanup_all:
	if (WARN_ON(error > 0))
		error = -EINVAL;
	if (f->f_mode & FMODE_WRITER) {
		put_write_access(inode);
		__mnt_drop_write(f->f_path.mnt);
		f->f_mode &= ~FMODE_WRITER;
	}
cleanup_file:
	path_put(&f->f_path);
	f->f_path.mnt = NULL;
	f->f_path.dentry = NULL;
	f->f_inode = NULL;
	return error;
}

/* For ->atomic_open: the file system has opened this dentry. open: NULL for ->open. */
int finish_open(struct file *file, struct dentry *dentry, int (*open)(struct inode *, struct file *))
{
	BUG_ON(file->f_mode & FMODE_OPENED);
	file->f_path.dentry = dentry;
	return do_dentry_open(file, d_backing_inode(dentry), open);
}

/* For ->atomic_open: only looked it up. Takes over the dentry's reference. */
int finish_no_open(struct file *file, struct dentry *dentry)
{
	file->f_path.dentry = dentry;
	return 0;
}

int vfs_open(const struct path *path, struct file *file)
{
	file->f_path = *path;
	return do_dentry_open(file, d_backing_inode(path->dentry), NULL);
}

struct file *dentry_open(const struct path *path, int flags, const struct cred *cred)
{
	struct file *f = alloc_empty_file(flags, cred);
	int error;

	if (IS_ERR(f))
		return f;
	error = vfs_open(path, f);
	if (error) {
		fput_never_opened(f);
		return ERR_PTR(error);
	}
	return f;
}

/* 64-bit programs never ask for a file too large for them; nothing else to check. */
int generic_file_open(struct inode *inode, struct file *file)
{
	return 0;
}

int nonseekable_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

/* Neither position nor lock for one: reads and writes may wait for each other. */
int stream_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file->f_mode |= FMODE_STREAM;
	return 0;
}

/* ---- open(2) ---- */

int build_open_flags(int flags, umode_t mode, struct open_flags *op)
{
	int lookup_flags = 0, acc_mode = ACC_MODE(flags);

	/* Unknown flags were always ignored by open and openat. */
	flags &= VALID_OPEN_FLAGS;
	if ((flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT))
		return -EINVAL;
	op->mode = flags & (O_CREAT | __O_TMPFILE) ? (mode & S_IALLUGO) | S_IFREG : 0;
	if (flags & __O_SYNC)
		flags |= O_DSYNC;
	if (flags & __O_TMPFILE) {
		if ((flags & O_TMPFILE_MASK) != O_TMPFILE)
			return -EINVAL;
		if (!(acc_mode & MAY_WRITE))
			return -EINVAL;
	} else if (flags & O_PATH) {
		flags &= O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
		acc_mode = 0;
	}
	op->open_flag = flags & ~O_CLOEXEC;
	if (flags & O_TRUNC)
		acc_mode |= MAY_WRITE;
	if (flags & O_APPEND)
		acc_mode |= MAY_APPEND;
	op->acc_mode = acc_mode;
	op->intent = flags & O_PATH ? 0 : LOOKUP_OPEN;
	if (flags & O_CREAT) {
		op->intent |= LOOKUP_CREATE;
		/* A symlink in the last place is an existing name. */
		if (flags & O_EXCL) {
			op->intent |= LOOKUP_EXCL;
			flags |= O_NOFOLLOW;
		}
	}
	if (flags & O_DIRECTORY)
		lookup_flags |= LOOKUP_DIRECTORY;
	if (!(flags & O_NOFOLLOW))
		lookup_flags |= LOOKUP_FOLLOW;
	op->lookup_flags = lookup_flags;
	return 0;
}

struct file *filp_open(const char *name, int flags, umode_t mode)
{
	struct filename *filename = getname_kernel(name);
	struct open_flags op;
	struct file *file;
	int err;

	if (IS_ERR(filename))
		return ERR_CAST(filename);
	err = build_open_flags(flags, mode, &op);
	file = err ? ERR_PTR(err) : do_filp_open(AT_FDCWD, filename, &op);
	putname(filename);
	return file;
}

struct file *file_open_root(const struct path *root, const char *name, int flags, umode_t mode)
{
	struct open_flags op;
	int err = build_open_flags(flags, mode, &op);

	return err ? ERR_PTR(err) : do_file_open_root(root, name, &op);
}

static long do_sys_open_how(int dfd, const char __user *filename, const struct open_flags *op,
			    int flags)
{
	struct filename *tmp = getname(filename);
	struct file *f;
	int fd;

	if (IS_ERR(tmp))
		return PTR_ERR(tmp);
	fd = get_unused_fd_flags(flags);
	if (fd >= 0) {
		f = do_filp_open(dfd, tmp, op);
		if (IS_ERR(f)) {
			put_unused_fd(fd);
			fd = PTR_ERR(f);
		} else {
			fsnotify_open(f);
			fd_install(fd, f);
		}
	}
	putname(tmp);
	return fd;
}

long do_sys_open(int dfd, const char __user *filename, int flags, umode_t mode)
{
	struct open_flags op;
	int err = build_open_flags(flags, mode, &op);

	return err ? err : do_sys_open_how(dfd, filename, &op, flags);
}

long sys_open(const char __user *path, int flags, umode_t mode)
{
	return do_sys_open(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

long sys_openat(int dfd, const char __user *path, int flags, umode_t mode)
{
	return do_sys_open(dfd, path, flags | O_LARGEFILE, mode);
}

long sys_creat(const char __user *path, umode_t mode)
{
	return do_sys_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, mode);
}

/* struct open_how of the ABI */
struct open_how {
	u64 flags;
	u64 mode;
	u64 resolve;
};

#define RESOLVE_NO_XDEV	      0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS   0x04
#define RESOLVE_BENEATH	      0x08
#define RESOLVE_IN_ROOT	      0x10
#define RESOLVE_CACHED	      0x20
#define RESOLVE_ALL	      0x3f

/* There has been one size of it yet. */
static int copy_open_how(struct open_how *how, const void __user *uhow, size_t size)
{
	if (size < sizeof(*how))
		return -EINVAL;
	return copy_struct_from_user(how, sizeof(*how), uhow, size);
}

/* How the walk is restricted, as LOOKUP_* flags; or -errno. */
static int resolve_flags(const struct open_how *how)
{
	int flags = 0;

	if ((how->resolve & ~(u64)RESOLVE_ALL) ||
	    (how->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) == (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return -EINVAL;
	if (how->resolve & RESOLVE_NO_XDEV)
		flags |= LOOKUP_NO_XDEV;
	if (how->resolve & RESOLVE_NO_MAGICLINKS)
		flags |= LOOKUP_NO_MAGICLINKS;
	if (how->resolve & RESOLVE_NO_SYMLINKS)
		flags |= LOOKUP_NO_SYMLINKS | LOOKUP_NO_MAGICLINKS;
	if (how->resolve & RESOLVE_BENEATH)
		flags |= LOOKUP_BENEATH;
	if (how->resolve & RESOLVE_IN_ROOT)
		flags |= LOOKUP_IN_ROOT;
	if (how->resolve & RESOLVE_CACHED) {
		if (how->flags & (O_TRUNC | O_CREAT | __O_TMPFILE))
			return -EAGAIN;
		flags |= LOOKUP_CACHED;
	}
	return flags;
}

/* Unlike open, every unknown bit is an error, and the walk can be restricted. */
long sys_openat2(int dfd, const char __user *path, void __user *uhow, size_t size)
{
	struct open_how how;
	struct open_flags op;
	int err = copy_open_how(&how, uhow, size), resolve;

	if (err)
		return err;
	if (how.flags & ~(u64)VALID_OPEN_FLAGS)
		return -EINVAL;
	if ((how.flags & O_PATH) && (how.flags & ~(u64)(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)))
		return -EINVAL;
	if (how.flags & (O_CREAT | __O_TMPFILE) ? how.mode & ~(u64)S_IALLUGO : how.mode != 0)
		return -EINVAL;
	resolve = resolve_flags(&how);
	if (resolve < 0)
		return resolve;
	err = build_open_flags(how.flags, how.mode, &op);
	op.lookup_flags |= resolve;
	return err ? err : do_sys_open_how(dfd, path, &op, how.flags);
}

/* ---- close ---- */

/* What the end of a descriptor does besides dropping its reference. */
static int filp_flush(struct file *filp, void *owner)
{
	int retval = 0;

	if (WARN_ON(!file_count(filp)))
		return 0;
	if (filp->f_op->flush)
		retval = fop_flush(filp->f_op, filp);
	if (likely(!(filp->f_mode & FMODE_PATH))) {
		dnotify_flush(filp, owner);
		locks_remove_posix(filp, owner);
	}
	return retval;
}

/* Takes the reference of a descriptor; owner: whose record locks go with it. */
int filp_close_owner(struct file *filp, void *owner)
{
	int retval = filp_flush(filp, owner);

	fput(filp);
	return retval;
}

/* The same on the spot: no locks held. */
int filp_close_sync(struct file *filp)
{
	int retval = filp_flush(filp, current->files);

	__fput_sync(filp);
	return retval;
}

int filp_close(struct file *filp)
{
	return filp_close_owner(filp, current->files);
}

long sys_close(unsigned int fd)
{
	int retval = close_fd(fd);

	/* The descriptor is gone: restarting the call would close somebody else's. */
	if (unlikely(retval == -ERESTARTSYS || retval == -ERESTARTNOINTR ||
		     retval == -ERESTARTNOHAND || retval == -ERESTART_RESTARTBLOCK))
		retval = -EINTR;
	return retval;
}

#define CLOSE_RANGE_UNSHARE	2
#define CLOSE_RANGE_CLOEXEC	4

long sys_close_range(unsigned int fd, unsigned int max_fd, unsigned int flags)
{
	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (fd > max_fd)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		struct files_struct *displaced;
		int err = unshare_files(&displaced);

		if (err)
			return err;
		if (displaced)
			put_files_struct(displaced);
	}
	close_fd_range(fd, max_fd, flags & CLOSE_RANGE_CLOEXEC);
	return 0;
}
