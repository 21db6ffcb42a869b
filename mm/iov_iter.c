// SPDX-License-Identifier: MIT
/*
 * iov_iter: the moving end of a read or write.
 *
 * An iterator is private to the task that uses it (or handed over whole with an asynchronous
 * request), so nothing here locks.  The position is the triple (first segment, offset in it,
 * bytes left).  A copy that meets a fault stops there; the position then says exactly how far it
 * came, which is what lets a write be continued after the missing page has been brought in.
 *
 * All copying goes through one walker, iov_walk(), which is inlined with each step function so
 * that the common case (one user segment) costs a comparison, not an indirect call.
 */
#include "kernel/lib/types.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lib/bug.h"
#include "kernel/x86/uaccess.h"
#include "drivers/block/bvec.h"
#include "mm/iov_iter.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"

/* Returns how many of @len bytes at @addr could not be handled. */
typedef size_t (*iov_step_t)(void *addr, size_t len, bool user, void **arg);

/* The segment the iterator stands in: its address and what is left of it. */
static __always_inline void *iov_segment(const struct iov_iter *i, size_t *len)
{
	if (i->iter_type == ITER_BVEC) {
		const struct bio_vec *bv = i->bvec;

		*len = bv->bv_len - i->iov_offset;
		return (char *)page_address(bv->bv_page) + bv->bv_offset + i->iov_offset;
	}
	/* struct kvec has the layout of struct iovec */
	*len = i->kvec->iov_len - i->iov_offset;
	return (char *)i->kvec->iov_base + i->iov_offset;
}

static __always_inline void iov_next_segment(struct iov_iter *i)
{
	i->iov_offset = 0;
	i->nr_segs--;
	if (i->iter_type == ITER_BVEC)
		i->bvec++;
	else
		i->kvec++;
}

/* Move over @n bytes of the current segment. */
static __always_inline void iov_consume(struct iov_iter *i, size_t n, size_t seg_left)
{
	i->count -= n;
	i->iov_offset += n;
	if (n == seg_left)
		iov_next_segment(i);
}

/* Apply @step to the next @bytes; returns the bytes handled, with the iterator behind them. */
static __always_inline size_t iov_walk(struct iov_iter *i, size_t bytes, iov_step_t step,
				       void *arg)
{
	bool user = i->iter_type == ITER_IOVEC;
	size_t done = 0;

	if (bytes > i->count)
		bytes = i->count;
	if (unlikely(i->iter_type == ITER_DISCARD)) {
		i->count -= bytes;
		return bytes;
	}
	while (done < bytes) {
		size_t seg, n, left;
		void *addr = iov_segment(i, &seg);

		if (unlikely(!seg)) {
			iov_next_segment(i);
			continue;
		}
		n = min(seg, bytes - done);
		left = step(addr, n, user, &arg);
		n -= left;
		done += n;
		iov_consume(i, n, seg);
		if (left)
			break;
	}
	return done;
}

static __always_inline size_t step_to(void *addr, size_t len, bool user, void **arg)
{
	const char *from = *arg;
	size_t left = 0;

	if (user)
		left = copy_to_user((void __user *)addr, from, len);
	else
		memcpy(addr, from, len);
	*arg = (void *)(from + len);
	return left;
}

static __always_inline size_t step_from(void *addr, size_t len, bool user, void **arg)
{
	char *to = *arg;
	size_t left = 0;

	if (user)
		left = copy_from_user(to, (const void __user *)addr, len);
	else
		memcpy(to, addr, len);
	*arg = to + len;
	return left;
}

static __always_inline size_t step_zero(void *addr, size_t len, bool user, void **arg)
{
	if (user)
		return clear_user((void __user *)addr, len);
	memset(addr, 0, len);
	return 0;
}

static size_t step_skip(void *addr, size_t len, bool user, void **arg)
{
	return 0;
}

void iov_iter_init(struct iov_iter *i, unsigned int direction, const struct iovec *iov,
		   unsigned long nr_segs, size_t count)
{
	*i = (struct iov_iter){
		.iter_type = ITER_IOVEC,
		.data_source = direction & WRITE,
		.iov = iov,
		.nr_segs = nr_segs,
		.count = count,
	};
}

void iov_iter_kvec(struct iov_iter *i, unsigned int direction, const struct kvec *kvec,
		   unsigned long nr_segs, size_t count)
{
	*i = (struct iov_iter){
		.iter_type = ITER_KVEC,
		.data_source = direction & WRITE,
		.kvec = kvec,
		.nr_segs = nr_segs,
		.count = count,
	};
}

void iov_iter_bvec(struct iov_iter *i, unsigned int direction, const struct bio_vec *bvec,
		   unsigned long nr_segs, size_t count)
{
	*i = (struct iov_iter){
		.iter_type = ITER_BVEC,
		.data_source = direction & WRITE,
		.bvec = bvec,
		.nr_segs = nr_segs,
		.count = count,
	};
}

void iov_iter_discard(struct iov_iter *i, unsigned int direction, size_t count)
{
	*i = (struct iov_iter){
		.iter_type = ITER_DISCARD,
		.data_source = direction & WRITE,
		.count = count,
	};
}

/* The usual transfer is of user memory, and within one segment. */
static __always_inline bool in_one_user_segment(const struct iov_iter *i, size_t bytes)
{
	return i->iter_type == ITER_IOVEC && bytes && bytes <= i->count && bytes <= i->iov->iov_len - i->iov_offset;
}

/* What a walk does behind that many bytes of the first segment. */
static __always_inline void pass_in_segment(struct iov_iter *i, size_t bytes)
{
	i->count -= bytes;
	i->iov_offset += bytes;
	if (i->iov_offset == i->iov->iov_len)
		iov_next_segment(i);
}

void iov_iter_advance(struct iov_iter *i, size_t bytes)
{
	if (likely(in_one_user_segment(i, bytes)))
		pass_in_segment(i, bytes);
	else
		iov_walk(i, bytes, step_skip, NULL);
}

/*
 * Go back @bytes.  The bytes must have been passed by this iterator, so the segments before the
 * current one exist and are still valid.
 */
void iov_iter_revert(struct iov_iter *i, size_t bytes)
{
	i->count += bytes;
	if (i->iter_type == ITER_DISCARD)
		return;
	while (bytes > i->iov_offset) {
		size_t len;

		bytes -= i->iov_offset;
		i->nr_segs++;
		if (i->iter_type == ITER_BVEC)
			len = (--i->bvec)->bv_len;
		else
			len = (--i->kvec)->iov_len;
		i->iov_offset = len;
	}
	i->iov_offset -= bytes;
}

size_t iov_iter_single_seg_count(const struct iov_iter *i)
{
	size_t seg;

	if (i->iter_type == ITER_DISCARD || !i->count)
		return i->count;
	iov_segment(i, &seg);
	return min(seg, i->count);
}

/* Visit the remaining segments without moving the iterator. */
#define for_each_segment(copy, addr, len, i)						\
	for (copy = *(i); copy.count && ((addr) = iov_segment(&copy, &(len)),		\
					 (len) = min((len), copy.count), 1);		\
	     copy.count -= (len), iov_next_segment(&copy))

unsigned long iov_iter_alignment(const struct iov_iter *i)
{
	struct iov_iter copy;
	unsigned long res = 0;
	size_t len;
	void *addr;

	if (i->iter_type == ITER_DISCARD)
		return 0;
	for_each_segment(copy, addr, len, i)
		if (len)
			res |= (unsigned long)addr | len;
	return res;
}

int iov_iter_npages(const struct iov_iter *i, int maxpages)
{
	struct iov_iter copy;
	size_t len;
	void *addr;
	int n = 0;

	if (i->iter_type == ITER_DISCARD)
		return 0;
	for_each_segment(copy, addr, len, i) {
		n += DIV_ROUND_UP(offset_in_page(addr) + len, PAGE_SIZE);
		if (n >= maxpages)
			return maxpages;
	}
	return n;
}

size_t copy_to_iter(const void *addr, size_t bytes, struct iov_iter *i)
{
	if (likely(in_one_user_segment(i, bytes))) {
		bytes -= copy_to_user(i->iov->iov_base + i->iov_offset, addr, bytes);
		pass_in_segment(i, bytes);
		return bytes;
	}
	return iov_walk(i, bytes, step_to, (void *)addr);
}

size_t copy_from_iter(void *addr, size_t bytes, struct iov_iter *i)
{
	bytes = min(bytes, i->count);
	if (likely(in_one_user_segment(i, bytes))) {
		bytes -= copy_from_user(addr, i->iov->iov_base + i->iov_offset, bytes);
		pass_in_segment(i, bytes);
		return bytes;
	}
	if (unlikely(i->iter_type == ITER_DISCARD))
		return 0;
	return iov_walk(i, bytes, step_from, addr);
}

bool copy_from_iter_full(void *addr, size_t bytes, struct iov_iter *i)
{
	size_t copied = copy_from_iter(addr, bytes, i);

	if (copied == bytes)
		return true;
	iov_iter_revert(i, copied);
	return false;
}

size_t copy_page_to_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i)
{
	return copy_to_iter((char *)page_address(page) + offset, bytes, i);
}

size_t copy_page_from_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i)
{
	return copy_from_iter((char *)page_address(page) + offset, bytes, i);
}

size_t iov_iter_zero(size_t bytes, struct iov_iter *i)
{
	return iov_walk(i, bytes, step_zero, NULL);
}

size_t iov_iter_copy_from_user_atomic(struct page *page, struct iov_iter *i, unsigned long offset,
				      size_t bytes)
{
	char *to = (char *)page_address(page) + offset;
	struct iov_iter copy;
	size_t done;

	if (unlikely(i->iter_type == ITER_DISCARD))
		return 0;
	pagefault_disable();
	if (likely(in_one_user_segment(i, bytes))) {
		done = bytes - __copy_from_user_inatomic(to, i->iov->iov_base + i->iov_offset, bytes);
	} else {
		copy = *i;
		done = iov_walk(&copy, bytes, step_from, to);
	}
	pagefault_enable();
	return done;
}

/* How many of the @len bytes at @addr cannot be touched.  One byte of each page tells. */
static size_t fault_in_segment(const char *addr, size_t len)
{
	while (len) {
		size_t n = min(len, PAGE_SIZE - offset_in_page(addr));
		char c;

		if (get_user(c, (const char __user *)addr))
			break;
		addr += n;
		len -= n;
	}
	return len;
}

size_t iov_iter_fault_in_readable(struct iov_iter *i, size_t bytes)
{
	struct iov_iter copy;
	size_t len;
	void *addr;

	if (!iter_is_iovec(i))
		return 0;
	bytes = min(bytes, i->count);
	for_each_segment(copy, addr, len, i) {
		size_t n = min(len, bytes), left = fault_in_segment(addr, n);

		bytes -= n - left;
		if (left || !bytes)
			break;
	}
	return bytes;
}

static ssize_t pin_kernel_range(char *addr, size_t len, struct page **pages)
{
	size_t done = 0, off = offset_in_page(addr);

	/* kernel buffers of an iterator are in the direct map */
	while (done < len) {
		struct page *page = virt_to_page(addr + done);

		get_page(page);
		*pages++ = page;
		done += PAGE_SIZE - off;
		off = 0;
	}
	return len;
}

ssize_t iov_iter_get_pages(struct iov_iter *i, struct page **pages, size_t maxsize,
			   unsigned int maxpages, size_t *start)
{
	size_t seg, len, off;
	char *addr;
	int res, n;

	if (i->iter_type == ITER_DISCARD)
		return -EFAULT;
	if (!i->count)
		return 0;
	while (addr = iov_segment(i, &seg), !seg)
		iov_next_segment(i);
	off = offset_in_page(addr);
	len = min(min(seg, i->count), maxsize);
	len = min(len, (size_t)maxpages * PAGE_SIZE - off);
	*start = off;
	if (!iter_is_iovec(i))
		return pin_kernel_range(addr, len, pages);

	n = DIV_ROUND_UP(off + len, PAGE_SIZE);
	res = get_user_pages_fast((unsigned long)addr & PAGE_MASK, n,
				  iov_iter_rw(i) == WRITE ? 0 : FOLL_WRITE, pages);
	if (res <= 0)
		return res ? res : -EFAULT;
	return min(len, (size_t)res * PAGE_SIZE - off);
}

ssize_t import_iovec(int type, const struct iovec __user *uvector, unsigned int nr_segs,
		     unsigned int fast_segs, struct iovec **iovp, struct iov_iter *i)
{
	struct iovec *iov = *iovp;
	ssize_t total = 0;
	unsigned int seg;

	if (nr_segs > UIO_MAXIOV) {
		*iovp = NULL;
		return -EINVAL;
	}
	if (nr_segs > fast_segs) {
		iov = kmalloc_array(nr_segs, sizeof(*iov), GFP_KERNEL);
		if (!iov) {
			*iovp = NULL;
			return -ENOMEM;
		}
		*iovp = iov;
	} else {
		*iovp = NULL;
	}
	if (copy_from_user(iov, uvector, nr_segs * sizeof(*iov))) {
		total = -EFAULT;
		goto fail;
	}
	for (seg = 0; seg < nr_segs; seg++) {
		ssize_t len = (ssize_t)iov[seg].iov_len;

		if (len < 0) {
			total = -EINVAL;
			goto fail;
		}
		if (!access_ok(iov[seg].iov_base, len)) {
			total = -EFAULT;
			goto fail;
		}
		if (len > (ssize_t)MAX_RW_COUNT - total) {
			len = (ssize_t)MAX_RW_COUNT - total;
			iov[seg].iov_len = len;
		}
		total += len;
	}
	iov_iter_init(i, type, iov, nr_segs, total);
	return total;
fail:
	kfree(*iovp);
	*iovp = NULL;
	return total;
}

int import_single_range(int type, void __user *buf, size_t len, struct iovec *iov,
			struct iov_iter *i)
{
	len = min(len, (size_t)MAX_RW_COUNT);
	if (!access_ok(buf, len))
		return -EFAULT;
	iov->iov_base = buf;
	iov->iov_len = len;
	iov_iter_init(i, type, iov, 1, len);
	return 0;
}
