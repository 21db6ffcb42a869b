// SPDX-License-Identifier: MIT
/*
 * The numbered rules of fs/locking.rst that no single call can show. Each has a judge, a function that
 * says whether the rule holds for what it is given. The judge must say yes of the real thing and no of
 * a mutant from which the behaviour has been taken; a judge that cannot say no proves nothing.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "gen/rules.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/uaccess.h"
#include "mm/mman.h"
#include "mm/page-private.h"
#include "mm/pgtable.h"
#include "tests/kernel/cache_util.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/mm_test.h"

#if CONFIG_CHECKS

static void judged(struct contract_row *rule, bool real, bool mutant)
{
	if (!real)
		KTEST_FAIL("%s does not hold", rule->op);
	if (mutant)
		KTEST_FAIL("the judge of %s says yes to a mutant", rule->op);
	rule->seeded++;
	rule->caught += !mutant;
}

/* The operations of @toy, to be changed by a mutant. */
static struct address_space_operations *own_ops(struct toy *toy)
{
	static struct address_space_operations ops;

	ops = *toy->inode->i_mapping->a_ops;
	toy->inode->i_mapping->a_ops = &ops;
	return &ops;
}

/* ---- P9: from a thread that is no program's ------------------------------------------------ */

struct transfer {
	struct work_struct work;
	struct file *file;
	bool same;
};

/* What a loop device's request handler does: it has no address space and no program to ask. */
static void write_and_read(struct work_struct *work)
{
	struct transfer *t = container_of(work, struct transfer, work);
	char out[64], in[64] = { 0 };
	loff_t to = 100, from = 100;

	memset(out, 0x5a, sizeof(out));
	t->same = !current->mm && kernel_write(t->file, out, sizeof(out), &to) == sizeof(out) &&
		  !filemap_write_and_wait(t->file->f_mapping) && !invalidate_inode_pages2(t->file->f_mapping) &&
		  kernel_read(t->file, in, sizeof(in), &from) == sizeof(in) && !memcmp(in, out, sizeof(in));
}

static bool works_from_a_worker(struct file *file)
{
	struct transfer t = { .file = file };

	INIT_WORK(&t.work, write_and_read);
	schedule_work(&t.work);
	flush_work(&t.work);
	return t.same;
}

static int write_begin_for_programs(struct file *file, struct address_space *mapping, loff_t pos, unsigned int len,
				    unsigned int flags, struct page **pagep, void **fsdata)
{
	return -EFAULT; /* as if it looked for the program that writes */
}

static void rule_p9(void)
{
	struct file *file = filp_open("/rule_p9", O_CREAT | O_RDWR, 0600);
	struct toy *toy = toy_open(PAGE_SIZE);
	bool real;

	KTEST_ASSERT(!IS_ERR(file) && toy);
	real = works_from_a_worker(file);
	own_ops(toy)->write_begin = write_begin_for_programs;
	judged(&row_prose_P9, real, works_from_a_worker(toy->file));
	toy_close(toy);
	filp_close(file);
	KTEST_EQ(ext2_test_remove("rule_p9"), 0);
}
KTEST(rule_P9, KTEST_QUICK | KTEST_GROWS, rule_p9);

/* ---- P17: a page under writeout can be locked ------------------------------------------------- */

/* Starts writes of the first page until one is seen in flight, and says whether the lock is free then. */
static bool lockable_in_flight(struct address_space *mapping)
{
	bool locked = false;

	for (int tries = 0; tries < 500 && !locked; tries++) {
		struct page *page = find_lock_page(mapping, 0);

		if (!page)
			return false;
		wait_on_page_writeback(page);
		set_page_dirty(page);
		unlock_page(page);
		filemap_fdatawrite_range(mapping, 0, PAGE_SIZE - 1);
		if (PageWriteback(page) && trylock_page(page)) {
			locked = PageWriteback(page);
			unlock_page(page);
		}
		put_page(page);
	}
	filemap_write_and_wait(mapping);
	return locked;
}

static struct delayed_work end_of_write;
static struct page *in_flight;

static void end_write(struct work_struct *work)
{
	end_page_writeback(in_flight);
	unlock_page(in_flight);
}

/* Keeps the lock until the write is over: allowed, but then nobody can lock the page meanwhile. */
static int writepage_keeps_lock(struct page *page, struct writeback_control *wbc)
{
	in_flight = page;
	set_page_writeback(page);
	page_lock_handoff(page);
	queue_delayed_work(system_wq, &end_of_write, 1);
	return 0;
}

static void rule_p17(void)
{
	struct file *file = filp_open("/rule_p17", O_CREAT | O_RDWR, 0600);
	struct toy *toy = toy_open(PAGE_SIZE);
	loff_t at = 0;
	bool real, mutant;
	u8 byte = 1;

	KTEST_ASSERT(!IS_ERR(file) && toy);
	KTEST_EQ(kernel_write(file, &byte, 1, &at), 1);
	real = lockable_in_flight(file->f_mapping);
	KTEST_EQ(toy_read(toy, &byte, 1, 0), 1);
	INIT_DELAYED_WORK(&end_of_write, end_write);
	own_ops(toy)->writepage = writepage_keeps_lock;
	mutant = lockable_in_flight(toy->inode->i_mapping);
	flush_delayed_work(&end_of_write);
	judged(&row_prose_P17, real, mutant);
	toy_close(toy);
	filp_close(file);
	KTEST_EQ(ext2_test_remove("rule_p17"), 0);
}
KTEST(rule_P17, KTEST_QUICK | KTEST_GROWS, rule_p17);

/* ---- P19, P20: how much writepages writes ------------------------------------------------------- */

#define PAGES 24

static bool dirty_all(struct toy *toy)
{
	u8 byte = 2;

	for (int i = 0; i < PAGES; i++)
		if (toy_write(toy, &byte, 1, (loff_t)i * PAGE_SIZE) != 1)
			return false;
	return true;
}

/* At least as many as asked for, reasonably close, and counted; with no number given all. */
static bool writes_enough(struct toy *toy)
{
	struct writeback_control some = { .sync_mode = WB_SYNC_NONE, .nr_to_write = 8, .range_end = LLONG_MAX };
	struct writeback_control all = { .sync_mode = WB_SYNC_ALL, .nr_to_write = LONG_MAX, .range_end = LLONG_MAX };
	unsigned int first;

	toy->writes = 0;
	if (!dirty_all(toy) || do_writepages(toy->inode->i_mapping, &some))
		return false;
	first = toy->writes;
	if (first < 8 || first > 16 || some.nr_to_write != 8 - (long)first)
		return false;
	return !do_writepages(toy->inode->i_mapping, &all) && toy->writes == PAGES &&
	       all.nr_to_write == LONG_MAX - (long)(PAGES - first);
}

static int writepages_that_rests(struct address_space *mapping, struct writeback_control *wbc)
{
	return 0;
}

static int writepage_that_fails(struct page *page, struct writeback_control *wbc)
{
	set_page_writeback(page);
	unlock_page(page);
	end_page_writeback(page);
	return -EIO;
}

/* A write that began and failed ends a cleansing pass, and is counted all the same: the rule's check is content. */
static void failed_write_is_counted(struct toy *toy)
{
	struct writeback_control some = { .sync_mode = WB_SYNC_NONE, .nr_to_write = 8, .range_end = LLONG_MAX };
	struct address_space_operations *ops = own_ops(toy);

	KTEST_EXPECT(dirty_all(toy));
	ops->writepages = generic_writepages;
	ops->writepage = writepage_that_fails;
	KTEST_EQ(aop_writepages(ops, toy->inode->i_mapping, &some), -EIO);
	KTEST_EQ(some.nr_to_write, 7);
}

static void rule_p19(void)
{
	struct toy *toy = toy_open(0);
	bool real;

	KTEST_ASSERT(toy);
	failed_write_is_counted(toy);
	toy_close(toy);
	toy = toy_open(0);
	KTEST_ASSERT(toy);
	real = writes_enough(toy);
	own_ops(toy)->writepages = writepages_that_rests;
	judged(&row_prose_P19, real, writes_enough(toy));
	own_ops(toy)->writepages = NULL;
	toy_close(toy);
}
KTEST(rule_P19, KTEST_QUICK | KTEST_GROWS, rule_p19);

/* Each write dirties the next page; a pass for sync writes the one that was dirty when it began. */
static bool writes_only_the_snapshot(struct toy *toy)
{
	struct writeback_control all = { .sync_mode = WB_SYNC_ALL, .nr_to_write = LONG_MAX, .range_end = LLONG_MAX };
	unsigned int written;
	u8 byte = 3;

	if (!dirty_all(toy) || filemap_write_and_wait(toy->inode->i_mapping))
		return false;
	if (toy_write(toy, &byte, 1, 0) != 1)
		return false;
	toy->writes = 0;
	toy->write_mode = TOY_WRITE_DIRTIES_NEXT;
	if (do_writepages(toy->inode->i_mapping, &all))
		return false;
	written = toy->writes;
	toy->write_mode = TOY_WRITE_OK;
	return written == 1;
}

/* Goes by the dirty mark, without a snapshot: it follows whoever dirties pages in front of it. */
static int writepages_without_snapshot(struct address_space *mapping, struct writeback_control *wbc)
{
	struct writeback_control loose = *wbc;
	int err = 0;

	loose.sync_mode = WB_SYNC_NONE;
	while (!err && mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		err = generic_writepages(mapping, &loose);
	wbc->nr_to_write = loose.nr_to_write;
	return err;
}

static void rule_p20(void)
{
	struct toy *toy = toy_open(0);
	bool real, mutant;

	KTEST_ASSERT(toy);
	real = writes_only_the_snapshot(toy);
	own_ops(toy)->writepages = writepages_without_snapshot;
	contract_expect_begin(); /* the rule's check sees it, too */
	mutant = writes_only_the_snapshot(toy);
	KTEST_EXPECT(contract_expect_end(NULL) > 0);
	judged(&row_prose_P20, real, mutant);
	own_ops(toy)->writepages = NULL;
	toy_close(toy);
}
KTEST(rule_P20, KTEST_QUICK | KTEST_GROWS, rule_p20);

/* ---- P23, P24: what happens to a page's buffers without operations for them ------------------------- */

/* A locked page of the toy with buffers that are mapped and dirty. */
static struct page *page_with_buffers(struct toy *toy, bool dirty)
{
	struct page *page;
	u8 byte;

	if (toy_read(toy, &byte, 1, 0) != 1)
		return NULL;
	page = find_lock_page(toy->inode->i_mapping, 0);
	if (!page)
		return NULL;
	create_empty_buffers(page, 1024, 0);
	if (dirty)
		set_buffer_dirty(page_buffers(page));
	set_buffer_mapped(page_buffers(page));
	return page;
}

static bool truncation_drops_buffers(struct toy *toy)
{
	struct page *page = page_with_buffers(toy, true);
	bool gone;

	if (!page)
		return false;
	do_invalidatepage(page, 0, PAGE_SIZE);
	gone = !page_has_private(page) || (!buffer_mapped(page_buffers(page)) && !buffer_dirty(page_buffers(page)));
	if (page_has_private(page)) {
		clear_buffer_dirty(page_buffers(page));
		try_to_free_buffers(page);
	}
	unlock_page(page);
	put_page(page);
	return gone;
}

static void invalidatepage_that_rests(struct page *page, unsigned int offset, unsigned int length)
{
}

static void rule_p23(void)
{
	struct toy *toy = toy_open(PAGE_SIZE);
	struct address_space_operations *ops;
	bool real;

	KTEST_ASSERT(toy);
	ops = own_ops(toy);
	ops->invalidatepage = NULL; /* the default runs */
	real = truncation_drops_buffers(toy);
	ops->invalidatepage = invalidatepage_that_rests;
	judged(&row_prose_P23, real, truncation_drops_buffers(toy));
	toy_close(toy);
}
KTEST(rule_P23, KTEST_QUICK | KTEST_GROWS, rule_p23);

static bool release_frees_buffers(struct toy *toy)
{
	struct page *page = page_with_buffers(toy, false);
	bool freed;

	if (!page)
		return false;
	freed = try_to_release_page(page, GFP_KERNEL) && !page_has_private(page);
	if (page_has_private(page))
		try_to_free_buffers(page);
	unlock_page(page);
	put_page(page);
	return freed;
}

static int releasepage_that_refuses(struct page *page, gfp_t gfp)
{
	return 0;
}

static void rule_p24(void)
{
	struct toy *toy = toy_open(PAGE_SIZE);
	struct address_space_operations *ops;
	bool real;

	KTEST_ASSERT(toy);
	ops = own_ops(toy);
	ops->releasepage = NULL; /* no private interest */
	real = release_frees_buffers(toy);
	ops->releasepage = releasepage_that_refuses;
	judged(&row_prose_P24, real, release_frees_buffers(toy));
	toy_close(toy);
}
KTEST(rule_P24, KTEST_QUICK | KTEST_GROWS, rule_p24);

/* ---- P32: llseek does its own locking ------------------------------------------------------------------ */

#define SEEKERS 4
#define SEEKS	100

static void seek_ahead(void *arg, unsigned int i)
{
	for (int n = 0; n < SEEKS; n++) {
		vfs_llseek(arg, 1, SEEK_CUR);
		if (n % 16 == 0)
			yield();
	}
}

/* Seeks relative to the position from several threads, with no lock around them: none is lost. */
static bool seeks_add_up(struct file *file)
{
	if (vfs_llseek(file, 0, SEEK_SET) != 0)
		return false;
	ktest_threads(SEEKERS, seek_ahead, file);
	return vfs_llseek(file, 0, SEEK_CUR) == SEEKERS * SEEKS;
}

static loff_t llseek_without_lock(struct file *file, loff_t offset, int whence)
{
	loff_t pos = READ_ONCE(file->f_pos);

	if (whence == SEEK_SET)
		pos = 0;
	if (offset)
		msleep(1); /* the other threads' turn between the look and the change */
	pos += offset;
	WRITE_ONCE(file->f_pos, pos);
	return pos;
}

static void rule_p32(void)
{
	static struct file_operations mutant;
	const struct file_operations *real_ops;
	struct file *file = filp_open("/rule_p32", O_CREAT | O_RDWR, 0600);
	bool real;

	KTEST_ASSERT(!IS_ERR(file));
	real_ops = file->f_op;
	real = seeks_add_up(file);
	mutant = *real_ops;
	mutant.llseek = llseek_without_lock;
	file->f_op = &mutant;
	judged(&row_prose_P32, real, seeks_add_up(file));
	file->f_op = real_ops;
	filp_close(file);
	KTEST_EQ(ext2_test_remove("rule_p32"), 0);
}
KTEST(rule_P32, KTEST_QUICK | KTEST_GROWS, rule_p32);

/* ---- P34: what fasync returns above zero becomes zero ------------------------------------------------------ */

static int fasync_result;

static int fasync_returning(int fd, struct file *file, int on)
{
	file->f_flags = on ? file->f_flags | FASYNC : file->f_flags & ~FASYNC;
	return fasync_result;
}

/* What fcntl(F_SETFL) says of a file whose fasync returns @result. */
static long setfl_answer(struct file *file, int result)
{
	int fd = get_unused_fd_flags(0);
	long ret = fd;

	if (fd < 0)
		return ret;
	fasync_result = result;
	fd_install(fd, get_file(file));
	ret = sys_fcntl(fd, F_SETFL, FASYNC);
	fasync_result = 0;
	if (!ret)
		ret = sys_fcntl(fd, F_SETFL, 0);
	close_fd(fd);
	return ret;
}

static void rule_p34(void)
{
	static struct file_operations ops;
	struct toy *toy = toy_open(PAGE_SIZE);

	KTEST_ASSERT(toy);
	ops = *toy->file->f_op;
	ops.fasync = fasync_returning;
	toy->file->f_op = &ops;
	KTEST_EQ(setfl_answer(toy->file, 0), 0);
	KTEST_EQ(setfl_answer(toy->file, 1), 0);
	KTEST_EXPECT(!(toy->file->f_flags & FASYNC));
	toy_close(toy);
}
KTEST(rule_P34, KTEST_QUICK | KTEST_GROWS, rule_p34);

/* ---- P41: pfn_mkwrite ------------------------------------------------------------------------------------ */

#define PFN_AT	0x30000000UL

static struct page *frame;
static unsigned int mkwrites;

static vm_fault_t pfn_mkwrite_agrees(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	mkwrites++;
	return 0;
}

static vm_fault_t pfn_mkwrite_refuses(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	mkwrites++;
	return VM_FAULT_SIGBUS;
}

static struct vm_operations_struct pfn_ops;

static int map_frame(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &pfn_ops;
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(frame), PAGE_SIZE, vm_get_page_prot(VM_READ | VM_SHARED));
}

/* The first store asks; afterwards the entry is writable, and the second does not ask again. */
static bool becomes_writable(struct toy *toy)
{
	u64 __user *at = (u64 __user *)PFN_AT;
	bool ok;

	mkwrites = 0;
	if (vm_mmap(toy->file, PFN_AT, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, 0) != PFN_AT)
		return false;
	ok = !put_user(7ULL, at) && mkwrites == 1 && !put_user(8ULL, at) && mkwrites == 1;
	ok = ok && *(u64 *)page_address(frame) == 8;
	vm_munmap(PFN_AT, PAGE_SIZE);
	return ok;
}

static void rule_p41(void)
{
	static struct file_operations ops;
	struct toy *toy = toy_open(PAGE_SIZE);
	struct mm_struct *mm = mm_alloc();
	bool real;

	frame = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KTEST_ASSERT(toy && mm && frame);
	mm_test_enter(mm);
	ops = *toy->file->f_op;
	ops.mmap = map_frame;
	toy->file->f_op = &ops;
	pfn_ops.pfn_mkwrite = pfn_mkwrite_agrees;
	real = becomes_writable(toy);
	pfn_ops.pfn_mkwrite = pfn_mkwrite_refuses;
	judged(&row_prose_P41, real, becomes_writable(toy));
	mm_test_leave();
	mmput(mm);
	put_page(frame);
	toy_close(toy);
}
KTEST(rule_P41, KTEST_QUICK | KTEST_GROWS, rule_p41);

#endif
