/* SPDX-License-Identifier: MIT */
/*
 * iov_iter: where the bytes of a read or write come from or go to, whatever it is: user memory
 * described by an iovec array, kernel memory, or pages.  It lives on the caller's stack and is
 * advanced as bytes move.
 */
#ifndef MM_IOV_ITER_H
#define MM_IOV_ITER_H

#include "kernel/lib/types.h"

struct page;
struct bio_vec;

struct iovec {
	void __user *iov_base;
	size_t iov_len;
};

struct kvec {
	void *iov_base;
	size_t iov_len;
};

#define UIO_FASTIOV	8
#ifndef UIO_MAXIOV
#define UIO_MAXIOV	1024
#endif
/* Most bytes one read or write transfers; also in fs/file.h. */
#ifndef MAX_RW_COUNT
#define MAX_RW_COUNT	(0x7fffffff & ~0xfff)
#endif

enum iter_type {
	ITER_IOVEC,	/* user memory */
	ITER_KVEC,	/* kernel memory */
	ITER_BVEC,	/* pages */
	ITER_DISCARD,	/* bytes read are dropped */
};

#ifndef READ
#define READ	0
#define WRITE	1
#endif

struct iov_iter {
	u8 iter_type;
	u8 data_source;		/* WRITE: the iterator is the source of the bytes; READ: the target */
	size_t iov_offset;	/* bytes already used of the first segment */
	size_t count;		/* bytes left */
	union {
		const struct iovec *iov;
		const struct kvec *kvec;
		const struct bio_vec *bvec;
	};
	unsigned long nr_segs;	/* segments left */
};

static inline bool iter_is_iovec(const struct iov_iter *i)
{
	return i->iter_type == ITER_IOVEC;
}

static inline bool iov_iter_is_kvec(const struct iov_iter *i)
{
	return i->iter_type == ITER_KVEC;
}

static inline bool iov_iter_is_bvec(const struct iov_iter *i)
{
	return i->iter_type == ITER_BVEC;
}

static inline unsigned char iov_iter_rw(const struct iov_iter *i)
{
	return i->data_source;
}

static inline size_t iov_iter_count(const struct iov_iter *i)
{
	return i->count;
}

static inline bool iov_iter_has_data(const struct iov_iter *i)
{
	return i->count != 0;
}

/* Never use more than @count bytes of it. */
static inline void iov_iter_truncate(struct iov_iter *i, u64 count)
{
	if (i->count > count)
		i->count = count;
}

/* Undo a truncation. */
static inline void iov_iter_reexpand(struct iov_iter *i, size_t count)
{
	i->count = count;
}

/* @direction: READ or WRITE as seen by the system call; @count bytes in all. */
void iov_iter_init(struct iov_iter *i, unsigned int direction, const struct iovec *iov,
		   unsigned long nr_segs, size_t count);
void iov_iter_kvec(struct iov_iter *i, unsigned int direction, const struct kvec *kvec,
		   unsigned long nr_segs, size_t count);
void iov_iter_bvec(struct iov_iter *i, unsigned int direction, const struct bio_vec *bvec,
		   unsigned long nr_segs, size_t count);
void iov_iter_discard(struct iov_iter *i, unsigned int direction, size_t count);

void iov_iter_advance(struct iov_iter *i, size_t bytes);
void iov_iter_revert(struct iov_iter *i, size_t bytes);

/* Bytes in the first segment. */
size_t iov_iter_single_seg_count(const struct iov_iter *i);
/* All addresses and lengths or-ed together, to test alignment. */
unsigned long iov_iter_alignment(const struct iov_iter *i);
/* Pages the iterator touches, at most @maxpages. */
int iov_iter_npages(const struct iov_iter *i, int maxpages);

/*
 * Copy and advance; return the bytes copied, short on a fault.  May fault, so no spinlock and no
 * page lock that the fault could need may be held, unless faults are disabled.
 */
size_t copy_to_iter(const void *addr, size_t bytes, struct iov_iter *i);
size_t copy_from_iter(void *addr, size_t bytes, struct iov_iter *i);
bool copy_from_iter_full(void *addr, size_t bytes, struct iov_iter *i);
size_t copy_page_to_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i);
size_t copy_page_from_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i);
size_t iov_iter_zero(size_t bytes, struct iov_iter *i);

/* Copy without advancing and with faults disabled.  Returns the bytes copied. */
size_t iov_iter_copy_from_user_atomic(struct page *page, struct iov_iter *i, unsigned long offset,
				      size_t bytes);
/*
 * Touch the user pages of the next @bytes so that the copy can run with faults disabled.  Returns
 * how many of the bytes are out of reach: 0 if all is well, @bytes if not even the first is there.
 */
size_t iov_iter_fault_in_readable(struct iov_iter *i, size_t bytes);

/*
 * Pin the pages of the first segment: at most @maxsize bytes and @maxpages pages; *start is the
 * offset in the first.  Returns the bytes covered or -errno.  Does not advance.  May sleep.
 */
ssize_t iov_iter_get_pages(struct iov_iter *i, struct page **pages, size_t maxsize,
			   unsigned int maxpages, size_t *start);

/*
 * Copy an iovec array from user memory and set up the iterator.  *iovp points to @fast_segs
 * entries of the caller; on return to an allocated array to kfree(), or NULL.  Returns the total
 * bytes (cut at MAX_RW_COUNT) or -EFAULT, -EINVAL, -ENOMEM.
 */
ssize_t import_iovec(int type, const struct iovec __user *uvector, unsigned int nr_segs,
		     unsigned int fast_segs, struct iovec **iovp, struct iov_iter *i);
int import_single_range(int type, void __user *buf, size_t len, struct iovec *iov,
			struct iov_iter *i);

#endif
