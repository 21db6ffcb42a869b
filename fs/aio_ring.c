// SPDX-License-Identifier: MIT
/*
 * Contexts of asynchronous I/O and their ring: see aio_internal.h.
 *
 * The ring lies in a shared memory object that is mapped into the program and whose pages we hold, so it is there for us whatever the
 * program does to the mapping. The program may read events by itself and move head. What it writes there can hurt only itself: head is
 * taken modulo the size whenever it is read, tail and the size are kept on our side.
 */
#include "fs/aio_internal.h"

#include "fs/eventfd.h"
#include "fs/shmem.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/user_counts.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mman.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

unsigned long aio_max_nr = 0x10000;
atomic_long_t aio_nr;

static struct kmem_cache *kioctx_cache, *kiocb_cache;

/* ---- the ring ---- */

static struct aio_ring *aio_ring(const struct kioctx *ctx)
{
	return page_address(ctx->pages[0]);
}

/* Places are counted from the header on; no event crosses a page, because both sizes are 32 bytes. */
static struct io_event *aio_place(const struct kioctx *ctx, unsigned int i)
{
	size_t at = sizeof(struct aio_ring) + i * sizeof(struct io_event);

	return page_address(ctx->pages[at / PAGE_SIZE]) + at % PAGE_SIZE;
}

static unsigned int aio_head(const struct kioctx *ctx)
{
	return READ_ONCE(aio_ring(ctx)->head) % ctx->nr_events;
}

static unsigned int aio_unread(const struct kioctx *ctx)
{
	return (READ_ONCE(ctx->tail) + ctx->nr_events - aio_head(ctx)) % ctx->nr_events;
}

static void aio_put_pages(struct kioctx *ctx)
{
	for (unsigned int i = 0; i < ctx->nr_pages; i++)
		if (ctx->pages[i])
			put_page(ctx->pages[i]);
	kfree(ctx->pages);
}

/* Makes the object's pages and holds them. */
static int aio_get_pages(struct kioctx *ctx, struct file *file)
{
	char *zero = kzalloc(PAGE_SIZE, GFP_KERNEL);
	int err = zero ? 0 : -ENOMEM;
	loff_t pos = 0;

	for (unsigned int i = 0; i < ctx->nr_pages && !err; i++) {
		ssize_t n = kernel_write(file, zero, PAGE_SIZE, &pos);

		if (n == PAGE_SIZE)
			ctx->pages[i] = find_get_page(file->f_mapping, i);
		if (!ctx->pages[i])
			err = n < 0 ? (int)n : -ENOMEM;
	}
	kfree(zero);
	return err;
}

/* Maps it into the current program. Not for children: they have no part in the context. */
static int aio_map_ring(struct kioctx *ctx, struct file *file)
{
	struct mm_struct *mm = current->mm;
	unsigned long size = (unsigned long)ctx->nr_pages * PAGE_SIZE, populate, addr;

	down_write(&mm->mmap_sem);
	addr = do_mmap(file, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &populate);
	if (!IS_ERR_VALUE(addr))
		find_vma(mm, addr)->vm_flags |= VM_DONTCOPY | VM_DONTEXPAND;
	up_write(&mm->mmap_sem);
	if (IS_ERR_VALUE(addr))
		return -ENOMEM;
	ctx->user_id = addr;
	return 0;
}

static int aio_setup_ring(struct kioctx *ctx, unsigned int nr_events)
{
	struct aio_ring *ring;
	struct file *file;
	int err = -ENOMEM;

	/* Two more, so that a full ring is not an empty one; then as many as fit. */
	ctx->nr_pages = DIV_ROUND_UP(sizeof(*ring) + (nr_events + 2UL) * sizeof(struct io_event), PAGE_SIZE);
	ctx->nr_events = (ctx->nr_pages * PAGE_SIZE - sizeof(*ring)) / sizeof(struct io_event);
	ctx->pages = kcalloc(ctx->nr_pages, sizeof(struct page *), GFP_KERNEL);
	if (!ctx->pages)
		return -ENOMEM;
	file = shmem_file_setup("[aio]", (loff_t)ctx->nr_pages * PAGE_SIZE);
	if (!IS_ERR(file)) {
		err = aio_get_pages(ctx, file);
		if (!err) {
			ring = aio_ring(ctx);
			ring->id = ~0U;
			ring->nr = ctx->nr_events;
			ring->magic = AIO_RING_MAGIC;
			ring->compat_features = AIO_RING_COMPAT_FEATURES;
			ring->incompat_features = AIO_RING_INCOMPAT_FEATURES;
			ring->header_length = sizeof(*ring);
			err = aio_map_ring(ctx, file);
		}
		fput(file);
	}
	if (err)
		aio_put_pages(ctx);
	return err;
}

/* ---- contexts ---- */

static void aio_free_ctx_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(kioctx_cache, container_of(rcu, struct kioctx, rcu));
}

void aio_put_ctx(struct kioctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->refs))
		return;
	aio_put_pages(ctx);
	call_rcu(&ctx->rcu, aio_free_ctx_rcu);
}

/* The current program's context of this name, with a reference; NULL. */
struct kioctx *aio_lookup(unsigned long id)
{
	struct mm_struct *mm = current->mm;
	struct kioctx *ctx;

	if (id & ~PAGE_MASK)
		return NULL;
	rcu_read_lock();
	ctx = xa_load(&mm->ioctxs, id >> PAGE_SHIFT);
	if (ctx && !refcount_inc_not_zero(&ctx->refs))
		ctx = NULL;
	rcu_read_unlock();
	return ctx;
}

static struct kioctx *aio_new_ctx(unsigned int nr_events)
{
	struct kioctx *ctx = kmem_cache_zalloc(kioctx_cache, GFP_KERNEL);

	if (!ctx)
		return NULL;
	refcount_set(&ctx->refs, 1);
	ctx->max_reqs = nr_events;
	mutex_init(&ctx->read_lock);
	spin_lock_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->active);
	init_waitqueue_head(&ctx->wait);
	return ctx;
}

static bool aio_idle(struct kioctx *ctx)
{
	bool idle;

	spin_lock_irq(&ctx->lock);
	idle = !ctx->busy;
	spin_unlock_irq(&ctx->lock);
	return idle;
}

/* It has been taken out of the table, and the table's reference is ours. */
static void aio_kill(struct kioctx *ctx)
{
	struct aio_kiocb *req, *next;

	spin_lock_irq(&ctx->lock);
	ctx->dead = true;
	list_for_each_entry_safe(req, next, &ctx->active, list)
		aio_poll_cancel(req);
	spin_unlock_irq(&ctx->lock);
	/* who waits for events goes away with -EINVAL */
	wake_up_all(&ctx->wait);
	wait_event(ctx->wait, aio_idle(ctx));
	atomic_long_sub(ctx->max_reqs, &aio_nr);
}

long sys_io_setup(unsigned int nr_events, unsigned long __user *ctxp)
{
	struct kioctx *ctx;
	unsigned long old;
	long err;

	if (get_user(old, ctxp))
		return -EFAULT;
	if (old || !nr_events || nr_events > 0x10000000U / sizeof(struct io_event))
		return -EINVAL;
	if (nr_events > aio_max_nr || !user_count_inc_by(&aio_nr, nr_events, aio_max_nr))
		return -EAGAIN;
	ctx = aio_new_ctx(nr_events);
	err = ctx ? aio_setup_ring(ctx, nr_events) : -ENOMEM;
	if (err) {
		atomic_long_sub(nr_events, &aio_nr);
		if (ctx)
			kmem_cache_free(kioctx_cache, ctx);
		return err;
	}
	err = xa_err(xa_store(&current->mm->ioctxs, ctx->user_id >> PAGE_SHIFT, ctx, GFP_KERNEL));
	if (!err && put_user(ctx->user_id, ctxp)) {
		err = -EFAULT;
		/* Another thread may have guessed the name and destroyed it. */
		if (xa_erase(&current->mm->ioctxs, ctx->user_id >> PAGE_SHIFT) != ctx)
			return err;
	}
	if (err) {
		aio_kill(ctx);
		vm_munmap(ctx->user_id, (size_t)ctx->nr_pages * PAGE_SIZE);
		aio_put_ctx(ctx);
	}
	return err;
}

long sys_io_destroy(unsigned long id)
{
	struct kioctx *ctx = id & ~PAGE_MASK ? NULL : xa_erase(&current->mm->ioctxs, id >> PAGE_SHIFT);

	if (!ctx)
		return -EINVAL;
	aio_kill(ctx);
	vm_munmap(ctx->user_id, (size_t)ctx->nr_pages * PAGE_SIZE);
	aio_put_ctx(ctx);
	return 0;
}

void exit_aio(struct mm_struct *mm)
{
	struct kioctx *ctx;
	unsigned long index;

	xa_for_each(&mm->ioctxs, index, ctx) {
		xa_erase(&mm->ioctxs, index);
		aio_kill(ctx);
		aio_put_ctx(ctx);
	}
}

/* ---- requests ---- */

struct aio_kiocb *aio_get_req(struct kioctx *ctx)
{
	struct aio_kiocb *req = kmem_cache_zalloc(kiocb_cache, GFP_KERNEL);
	int err = 0;

	if (!req)
		return ERR_PTR(-EAGAIN);
	spin_lock_irq(&ctx->lock);
	if (ctx->dead)
		err = -EINVAL;
	else if (ctx->inflight + aio_unread(ctx) >= ctx->nr_events - 1)
		err = -EAGAIN;
	if (!err) {
		ctx->inflight++;
		ctx->busy++;
	}
	spin_unlock_irq(&ctx->lock);
	if (err) {
		kmem_cache_free(kiocb_cache, req);
		return ERR_PTR(err);
	}
	refcount_inc(&ctx->refs);
	req->ctx = ctx;
	INIT_LIST_HEAD(&req->list);
	return req;
}

/* All of a request that is over. Last of all it stops keeping the context busy, and whoever waits for that is told. */
static void aio_free_req(struct aio_kiocb *req)
{
	struct kioctx *ctx = req->ctx;
	unsigned long flags;

	if (req->eventfd)
		eventfd_ctx_put(req->eventfd);
	if (req->file)
		fput(req->file);
	if (req->cred)
		put_cred(req->cred);
	kmem_cache_free(kiocb_cache, req);
	spin_lock_irqsave(&ctx->lock, flags);
	ctx->busy--;
	spin_unlock_irqrestore(&ctx->lock, flags);
	wake_up_all(&ctx->wait);
	aio_put_ctx(ctx);
}

void aio_abort(struct aio_kiocb *req)
{
	struct kioctx *ctx = req->ctx;

	spin_lock_irq(&ctx->lock);
	list_del_init(&req->list);
	ctx->inflight--;
	spin_unlock_irq(&ctx->lock);
	aio_free_req(req);
}

void aio_complete(struct aio_kiocb *req, s64 res)
{
	struct kioctx *ctx = req->ctx;
	unsigned long flags;

	req->event.res = res;
	spin_lock_irqsave(&ctx->lock, flags);
	list_del_init(&req->list);
	*aio_place(ctx, ctx->tail) = req->event;
	WRITE_ONCE(ctx->tail, (ctx->tail + 1) % ctx->nr_events);
	/* The event before the tail that covers it: the program reads them in the other order. */
	smp_store_release(&aio_ring(ctx)->tail, ctx->tail);
	ctx->inflight--;
	spin_unlock_irqrestore(&ctx->lock, flags);
	if (req->eventfd)
		eventfd_signal(req->eventfd, 1);
	aio_free_req(req);
}

struct aio_kiocb *aio_find_active(struct kioctx *ctx, u64 obj)
{
	struct aio_kiocb *req;

	lockdep_assert_held(&ctx->lock);
	list_for_each_entry(req, &ctx->active, list)
		if (req->event.obj == obj)
			return req;
	return NULL;
}

/* ---- reading events ---- */

/* Hands out up to nr events. Their number, or -EFAULT if not even the first could be stored. */
static long aio_read_ring(struct kioctx *ctx, struct io_event __user *events, long nr)
{
	unsigned int head;
	long done = 0;

	mutex_lock(&ctx->read_lock);
	head = aio_head(ctx);
	while (done < nr && head != smp_load_acquire(&ctx->tail)) {
		/* a copy: the program can write to the ring */
		struct io_event event = *aio_place(ctx, head);

		if (copy_to_user(&events[done], &event, sizeof(event))) {
			if (!done)
				done = -EFAULT;
			break;
		}
		head = (head + 1) % ctx->nr_events;
		done++;
	}
	if (done > 0)
		smp_store_release(&aio_ring(ctx)->head, head);
	mutex_unlock(&ctx->read_lock);
	return done;
}

/* Sleeps until there may be events. False: the time is over. */
static bool aio_sleep(struct kioctx *ctx, const ktime_t *end)
{
	bool more = true;
	DEFINE_WAIT(wait);

	prepare_to_wait(&ctx->wait, &wait, TASK_INTERRUPTIBLE);
	if (!aio_unread(ctx) && !READ_ONCE(ctx->dead) && !signal_pending(current)) {
		if (!end)
			schedule();
		else
			more = schedule_hrtimeout(*end) != 0;
	}
	finish_wait(&ctx->wait, &wait);
	return more;
}

/* end: NULL for ever, a time, or 0 not to wait. */
static long aio_read_events(struct kioctx *ctx, long min_nr, long nr, struct io_event __user *events, const ktime_t *end)
{
	bool more = !end || *end;
	long done = 0, n;

	for (;;) {
		n = aio_read_ring(ctx, events + done, nr - done);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (done >= min_nr || !more)
			return done;
		if (READ_ONCE(ctx->dead))
			return done ? done : -EINVAL;
		if (signal_pending(current))
			return done;
		more = aio_sleep(ctx, end);
	}
}

static long do_io_getevents(unsigned long id, long min_nr, long nr, struct io_event __user *events,
			    const struct __kernel_timespec __user *timeout)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;
	struct kioctx *ctx;
	ktime_t end = 0;
	long ret = -EINVAL;

	if (timeout) {
		if (copy_from_user(&ts, timeout, sizeof(ts)))
			return -EFAULT;
		t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
		if (timespec64_to_ns(&t64) > 0)
			end = ktime_add_safe(ktime_get(), timespec64_to_ktime(t64));
	}
	ctx = aio_lookup(id);
	if (!ctx)
		return -EINVAL;
	if (min_nr <= nr && min_nr >= 0)
		ret = aio_read_events(ctx, min_nr, nr, events, timeout ? &end : NULL);
	aio_put_ctx(ctx);
	return ret;
}

long sys_io_getevents(unsigned long id, long min_nr, long nr, struct io_event __user *events,
		      struct __kernel_timespec __user *timeout)
{
	long ret = do_io_getevents(id, min_nr, nr, events, timeout);

	return !ret && signal_pending(current) ? -EINTR : ret;
}

long sys_io_pgetevents(unsigned long id, long min_nr, long nr, struct io_event __user *events,
		       struct __kernel_timespec __user *timeout, const void __user *usig)
{
	struct {
		const sigset_t __user *mask;
		size_t size;
	} set = { NULL, 0 };
	bool interrupted;
	long ret;

	if (usig && copy_from_user(&set, usig, sizeof(set)))
		return -EFAULT;
	ret = set_user_sigmask(set.mask, set.size);
	if (ret)
		return ret;
	ret = do_io_getevents(id, min_nr, nr, events, timeout);
	interrupted = signal_pending(current);
	restore_saved_sigmask_unless(interrupted);
	return interrupted && !ret ? -ERESTARTNOHAND : ret;
}

void aio_init(void)
{
	kioctx_cache = kmem_cache_create("kioctx", sizeof(struct kioctx), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC, NULL);
	kiocb_cache = kmem_cache_create("aio_kiocb", sizeof(struct aio_kiocb), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC, NULL);
}
