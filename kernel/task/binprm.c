// SPDX-License-Identifier: MIT
/*
 * Opening the file to execute, and collecting arguments and environment on the new program's stack.
 *
 * The strings are copied straight from the caller's memory into pages of the new address space, which nobody
 * else can see yet. Another thread of the caller may change them meanwhile; what was measured and what was
 * copied may then differ, but never in length, and whoever reads them later (the tables below the strings, the
 * program, /proc) looks for the terminators again.
 *
 * A file being executed cannot be opened for writing (i_writecount below zero): from here while it is loaded, from
 * mm->exe_file while it runs.
 */
#include "kernel/task/binprm.h"
#include "fs/fs.h"
#include "kernel/lib/err.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

#define ARG_MAX		131072UL

/* ---- the file ---- */

/* The first bytes; what a short file does not fill is zero. */
int bprm_read_head(struct linux_binprm *bprm)
{
	struct program_image *img = &bprm->img;
	loff_t pos = 0;
	ssize_t n;

	memset(bprm->buf, 0, sizeof(bprm->buf));
	if (img->bytes) {
		memcpy(bprm->buf, img->bytes, min_t(size_t, img->size, sizeof(bprm->buf)));
		return 0;
	}
	img->size = i_size_read(file_inode(img->file));
	n = kernel_read(img->file, bprm->buf, sizeof(bprm->buf), &pos);
	return n < 0 ? (int)n : 0;
}

/* ---- the stack ---- */

/* How many bytes of strings fit: a quarter of the stack's limit, at most 6 MiB, at least 128 KiB. */
static int set_argmin(struct linux_binprm *bprm)
{
	unsigned long limit = min(DEFAULT_STACK / 4 * 3, rlimit(RLIMIT_STACK) / 4);
	unsigned long pointers = ((unsigned long)max(bprm->argc, 1) + bprm->envc) * sizeof(void *);

	limit = max(limit, ARG_MAX);
	if (limit <= pointers)
		return -E2BIG;
	bprm->argmin = bprm->p - (limit - pointers);
	return 0;
}

int bprm_mm_init(struct linux_binprm *bprm)
{
	int err;

	choose_layout(&bprm->layout);
	bprm->mm = mm_alloc();
	if (!bprm->mm)
		return -ENOMEM;
	err = setup_arg_stack(bprm->mm, bprm->layout.stack_top, VM_STACK_FLAGS, &bprm->vma);
	/* the topmost word stays zero */
	bprm->p = bprm->layout.stack_top - sizeof(void *);
	return err;
}

static int copy_to_page(struct linux_binprm *bprm, unsigned long pos, const char *from, size_t n, bool user)
{
	struct page *page;
	char *kaddr;
	int err = arg_stack_page(bprm->mm, bprm->vma, pos, &page);

	if (err)
		return err;
	kaddr = (char *)page_address(page) + (pos & ~PAGE_MASK);
	if (!user)
		memcpy(kaddr, from, n);
	else if (copy_from_user(kaddr, (const char __user *)from, n))
		err = -EFAULT;
	set_page_dirty_lock(page);
	put_page(page);
	return err;
}

/* len bytes, terminator included, below what is there. */
static int push_bytes(struct linux_binprm *bprm, const char *from, size_t len, bool user)
{
	unsigned long pos;
	size_t n;

	if (len > MAX_ARG_STRLEN || bprm->p - bprm->argmin < len)
		return -E2BIG;
	bprm->p -= len;
	for (pos = bprm->p; len; len -= n, pos += n, from += n) {
		int err;

		n = min_t(size_t, len, PAGE_SIZE - (pos & ~PAGE_MASK));
		err = copy_to_page(bprm, pos, from, n, user);
		if (err)
			return err;
	}
	return 0;
}

int bprm_push_kernel(struct linux_binprm *bprm, const char *string)
{
	return push_bytes(bprm, string, strlen(string) + 1, false);
}

static int get_string(const struct exec_strings *s, int i, const char **string)
{
	if (!s->user) {
		*string = s->kernel ? s->kernel[i] : NULL;
		return 0;
	}
	return get_user(*string, s->user + i);
}

static int count_strings(const struct exec_strings *s)
{
	const char *string;
	int n;

	if (!s->user && !s->kernel)
		return 0;
	for (n = 0;; n++) {
		int err = get_string(s, n, &string);

		if (err)
			return err;
		if (!string)
			return n;
		if (n == MAX_ARG_STRINGS)
			return -E2BIG;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

static int push_strings(struct linux_binprm *bprm, const struct exec_strings *s, int count)
{
	while (count--) {
		const char *string;
		long len;
		int err = get_string(s, count, &string);

		if (err)
			return err;
		if (s->user) {
			len = strnlen_user(string, MAX_ARG_STRLEN);
			if (!len)
				return -EFAULT;
		} else {
			len = strlen(string) + 1;
		}
		err = push_bytes(bprm, string, len, s->user);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/*
 * From the top down: the file's name, the environment, the arguments. A program started without any argument gets
 * an empty one, so that no program takes its environment for arguments.
 */
int bprm_copy_args(struct linux_binprm *bprm, const struct exec_strings *argv, const struct exec_strings *envp)
{
	int err;

	bprm->argc = count_strings(argv);
	if (bprm->argc < 0)
		return bprm->argc;
	bprm->envc = count_strings(envp);
	if (bprm->envc < 0)
		return bprm->envc;
	err = set_argmin(bprm);
	if (!err)
		err = bprm_push_kernel(bprm, bprm->filename);
	bprm->exec = bprm->env_end = bprm->p;
	if (!err)
		err = push_strings(bprm, envp, bprm->envc);
	bprm->env_start = bprm->p;
	if (!err)
		err = push_strings(bprm, argv, bprm->argc);
	if (!err && !bprm->argc) {
		err = bprm_push_kernel(bprm, "");
		bprm->argc = 1;
	}
	return err;
}

/* Takes the lowest string off again. */
int bprm_remove_arg_zero(struct linux_binprm *bprm)
{
	size_t n;
	char *end;

	if (!bprm->argc)
		return 0;
	do {
		unsigned long offset = bprm->p & ~PAGE_MASK;
		struct page *page;
		char *from;
		int err = arg_stack_page(bprm->mm, bprm->vma, bprm->p, &page);

		if (err)
			return err;
		from = (char *)page_address(page) + offset;
		end = memchr(from, '\0', PAGE_SIZE - offset);
		n = end ? end + 1 - from : PAGE_SIZE - offset;
		put_page(page);
		bprm->p += n;
	} while (!end);
	bprm->argc--;
	return 0;
}

void bprm_free(struct linux_binprm *bprm)
{
	if (bprm->mm)
		mmput(bprm->mm);
	if (bprm->cred)
		abort_creds(bprm->cred);
	if (!bprm->img.bytes)
		put_exec_file(bprm->img.file);
	kfree(bprm->interp_copy);
	kfree(bprm->fdpath);
	kfree(bprm);
}
