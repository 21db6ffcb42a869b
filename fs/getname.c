// SPDX-License-Identifier: MIT
/*
 * Path names copied in from the program. Short ones (nearly all) sit in the structure itself,
 * which comes from a slab; long ones in a page-sized buffer beside it.
 */
#include "fs/fs.h"
#include "fs/namei.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/string.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

#define FILENAME_SIZE	512
#define EMBEDDED_NAME_MAX (FILENAME_SIZE - sizeof(struct filename))

static struct kmem_cache *filename_cache;

static struct filename *alloc_filename(void)
{
	struct filename *f = kmem_cache_alloc(filename_cache, GFP_KERNEL);

	if (f) {
		f->refcnt = 1;
		f->heap = false;
		f->name = f->iname;
		f->uptr = NULL;
	}
	return f;
}

void putname(struct filename *f)
{
	if (IS_ERR_OR_NULL(f))
		return;
	BUG_ON(f->refcnt <= 0);
	if (--f->refcnt > 0)
		return;
	if (f->heap)
		kfree(f->name);
	kmem_cache_free(filename_cache, f);
}

struct filename *getname_flags(const char __user *uname, int flags, int *empty)
{
	struct filename *f = alloc_filename();
	char *buf;
	long len;

	if (unlikely(!f))
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(f->iname, uname, EMBEDDED_NAME_MAX);
	if (unlikely(len < 0))
		goto fail;
	if (unlikely(len == EMBEDDED_NAME_MAX)) {
		len = -ENOMEM;
		buf = kmalloc(PATH_MAX, GFP_KERNEL);
		if (!buf)
			goto fail;
		f->name = buf;
		f->heap = true;
		len = strncpy_from_user(buf, uname, PATH_MAX);
		if (len == PATH_MAX)
			len = -ENAMETOOLONG;
		if (len < 0)
			goto fail;
	}
	if (unlikely(!len)) {
		if (empty)
			*empty = 1;
		len = -ENOENT;
		if (!(flags & LOOKUP_EMPTY))
			goto fail;
	}
	f->uptr = uname;
	return f;
fail:
	putname(f);
	return ERR_PTR(len);
}

struct filename *getname(const char __user *name)
{
	return getname_flags(name, 0, NULL);
}

/* The same from kernel memory. */
struct filename *getname_kernel(const char *name)
{
	size_t len = strlen(name) + 1;
	struct filename *f;
	char *buf;

	if (len > PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	f = alloc_filename();
	if (unlikely(!f))
		return ERR_PTR(-ENOMEM);
	if (len <= EMBEDDED_NAME_MAX) {
		memcpy(f->iname, name, len);
		return f;
	}
	buf = kmemdup(name, len, GFP_KERNEL);
	if (!buf) {
		putname(f);
		return ERR_PTR(-ENOMEM);
	}
	f->name = buf;
	f->heap = true;
	return f;
}

void getname_init(void)
{
	filename_cache = kmem_cache_create("filename", FILENAME_SIZE, 0, SLAB_PANIC, NULL);
}
