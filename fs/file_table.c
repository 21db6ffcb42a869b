// SPDX-License-Identifier: MIT
/*
 * Open file descriptions: making them, and closing them with the last reference.
 *
 * The final part of fput calls into the file system and may drop the last reference to an inode
 * or a mount, so it must not run with locks held. A program's task does it on its way out of the
 * system call (task work), after mmap_sem and all else is released; a kernel thread, or an
 * interrupt, hands it to a work item. close(2) holds nothing and does it at once.
 *
 * fget looks at f_count of a file it does not own. The memory may be another open file by then, but it
 * stays a struct file (SLAB_TYPESAFE_BY_RCU), and fget checks after taking its reference that the
 * table still leads to it. So a file that is being made may be referenced by a stranger for a
 * moment, and everybody gives up files only through f_count.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/eventpoll.h"
#include "fs/fdtable.h"
#include "fs/file_internal.h"
#include "fs/locks.h"
#include "fs/mount.h"
#include "fs/notify/fsnotify.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/hardirq.h"
#include "kernel/task/sched.h"
#include "kernel/task/task_work.h"
#include "kernel/task/workqueue.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

static struct kmem_cache *filp_cache;
static atomic_long_t nr_files;
static unsigned long max_files = 8192;		/* constant after boot */

long get_nr_files(void)
{
	return atomic_long_read(&nr_files);
}

unsigned long files_max(void)
{
	return max_files;
}

static void file_free(struct file *f)
{
	put_cred(f->f_cred);
	atomic_long_dec(&nr_files);
	kmem_cache_free(filp_cache, f);
}

/* A file that is not open yet, with one reference. ERR_PTR: -ENFILE, -ENOMEM. */
struct file *alloc_empty_file(int flags, const struct cred *cred)
{
	struct file *f;

	if (atomic_long_inc_return(&nr_files) > (long)max_files && !capable(CAP_SYS_ADMIN)) {
		atomic_long_dec(&nr_files);
		return ERR_PTR(-ENFILE);
	}
	f = kmem_cache_zalloc(filp_cache, GFP_KERNEL);
	if (!f) {
		atomic_long_dec(&nr_files);
		return ERR_PTR(-ENOMEM);
	}
	f->f_cred = get_cred(cred);
	atomic_long_set(&f->f_count, 1);
	rwlock_init(&f->f_owner.lock);
	spin_lock_init(&f->f_lock);
	mutex_init(&f->f_pos_lock);
	f->f_flags = flags;
	f->f_mode = OPEN_FMODE(flags);
	return f;
}

/* A file on path, whose references it takes over. */
static struct file *alloc_file(const struct path *path, int flags,
			       const struct file_operations *fop)
{
	struct file *f = alloc_empty_file(flags, current_cred());

	if (IS_ERR(f))
		return f;
	f->f_path = *path;
	f->f_inode = d_inode(path->dentry);
	f->f_mapping = f->f_inode->i_mapping;
	f->f_wb_err = filemap_sample_wb_err(f->f_mapping);
	f->f_sb_err = errseq_sample(&f->f_path.dentry->d_sb->s_wb_err);
	if ((f->f_mode & FMODE_READ) && (fop->read || fop->read_iter))
		f->f_mode |= FMODE_CAN_READ;
	if ((f->f_mode & FMODE_WRITE) && (fop->write || fop->write_iter))
		f->f_mode |= FMODE_CAN_WRITE;
	if (fop->llseek)
		f->f_mode |= FMODE_LSEEK;
	f->f_mode |= FMODE_OPENED;
	f->f_op = fop;
	return f;
}

/* For objects without a name. Takes over the inode's reference if it succeeds. */
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops)
{
	struct qstr this = QSTR_INIT(name, __builtin_strlen(name));
	struct path path;
	struct file *file;

	path.dentry = d_alloc_pseudo(mnt->mnt_sb, &this);
	if (!path.dentry)
		return ERR_PTR(-ENOMEM);
	path.mnt = mntget(mnt);
	d_instantiate(path.dentry, inode);
	file = alloc_file(&path, flags, fops);
	if (IS_ERR(file)) {
		ihold(inode);
		path_put(&path);
	}
	return file;
}

struct file *alloc_file_clone(struct file *base, int flags, const struct file_operations *fops)
{
	struct file *f = alloc_file(&base->f_path, flags, fops);

	if (!IS_ERR(f))
		path_get(&f->f_path);
	return f;
}

/* The last reference is gone. May sleep; no locks held. */
static void __fput(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *mnt = file->f_path.mnt;
	struct inode *inode = file->f_inode;
	fmode_t mode = file->f_mode;

	if (unlikely(!(mode & FMODE_OPENED)))
		goto out;
	might_sleep();
	fsnotify_close(file);
	/* Before anything that the file's ->poll looks at goes. */
	eventpoll_release(file);
	locks_remove_file(file);
	if (unlikely(file->f_flags & FASYNC) && file->f_op->fasync)
		fop_fasync(file->f_op, -1, file, 0);
	if (file->f_op->release)
		fop_release(file->f_op, inode, file);
	if (mode & FMODE_WRITER) {
		put_write_access(inode);
		__mnt_drop_write(mnt);
	}
	if (unlikely(mode & FMODE_NEED_UNMOUNT))
		dissolve_on_fput(mnt);
	dput(dentry);
	mntput(mnt);
out:
	file_free(file);
}

/* The end of an open that failed: nothing to defer if the file was not opened. */
void fput_never_opened(struct file *file)
{
	if (file->f_mode & FMODE_OPENED)
		fput(file);
	else if (atomic_long_dec_and_test(&file->f_count))
		file_free(file);
}

static LLIST_HEAD(delayed_fput_list);

static void delayed_fput(struct work_struct *unused)
{
	struct llist_node *node = llist_del_all(&delayed_fput_list);

	while (node) {
		struct file *f = llist_entry(node, struct file, f_llist);

		node = node->next;
		__fput(f);
	}
}

static DECLARE_WORK(delayed_fput_work, delayed_fput);

static void ____fput(struct callback_head *work)
{
	__fput(container_of(work, struct file, f_work));
}

void fput(struct file *file)
{
	if (!atomic_long_dec_and_test(&file->f_count))
		return;
	if (likely(!in_interrupt() && !(current->flags & PF_KTHREAD))) {
		init_task_work(&file->f_work, ____fput);
		if (!task_work_add(current, &file->f_work, true))
			return;
		/* The task has run its last work: it is exiting. */
	}
	if (llist_add(&file->f_llist, &delayed_fput_list))
		schedule_work(&delayed_fput_work);
}

void __fput_sync(struct file *file)
{
	if (atomic_long_dec_and_test(&file->f_count))
		__fput(file);
}

void flush_delayed_fput(void)
{
	flush_work(&delayed_fput_work);
	delayed_fput(NULL);
}

/* A tenth of memory may be open files, as Linux has it. */
void files_init(void)
{
	unsigned long n = totalram_pages() * (PAGE_SIZE / 1024) / 10;

	filp_cache = kmem_cache_create("filp", sizeof(struct file), 0,
				       SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU,
				       NULL);
	if (n > max_files)
		max_files = n;
}
