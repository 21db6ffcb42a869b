// SPDX-License-Identifier: MIT
/*
 * The fixture of the generated violations; see contract_fixture.h.
 *
 * All objects live in one zeroed allocation, so that a test leaves nothing behind. Every lock that a case may take has a class of its
 * own, and a case takes its locks in one order over all cases (semaphores, mutexes, page, buffer, spinlocks; within a
 * kind by address), so that the order checker has nothing to say here and every report is the contract's.
 */
#include "tests/kernel/contract_fixture.h"

#include "fs/fdtable.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "mm/slab.h"
#include "tests/kernel/ktest.h"

#if CONFIG_CHECKS

#define INODES	 40
#define DENTRIES 8
#define FILES	 4
#define TAKEN	 8

struct fixture {
	struct inode inodes[INODES];
	struct dentry dentries[DENTRIES];
	struct file files[FILES];
	struct path paths[2];
	struct super_block sb;
	struct address_space *mapping;
	struct kiocb iocb;
	struct iov_iter iter;
	struct kvec vec;
	struct vm_area_struct vma;
	struct mm_struct mm;
	struct vm_fault vmf;
	spinlock_t ptl;
	struct dquot dquot;
	struct file_lock locks[2];
	struct file_lock *lock_slot;
	struct file_lock_context lock_context;
	struct writeback_control wbc;
	struct page *pages[2], *page_slot;
	struct buffer_head *bh;
	char byte;
};

struct taken {
	enum fx_kind kind;
	void *lock;
	enum fx_mode mode;
};

static struct fixture *f;
static struct lock_class_key inode_keys[INODES], dentry_keys[DENTRIES], umount_key, mmap_key, rename_key, flc_key, ptl_key, quota_keys[3], i_lock_keys[INODES];

struct fixture_case fx;

/* The plan and state of the case in hand. */
static struct {
	unsigned int reports;
	struct contract_row *row;
	const char *words;
	struct taken taken[TAKEN];
	int count;
	struct taken will_take;
	void *will_release[2];
	int releases;
	enum fx_where where;
	struct contract_row *proves[4];
	int rules;
	unsigned int caller;
	bool atomic, rcu_walk;
	unsigned long flags;
} now;

static void make_inode(int n)
{
	struct inode *inode = &f->inodes[n];

	inode_init_once(inode);
	lockdep_set_class_and_name(&inode->i_rwsem, &inode_keys[n], "fixture i_rwsem");
	lockdep_set_class_and_name(&inode->i_lock, &i_lock_keys[n], "fixture i_lock");
	inode->i_mode = S_IFREG | 0644;
	inode->i_ino = n;
	inode->i_sb = &f->sb;
	inode->i_mapping = &inode->i_data;
	inode->i_data.host = inode;
}

static void make_dentry(int n)
{
	struct dentry *dentry = &f->dentries[n];

	spin_lock_init(&dentry->d_lock);
	lockdep_set_class_and_name(&dentry->d_lock, &dentry_keys[n], "fixture d_lock");
	dentry->d_name.name = (const unsigned char *)"fixture";
	dentry->d_parent = dentry;
	dentry->d_sb = &f->sb;
	dentry->d_inode = &f->inodes[8 + n];
	fx_set_mode(dentry, S_IFREG);
}

static void make_files(void)
{
	for (int n = 0; n < FILES; n++) {
		f->files[n].f_inode = &f->inodes[16 + n];
		f->files[n].f_mapping = &f->inodes[16 + n].i_data;
		f->files[n].f_path.dentry = &f->dentries[6];
	}
	f->iocb.ki_filp = &f->files[3];
	for (int n = 0; n < 2; n++) {
		f->paths[n].dentry = &f->dentries[4 + n];
		f->locks[n].fl_file = &f->files[2];
	}
	spin_lock_init(&f->lock_context.flc_lock);
	lockdep_set_class_and_name(&f->lock_context.flc_lock, &flc_key, "fixture flc_lock");
	f->inodes[18].i_flctx = &f->lock_context;
	f->lock_slot = &f->locks[0];
}

static void make_quota(void)
{
	struct quota_info *info = &f->sb.s_dquot;

	quota_info_init(info);
	lockdep_set_class_and_name(&info->dqonoff_sem, &quota_keys[0], "fixture dqonoff_sem");
	lockdep_set_class_and_name(&info->dqptr_sem, &quota_keys[1], "fixture dqptr_sem");
	lockdep_set_class_and_name(&info->dqio_sem, &quota_keys[2], "fixture dqio_sem");
	f->dquot.dq_sb = &f->sb;
}

bool fx_open(void)
{
	f = kvzalloc(sizeof(*f), GFP_KERNEL);
	if (f) {
		f->pages[0] = alloc_page(GFP_KERNEL);
		f->pages[1] = alloc_page(GFP_KERNEL);
		f->bh = alloc_buffer_head(GFP_KERNEL);
	}
	if (!f || !f->pages[0] || !f->pages[1] || !f->bh) {
		KTEST_FAIL("no memory for the fixture");
		return false;
	}
	init_rwsem(&f->sb.s_umount);
	lockdep_set_class_and_name(&f->sb.s_umount, &umount_key, "fixture s_umount");
	mutex_init(&f->sb.s_vfs_rename_sem);
	lockdep_set_class_and_name(&f->sb.s_vfs_rename_sem, &rename_key, "fixture s_vfs_rename_sem");
	init_rwsem(&f->mm.mmap_sem);
	lockdep_set_class_and_name(&f->mm.mmap_sem, &mmap_key, "fixture mmap_sem");
	make_quota();
	for (int n = 0; n < INODES; n++)
		make_inode(n);
	for (int n = 0; n < DENTRIES; n++)
		make_dentry(n);
	make_files();
	f->vma.vm_mm = &f->mm;
	f->vma.vm_flags = VM_IO;
	spin_lock_init(&f->ptl);
	lockdep_set_class_and_name(&f->ptl, &ptl_key, "fixture ptl");
	f->vmf.ptl = &f->ptl;
	f->vmf.vma = &f->vma;
	f->vmf.page = f->pages[0];
	f->page_slot = f->pages[0];
	return true;
}

void fx_close(void)
{
	put_page(f->pages[0]);
	put_page(f->pages[1]);
	free_buffer_head(f->bh);
	kvfree(f);
	f = NULL;
}

struct inode *fx_inode(int n)
{
	return &f->inodes[n];
}

struct dentry *fx_dentry(int n)
{
	return &f->dentries[n];
}

struct file *fx_file(int n)
{
	return &f->files[n];
}

struct path *fx_path(int n)
{
	return &f->paths[n];
}

struct super_block *fx_super_block(int n)
{
	return &f->sb;
}

struct page *fx_page(int n)
{
	return f->pages[n];
}

struct page **fx_page_slot(int n)
{
	return &f->page_slot;
}

struct address_space *fx_address_space(int n)
{
	return &f->inodes[24 + n].i_data;
}

struct kiocb *fx_kiocb(int n)
{
	return &f->iocb;
}

struct iov_iter *fx_iov_iter(int n)
{
	fx_iter_direction(&f->iter, READ);
	return &f->iter;
}

struct buffer_head *fx_buffer_head(int n)
{
	return f->bh;
}

/* The one object that is not of the fixture: the root's device, because a disk is found through the table of devices. */
struct block_device *fx_block_device(int n)
{
	return current->fs->root.mnt->mnt_sb->s_bdev;
}

struct gendisk *fx_gendisk(int n)
{
	return fx_block_device(0)->bd_disk;
}

struct vm_area_struct *fx_vm_area_struct(int n)
{
	return &f->vma;
}

struct vm_fault *fx_vm_fault(int n)
{
	return &f->vmf;
}

struct file_lock *fx_file_lock(int n)
{
	f->locks[n].fl_flags = FL_POSIX;
	return &f->locks[n];
}

struct file_lock **fx_file_lock_slot(int n)
{
	return &f->lock_slot;
}

struct writeback_control *fx_writeback_control(int n)
{
	return &f->wbc;
}

struct dquot *fx_dquot(int n)
{
	return &f->dquot;
}

/* Without the lock (a case that breaks just that) it only says that it redirtied. */
void fx_writepage_begin(struct page *page)
{
	if (PageLocked(page))
		set_page_writeback(page);
	else
		contract_note(page, NOTE_REDIRTIED);
}

void fx_writepage_end(struct page *page)
{
	if (PageWriteback(page))
		end_page_writeback(page);
}

void fx_set_mode(struct dentry *dentry, umode_t type)
{
	dentry->d_inode->i_mode = type | 0755;
	dentry->d_flags = (dentry->d_flags & ~DCACHE_ENTRY_TYPE) |
			  (S_ISDIR(type) ? DCACHE_DIRECTORY_TYPE : DCACHE_REGULAR_TYPE);
}

void fx_mapping_of_device(struct address_space *mapping)
{
	mapping->host->i_mode = S_IFBLK | 0600;
}

void fx_iter_direction(struct iov_iter *iter, unsigned int direction)
{
	f->vec.iov_base = &f->byte;
	f->vec.iov_len = 1;
	iov_iter_kvec(iter, direction, &f->vec, 1, 1);
}

void fx_begin(unsigned int reports, struct contract_row *row, const char *words)
{
	memset(&now, 0, sizeof(now));
	memset(&fx, 0, sizeof(fx));
	now.reports = reports;
	now.row = row;
	now.words = words;
	for (int n = 24; n < 28; n++)
		f->inodes[n].i_mode = S_IFREG | 0644;
}

static bool lock_it(const struct taken *t, bool try)
{
	switch (t->kind) {
	case FX_RWSEM:
		if (try)
			return down_write_trylock(t->lock);
		if (t->mode == FX_SHARED)
			down_read(t->lock);
		else
			down_write(t->lock);
		return true;
	case FX_MUTEX:
		mutex_lock(t->lock);
		return true;
	case FX_PAGE:
		/* Of two pages of no file none comes first, so neither is waited for. */
		return trylock_page(t->lock);
	case FX_BUFFER:
		lock_buffer(t->lock);
		return true;
	case FX_SPIN:
		spin_lock((spinlock_t *)t->lock);
		return true;
	}
	return false;
}

static void unlock_it(const struct taken *t)
{
	switch (t->kind) {
	case FX_RWSEM:
		if (t->mode == FX_SHARED)
			up_read(t->lock);
		else
			up_write(t->lock);
		return;
	case FX_MUTEX:
		mutex_unlock(t->lock);
		return;
	case FX_PAGE:
		unlock_page(t->lock);
		return;
	case FX_BUFFER:
		unlock_buffer(t->lock);
		return;
	case FX_SPIN:
		spin_unlock((spinlock_t *)t->lock);
		return;
	}
}

void fx_proves(struct contract_row *rule)
{
	if (now.rules == ARRAY_SIZE(now.proves))
		KTEST_FAIL("%s.%s: %s: more rules than places", now.row->table, now.row->op, now.words);
	else
		now.proves[now.rules++] = rule;
}

void fx_take(enum fx_kind kind, void *lock, enum fx_mode mode)
{
	struct taken t = { kind, lock, mode };

	if (!lock) {
		KTEST_FAIL("%s.%s: %s: the argument leads to no lock", now.row->table, now.row->op, now.words);
		return;
	}
	for (int i = 0; i < now.count; i++)
		if (now.taken[i].lock == lock)
			return;
	now.taken[now.count++] = t;
}

static bool before(const struct taken *a, const struct taken *b)
{
	return a->kind != b->kind ? a->kind < b->kind : a->lock < b->lock;
}

static void take_all(void)
{
	for (int i = 1; i < now.count; i++) {
		struct taken t = now.taken[i];
		int j = i;

		for (; j && before(&t, &now.taken[j - 1]); j--)
			now.taken[j] = now.taken[j - 1];
		now.taken[j] = t;
	}
	for (int i = 0; i < now.count; i++)
		if (!lock_it(&now.taken[i], false))
			KTEST_FAIL("%s.%s: %s: a lock of the fixture is not free", now.row->table, now.row->op, now.words);
}

void fx_will_take(enum fx_kind kind, void *lock)
{
	now.will_take = (struct taken){ kind, lock, FX_EXCLUSIVE };
}

void fx_will_release(void *lock)
{
	now.will_release[now.releases++] = lock;
}

void fx_context(enum fx_where where, bool atomic, bool rcu_walk)
{
	now.where = where;
	now.atomic = atomic;
	now.rcu_walk = rcu_walk;
	take_all();
	if (where == FX_INTERRUPT)
		local_irq_save(now.flags);
	if (where == FX_RCU_CALLBACK)
		preempt_count_add(SOFTIRQ_OFFSET);
	if (atomic)
		preempt_disable();
	current->in_rcu_walk = rcu_walk;
	now.caller = contract_caller_begin(fx.caller);
	contract_expect_begin();
}

static void release(void *lock)
{
	for (int i = 0; i < now.count; i++) {
		if (now.taken[i].lock == lock) {
			unlock_it(&now.taken[i]);
			now.taken[i] = now.taken[--now.count];
			return;
		}
	}
}

/* The double's body. A lock is only tried for, because a case may call it where it cannot wait. */
void fx_act(void)
{
	if (fx.sleep)
		might_sleep();
	for (int i = 0; i < now.releases; i++)
		release(now.will_release[i]);
	if (now.will_take.lock && lock_it(&now.will_take, true))
		now.taken[now.count++] = now.will_take;
}

void fx_end(void)
{
	struct contract_row *row = NULL;
	unsigned int reports = contract_expect_end(&row);

	contract_caller_end(now.caller);
	current->in_rcu_walk = false;
	if (now.atomic)
		preempt_enable();
	if (now.where == FX_RCU_CALLBACK)
		preempt_count_sub(SOFTIRQ_OFFSET);
	if (now.where == FX_INTERRUPT)
		local_irq_restore(now.flags);
	while (now.count)
		unlock_it(&now.taken[--now.count]);
	if (now.reports) {
		bool caught = reports == now.reports && row == now.row;

		now.row->seeded++;
		now.row->caught += caught;
		for (int i = 0; i < now.rules; i++) {
			now.proves[i]->seeded++;
			now.proves[i]->caught += caught;
		}
	}
	if (reports != now.reports || (reports && row != now.row))
		KTEST_FAIL("%s.%s: %s: %u reports (of %s), %u of this row expected", now.row->table, now.row->op, now.words,
			   reports, row ? row->op : "no row", now.reports);
}

#endif
