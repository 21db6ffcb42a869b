// SPDX-License-Identifier: MIT
/*
 * Descriptor tables of processes: the first one, copies for new ones, and the end of one.
 *
 * A table is freed by the last task that shares it, when nobody can look anything up in it: no lock is
 * needed then, and no grace period, because lookups by others go through the others' own tables.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/fdtable_internal.h"
#include "fs/file_internal.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

static struct kmem_cache *files_cache;

struct files_struct init_files = {
	.count = ATOMIC_INIT(1),
	.fdt = &init_files.fdtab,
	.fdtab = {
		.max_fds = NR_OPEN_DEFAULT,
		.fd = init_files.fd_array,
		.close_on_exec = init_files.close_on_exec_init,
		.open_fds = init_files.open_fds_init,
		.full_fds_bits = init_files.full_fds_bits_init,
	},
	.file_lock = __SPIN_LOCK_UNLOCKED(init_files.file_lock),
	.resize_wait = __WAIT_QUEUE_HEAD_INITIALIZER(init_files.resize_wait),
};

static unsigned int count_open_files(struct fdtable *fdt)
{
	unsigned int i = fdt->max_fds / BITS_PER_LONG;

	while (i > 0 && !fdt->open_fds[i - 1])
		i--;
	return i * BITS_PER_LONG;
}

static void init_embedded_table(struct files_struct *files)
{
	atomic_set(&files->count, 1);
	spin_lock_init(&files->file_lock);
	files->resize_in_progress = false;
	init_waitqueue_head(&files->resize_wait);
	files->next_fd = 0;
	files->fdtab.max_fds = NR_OPEN_DEFAULT;
	files->fdtab.close_on_exec = files->close_on_exec_init;
	files->fdtab.open_fds = files->open_fds_init;
	files->fdtab.full_fds_bits = files->full_fds_bits_init;
	files->fdtab.fd = files->fd_array;
	files->fdt = &files->fdtab;
}

/* A copy of a table for a new process. NULL with -ENOMEM or -EMFILE in *errp. May sleep. */
struct files_struct *dup_fd(struct files_struct *old, int *errp)
{
	struct files_struct *new = kmem_cache_alloc(files_cache, GFP_KERNEL);
	struct fdtable *old_fdt, *new_fdt;
	unsigned int open, i;

	*errp = -ENOMEM;
	if (!new)
		return NULL;
	init_embedded_table(new);
	new_fdt = &new->fdtab;
	spin_lock(&old->file_lock);
	old_fdt = old->fdt;
	open = count_open_files(old_fdt);
	while (unlikely(open > new_fdt->max_fds)) {
		spin_unlock(&old->file_lock);
		if (new_fdt != &new->fdtab)
			free_fdtable(new_fdt);
		new_fdt = alloc_fdtable(open - 1);
		if (!new_fdt)
			goto fail;
		if (unlikely(new_fdt->max_fds < open)) {
			free_fdtable(new_fdt);
			*errp = -EMFILE;
			goto fail;
		}
		/* It may have grown while the lock was dropped. */
		spin_lock(&old->file_lock);
		old_fdt = old->fdt;
		open = count_open_files(old_fdt);
	}
	copy_bitmaps(new_fdt, old_fdt, open);
	for (i = 0; i < open; i++) {
		struct file *f = old_fdt->fd[i];

		if (f)
			get_file(f);
		else		/* reserved by an open in progress there, which is not ours */
			__clear_open_fd(i, new_fdt);
		new_fdt->fd[i] = f;
	}
	spin_unlock(&old->file_lock);
	memset(new_fdt->fd + open, 0, (new_fdt->max_fds - open) * sizeof(struct file *));
	new->fdt = new_fdt;
	return new;
fail:
	kmem_cache_free(files_cache, new);
	return NULL;
}

/* The last user is gone: no lock needed. */
static void close_files(struct files_struct *files)
{
	struct fdtable *fdt = files->fdt;

	for (unsigned int j = 0; j < fdt->max_fds / BITS_PER_LONG; j++) {
		unsigned long set = fdt->open_fds[j];

		while (set) {
			unsigned int i = j * BITS_PER_LONG + __builtin_ctzl(set);
			struct file *file = fdt->fd[i];

			set &= set - 1;
			if (file) {
				fdt->fd[i] = NULL;
				filp_close_owner(file, files);
				cond_resched();
			}
		}
		fdt->open_fds[j] = 0;
	}
}

void put_files_struct(struct files_struct *files)
{
	if (!atomic_dec_and_test(&files->count))
		return;
	close_files(files);
	if (files->fdt != &files->fdtab)
		free_fdtable(files->fdt);
	if (files != &init_files)
		kmem_cache_free(files_cache, files);
}

void exit_files(struct task_struct *tsk)
{
	struct files_struct *files = tsk->files;

	if (!files)
		return;
	task_lock(tsk);
	tsk->files = NULL;
	task_unlock(tsk);
	put_files_struct(files);
}

/* exec: closes what is marked. The table is not shared. */
void do_close_on_exec(struct files_struct *files)
{
	spin_lock(&files->file_lock);
	for (unsigned int fd = 0; fd < files->fdt->max_fds; fd++) {
		struct fdtable *fdt = files->fdt;
		struct file *file;

		if (!test_bit(fd, fdt->close_on_exec))
			continue;
		__clear_bit(fd, fdt->close_on_exec);
		file = pick_file(files, fd);
		if (!file)
			continue;
		spin_unlock(&files->file_lock);
		filp_close(file);
		cond_resched();
		spin_lock(&files->file_lock);
	}
	spin_unlock(&files->file_lock);
}

/* Gives the calling task a table of its own; *displaced is the old one to be put. */
int unshare_files(struct files_struct **displaced)
{
	struct files_struct *files = current->files, *copy;
	int error = 0;

	*displaced = NULL;
	if (!files || atomic_read(&files->count) == 1)
		return 0;
	copy = dup_fd(files, &error);
	if (!copy)
		return error;
	*displaced = files;
	task_lock(current);
	current->files = copy;
	task_unlock(current);
	return 0;
}

void fdtable_init(void)
{
	files_cache = kmem_cache_create("files_struct", sizeof(struct files_struct), 0,
					SLAB_HWCACHE_ALIGN | SLAB_PANIC, NULL);
}
