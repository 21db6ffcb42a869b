/* SPDX-License-Identifier: MIT */
/*
 * The run-time half of the contracts: what the checks generated from
 * fs/locking.rst call, and the report they end in.
 *
 * For each operation the compiler emits a row and two functions, run by the
 * call wrapper before and after the operation:
 *
 *	struct contract_call call;
 *	contract_enter(&call, &row);		counts the call
 *	contract_about_inode(&call, dir, "dir");	what a report shall describe
 *	contract_check_rwsem(&call, &dir->i_rwsem, CONTRACT_EXCLUSIVE, "i_rwsem", "dir");
 *	contract_check_block(&call, CONTRACT_MAY_BLOCK);
 *	... the operation ...
 *	contract_leave(&call);			ends a may-not-block region, times the call
 *	contract_check_page(&call, page, CONTRACT_NOT_HELD, "page lock on return", "page");
 *
 * "Held" always means held by the calling task (in an interrupt: by the
 * handler). The predicates compare addresses with the held-lock stack and
 * never look into the lock, which may have been freed by the operation.
 * A NULL lock is passed over.
 *
 * A violation is reported with table, row, page line, argument, what was
 * expected and found, the object, the locks held with their places, and a
 * backtrace; then the command line decides: contract=panic (default), warn
 * (count and go on) or off (nothing is reported). The report takes no lock.
 */
#ifndef KERNEL_LOCK_CONTRACT_H
#define KERNEL_LOCK_CONTRACT_H

#include "kernel/lib/types.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/seqlock.h"
#include "gen/callers.h"

struct page;
struct buffer_head;

enum contract_state {
	CONTRACT_NOT_HELD,
	CONTRACT_HELD,		/* in any mode */
	CONTRACT_SHARED,	/* at least shared */
	CONTRACT_EXCLUSIVE,
};

enum contract_block {
	CONTRACT_BLOCK_ANY,
	CONTRACT_MAY_BLOCK,	/* the caller must be able to sleep */
	CONTRACT_MUST_NOT_BLOCK, /* nothing may sleep until contract_leave() */
};

enum contract_context {
	CONTRACT_CONTEXT_ANY,
	CONTRACT_CONTEXT_INTERRUPT,	/* hard interrupt, or process with interrupts off */
	CONTRACT_CONTEXT_RCU_CALLBACK,
};

/* What kind of object a report is about. */
enum contract_kind {
	CONTRACT_ABOUT_NONE,
	CONTRACT_ABOUT_INODE,
	CONTRACT_ABOUT_DENTRY,
	CONTRACT_ABOUT_FILE,
	CONTRACT_ABOUT_SUPER_BLOCK,
	CONTRACT_ABOUT_PAGE,
	CONTRACT_ABOUT_ADDRESS_SPACE,
	CONTRACT_ABOUT_BUFFER_HEAD,
	CONTRACT_ABOUT_VM_AREA_STRUCT,
	CONTRACT_ABOUT_BLOCK_DEVICE,
	CONTRACT_ABOUT_KIOCB,
};

#if CONFIG_CHECKS

/* Counters of one row on one CPU; only that CPU writes them. */
struct contract_counts {
	u64 calls;
	u64 checks;		/* single conditions checked */
	u64 violations;
	u64 longest;		/* of the longest call: TSC cycles; contract_sum() makes them ns */
};

/*
 * One row of a table of the page, or one of its numbered rules (table "prose",
 * op "P7"). In section .contract_rows; constant but for what is said.
 */
struct contract_row {
	const char *table, *op;
	const char *rule;	/* the row's words */
	int line;		/* in fs/locking.rst */
	int index;		/* in the section; set by contract_init() */
	unsigned int seeded;	/* violations provoked by tests so far; the test thread writes it */
	unsigned int caught;	/* those reported as exactly this row's */
};

/* Side by side in their section: the compiler must not align them more than an array would. */
#define CONTRACT_ROW	__section(".contract_rows") __aligned(8)

/* What can be noted about an object while an operation that a rule watches runs on it. */
enum contract_event {
	NOTE_WRITEBACK = 1,		/* a page: set_page_writeback() */
	NOTE_WRITEBACK_TWICE = 2,	/* ... while a write of it was in flight */
	NOTE_WRITEBACK_UNLOCKED = 4,	/* ... without its lock */
	NOTE_REDIRTIED = 8,		/* a page: redirty_page_for_writepage() */
	NOTE_WAITED = 16,		/* a page: waited for I/O in flight */
	NOTE_UNLOCKED = 32,		/* a page: unlocked by this task */
	NOTE_WRITTEN = 64,		/* a mapping: the write of one of its pages began; counted */
	NOTE_WRITTEN_CLEAN = 128,	/* ... of one that was not marked dirty */
	NOTE_WRITTEN_LATE = 256,	/* ... of one without the mark of a sync's snapshot */
	NOTE_LEASE_RECORDED = 512,	/* a file: generic_setlease() */
};

/* One call of an operation, on the stack of the wrapper. */
struct contract_call {
	struct contract_row *row;
	u64 start;		/* TSC */
	unsigned int caller;	/* the scope it was called in; enum contract_caller */
	const void *about;
	const char *about_arg;
	enum contract_kind about_kind;
	bool no_block;		/* this call armed the may-not-block region */
	bool no_recursion;	/* this call forbids FS recursion */
	struct held_locks *held; /* the stack of the context of the call */

	/* for the numbered rules: see contract_watch() */
	const void *watched;	/* NULL: nothing */
	struct contract_call *outer; /* the watching call around this one */
	u32 noted;		/* NOTE_* */
	u32 checks;		/* conditions found to hold inline */
	long count;		/* how often a counted event was noted */
	long kept[2];		/* what a rule keeps from entry to return */
};

void contract_enter(struct contract_call *call, struct contract_row *row);
void contract_leave(struct contract_call *call);

void contract_check_rwsem(struct contract_call *call, const struct rw_semaphore *sem,
			  enum contract_state state, const char *column, const char *arg);
void contract_check_spin(struct contract_call *call, const spinlock_t *lock,
			 enum contract_state state, const char *column, const char *arg);
void contract_check_mutex(struct contract_call *call, const struct mutex *lock,
			  enum contract_state state, const char *column, const char *arg);
/* The page lock and the buffer lock are in the stack under the object's address. */
void contract_check_page(struct contract_call *call, const struct page *page,
			 enum contract_state state, const char *column, const char *arg);
void contract_check_buffer(struct contract_call *call, const struct buffer_head *bh,
			   enum contract_state state, const char *column, const char *arg);
/*
 * Held: as the writer, or as a read_seqlock_excl() reader. A reader by
 * sequence holds nothing, so CONTRACT_SHARED is satisfied by it too.
 */
void contract_check_seqlock(struct contract_call *call, const seqlock_t *lock,
			    enum contract_state state, const char *column, const char *arg);
void contract_check_block(struct contract_call *call, enum contract_block block);
void contract_check_context(struct contract_call *call, enum contract_context context);
void contract_check_not_rcu_walk(struct contract_call *call);

/* At least one of the two (the second may be NULL) is held, in any mode; @names for the report. */
void contract_check_either(struct contract_call *call, const struct rw_semaphore *one,
			   const struct rw_semaphore *other, const char *names);

/*
 * Who calls. A caller that rows name opens a scope around its call; scopes nest, and the scope ends
 * for the length of an operation called in it, so that what that calls is not taken for it.
 */
unsigned int contract_caller_begin(enum contract_caller caller);
void contract_caller_end(unsigned int previous);
/* @mask: bits of enum contract_caller. */
void contract_check_caller(struct contract_call *call, unsigned int mask, const char *names);
bool contract_called_by(const struct contract_call *call, enum contract_caller caller);

/* Until contract_leave() no operation that recurses into the file system may be called. */
void contract_forbid_recursion(struct contract_call *call);
void contract_check_recursion(struct contract_call *call);

/*
 * From entry to return, events of @object that this task causes are noted in @call. One object a
 * call; a second call of contract_watch() with the same object does nothing.
 */
void contract_watch(struct contract_call *call, const void *object);
void __contract_note(const void *object, u32 event);
/* In code that causes an event: any context (in an interrupt nobody watches). */
#define contract_note(object, event)					\
do {									\
	if (unlikely(this_cpu_read(held_now)->watching))		\
		__contract_note(object, event);				\
} while (0)

/* A numbered rule looked at in @call: counted in @rule, and reported as that rule's when not @ok. */
#define contract_rule(call, rule, ok, arg, expected, found)		\
do {									\
	contract_count_rule(rule);					\
	if (unlikely(!(ok)))						\
		contract_rule_violation(call, rule, arg, expected, found); \
} while (0)
void contract_count_rule(struct contract_row *rule);
/* A may-not-block row slept: counted as its violation; the report is might_sleep()'s. */
void contract_count_sleep(const struct contract_row *row);
/* @call may be NULL where the rule was looked at outside of any call. */
void contract_rule_violation(struct contract_call *call, struct contract_row *rule, const char *arg,
			     const char *expected, const char *found) __cold;

/* The report. @arg, @expected, @found are words for the reader. */
void contract_violation(struct contract_call *call, const char *arg, const char *expected,
			const char *found) __cold;

/* Remember the object that a report of this call shall describe. */
static inline void contract_about(struct contract_call *call, enum contract_kind kind,
				  const void *obj, const char *arg)
{
	call->about_kind = kind;
	call->about = obj;
	call->about_arg = arg;
}
#define contract_about_inode(c, o, a)		contract_about(c, CONTRACT_ABOUT_INODE, o, a)
#define contract_about_dentry(c, o, a)		contract_about(c, CONTRACT_ABOUT_DENTRY, o, a)
#define contract_about_file(c, o, a)		contract_about(c, CONTRACT_ABOUT_FILE, o, a)
#define contract_about_super_block(c, o, a)	contract_about(c, CONTRACT_ABOUT_SUPER_BLOCK, o, a)
#define contract_about_page(c, o, a)		contract_about(c, CONTRACT_ABOUT_PAGE, o, a)
#define contract_about_address_space(c, o, a) contract_about(c, CONTRACT_ABOUT_ADDRESS_SPACE, o, a)
#define contract_about_buffer_head(c, o, a)	contract_about(c, CONTRACT_ABOUT_BUFFER_HEAD, o, a)
#define contract_about_vm_area_struct(c, o, a) contract_about(c, CONTRACT_ABOUT_VM_AREA_STRUCT, o, a)
#define contract_about_block_device(c, o, a)	contract_about(c, CONTRACT_ABOUT_BLOCK_DEVICE, o, a)
#define contract_about_kiocb(c, o, a)		contract_about(c, CONTRACT_ABOUT_KIOCB, o, a)

/* Prints what is known of @obj, at most a few lines, taking no locks. fs/contract_places.c. */
void contract_describe(enum contract_kind kind, const void *obj);

/* The predicates by themselves: 0 not held, 1 shared, 2 exclusive; by the current context. */
int contract_rwsem_mode(const struct rw_semaphore *sem);
bool contract_spin_held(const spinlock_t *lock);
bool contract_mutex_held(const struct mutex *lock);
bool contract_page_locked(const struct page *page);
bool contract_buffer_locked(const struct buffer_head *bh);

/* The rows and their counters summed over CPUs: for reports and tests. */
extern struct contract_row __contract_rows_start[], __contract_rows_end[];
struct contract_row *contract_find(const char *table, const char *op);
void contract_sum(const struct contract_row *row, struct contract_counts *sum);
/* All violations so far, expected ones included. */
unsigned long contract_violations(void);
/* Prints the table of rows with calls (those that were called at least @min times). */
void contract_print(u64 min);

/*
 * For the seeded violations: until contract_expect_end(), this task's
 * violations are counted and remembered instead of reported. Returns how
 * many; the last one's row in *@row, if @row is given.
 */
void contract_expect_begin(void);
unsigned int contract_expect_end(struct contract_row **row);

/* After the slab allocator is up: counters and the command line's contract= word. */
void contract_init(void);

#else

static inline void contract_init(void) { }
#define contract_note(object, event)	do { } while (0)
#define contract_caller_begin(caller)	0
#define contract_caller_end(previous)	do { (void)(previous); } while (0)

#endif
#endif
