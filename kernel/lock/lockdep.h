/* SPDX-License-Identifier: MIT */
/*
 * What every lock has in common: its class, the stack of locks each task
 * holds, and the order checker.
 *
 * - A *class* is all locks initialised at one place (or given one key); the
 *   subclass (0-7) separates nesting levels of one class, such as parent and
 *   child directory.
 * - Each task keeps a stack of what it holds, with mode and acquiring place;
 *   each CPU keeps another for its interrupt handlers.  The contracts ask it.
 * - The order checker knows the order of every pair of classes ever nested,
 *   and reports the first acquisition that closes a cycle, whether or not
 *   anything deadlocked.  It also reports a class taken in interrupts while
 *   elsewhere taken with interrupts on, or ordered before one that is.
 *
 * A chain of held locks that has been checked once is remembered by hash, so
 * the usual acquisition costs one table look-up and no shared writes.
 *
 * With CONFIG_CHECKS=0 all of this is empty.
 *
 * Locks that are a bit in some object (page lock, buffer lock) have no room
 * for a map: their users call held_acquire() and held_release() with the
 * object's address and a static key.  Such a lock passes from the task to the
 * I/O at submission with held_handoff_io(); completion, in any context, then
 * releases it with held_release().
 */
#ifndef KERNEL_LOCK_LOCKDEP_H
#define KERNEL_LOCK_LOCKDEP_H

#include "kernel/lib/types.h"
#include "kernel/lib/compiler.h"

struct task_struct;
struct contract_row;
struct contract_call;

#define MAX_LOCKDEP_SUBCLASSES	8
#define SINGLE_DEPTH_NESTING	1

#if CONFIG_CHECKS

/* Static storage only. @id is filled in at first use; 0 = not yet. */
struct lock_class_key {
	const char *name;
	u16 id[MAX_LOCKDEP_SUBCLASSES];
};

/* In every lock: its class and its owner, whose held stack has mode, place and CPU. */
struct lockdep_map {
	struct lock_class_key *key;	/* constant after initialisation */
	unsigned int subclass;		/* added to that of each acquisition; constant likewise */
	struct task_struct *owner;	/* exclusive holder, or the last reader; it writes this */
};

/* flags of held_acquire() and of an entry */
#define HELD_EXCLUSIVE		0x00u
#define HELD_SHARED		0x01u	/* shared; a waiting writer stops new readers */
#define HELD_RECURSIVE		0x02u	/* with HELD_SHARED: a reader may nest in a reader */
#define HELD_TRY		0x04u	/* did not wait, so cannot deadlock by itself */
#define HELD_IRQS_OFF		0x08u	/* interrupts known to be off */
#define HELD_IRQS_ON		0x10u	/* interrupts known to be on (sleeping locks) */
#define HELD_NOCHECK		0x20u	/* on the stack but not in the order graph */

struct held_lock {
	const void *lock;		/* address of the lock, or of the page or buffer */
	unsigned long ip;		/* acquiring place */
	u64 chain;			/* hash of the entries below */
	u32 what;			/* class, and HELD_* above 16 bits: HELD_CLASS, HELD_FLAGS */
	u32 cpu;
};

#define HELD_CLASS(e)	((e)->what & 0xffffu)
#define HELD_FLAGS(e)	((e)->what >> 16)

#define HELD_MAX 48

/* What a task sleeps for, for the hung-task report. */
struct held_wait {
	const void *object;
	const char *kind;		/* "mutex", "page lock", ... */
	unsigned long ip;
	unsigned long since;		/* ms since boot */
};

#define HELD_WAITS 3			/* a wait may have others within it: see held_wait_begin() */

/*
 * One in each task (and one per CPU for interrupts). Only its owner writes
 * it; reports of other tasks read it racily.
 */
struct held_locks {
	unsigned int depth;
	unsigned int limit;		/* HELD_MAX, or 0 while off */
	unsigned int overflow;		/* acquisitions that did not fit: reported once */
	unsigned int off;		/* > 0 while a report is printed: nothing is tracked */
	unsigned int no_block;		/* nesting of may-not-block contract rows */
	const struct contract_row *no_block_row;	/* the outermost of them */
	unsigned int no_recursion;	/* nesting of rows without FS recursion */
	struct contract_row *no_recursion_row;		/* the outermost of them */
	unsigned int caller;		/* enum contract_caller: the innermost scope */
	struct contract_call *watching;	/* the innermost call that a rule watches */
	u64 chain;			/* hash of the whole stack */
	unsigned int expect;		/* > 0: a test provokes reports */
	unsigned int expected;		/* how many came; read at the end of the outermost */
	struct contract_row *expected_row;	/* row of the last contract violation among them */
	const char *expected_title;	/* title of the last report among them */
	unsigned int nr_waits;		/* may exceed HELD_WAITS */
	struct held_wait waits[HELD_WAITS];
	struct held_lock stack[HELD_MAX];
	u64 since[HELD_MAX];		/* when each was got, while hold times are taken: lock_stat.c */
};

#define __LOCK_KEY(str)		((struct lock_class_key *)&(struct lock_class_key){ .name = (str) })
#define __LOCKDEP_MAP_INIT(str)	{ .key = __LOCK_KEY(str) }
#define LOCKDEP_MAP_FIELD	struct lockdep_map dep_map;
#define LOCKDEP_MAP_INITIALISER(str) .dep_map = __LOCKDEP_MAP_INIT(str),

/* One static key for each place of use. */
#define lockdep_init_map_here(map, str)					\
do {									\
	static struct lock_class_key __key = { .name = (str) };		\
	lockdep_init_map(map, &__key);					\
} while (0)
void lockdep_init_map(struct lockdep_map *map, struct lock_class_key *key);
void lockdep_map_set_class(struct lockdep_map *map, struct lock_class_key *key,
			   const char *name, unsigned int subclass);

/* @lock is any lock with a dep_map; before its first use or while nobody holds it. */
#define lockdep_set_class(lock, key)					\
	lockdep_map_set_class(&(lock)->dep_map, key, #key, 0)
#define lockdep_set_class_and_name(lock, key, name)			\
	lockdep_map_set_class(&(lock)->dep_map, key, name, 0)
#define lockdep_set_class_and_subclass(lock, key, sub)			\
	lockdep_map_set_class(&(lock)->dep_map, key, #key, sub)
#define lockdep_set_subclass(lock, sub)					\
	lockdep_map_set_class(&(lock)->dep_map, (lock)->dep_map.key, NULL, sub)
#define lockdep_match_class(lock, k)	((lock)->dep_map.key == (k))
/* This class nests in itself in ways the checker cannot know: held, but not ordered. */
extern struct lock_class_key lockdep_no_validate_key;
#define lockdep_set_novalidate_class(lock)				\
	lockdep_map_set_class(&(lock)->dep_map, &lockdep_no_validate_key, "novalidate", 0)

/*
 * Before waiting for @lock (or after a successful try, with HELD_TRY): checks
 * the order and pushes the entry. Any context but NMI, where it does nothing.
 */
void held_acquire(const void *lock, struct lock_class_key *key, unsigned int subclass,
		  unsigned int flags, unsigned long ip);
/* The same for a lock with a dep_map. */
#define held_acquire_map(l, sub, flags, ip)				\
	held_acquire(l, (l)->dep_map.key, (l)->dep_map.subclass + (sub), flags, ip)
/* The lock has been got, or is about to be released: by whom, for reports. */
#define lockdep_note_owner(l)	((void)((l)->dep_map.owner = current))
#define lockdep_clear_owner(l)	((void)((l)->dep_map.owner = NULL))
/*
 * Removes @lock, wherever it is in the stack of this context. If it is not
 * there it must have been handed to the I/O; anything else is reported.
 */
void held_release(const void *lock, unsigned long ip);
/* The lock now belongs to the I/O in flight. The caller must hold it. */
void held_handoff_io(const void *lock, unsigned long ip);
/* Exclusive becomes shared. */
void held_downgrade(const void *lock, unsigned long ip);
/* Has @lock been handed to the I/O and not yet been released? (By hash: may say yes wrongly.) */
bool held_by_io(const void *lock);
#define lockdep_handoff_io(obj)	held_handoff_io(obj, _THIS_IP_)

/* What this context (task, or interrupt handler) holds. */
bool held_by_current(const void *lock);
/* 0 not held, 1 shared, 2 exclusive. */
int held_mode(const void *lock);
/* How many locks this context holds. */
unsigned int held_depth(void);
struct held_locks *held_current_stack(void);

/*
 * Before taking @l, one of several of its class that are taken in the order
 * of their addresses: nothing of its class may be held that lies above it.
 */
#define lockdep_address_order(l)	held_check_address_order(l, (l)->dep_map.key, _THIS_IP_)
void held_check_address_order(const void *lock, const struct lock_class_key *key, unsigned long ip);

/*
 * Around a sleep for @object, so that the watchdog can say who waits for
 * what. They nest: waiting for a page lock is a wait for a bit, and the
 * condition of an event may wait for a mutex.
 */
void held_wait_begin(const char *kind, const void *object, unsigned long ip);
void held_wait_end(void);
/* What a task waits for, the most telling of the nested ones; NULL if it does not wait. Racy. */
const struct held_wait *held_wait_of(const struct held_locks *h);

void held_locks_init(struct held_locks *h);
/* The scheduler switches to a task whose stack is @next; preemption off. */
void held_switch(struct held_locks *next);
/* At the way out to the program and at the end of a task: nothing may be held. */
void held_check_empty(const char *where);

/* Lists what @h holds and waits for. Takes no locks. */
void held_print(struct held_locks *h);
/* The same for a task, and who holds what it waits for. */
void debug_show_held_locks(struct task_struct *p);

/* fs reclaim as a lock: an allocation that may enter reclaim "takes" it, reclaim holds it. */
void reclaim_lock_acquire_map(bool holds, unsigned long ip);
void reclaim_lock_release_map(void);
/* Nest these around reclaim itself. */
#define reclaim_lock_acquire()	reclaim_lock_acquire_map(true, _THIS_IP_)
#define reclaim_lock_release()	reclaim_lock_release_map()
/* At an allocation that could enter file system reclaim (GFP has __GFP_FS, may block). */
#define reclaim_lock_might()	reclaim_lock_acquire_map(false, _THIS_IP_)

#define lockdep_assert_held(l)						\
do {									\
	if (unlikely(!held_by_current(l)))				\
		lockdep_assert_failed(#l, "held", _THIS_IP_);		\
} while (0)
#define lockdep_assert_held_exclusive(l)				\
do {									\
	if (unlikely(held_mode(l) != 2))				\
		lockdep_assert_failed(#l, "held exclusively", _THIS_IP_); \
} while (0)
#define lockdep_assert_held_write(l) lockdep_assert_held_exclusive(l)
#define lockdep_assert_held_read(l) lockdep_assert_held(l)
#define lockdep_assert_not_held(l)					\
do {									\
	if (unlikely(held_by_current(l)))				\
		lockdep_assert_failed(#l, "not held", _THIS_IP_);	\
} while (0)
#define lockdep_is_held(l)	held_by_current(l)
void lockdep_assert_failed(const char *what, const char *expected, unsigned long ip);

/* After the memory of [@addr, @addr+@size) is freed: none of its locks may be held. */
void debug_check_no_locks_freed(const void *addr, size_t size);

/* Reports so far; the tests want none, and provoke some on purpose between these two. */
unsigned long lockdep_reports(void);
/*
 * Until lockdep_expect_end(), reports of this task are counted, not printed,
 * and do not panic; returns how many there were. For the must-fail tests.
 */
void lockdep_expect_begin(void);
unsigned long lockdep_expect_end(void);
/* The title of the last of them; NULL if there were none. */
const char *lockdep_expected_title(void);
void lockdep_init(void);
/* Every class seen so far and the classes that were taken under it. */
void lockdep_print_classes(void);

#else /* !CONFIG_CHECKS */

struct lock_class_key { const char *name; };
struct lockdep_map { };
struct held_locks { };
#define HELD_EXCLUSIVE		0
#define HELD_SHARED		0
#define HELD_RECURSIVE		0
#define HELD_TRY		0
#define HELD_IRQS_OFF		0
#define HELD_IRQS_ON		0
#define HELD_NOCHECK		0
#define LOCKDEP_MAP_FIELD
#define LOCKDEP_MAP_INITIALISER(str)
#define lockdep_init_map_here(map, str)			do { } while (0)
#define lockdep_set_class(lock, key)			do { (void)(key); } while (0)
#define lockdep_set_class_and_name(lock, key, name)	do { (void)(key); } while (0)
#define lockdep_set_class_and_subclass(lock, key, sub)	do { (void)(key); } while (0)
#define lockdep_set_subclass(lock, sub)			do { } while (0)
#define lockdep_match_class(lock, k)			1
#define lockdep_set_novalidate_class(lock)		do { } while (0)
#define held_acquire(lock, key, sub, flags, ip)		do { (void)(key); } while (0)
#define held_acquire_map(lock, sub, flags, ip)		do { } while (0)
#define lockdep_note_owner(lock)			do { } while (0)
#define lockdep_clear_owner(lock)			do { } while (0)
#define held_release(lock, ip)				do { } while (0)
#define held_handoff_io(lock, ip)			do { } while (0)
#define held_downgrade(lock, ip)			do { } while (0)
#define lockdep_handoff_io(obj)				do { } while (0)
#define lockdep_address_order(lock)			do { } while (0)
#define held_wait_begin(kind, object, ip)		do { } while (0)
#define held_wait_end()					do { } while (0)
#define held_locks_init(h)				do { } while (0)
#define held_switch(next)				do { } while (0)
#define held_check_empty(where)				do { } while (0)
#define held_print(h)					do { } while (0)
#define debug_show_held_locks(p)			do { } while (0)
#define reclaim_lock_acquire()				do { } while (0)
#define reclaim_lock_release()				do { } while (0)
#define reclaim_lock_might()				do { } while (0)
#define lockdep_assert_held(l)				do { (void)(l); } while (0)
#define lockdep_assert_held_exclusive(l)		do { (void)(l); } while (0)
#define lockdep_assert_held_write(l)			do { (void)(l); } while (0)
#define lockdep_assert_held_read(l)			do { (void)(l); } while (0)
#define lockdep_assert_not_held(l)			do { (void)(l); } while (0)
#define lockdep_is_held(l)				1
#define debug_check_no_locks_freed(addr, size)		do { } while (0)
#define lockdep_reports()				0UL
#define lockdep_expect_begin()				do { } while (0)
#define lockdep_expect_end()				0UL
#define lockdep_init()					do { } while (0)

#endif
#endif
