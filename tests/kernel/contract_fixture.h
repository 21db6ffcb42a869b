/* SPDX-License-Identifier: MIT */
/*
 * What the generated violations (build/gen/violations.c) work on: objects with real locks that belong to no file system, and the
 * steps of one case:
 *
 *	fx_begin()	forget the last case
 *	fx_take()	the call shall find a lock held in a mode
 *	fx_proves()	the broken clause stands for this numbered rule, too
 *	fx_will_...()	what the double shall do to a lock when it is called
 *	fx_context()	take the locks, be in a context; from here on reports are expected
 *	...the call through its wrapper...
 *	fx_end()	judge the reports, let everything go
 */
#ifndef TESTS_KERNEL_CONTRACT_FIXTURE_H
#define TESTS_KERNEL_CONTRACT_FIXTURE_H

#include "fs/contract_places.h"
#include "fs/locks.h"

/* In the order in which a case takes them. */
enum fx_kind { FX_RWSEM, FX_MUTEX, FX_PAGE, FX_BUFFER, FX_SPIN };
enum fx_mode { FX_SHARED, FX_EXCLUSIVE };
enum fx_where { FX_TASK, FX_INTERRUPT, FX_RCU_CALLBACK };

/* The case in hand; one thread uses it. */
struct fixture_case {
	long ret;	/* what the double returns */
	bool sleep;	/* the double sleeps */
	bool recurse;	/* the double of a quota operation reads a quota file */
	enum contract_caller caller; /* whose scope the call is in */
};

extern struct fixture_case fx;

bool fx_open(void);
void fx_close(void);

void fx_begin(unsigned int reports, struct contract_row *row, const char *words);
void fx_proves(struct contract_row *rule);
void fx_take(enum fx_kind kind, void *lock, enum fx_mode mode);
void fx_will_take(enum fx_kind kind, void *lock);
void fx_will_release(void *lock);
void fx_context(enum fx_where where, bool atomic, bool rcu_walk);
void fx_act(void);
void fx_end(void);

struct inode *fx_inode(int n);
struct dentry *fx_dentry(int n);
struct file *fx_file(int n);
struct path *fx_path(int n);
struct super_block *fx_super_block(int n);
struct page *fx_page(int n);
struct page **fx_page_slot(int n);
struct address_space *fx_address_space(int n);
struct kiocb *fx_kiocb(int n);
struct iov_iter *fx_iov_iter(int n);
struct buffer_head *fx_buffer_head(int n);
struct block_device *fx_block_device(int n);
struct gendisk *fx_gendisk(int n);
struct vm_area_struct *fx_vm_area_struct(int n);
struct vm_fault *fx_vm_fault(int n);
struct file_lock *fx_file_lock(int n);
struct file_lock **fx_file_lock_slot(int n);
struct writeback_control *fx_writeback_control(int n);
struct dquot *fx_dquot(int n);

/* A writepage that keeps P16. */
void fx_writepage_begin(struct page *page);
void fx_writepage_end(struct page *page);
void fx_set_mode(struct dentry *dentry, umode_t type);
void fx_mapping_of_device(struct address_space *mapping);
void fx_iter_direction(struct iov_iter *iter, unsigned int direction);

#endif
