// SPDX-License-Identifier: MIT
/*
 * /proc/PID/map_files: a link for each area that maps a file, named by its addresses; and clear_refs.
 *
 * An area is looked up by its exact bounds under mmap_sem, each time anew: an address space changes while its directory is read. Links
 * lead to the object itself, for root alone, since that passes by the permissions of the directories above it.
 */
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/namei.h"
#include "fs/proc/pid_mm.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/internal.h"
#include "mm/page_flags.h"
#include "mm/pagewalk.h"
#include "mm/pgtable.h"

/* ---- names: START-END in hexadecimal, without leading zeros ---- */

static const char *parse_hex(const char *p, const char *end, unsigned long *value)
{
	const char *first = p;

	*value = 0;
	for (; p < end && p - first < 16; p++) {
		char c = *p;

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (unsigned long)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (unsigned long)(c - 'a' + 10);
		else
			break;
	}
	return p > first && !(*first == '0' && p > first + 1) ? p : NULL;
}

static bool parse_name(const struct qstr *name, unsigned long *start, unsigned long *end)
{
	const char *p = (const char *)name->name, *last = p + name->len;

	p = parse_hex(p, last, start);
	if (!p || p == last || *p != '-')
		return false;
	p = parse_hex(p + 1, last, end);
	return p == last;
}

/* ---- areas ---- */

/* What the area with just these bounds maps, with references; its mode as a link's. -ENOENT. */
static int find_area(struct task_struct *task, const struct qstr *name, struct path *path, umode_t *mode)
{
	struct mm_struct *mm = get_task_mm(task);
	unsigned long start, end;
	struct vm_area_struct *vma;
	int err = -ENOENT;

	if (!mm)
		return -ENOENT;
	if (parse_name(name, &start, &end) && !down_read_killable(&mm->mmap_sem)) {
		vma = find_vma(mm, start);
		if (vma && vma->vm_start == start && vma->vm_end == end && vma->vm_file) {
			*mode = S_IFLNK | (vma->vm_file->f_mode & FMODE_READ ? S_IRUSR : 0) |
				(vma->vm_file->f_mode & FMODE_WRITE ? S_IWUSR : 0);
			*path = vma->vm_file->f_path;
			path_get(path);
			err = 0;
		}
		up_read(&mm->mmap_sem);
	}
	mmput(mm);
	return err;
}

static int find_link(struct dentry *dentry, struct path *path)
{
	struct task_struct *task = get_proc_task(d_inode(dentry));
	umode_t mode;
	int err;

	if (!task)
		return -ENOENT;
	/* a name of this file system never changes */
	err = find_area(task, &dentry->d_name, path, &mode);
	put_task_struct(task);
	return err;
}

static const char *map_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	return pid_follow_link(dentry, find_link);
}

static int map_readlink(struct dentry *dentry, char __user *buffer, int buflen)
{
	return pid_read_link(dentry, buffer, buflen, find_link);
}

const struct inode_operations pid_map_link_inode_operations = {
	.get_link = map_get_link,
	.readlink = map_readlink,
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

/* ---- the directory ---- */

/* The number of a link's inode: the area's first page, cut to what fits; nobody finds anything by it. */
static unsigned int link_index(unsigned long start)
{
	return (start >> PAGE_SHIFT) & ((1u << 28) - 1);
}

static struct dentry *map_files_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct task_struct *task = get_proc_task(dir);
	struct inode *inode = NULL;
	unsigned long start, end;
	struct path path;
	umode_t mode;
	int err = -ENOENT;

	if (!task)
		return ERR_PTR(-ENOENT);
	if (!may_access_task(task, ACCESS_FSCREDS))
		err = -EACCES;
	else if (parse_name(&dentry->d_name, &start, &end))
		err = find_area(task, &dentry->d_name, &path, &mode);
	if (!err) {
		path_put(&path);
		inode = pid_make_inode(dir->i_sb, task, mode, PID_INO_MAP_FILE, link_index(start));
		err = inode ? 0 : -ENOENT;
	}
	if (inode) {
		inode->i_op = &pid_map_link_inode_operations;
		inode->i_size = 64;
	}
	put_task_struct(task);
	return err ? ERR_PTR(err) : d_splice_alias(inode, dentry);
}

/* The first area that maps a file at or above @from. */
static bool next_area(struct mm_struct *mm, unsigned long from, unsigned long *start, unsigned long *end)
{
	struct vm_area_struct *vma;
	bool found;

	if (down_read_killable(&mm->mmap_sem))
		return false;
	vma = find_vma(mm, from);
	while (vma && (!vma->vm_file || vma->vm_start < from))
		vma = vma->vm_next;
	found = vma;
	if (vma) {
		*start = vma->vm_start;
		*end = vma->vm_end;
	}
	up_read(&mm->mmap_sem);
	return found;
}

/* A position is two and the first page of the area. */
static int map_files_readdir(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file_inode(file);
	struct task_struct *task = get_proc_task(inode);
	struct mm_struct *mm;
	unsigned long start, end;

	if (!task)
		return -ENOENT;
	mm = mm_access(task, ACCESS_FSCREDS);
	put_task_struct(task);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	if (dir_emit_dots(file, ctx) && mm) {
		while (next_area(mm, (unsigned long)(ctx->pos - 2) << PAGE_SHIFT, &start, &end)) {
			char name[36];
			int len = snprintf(name, sizeof(name), "%lx-%lx", start, end);

			ctx->pos = (loff_t)(start >> PAGE_SHIFT) + 2;
			if (!dir_emit(ctx, name, len, pid_ino(pid_nr(PROC_I(inode)->pid), PID_INO_MAP_FILE, link_index(start)), DT_LNK))
				break;
			ctx->pos++;
			cond_resched();
		}
	}
	if (mm)
		mmput(mm);
	return 0;
}

const struct inode_operations pid_map_files_dir_inode_operations = {
	.lookup = map_files_lookup,
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

const struct file_operations pid_map_files_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = map_files_readdir,
};

/* ---- clear_refs: forget which pages were used (1: all, 2: anonymous, 3: of files), or the peak of memory (5) ---- */

#define CLEAR_ALL    1
#define CLEAR_ANON   2
#define CLEAR_MAPPED 3
#define CLEAR_PEAK   5

static void clear_entry(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, void *arg)
{
	pte_t pte = pte_read(ptep);
	struct page *page = pte_present(pte) ? vm_normal_page(vma, addr, pte) : NULL;

	if (!page)
		return;
	ptep_test_and_clear_young(ptep);
	ClearPageReferenced(page);
}

static void clear_refs(struct mm_struct *mm, int what)
{
	struct vm_area_struct *vma;

	if (what == CLEAR_PEAK) {
		WRITE_ONCE(mm->hiwater_rss, get_mm_rss(mm));
		return;
	}
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		if ((what == CLEAR_ANON && vma->vm_file) || (what == CLEAR_MAPPED && !vma->vm_file))
			continue;
		walk_entries(vma, vma->vm_start, vma->vm_end, clear_entry, NULL);
	}
	/* a CPU that remembers an entry as used would not set the bit again */
	flush_tlb_mm(mm);
}

static ssize_t clear_refs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct task_struct *task;
	struct mm_struct *mm;
	char text[12] = "";
	ssize_t ret = count;
	int what;

	if (copy_from_user(text, buf, min_t(size_t, count, sizeof(text) - 1)))
		return -EFAULT;
	if (kstrtoint(strim(text), 10, &what))
		return -EINVAL;
	/* 4 would be the soft-dirty bits, which are not kept */
	if (what != CLEAR_ALL && what != CLEAR_ANON && what != CLEAR_MAPPED && what != CLEAR_PEAK)
		return -EINVAL;
	task = get_proc_task(file_inode(file));
	if (!task)
		return -ESRCH;
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return ret;
	if (down_read_killable(&mm->mmap_sem)) {
		ret = -EINTR;
	} else {
		clear_refs(mm, what);
		up_read(&mm->mmap_sem);
	}
	mmput(mm);
	return ret;
}

const struct file_operations pid_clear_refs_operations = {
	.write = clear_refs_write,
	.llseek = noop_llseek,
};
