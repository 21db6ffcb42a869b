// SPDX-License-Identifier: MIT
/*
 * Reports as people see them. The manual tests here provoke real ones, to be read on the console; tests/report_tests.py runs
 * them and compares every part with what it must be, and docs/reports.md explains one of them.
 */
#include "tests/kernel/ktest.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "fs/contract_places.h"
#include "fs/fcntl.h"
#include "fs/file.h"
#include "fs/namei.h"
#include "gen/inode_operations.h"
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/mutex.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

#if CONFIG_CHECKS

static int make_directory(const char *name)
{
	struct path path;
	struct dentry *dentry = kern_path_create(AT_FDCWD, name, &path, LOOKUP_DIRECTORY);
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry) == -EEXIST ? 0 : (int)PTR_ERR(dentry);
	err = vfs_mkdir(path.dentry->d_inode, dentry, 0755);
	done_path_create(&path, dentry);
	return err;
}

/* ---- a contract ------------------------------------------------------------------- */

/* Looks a name up in a directory, but has locked its parent instead. */
static noinline void lock_the_wrong_directory(struct dentry *dir)
{
	const struct qstr name = QSTR_INIT("absent", 6);
	struct inode *inode = dir->d_inode;
	struct dentry *child = d_alloc(dir, &name), *found;

	KTEST_ASSERT(child);
	inode_lock_shared(dir->d_parent->d_inode);
	found = iop_lookup(inode->i_op, inode, child, 0);
	inode_unlock_shared(dir->d_parent->d_inode);
	KTEST_EXPECT(!found && d_is_negative(child));
	d_drop(child);
	dput(child);
}

static void contract_report(void)
{
	struct path path;

	KTEST_ASSERT(!make_directory("/one") && !make_directory("/one/two"));
	KTEST_ASSERT(!kern_path("/one/two", LOOKUP_DIRECTORY, &path));
	pr_info("# /one/two is inode %lu\n", path.dentry->d_inode->i_ino);
	lock_the_wrong_directory(path.dentry);
	path_put(&path);
}
KTEST(report_contract, KTEST_MANUAL | KTEST_GROWS, contract_report);

/* ---- what is said of objects ------------------------------------------------------- */

/* Everything that can be described, each under a line that names it. */
#define DESCRIBE(kind, object)						\
do {									\
	pr_info("# describe " #kind "\n");				\
	contract_describe(CONTRACT_ABOUT_##kind, object);		\
} while (0)

static void describe_file_objects(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct vm_area_struct vma = { .vm_start = 0x1000, .vm_end = 0x3000, .vm_file = file };
	struct kiocb iocb = { .ki_filp = file };
	struct dentry *dentry = file->f_path.dentry, *absent;
	const struct qstr name = QSTR_INIT("absent", 6);
	struct page *page = find_get_page(inode->i_mapping, 1);
	struct buffer_head *bh;

	pr_info("# the file is inode %lu\n", inode->i_ino);
	DESCRIBE(INODE, inode);
	DESCRIBE(DENTRY, dentry);
	DESCRIBE(FILE, file);
	DESCRIBE(KIOCB, &iocb);
	DESCRIBE(ADDRESS_SPACE, inode->i_mapping);
	DESCRIBE(VM_AREA_STRUCT, &vma);
	DESCRIBE(SUPER_BLOCK, inode->i_sb);
	DESCRIBE(BLOCK_DEVICE, inode->i_sb->s_bdev);
	KTEST_ASSERT(page);
	DESCRIBE(PAGE, page);
	put_page(page);
	bh = sb_bread(inode->i_sb, 1);
	KTEST_ASSERT(bh);
	DESCRIBE(BUFFER_HEAD, bh);
	brelse(bh);
	absent = d_alloc(dentry->d_parent, &name);
	KTEST_ASSERT(absent);
	pr_info("# describe absent\n");
	contract_describe(CONTRACT_ABOUT_DENTRY, absent);
	dput(absent);
}

static void object_report(void)
{
	static char data[2 * PAGE_SIZE];
	struct file *file;
	loff_t pos = 0;

	KTEST_ASSERT(!make_directory("/one") && !make_directory("/one/two"));
	file = filp_open("/one/two/file", O_RDWR | O_CREAT, 0644);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EXPECT(kernel_write(file, data, sizeof(data), &pos) == sizeof(data));
	describe_file_objects(file);
	filp_close(file);
}
KTEST(report_objects, KTEST_MANUAL | KTEST_GROWS, object_report);

/* Objects that are none: nothing may fault, hang or wait. What is said goes into the log only. */
static void broken_objects(void)
{
	int loglevel = console_loglevel;
	unsigned char *junk = kmalloc(4096, GFP_KERNEL), *gone = vmalloc(PAGE_SIZE);
	const void *objects[] = { NULL, (void *)8, (void *)0xdead000000000000ul, (void *)-4096ul, gone, junk };
	static const unsigned char fills[] = { 0x00, 0x6b, 0xff };

	KTEST_ASSERT(junk && gone);
	vfree(gone);
	console_loglevel = 0;
	for (unsigned int fill = 0; fill < ARRAY_SIZE(fills); fill++) {
		memset(junk, fills[fill], 4096);
		for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
			for (unsigned int kind = CONTRACT_ABOUT_NONE; kind <= CONTRACT_ABOUT_KIOCB; kind++)
				contract_describe(kind, objects[i]);
	}
	console_loglevel = loglevel;
	kfree(junk);
}
KTEST(report_broken_objects, KTEST_QUICK, broken_objects);

/* A tree of directories that has no end, and a path too long for a line. */
static void endless_path(void)
{
	struct dentry *loop = kzalloc(sizeof(*loop), GFP_KERNEL), *deep = kzalloc(20 * sizeof(*deep), GFP_KERNEL);
	static const unsigned char name[] = "a-name-of-five-and-twenty";

	KTEST_ASSERT(loop && deep);
	loop[0].d_parent = &deep[0];
	loop[0].d_name = (struct qstr) { .len = 3, .name = (const unsigned char *)"abc" };
	deep[0].d_parent = loop;
	deep[0].d_name = loop[0].d_name;
	contract_describe(CONTRACT_ABOUT_DENTRY, loop);
	for (int i = 0; i < 20; i++) {
		deep[i].d_parent = &deep[i ? i - 1 : 0];
		deep[i].d_name = (struct qstr) { .len = sizeof(name) - 1, .name = name };
	}
	contract_describe(CONTRACT_ABOUT_DENTRY, &deep[19]);
	kfree(loop);
	kfree(deep);
}
KTEST(report_endless_path, KTEST_QUICK, endless_path);

/* ---- an order -------------------------------------------------------------------------- */

static struct mutex knife, fork, spoon;

static noinline void knife_then_fork(void)
{
	mutex_lock(&knife);
	mutex_lock(&fork);
	mutex_unlock(&fork);
	mutex_unlock(&knife);
}

static noinline void fork_then_spoon(void)
{
	mutex_lock(&fork);
	mutex_lock(&spoon);
	mutex_unlock(&spoon);
	mutex_unlock(&fork);
}

/* Closes the cycle: with the two above at the same time, each would wait for the next. */
static noinline void spoon_then_knife(void)
{
	mutex_lock(&spoon);
	mutex_lock(&knife);
	mutex_unlock(&knife);
	mutex_unlock(&spoon);
}

static void order_report(void)
{
	mutex_init(&knife);
	mutex_init(&fork);
	mutex_init(&spoon);
	knife_then_fork();
	fork_then_spoon();
	spoon_then_knife();
}
KTEST(report_order, KTEST_MANUAL | KTEST_GROWS, order_report);

/* ---- tasks that hang ---------------------------------------------------------------- */

static struct mutex first, second;
static struct completion has_first, has_second;

/* Holds the first and sleeps; longer than the watch is patient (hung=1). */
static noinline void hold_first(void)
{
	mutex_lock(&first);
	complete(&has_first);
	schedule_timeout_uninterruptible(3000);
	mutex_unlock(&first);
}

/* Holds the second and wants the first. */
static noinline void hold_second_want_first(void)
{
	wait_for_completion(&has_first);
	mutex_lock(&second);
	complete(&has_second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static noinline void want_second(void)
{
	wait_for_completion(&has_second);
	mutex_lock(&second);
	mutex_unlock(&second);
}

static void hang(void *arg, unsigned int i)
{
	snprintf(current->comm, sizeof(current->comm), i == 0 ? "sleeper" : i == 1 ? "middle" : "last");
	if (i == 0)
		hold_first();
	else if (i == 1)
		hold_second_want_first();
	else
		want_second();
}

static void hung_report(void)
{
	mutex_init(&first);
	mutex_init(&second);
	init_completion(&has_first);
	init_completion(&has_second);
	ktest_threads(3, hang, NULL);
}
KTEST(report_hung, KTEST_MANUAL | KTEST_GROWS, hung_report);

#endif
