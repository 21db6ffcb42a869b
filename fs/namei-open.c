// SPDX-License-Identifier: MIT
/*
 * The walk that ends in an open file.
 *
 * The last component is special: with O_CREAT it is looked up and, if absent, created under the
 * directory's i_rwsem held exclusively (shared without O_CREAT), so that O_EXCL is atomic. Write
 * access to the mount is taken before the lock; that it is not to be had is only reported if
 * something would really have been written.
 */
#include "fs/namei_internal.h"
#include "fs/notify/fsnotify.h"
#include "fs/fdtable.h"
#include "fs/locks.h"
#include "kernel/lib/bug.h"
#include "kernel/task/cred.h"
#include "mm/slab.h"

bool may_open_dev(const struct path *path)
{
	return !(path->mnt->mnt_flags & MNT_NODEV) && !(path->mnt->mnt_sb->s_iflags & SB_I_NODEV);
}

/* Type, permissions and flags of what is about to be opened. 0 or -errno. */
int may_open(const struct path *path, int acc_mode, int flag)
{
	struct inode *inode = path->dentry->d_inode;
	int error;

	if (!inode)
		return -ENOENT;
	switch (inode->i_mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (acc_mode & MAY_WRITE)
			return -EISDIR;
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		break;
	case S_IFBLK:
	case S_IFCHR:
		if (!may_open_dev(path))
			return -EACCES;
		/* fall through */
	case S_IFIFO:
	case S_IFSOCK:
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		break;
	case S_IFREG:
		if ((acc_mode & MAY_EXEC) && (path->mnt->mnt_flags & MNT_NOEXEC))
			return -EACCES;
		break;
	}
	error = inode_permission(inode, MAY_OPEN | acc_mode);
	if (error)
		return error;
	if (IS_APPEND(inode)) {
		if ((flag & O_ACCMODE) != O_RDONLY && !(flag & O_APPEND))
			return -EPERM;
		if (flag & O_TRUNC)
			return -EPERM;
	}
	if ((flag & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* O_TRUNC. */
static int handle_truncate(struct file *file)
{
	const struct path *path = &file->f_path;
	struct inode *inode = path->dentry->d_inode;
	int error = get_write_access(inode);

	if (error)
		return error;
	error = do_truncate(path->dentry, 0, ATTR_MTIME | ATTR_CTIME | ATTR_OPEN, file);
	put_write_access(inode);
	return error;
}

static int may_o_create(const struct path *dir, struct dentry *dentry)
{
	return inode_permission(dir->dentry->d_inode, MAY_WRITE | MAY_EXEC);
}

/*
 * Lookup and open in one operation of the file system. The directory's i_rwsem held, exclusively if
 * O_CREAT is in open_flag. 0 with FMODE_OPENED set, or with path the dentry to go on with.
 */
static int atomic_open(struct nameidata *nd, struct dentry *dentry, struct path *path,
		       struct file *file, int open_flag, umode_t mode)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *const not_set = (void *)-1UL;
	int error;

	file->f_path.dentry = not_set;
	file->f_path.mnt = nd->path.mnt;
	error = iop_atomic_open(dir->i_op, dir, dentry, file, open_flag & ~O_TRUNC, mode);
	d_lookup_done(dentry);
	if (!error) {
		if (file->f_mode & FMODE_OPENED) {
			/* The file has its own references; path is for what comes after. */
			path->dentry = dget(file->f_path.dentry);
			path->mnt = nd->path.mnt;
			if (file->f_mode & FMODE_CREATED)
				fsnotify_create(dir, path->dentry, false);
			dput(dentry);
			return 0;
		}
		if (WARN_ON(file->f_path.dentry == not_set)) {
			error = -EIO;
		} else {
			if (file->f_path.dentry) {
				dput(dentry);
				dentry = file->f_path.dentry;
			}
			file->f_path.dentry = NULL;
			file->f_path.mnt = NULL;
			if ((file->f_mode & FMODE_CREATED) || d_is_positive(dentry) ||
			    !(open_flag & O_CREAT)) {
				path->dentry = dentry;
				path->mnt = nd->path.mnt;
				return 0;
			}
			error = -ENOENT;
		}
	}
	file->f_path.dentry = NULL;
	file->f_path.mnt = NULL;
	dput(dentry);
	return error;
}

/* The name in the directory, cached or in lookup; validated. */
static struct dentry *open_find_dentry(struct nameidata *nd, wait_queue_head_t *wq)
{
	struct dentry *dir = nd->path.dentry;
	struct dentry *dentry = d_lookup(dir, &nd->last);
	int error;

	for (;;) {
		if (!dentry) {
			dentry = d_alloc_parallel(dir, &nd->last, wq);
			if (IS_ERR(dentry))
				return dentry;
		}
		if (d_in_lookup(dentry))
			return dentry;
		error = d_revalidate(dentry, nd->flags);
		if (likely(error > 0))
			return dentry;
		if (error) {
			dput(dentry);
			return ERR_PTR(error);
		}
		d_invalidate(dentry);
		dput(dentry);
		dentry = NULL;
	}
}

/*
 * Looks the last component up and creates it if it must. The directory's i_rwsem held, exclusively
 * with O_CREAT. 0 with *path set; FMODE_CREATED or FMODE_OPENED in file->f_mode say more.
 */
static int lookup_open(struct nameidata *nd, struct path *path, struct file *file,
		       const struct open_flags *op, bool got_write)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct inode *dir_inode = nd->path.dentry->d_inode;
	int open_flag = op->open_flag, error, create_error = 0;
	umode_t mode = op->mode;
	struct dentry *dentry;

	if (unlikely(IS_DEADDIR(dir_inode)))
		return -ENOENT;
	file->f_mode &= ~FMODE_CREATED;
	dentry = open_find_dentry(nd, &wq);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	if (dentry->d_inode)
		goto out;
	if (open_flag & O_CREAT) {
		if (!IS_POSIXACL(dir_inode))
			mode &= ~current_umask();
		create_error = got_write ? may_o_create(&nd->path, dentry) : -EROFS;
		if (create_error)
			open_flag &= ~O_CREAT;
	}
	if (dir_inode->i_op->atomic_open) {
		error = atomic_open(nd, dentry, path, file, open_flag, mode);
		if (unlikely(error == -ENOENT) && create_error)
			error = create_error;
		return error;
	}
	if (d_in_lookup(dentry)) {
		struct dentry *res = iop_lookup(dir_inode->i_op, dir_inode, dentry, nd->flags);

		d_lookup_done(dentry);
		if (unlikely(res)) {
			dput(dentry);
			if (IS_ERR(res))
				return PTR_ERR(res);
			dentry = res;
		}
	}
	if (!dentry->d_inode && (open_flag & O_CREAT)) {
		file->f_mode |= FMODE_CREATED;
		error = -EACCES;
		if (dir_inode->i_op->create)
			error = iop_create(dir_inode->i_op, dir_inode, dentry, mode,
					   open_flag & O_EXCL);
		if (error) {
			dput(dentry);
			return error;
		}
		fsnotify_create(dir_inode, dentry, false);
	}
	if (unlikely(create_error) && !dentry->d_inode) {
		dput(dentry);
		return create_error;
	}
out:
	path->dentry = dentry;
	path->mnt = nd->path.mnt;
	return 0;
}

/* Arrived: checks and the open itself. *got_write: write access to the mount is held. */
static int finish_do_open(struct nameidata *nd, struct file *file, const struct open_flags *op,
			  bool *got_write)
{
	int open_flag = op->open_flag, acc_mode = op->acc_mode, error;
	bool will_truncate = open_flag & O_TRUNC;

	if (!(file->f_mode & (FMODE_OPENED | FMODE_CREATED))) {
		error = complete_walk(nd);
		if (error)
			return error;
		if ((open_flag & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
			return -EEXIST;
		if ((open_flag & O_CREAT) && d_is_dir(nd->path.dentry))
			return -EISDIR;
	}
	if ((nd->flags & LOOKUP_DIRECTORY) && !d_can_lookup(nd->path.dentry))
		return -ENOTDIR;
	if (file->f_mode & FMODE_CREATED) {
		/* The creator may write whatever the mode says, and there is nothing to cut. */
		open_flag &= ~O_TRUNC;
		will_truncate = false;
		acc_mode = 0;
	} else if (!d_is_reg(nd->path.dentry)) {
		will_truncate = false;
	} else if (will_truncate && !*got_write) {
		error = mnt_want_write(nd->path.mnt);
		if (error)
			return error;
		*got_write = true;
	}
	error = may_open(&nd->path, acc_mode, open_flag);
	if (!error && !(file->f_mode & FMODE_OPENED))
		error = vfs_open(&nd->path, file);
	if (!error && will_truncate)
		error = handle_truncate(file);
	return error;
}

/* The last component is not cached, or may have to be made. 1: a symlink to follow. */
static int open_slow(struct nameidata *nd, struct file *file, const struct open_flags *op,
		     bool *got_write)
{
	int open_flag = op->open_flag, error;
	struct dentry *dir = nd->path.dentry;
	struct path path;

	if ((open_flag & (O_CREAT | O_TRUNC)) || (open_flag & O_ACCMODE) != O_RDONLY)
		*got_write = !mnt_want_write(nd->path.mnt);
	if (open_flag & O_CREAT)
		inode_lock(dir->d_inode);
	else
		inode_lock_shared(dir->d_inode);
	error = lookup_open(nd, &path, file, op, *got_write);
	if (open_flag & O_CREAT)
		inode_unlock(dir->d_inode);
	else
		inode_unlock_shared(dir->d_inode);
	if (error)
		return error;
	if (file->f_mode & (FMODE_CREATED | FMODE_OPENED)) {
		path_to_nameidata(&path, nd);
		nd->inode = d_backing_inode(nd->path.dentry);
		nd->flags &= ~LOOKUP_JUMPED;
		return 0;
	}
	/* Nothing was made; waiting for others with freeze protection held helps nobody. */
	if (*got_write) {
		mnt_drop_write(nd->path.mnt);
		*got_write = false;
	}
	if (d_is_negative(path.dentry)) {
		path_to_nameidata(&path, nd);
		return -ENOENT;
	}
	if (unlikely((open_flag & (O_EXCL | O_CREAT)) == (O_EXCL | O_CREAT))) {
		path_to_nameidata(&path, nd);
		return -EEXIST;
	}
	error = follow_managed(&path, nd);
	if (unlikely(error < 0))
		return error;
	return step_into(nd, &path, 0, d_backing_inode(path.dentry), 0);
}

/* The last component. 0: file is open; 1: a symlink to follow; or -errno. */
static int do_last(struct nameidata *nd, struct file *file, const struct open_flags *op)
{
	int open_flag = op->open_flag, error;
	bool got_write = false;
	struct vfsmount *mnt;
	struct inode *inode;
	struct path path;
	unsigned int seq;

	nd->flags &= ~LOOKUP_PARENT;
	nd->flags |= op->intent;
	if (nd->last_type != LAST_NORM) {
		error = walk_component(nd, 0);
		if (unlikely(error))
			return error;
		goto finish;
	}
	if (!(open_flag & O_CREAT)) {
		if (nd->last.name[nd->last.len])
			nd->flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
		error = lookup_fast(nd, &path, &inode, &seq);
		if (error < 0)
			return error;
		if (error > 0) {
			error = step_into(nd, &path, 0, inode, seq);
			if (unlikely(error))
				return error;
			goto finish;
		}
	} else {
		error = complete_walk(nd);
		if (error)
			return error;
		if (unlikely(nd->last.name[nd->last.len]))
			return -EISDIR;
	}
	if (nd->flags & LOOKUP_CACHED)
		return -EAGAIN;
	mnt = nd->path.mnt;
	error = open_slow(nd, file, op, &got_write);
	if (unlikely(error)) {
		if (got_write)
			mnt_drop_write(mnt);
		return error;
	}
finish:
	mnt = nd->path.mnt;
	error = finish_do_open(nd, file, op, &got_write);
	if (got_write)
		mnt_drop_write(mnt);
	/* Positive is for symlinks. */
	if (WARN_ON(error > 0))
		error = -EINVAL;
	return error;
}

/* An open file without a name in dir's file system. ERR_PTR. */
struct dentry *vfs_tmpfile(struct dentry *dir, umode_t mode, int open_flag)
{
	static const struct qstr name = QSTR_INIT("/", 1);
	struct inode *dir_inode = dir->d_inode, *inode;
	struct dentry *child;
	int error;

	error = inode_permission(dir_inode, MAY_WRITE | MAY_EXEC);
	if (error)
		return ERR_PTR(error);
	if (!dir_inode->i_op->tmpfile)
		return ERR_PTR(-EOPNOTSUPP);
	child = d_alloc(dir, &name);
	if (!child)
		return ERR_PTR(-ENOMEM);
	error = iop_tmpfile(dir_inode->i_op, dir_inode, child, mode);
	inode = child->d_inode;
	if (!error && !inode)
		error = -ENOENT;
	if (error) {
		dput(child);
		return ERR_PTR(error);
	}
	if (!(open_flag & O_EXCL)) {
		spin_lock(&inode->i_lock);
		inode->i_state |= I_LINKABLE;
		spin_unlock(&inode->i_lock);
	}
	return child;
}

static int do_tmpfile(struct nameidata *nd, unsigned int flags, const struct open_flags *op,
		      struct file *file)
{
	struct dentry *child;
	struct path path;
	int error = path_lookupat(nd, flags | LOOKUP_DIRECTORY, &path);

	if (unlikely(error))
		return error;
	error = mnt_want_write(path.mnt);
	if (unlikely(error))
		goto out;
	child = vfs_tmpfile(path.dentry, (op->mode & ~current_umask()) | S_IFREG, op->open_flag);
	error = PTR_ERR(child);
	if (IS_ERR(child))
		goto drop;
	dput(path.dentry);
	path.dentry = child;
	/* Nobody else can know it: no need to ask for permission again. */
	error = may_open(&path, 0, op->open_flag);
	if (!error)
		error = vfs_open(&path, file);
drop:
	mnt_drop_write(path.mnt);
out:
	path_put(&path);
	return error;
}

static int do_o_path(struct nameidata *nd, unsigned int flags, struct file *file)
{
	struct path path;
	int error = path_lookupat(nd, flags, &path);

	if (!error) {
		error = vfs_open(&path, file);
		path_put(&path);
	}
	return error;
}

static struct file *path_openat(struct nameidata *nd, const struct open_flags *op,
				unsigned int flags)
{
	struct file *file = alloc_empty_file(op->open_flag, current_cred());
	int error;

	if (IS_ERR(file))
		return file;
	if (unlikely(file->f_flags & __O_TMPFILE)) {
		error = do_tmpfile(nd, flags, op, file);
	} else if (unlikely(file->f_flags & O_PATH)) {
		error = do_o_path(nd, flags, file);
	} else {
		const char *s = path_init(nd, flags);

		while (!(error = link_path_walk(s, nd)) && (error = do_last(nd, file, op)) > 0) {
			nd->flags &= ~(LOOKUP_OPEN | LOOKUP_CREATE | LOOKUP_EXCL);
			s = trailing_symlink(nd);
		}
		terminate_walk(nd);
	}
	if (likely(!error)) {
		if (likely(file->f_mode & FMODE_OPENED))
			return file;
		WARN_ON(1);
		error = -EINVAL;
	}
	fput_never_opened(file);
	return ERR_PTR(error);
}

/* Does not consume name. */
struct file *do_filp_open(int dfd, struct filename *name, const struct open_flags *op)
{
	int flags = op->lookup_flags;
	struct nameidata nd;
	struct file *filp;

	set_nameidata(&nd, dfd, name);
	filp = path_openat(&nd, op, flags | LOOKUP_RCU);
	if (unlikely(filp == ERR_PTR(-ECHILD))) {
		nd.total_link_count = 0;
		filp = path_openat(&nd, op, flags);
	}
	if (unlikely(filp == ERR_PTR(-ESTALE))) {
		nd.total_link_count = 0;
		filp = path_openat(&nd, op, flags | LOOKUP_REVAL);
	}
	restore_nameidata(&nd);
	return filp;
}

/* name relative to root, which also bounds it. */
struct file *do_file_open_root(const struct path *root, const char *name,
			       const struct open_flags *op)
{
	struct filename *filename;
	struct nameidata nd;
	struct file *file;
	int flags = op->lookup_flags | LOOKUP_ROOT;

	if (d_is_symlink(root->dentry) && (op->intent & LOOKUP_OPEN))
		return ERR_PTR(-ELOOP);
	filename = getname_kernel(name);
	if (IS_ERR(filename))
		return ERR_CAST(filename);
	nd.root = *root;
	set_nameidata(&nd, -1, filename);
	file = path_openat(&nd, op, flags | LOOKUP_RCU);
	if (unlikely(file == ERR_PTR(-ECHILD))) {
		nd.total_link_count = 0;
		file = path_openat(&nd, op, flags);
	}
	restore_nameidata(&nd);
	putname(filename);
	return file;
}
