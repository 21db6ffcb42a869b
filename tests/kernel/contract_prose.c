// SPDX-License-Identifier: MIT
/*
 * Seeded violations of the numbered rules that are held by functions of their own
 * (fs/contract_rules*.c). Each test violate_Pn calls the rule's operations through their wrappers on
 * doubles that break exactly this rule, and expects exactly this rule's report; beside it stand calls
 * that keep the rule and must be silent. Rules held by a column of their table are broken by the
 * generated tests.
 */
#include "fs/file.h"
#include "fs/fs.h"
#include "gen/file_system_type_calls.h"
#include "gen/rules.h"
#include "kernel/lib/err.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/task/workqueue.h"
#include "mm/page-private.h"
#include "tests/kernel/cache_util.h"
#include "tests/kernel/contract_fixture.h"
#include "tests/kernel/ktest.h"

#if CONFIG_CHECKS

/* One call in which @reports reports of @rule are expected; @locks takes what the row wants. */
#define EXPECT(reports, rule, words, locks, call)	\
do {							\
	fx_begin(reports, &(rule), words);		\
	locks;						\
	fx_context(FX_TASK, false, false);		\
	call;						\
	fx_end();					\
} while (0)

#define PAGE_LOCK(page)	   fx_take(FX_PAGE, page, FX_EXCLUSIVE)
#define RWSEM(sem, mode)   fx_take(FX_RWSEM, (void *)(sem), mode)
#define GIVES_UP(lock)	   fx_will_release((void *)(lock))
#define COMES_WITH(page)   fx_will_take(FX_PAGE, page)

/* ---- writepage --------------------------------------------------------------------------- */

static enum { PLAINLY, REDIRTY, NEITHER, UNLOCK_FIRST, TWICE, WAIT } act;

/* The lock goes where the fixture was told that it would: in fx_act(). */
static int double_writepage(struct page *page, struct writeback_control *wbc)
{
	if (act == WAIT)
		wait_on_page_writeback(page);
	if (act == UNLOCK_FIRST)
		fx_act();
	if (act == REDIRTY)
		redirty_page_for_writepage(wbc, page);
	else if (act != NEITHER)
		set_page_writeback(page);
	if (act == TWICE)
		set_page_writeback(page);
	if (act != UNLOCK_FIRST)
		fx_act();
	if (act != REDIRTY && act != NEITHER)
		end_page_writeback(page);
	return 0;
}

static const struct address_space_operations writepage_ops = { .writepage = double_writepage };

static void write_page(unsigned int reports, struct contract_row *rule, const char *words, int how,
		       enum writeback_sync_modes mode)
{
	struct writeback_control wbc = { .sync_mode = mode, .nr_to_write = 1 };
	struct page *page = fx_page(0);

	act = how;
	fx_begin(reports, rule, words);
	PAGE_LOCK(page);
	GIVES_UP(page);
	fx_context(FX_TASK, false, false);
	aop_writepage(&writepage_ops, page, &wbc);
	fx_end();
	ClearPageDirty(page);
}

static void violate_p12(void)
{
	if (!fx_open())
		return;
	write_page(0, &row_prose_P12, "written for sync", PLAINLY, WB_SYNC_ALL);
	write_page(0, &row_prose_P12, "redirtied in cleansing", REDIRTY, WB_SYNC_NONE);
	write_page(1, &row_prose_P12, "redirtied for sync", REDIRTY, WB_SYNC_ALL);
	fx_close();
}
KTEST(violate_P12, KTEST_QUICK, violate_p12);

static struct task_struct *waiter;

/* Once the double sleeps for it, however slow the host is. */
static void end_writeback_later(struct work_struct *work)
{
	while (READ_ONCE(waiter->state) != TASK_UNINTERRUPTIBLE)
		msleep(1);
	end_page_writeback(fx_page(0));
}

static void violate_p13(void)
{
	static struct work_struct work;

	if (!fx_open())
		return;
	waiter = current;
	for (int sync = 0; sync < 2; sync++) {
		INIT_WORK(&work, end_writeback_later);
		set_page_writeback(fx_page(0));
		schedule_work(&work);
		write_page(!sync, &row_prose_P13, sync ? "waits for sync" : "waits in cleansing", WAIT,
			   sync ? WB_SYNC_ALL : WB_SYNC_NONE);
		flush_work(&work);
	}
	fx_close();
}
KTEST(violate_P13, KTEST_QUICK, violate_p13);

static void violate_p14(void)
{
	if (!fx_open())
		return;
	write_page(0, &row_prose_P14, "one write", PLAINLY, WB_SYNC_ALL);
	write_page(1, &row_prose_P14, "a write over another", TWICE, WB_SYNC_ALL);
	fx_close();
}
KTEST(violate_P14, KTEST_QUICK, violate_p14);

static void violate_p16(void)
{
	if (!fx_open())
		return;
	write_page(0, &row_prose_P16, "redirtied", REDIRTY, WB_SYNC_NONE);
	write_page(1, &row_prose_P16, "neither", NEITHER, WB_SYNC_NONE);
	write_page(1, &row_prose_P16, "neither, for sync", NEITHER, WB_SYNC_ALL);
	write_page(1, &row_prose_P16, "unlocked before the writeback", UNLOCK_FIRST, WB_SYNC_ALL);
	fx_close();
}
KTEST(violate_P16, KTEST_QUICK, violate_p16);

/* ---- writepages, on a real mapping ------------------------------------------------------------ */

static enum { COUNT_NONE, WRITE_CLEAN, WRITE_LATE, WRITE_RIGHT } pass;

static int double_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct page *page = find_lock_page(mapping, 0);

	if (!page)
		return -EIO;
	if (pass == WRITE_LATE)
		set_page_dirty(page);
	clear_page_dirty_for_io(page);
	set_page_writeback(page);
	unlock_page(page);
	end_page_writeback(page);
	put_page(page);
	if (pass != COUNT_NONE)
		wbc->nr_to_write--;
	return 0;
}

static const struct address_space_operations writepages_ops = { .writepages = double_writepages };

/* One pass over a file of one page; @dirty: it is dirty, and tagged for the snapshot. */
static void write_pass(unsigned int reports, struct contract_row *rule, const char *words, int how, bool dirty)
{
	struct writeback_control wbc = { .sync_mode = WB_SYNC_ALL, .nr_to_write = 5, .range_end = LLONG_MAX };
	struct toy *toy = toy_open(PAGE_SIZE);
	struct address_space *mapping;
	u8 byte = 1;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	if (dirty)
		KTEST_EQ(toy_write(toy, &byte, 1, 0), 1);
	else
		KTEST_EQ(toy_read(toy, &byte, 1, 0), 1);
	tag_pages_for_writeback(mapping, 0, -1);
	pass = how;
	EXPECT(reports, *rule, words, (void)0, aop_writepages(&writepages_ops, mapping, &wbc));
	toy_close(toy);
}

static void violate_p19(void)
{
	if (!fx_open())
		return;
	write_pass(0, &row_prose_P19, "counted", WRITE_RIGHT, true);
	write_pass(1, &row_prose_P19, "written, not counted", COUNT_NONE, true);
	fx_close();
}
KTEST(violate_P19, KTEST_QUICK | KTEST_GROWS, violate_p19);

static void violate_p20(void)
{
	if (!fx_open())
		return;
	write_pass(0, &row_prose_P20, "a dirty page", WRITE_RIGHT, true);
	write_pass(1, &row_prose_P20, "a page dirtied after the snapshot", WRITE_LATE, false);
	write_pass(2, &row_prose_P20, "a clean page, which was not in the snapshot either", WRITE_CLEAN, false);
	fx_close();
}
KTEST(violate_P20, KTEST_QUICK | KTEST_GROWS, violate_p20);

/* The flag goes and the mark stays: what a writepage that breaks P16 would leave. */
static void violate_p18(void)
{
	struct toy *toy = toy_open(PAGE_SIZE);
	struct address_space *mapping;
	struct page *page;
	u8 byte = 1;

	KTEST_ASSERT(toy);
	if (!fx_open())
		return;
	mapping = toy->inode->i_mapping;
	KTEST_EQ(toy_write(toy, &byte, 1, 0), 1);
	page = find_get_page(mapping, 0);
	KTEST_ASSERT(page);
	EXPECT(0, row_prose_P18, "flag and mark", (void)0, mapping_check_marks(mapping));
	ClearPageDirty(page);
	EXPECT(1, row_prose_P18, "a mark without its flag", (void)0, mapping_check_marks(mapping));
	SetPageDirty(page);
	put_page(page);
	fx_close();
	toy_close(toy);
}
KTEST(violate_P18, KTEST_QUICK | KTEST_GROWS, violate_p18);

/* ---- readpages -------------------------------------------------------------------------------- */

static int double_readpages(struct file *file, struct address_space *mapping, struct list_head *pages,
			    unsigned int nr_pages)
{
	fx_act();
	return 0;
}

static const struct address_space_operations readpages_ops = { .readpages = double_readpages };

static void violate_p11(void)
{
	struct address_space *mapping;
	struct page *page;
	LIST_HEAD(pages);

	if (!fx_open())
		return;
	mapping = fx_address_space(0);
	page = fx_page(0);
	EXPECT(0, row_prose_P11, "nothing taken", (void)0, aop_readpages(&readpages_ops, NULL, mapping, &pages, 0));
	EXPECT(1, row_prose_P11, "a page that stays locked", COMES_WITH(page),
	       aop_readpages(&readpages_ops, NULL, mapping, &pages, 1));
	list_add(&page->lru, &pages);
	EXPECT(0, row_prose_P11, "a page refused", (void)0, aop_readpages(&readpages_ops, NULL, mapping, &pages, 1));
	page->mapping = mapping;
	EXPECT(1, row_prose_P11, "a page of the cache on the list", (void)0,
	       aop_readpages(&readpages_ops, NULL, mapping, &pages, 1));
	page->mapping = NULL;
	list_del(&page->lru);
	fx_close();
}
KTEST(violate_P11, KTEST_QUICK, violate_p11);

/* ---- letting go of pages ------------------------------------------------------------------------ */

static int double_releasepage(struct page *page, gfp_t gfp)
{
	return 1;
}

static void double_freepage(struct page *page)
{
}

static bool relock;

static int double_launder_page(struct page *page)
{
	if (relock) {
		unlock_page(page);
		trylock_page(page);
	}
	return 0;
}

static const struct address_space_operations release_ops = {
	.releasepage = double_releasepage, .freepage = double_freepage, .launder_page = double_launder_page,
};

static void violate_p24(void)
{
	struct page *page;

	if (!fx_open())
		return;
	page = fx_page(0);
	EXPECT(0, row_prose_P24, "released", PAGE_LOCK(page), aop_releasepage(&release_ops, page, GFP_KERNEL));
	SetPagePrivate(page);
	EXPECT(1, row_prose_P24, "only said so", PAGE_LOCK(page), aop_releasepage(&release_ops, page, GFP_KERNEL));
	ClearPagePrivate(page);
	fx_close();
}
KTEST(violate_P24, KTEST_QUICK, violate_p24);

static void violate_p25(void)
{
	struct page *page;

	if (!fx_open())
		return;
	page = fx_page(0);
	EXPECT(0, row_prose_P25, "out of the cache", PAGE_LOCK(page), aop_freepage(&release_ops, page));
	page->mapping = fx_address_space(0);
	EXPECT(1, row_prose_P25, "still in the cache", PAGE_LOCK(page), aop_freepage(&release_ops, page));
	page->mapping = NULL;
	fx_close();
}
KTEST(violate_P25, KTEST_QUICK, violate_p25);

static void violate_p26(void)
{
	struct page *page;

	if (!fx_open())
		return;
	page = fx_page(0);
	EXPECT(0, row_prose_P26, "clean and locked", PAGE_LOCK(page), aop_launder_page(&release_ops, page));
	relock = true;
	EXPECT(1, row_prose_P26, "unlocked meanwhile", PAGE_LOCK(page), aop_launder_page(&release_ops, page));
	relock = false;
	SetPageDirty(page);
	EXPECT(1, row_prose_P26, "still dirty", PAGE_LOCK(page), aop_launder_page(&release_ops, page));
	ClearPageDirty(page);
	fx_close();
}
KTEST(violate_P26, KTEST_QUICK, violate_p26);

/* ---- swap files --------------------------------------------------------------------------------- */

static int double_swap(struct file *file)
{
	return 0;
}

static const struct address_space_operations swap_ops = { .swap_activate = double_swap, .swap_deactivate = double_swap };

static void violate_p27(void)
{
	struct file *file;

	if (!fx_open())
		return;
	file = fx_file(0);
	EXPECT(0, row_prose_P27, "activated", fx.caller = CONTRACT_CALLER_SWAPON;
	       RWSEM(&file->f_inode->i_rwsem, FX_EXCLUSIVE), aop_swap_activate(&swap_ops, file));
	EXPECT(1, row_prose_P27, "activated again", fx.caller = CONTRACT_CALLER_SWAPON;
	       RWSEM(&file->f_inode->i_rwsem, FX_EXCLUSIVE), aop_swap_activate(&swap_ops, file));
	EXPECT(0, row_prose_P27, "then deactivated", fx.caller = CONTRACT_CALLER_SWAPOFF,
	       aop_swap_deactivate(&swap_ops, file));
	EXPECT(1, row_prose_P27, "deactivated again", fx.caller = CONTRACT_CALLER_SWAPOFF,
	       aop_swap_deactivate(&swap_ops, file));
	fx_close();
}
KTEST(violate_P27, KTEST_QUICK, violate_p27);

/* ---- superblocks ---------------------------------------------------------------------------------- */

static struct dentry *double_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	fx_act();
	return (struct dentry *)fx.ret;
}

static void double_kill_sb(struct super_block *sb)
{
	fx_act();
}

static struct file_system_type type_ops = { .mount = double_mount, .kill_sb = double_kill_sb };

static void violate_p7(void)
{
	struct dentry *root, *child;
	struct rw_semaphore *sem;

	if (!fx_open())
		return;
	root = fx_dentry(7);
	child = fx_dentry(6);
	sem = (void *)place_s_umount_dentry(root);
	child->d_parent = root;
	EXPECT(0, row_prose_P7, "a root", fx.ret = (long)root; fx_will_take(FX_RWSEM, sem),
	       fst_mount(&type_ops, &type_ops, 0, NULL, NULL));
	EXPECT(0, row_prose_P7, "an error", fx.ret = -ENODEV, fst_mount(&type_ops, &type_ops, 0, NULL, NULL));
	EXPECT(1, row_prose_P7, "a child", fx.ret = (long)child; fx_will_take(FX_RWSEM, sem),
	       fst_mount(&type_ops, &type_ops, 0, NULL, NULL));
	EXPECT(1, row_prose_P7, "nothing", fx.ret = 0, fst_mount(&type_ops, &type_ops, 0, NULL, NULL));
	child->d_parent = child;
	fx_close();
}
KTEST(violate_P7, KTEST_QUICK, violate_p7);

static void violate_p8(void)
{
	struct super_block *sb;

	if (!fx_open())
		return;
	sb = fx_super_block(0);
	EXPECT(0, row_prose_P8, "shut down", RWSEM(&sb->s_umount, FX_EXCLUSIVE); GIVES_UP(&sb->s_umount),
	       fst_kill_sb(&type_ops, sb));
	sb->s_root = fx_dentry(7);
	EXPECT(1, row_prose_P8, "only unlocked", RWSEM(&sb->s_umount, FX_EXCLUSIVE); GIVES_UP(&sb->s_umount),
	       fst_kill_sb(&type_ops, sb));
	sb->s_root = NULL;
	fx_close();
}
KTEST(violate_P8, KTEST_QUICK, violate_p8);

/* ---- files ------------------------------------------------------------------------------------------ */

static bool keeps_bit;

static int double_fasync(int fd, struct file *file, int on)
{
	if (keeps_bit)
		file->f_flags = on ? file->f_flags | FASYNC : file->f_flags & ~FASYNC;
	return 1;
}

static ssize_t double_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return 0;
}

static ssize_t double_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return 0;
}

static ssize_t double_readv(struct file *file, const struct iovec *vec, unsigned long nr, loff_t *pos)
{
	return 0;
}

static bool records;

static int double_setlease(struct file *file, long arg, struct file_lock **lease, void **priv)
{
	if (records)
		generic_setlease(file, F_UNLCK, lease, priv);
	return 0;
}

static const struct file_operations file_ops = {
	.fasync = double_fasync, .read = double_read, .read_iter = double_read_iter, .readv = double_readv,
	.setlease = double_setlease,
};

static void violate_p34(void)
{
	struct file *file;

	if (!fx_open())
		return;
	file = fx_file(0);
	keeps_bit = true;
	EXPECT(0, row_prose_P34, "set", (void)0, fop_fasync(&file_ops, 3, file, 1));
	EXPECT(0, row_prose_P34, "cleared", (void)0, fop_fasync(&file_ops, 3, file, 0));
	keeps_bit = false;
	EXPECT(1, row_prose_P34, "not set", (void)0, fop_fasync(&file_ops, 3, file, 1));
	file->f_flags |= FASYNC;
	EXPECT(1, row_prose_P34, "not cleared", (void)0, fop_fasync(&file_ops, 3, file, 0));
	file->f_flags = 0;
	fx_close();
}
KTEST(violate_P34, KTEST_QUICK, violate_p34);

static void violate_p35(void)
{
	struct inode *inode;
	struct kiocb *iocb;
	struct file *file;

	if (!fx_open())
		return;
	iocb = fx_kiocb(0);
	file = iocb->ki_filp;
	inode = file_inode(file);
	EXPECT(0, row_prose_P35, "a file", (void)0, fop_read(&file_ops, file, NULL, 0, NULL));
	inode->i_mode = S_IFDIR | 0755;
	EXPECT(1, row_prose_P35, "read of a directory", (void)0, fop_read(&file_ops, file, NULL, 0, NULL));
	EXPECT(1, row_prose_P35, "read_iter of a directory", (void)0, fop_read_iter(&file_ops, iocb, NULL));
	EXPECT(1, row_prose_P35, "readv of a directory", (void)0, fop_readv(&file_ops, file, NULL, 0, NULL));
	inode->i_mode = S_IFREG | 0644;
	fx_close();
}
KTEST(violate_P35, KTEST_QUICK, violate_p35);

static void violate_p36(void)
{
	if (!fx_open())
		return;
	records = true;
	EXPECT(0, row_prose_P36, "recorded", (void)0, fop_setlease(&file_ops, fx_file(0), F_UNLCK, NULL, NULL));
	records = false;
	EXPECT(1, row_prose_P36, "kept to itself", (void)0, fop_setlease(&file_ops, fx_file(0), F_UNLCK, NULL, NULL));
	fx_close();
}
KTEST(violate_P36, KTEST_QUICK, violate_p36);

/* ---- mapped memory --------------------------------------------------------------------------------- */

static vm_fault_t double_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	fx_act();
	return (vm_fault_t)fx.ret;
}

static int double_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write)
{
	return len;
}

static const struct vm_operations_struct vm_ops = {
	.fault = double_fault, .page_mkwrite = double_fault, .access = double_access,
};

/* Both operations find a page of a file: in it, or truncated. */
static void fault_rules(bool mkwrite)
{
	struct contract_row *rule = mkwrite ? &row_prose_P40 : &row_prose_P38;
	vm_fault_t (*call)(const struct vm_operations_struct *ops, struct vm_area_struct *vma, struct vm_fault *vmf) =
		mkwrite ? vmop_page_mkwrite : vmop_fault;
	struct vm_area_struct *vma = fx_vm_area_struct(0);
	struct vm_fault *vmf = fx_vm_fault(0);
	struct rw_semaphore *sem = (void *)place_mmap_sem_vm_area_struct(vma);
	struct page *page = fx_page(0);

	vma->vm_file = fx_file(0);
	page->mapping = vma->vm_file->f_mapping;
	EXPECT(0, *rule, "locked", fx.ret = VM_FAULT_LOCKED; RWSEM(sem, FX_SHARED); COMES_WITH(page),
	       call(&vm_ops, vma, vmf));
	EXPECT(0, *rule, "gone", fx.ret = VM_FAULT_NOPAGE; RWSEM(sem, FX_SHARED), call(&vm_ops, vma, vmf));
	EXPECT(1, *rule, "not locked", fx.ret = 0; RWSEM(sem, FX_SHARED), call(&vm_ops, vma, vmf));
	page->mapping = NULL;
	EXPECT(1, *rule, "truncated", fx.ret = VM_FAULT_LOCKED; RWSEM(sem, FX_SHARED); COMES_WITH(page),
	       call(&vm_ops, vma, vmf));
	vma->vm_file = NULL;
}

static void violate_p38(void)
{
	if (!fx_open())
		return;
	fault_rules(false);
	fx_close();
}
KTEST(violate_P38, KTEST_QUICK, violate_p38);

static void violate_p40(void)
{
	if (!fx_open())
		return;
	fault_rules(true);
	fx_close();
}
KTEST(violate_P40, KTEST_QUICK, violate_p40);

static void violate_p42(void)
{
	struct vm_area_struct *vma;
	struct rw_semaphore *sem;

	if (!fx_open())
		return;
	vma = fx_vm_area_struct(0);
	sem = (void *)place_mmap_sem_vm_area_struct(vma);
	EXPECT(0, row_prose_P42, "VM_IO", fx.caller = CONTRACT_CALLER_PROCESS_ACCESS; RWSEM(sem, FX_SHARED),
	       vmop_access(&vm_ops, vma, 0, NULL, 0, 0));
	vma->vm_flags = 0;
	EXPECT(1, row_prose_P42, "ordinary memory", fx.caller = CONTRACT_CALLER_PROCESS_ACCESS; RWSEM(sem, FX_SHARED),
	       vmop_access(&vm_ops, vma, 0, NULL, 0, 0));
	vma->vm_flags = VM_IO;
	fx_close();
}
KTEST(violate_P42, KTEST_QUICK, violate_p42);

#endif
