// SPDX-License-Identifier: MIT
/*
 * /proc/PID/maps: the areas of an address space, one line each.
 *
 * mmap_sem is held from ->start to ->stop, so the lines of one piece are of one moment. Between two pieces areas may come, go and
 * merge; the next piece goes on with the first area that ends above the last one shown, found by address in the tree of areas.
 */
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/proc/pid_mm.h"
#include "kernel/task/access.h"
#include "mm/page.h"
#include "mm/slab.h"

#define NAME_COLUMN 73

struct mm_struct *pid_open_mm(struct inode *inode)
{
	struct task_struct *task = get_proc_task(inode);
	struct mm_struct *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = mm_access(task, ACCESS_FSCREDS);
	put_task_struct(task);
	if (IS_ERR_OR_NULL(mm))
		return mm;
	mmgrab(mm);
	mmput(mm);
	return mm;
}

int pid_maps_open(struct inode *inode, struct file *file, const struct seq_operations *ops)
{
	struct pid_maps *maps = kzalloc(sizeof(*maps), GFP_KERNEL);
	struct mm_struct *mm;
	int err;

	if (!maps)
		return -ENOMEM;
	mm = pid_open_mm(inode);
	err = IS_ERR(mm) ? PTR_ERR(mm) : seq_open(file, ops);
	if (err) {
		if (!IS_ERR_OR_NULL(mm))
			mmdrop(mm);
		kfree(maps);
		return err;
	}
	maps->mm = mm;
	((struct seq_file *)file->private_data)->private = maps;
	return 0;
}

int pid_maps_release(struct inode *inode, struct file *file)
{
	struct pid_maps *maps = ((struct seq_file *)file->private_data)->private;

	if (maps->mm)
		mmdrop(maps->mm);
	kfree(maps);
	return seq_release(inode, file);
}

/* ---- the sequence ---- */

/* NULL at the end, with mmap_sem and a reference to the users for ->stop to give back, as always but with an error. */
void *pid_maps_start(struct seq_file *m, loff_t *pos)
{
	struct pid_maps *maps = m->private;
	struct vm_area_struct *vma;

	if (!maps->mm || !mmget_not_zero(maps->mm))
		return NULL;
	if (down_read_killable(&maps->mm->mmap_sem)) {
		mmput(maps->mm);
		return ERR_PTR(-EINTR);
	}
	m->private = maps;
	if (*pos && *pos == maps->pos) {
		vma = maps->next ? find_vma(maps->mm, maps->next) : NULL;
	} else {
		vma = maps->mm->mmap;
		for (loff_t n = 0; vma && n < *pos; n++)
			vma = vma->vm_next;
		maps->pos = *pos;
		maps->next = vma ? vma->vm_start : 0;
	}
	if (!vma) {
		up_read(&maps->mm->mmap_sem);
		mmput(maps->mm);
	}
	return vma;
}

void *pid_maps_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct pid_maps *maps = m->private;
	struct vm_area_struct *vma = v;

	maps->pos = ++*pos;
	/* 0 means the end, so that an area that comes later is not taken for the next. */
	maps->next = vma->vm_next ? vma->vm_end : 0;
	if (vma->vm_next)
		return vma->vm_next;
	up_read(&maps->mm->mmap_sem);
	mmput(maps->mm);
	return NULL;
}

void pid_maps_stop(struct seq_file *m, void *v)
{
	struct pid_maps *maps = m->private;

	if (IS_ERR_OR_NULL(v))
		return;
	up_read(&maps->mm->mmap_sem);
	mmput(maps->mm);
}

/* ---- lines ---- */

void pid_show_area_head(struct seq_file *m, unsigned long start, unsigned long end, unsigned long flags, u64 offset, dev_t dev,
			unsigned long ino)
{
	seq_printf(m, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %lu ", start, end, flags & VM_READ ? 'r' : '-',
		   flags & VM_WRITE ? 'w' : '-', flags & VM_EXEC ? 'x' : '-', flags & VM_MAYSHARE ? 's' : 'p', offset, MAJOR(dev),
		   MINOR(dev), ino);
}

static const char *special_name(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	if (vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk)
		return "[heap]";
	if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack)
		return "[stack]";
	if (mm->vdso && vma->vm_start == mm->vdso)
		return "[vdso]";
	if (mm->vdso && vma->vm_end == mm->vdso)
		return "[vvar]";
	return NULL;
}

int pid_show_area(struct seq_file *m, struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;
	struct inode *inode = file ? file_inode(file) : NULL;
	size_t line = m->count;
	const char *name = NULL;
	int err = 0;

	pid_show_area_head(m, vma->vm_start, vma->vm_end, vma->vm_flags, file ? (u64)vma->vm_pgoff << PAGE_SHIFT : 0,
			   inode ? inode->i_sb->s_dev : 0, inode ? inode->i_ino : 0);
	if (!file)
		name = special_name(vma);
	if (file || name) {
		while (m->count - line < NAME_COLUMN && !seq_has_overflowed(m))
			seq_putc(m, ' ');
		if (file)
			err = seq_path_raw(m, &file->f_path, "\n");
		else
			seq_puts(m, name);
	}
	seq_putc(m, '\n');
	return err;
}

static int maps_show(struct seq_file *m, void *v)
{
	return pid_show_area(m, v);
}

static const struct seq_operations maps_ops = {
	.start = pid_maps_start,
	.next = pid_maps_next,
	.stop = pid_maps_stop,
	.show = maps_show,
};

static int maps_open(struct inode *inode, struct file *file)
{
	return pid_maps_open(inode, file, &maps_ops);
}

const struct file_operations pid_maps_operations = {
	.open = maps_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = pid_maps_release,
};
