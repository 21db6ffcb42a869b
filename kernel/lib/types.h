/* SPDX-License-Identifier: MIT */
/*
 * Basic types.  Everything else may include this; it includes nothing but
 * the compiler vocabulary.
 */
#ifndef KERNEL_LIB_TYPES_H
#define KERNEL_LIB_TYPES_H

#include "kernel/lib/compiler.h"

typedef unsigned char		u8;
typedef unsigned short		u16;
typedef unsigned int		u32;
typedef unsigned long long	u64;
typedef signed char		s8;
typedef short			s16;
typedef int			s32;
typedef long long		s64;
typedef unsigned __int128	u128;

typedef u8	__u8;
typedef u16	__u16;
typedef u32	__u32;
typedef u64	__u64;
typedef s8	__s8;
typedef s16	__s16;
typedef s32	__s32;
typedef s64	__s64;

/* On-disk and on-wire integers; the name says the byte order. */
typedef u16	__le16;
typedef u32	__le32;
typedef u64	__le64;
typedef u16	__be16;
typedef u32	__be32;
typedef u64	__be64;

typedef u8	uint8_t;
typedef u16	uint16_t;
typedef u32	uint32_t;
typedef unsigned long uint64_t;
typedef s8	int8_t;
typedef s16	int16_t;
typedef s32	int32_t;
typedef long	int64_t;
typedef unsigned long uintptr_t;
typedef long	intptr_t;

typedef __SIZE_TYPE__ size_t;
typedef long	ssize_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;

typedef _Bool	bool;
#define true	1
#define false	0

#ifndef NULL
#define NULL	((void *)0)
#endif

typedef long long	loff_t;
typedef unsigned long	pgoff_t;	/* page index in a file */
typedef u64		sector_t;	/* 512-byte sector, or block number where said so */
typedef u64		blkcnt_t;
typedef u32		dev_t;
typedef unsigned short	umode_t;
typedef u32		uid_t;
typedef u32		gid_t;
typedef int		pid_t;
typedef long		off_t;
typedef unsigned long	ino_t;
typedef u32		nlink_t;
typedef s64		time64_t;
typedef s64		ktime_t;	/* nanoseconds */
typedef int		clockid_t;
typedef u64		phys_addr_t;
typedef u64		dma_addr_t;
typedef unsigned int	gfp_t;		/* GFP_*: mm/gfp.h */
typedef unsigned int	fmode_t;	/* FMODE_*: fs/fs.h */
typedef unsigned int	isolate_mode_t;	/* ISOLATE_*: page isolation */
struct page;
typedef int (*read_actor_t)(void *target, struct page *page, unsigned long offset,
			    unsigned long size);	/* file_operations.sendfile */
typedef unsigned int	vm_fault_t;	/* VM_FAULT_*: mm/mm_types.h */
typedef unsigned int	slab_flags_t;
typedef unsigned int	poll_t;
typedef poll_t		__poll_t;

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef atomic64_t atomic_long_t;
#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }
#define ATOMIC_LONG_INIT(i)	{ (i) }

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

/*
 * One pending RCU callback (or workless notification).  Embedded in the
 * object; guarded by the RCU code from call_rcu() until @func is called.
 */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};
#define callback_head rcu_head

/* Device numbers: 12-bit major, 20-bit minor. */
#define MINORBITS		20
#define MINORMASK		((1U << MINORBITS) - 1)
#define MAJOR(dev)		((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev)		((unsigned int)((dev) & MINORMASK))
#define MKDEV(ma, mi)		(((dev_t)(ma) << MINORBITS) | (mi))

#define BITS_PER_BYTE		8
#define BITS_PER_LONG		64
#define BITS_PER_LONG_LONG	64
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

/* Seconds and nanoseconds (0 to 999999999) since some start. */
struct timespec64 {
	time64_t tv_sec;
	long	 tv_nsec;
};

#endif
