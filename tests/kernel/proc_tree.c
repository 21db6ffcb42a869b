// SPDX-License-Identifier: MIT
/*
 * The procfs tree: looking up, reading directories entry by entry, removing what is in use, mounting more than once,
 * unmounting what is open; and nothing of it stays in the caches.
 */
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/proc_test.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/proc/internal.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/task_work.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/time.h"
#include "mm/iov_iter.h"

static int show_number(struct seq_file *m, void *v)
{
	seq_printf(m, "%ld\n", (long)m->private);
	return 0;
}

static struct proc_dir_entry *number_entry(const char *name, struct proc_dir_entry *dir, long number)
{
	return proc_create_single(name, 0444, dir, show_number, (void *)number);
}

static long read_number(struct file *file)
{
	char buf[24] = { };
	loff_t pos = 0;
	long n = kernel_read(file, buf, sizeof(buf) - 1, &pos);

	return n < 0 ? n : simple_strtol(buf, NULL, 10);
}

/* ---- an entry with operations of its own ---- */

static ssize_t read_data(struct kiocb *iocb, struct iov_iter *to)
{
	const char *text = PDE_DATA(file_inode(iocb->ki_filp));
	size_t n = iocb->ki_pos < (loff_t)strlen(text) ? strlen(text) - iocb->ki_pos : 0;

	n = copy_to_iter(text + iocb->ki_pos, n, to);
	iocb->ki_pos += n;
	return n;
}

static const struct file_operations own_fops = { .read_iter = read_data };

static void test_own_operations(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *e = proc_create_data("ktest-own", 0444, NULL, &own_fops, "2468");
	struct file *file;

	KTEST_ASSERT(!IS_ERR(mnt) && e);
	file = proc_test_open(mnt, "ktest-own", O_RDONLY);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EQ(read_number(file), 2468);
	proc_test_close(file);
	proc_remove(e);
	proc_test_drop(mnt);
}
KTEST(proc_own_operations, KTEST_QUICK, test_own_operations);

/* ---- directories, one entry a call ---- */

struct one_entry {
	struct dir_context ctx;
	char name[32];
	u64 ino;
	unsigned int type;
	bool full;
};

static int take_one(struct dir_context *ctx, const char *name, int len, loff_t offset, u64 ino, unsigned int type)
{
	struct one_entry *e = container_of(ctx, struct one_entry, ctx);

	if (e->full)
		return 1;
	strlcpy(e->name, name, min_t(size_t, len + 1, sizeof(e->name)));
	e->ino = ino;
	e->type = type;
	e->full = true;
	return 0;
}

/* The entry at file->f_pos, which moves behind it; false at the end. */
static bool next_entry(struct file *dir, struct one_entry *e)
{
	struct one_entry fresh = { .ctx.actor = take_one };

	memcpy(e, &fresh, sizeof(fresh));
	KTEST_EQ(iterate_dir(dir, &e->ctx), 0);
	return e->full;
}

static bool next_is(struct file *dir, const char *name)
{
	struct one_entry e;

	return next_entry(dir, &e) && !strcmp(e.name, name);
}

static void test_readdir(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *d = proc_mkdir("ktest-dir", NULL), *b;
	struct one_entry e;
	struct file *dir;
	loff_t behind_a, behind_c;

	KTEST_ASSERT(!IS_ERR(mnt) && d);
	KTEST_EXPECT(number_entry("a", d, 1));
	b = number_entry("b", d, 2);
	KTEST_EXPECT(number_entry("c", d, 3));
	KTEST_EXPECT(proc_mkdir("sub", d));
	dir = proc_test_open(mnt, "ktest-dir", O_RDONLY | O_DIRECTORY);
	KTEST_ASSERT(!IS_ERR(dir));
	KTEST_EXPECT(next_is(dir, ".") && next_is(dir, "..") && next_is(dir, "a"));
	behind_a = dir->f_pos;
	KTEST_EXPECT(next_is(dir, "b") && next_is(dir, "c"));
	behind_c = dir->f_pos;
	/* Positions stay good while entries come and go. */
	proc_remove(b);
	KTEST_EXPECT(number_entry("z", d, 26));
	dir->f_pos = behind_a;
	KTEST_EXPECT(next_is(dir, "c"));
	KTEST_EQ(dir->f_pos, behind_c);
	KTEST_EXPECT(next_entry(dir, &e) && !strcmp(e.name, "sub") && e.type == DT_DIR);
	KTEST_EXPECT(next_entry(dir, &e) && !strcmp(e.name, "z") && e.type == DT_REG);
	KTEST_EXPECT(!next_entry(dir, &e));
	KTEST_EQ(vfs_llseek(dir, 0, SEEK_SET), 0);
	KTEST_EXPECT(next_is(dir, "."));
	proc_test_close(dir);
	proc_remove(d);
	proc_test_drop(mnt);
}
KTEST(proc_readdir, KTEST_QUICK, test_readdir);

/* ---- removing ---- */

static void test_remove(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *d = proc_mkdir("ktest-dir", NULL), *e;
	struct file *file;

	KTEST_ASSERT(!IS_ERR(mnt) && d);
	e = number_entry("n", d, 42);
	KTEST_ASSERT(e);
	KTEST_EXPECT(!number_entry("n", d, 43));
	file = proc_test_open(mnt, "ktest-dir/n", O_RDONLY);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EXPECT(!list_empty(&e->names));
	pde_get(e);
	pde_get(d);
	proc_remove(d);
	KTEST_EQ(proc_test_lookup(mnt, "ktest-dir"), -ENOENT);
	KTEST_EQ(proc_test_lookup(mnt, "ktest-dir/n"), -ENOENT);
	/* The name is free, and what is open reads on. */
	KTEST_EQ(read_number(file), 42);
	KTEST_EXPECT(list_empty(&e->names) && list_empty(&d->names));
	proc_test_close(file);
	KTEST_EQ(refcount_read(&e->refs), 1);
	KTEST_EQ(refcount_read(&d->refs), 1);
	pde_put(e);
	pde_put(d);
	d = number_entry("ktest-dir", NULL, 1);
	KTEST_EQ(proc_test_lookup(mnt, "ktest-dir"), 0);
	proc_remove(d);
	proc_test_drop(mnt);
}
KTEST(proc_remove_in_use, KTEST_QUICK, test_remove);

/* An unused dentry of an entry is kept until the entry is removed; a negative one is gone at once. */
static void test_what_lingers(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *e;
	struct file *file;
	long others; /* of entries that were there before */

	KTEST_ASSERT(!IS_ERR(mnt));
	others = mnt->mnt_sb->s_nr_dentry_unused;
	e = number_entry("ktest-n", NULL, 1);
	KTEST_ASSERT(e);
	file = proc_test_open(mnt, "ktest-n", O_RDONLY);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EXPECT(!list_empty(&e->names));
	KTEST_EQ(refcount_read(&e->refs), 3);	/* tree, dentry, inode */
	proc_test_close(file);
	KTEST_EXPECT(!list_empty(&e->names));
	KTEST_EQ(refcount_read(&e->refs), 3);
	KTEST_EQ(proc_test_lookup(mnt, "ktest-none"), -ENOENT);
	KTEST_EQ(mnt->mnt_sb->s_nr_dentry_unused, others + 1);
	pde_get(e);
	proc_remove(e);
	KTEST_EXPECT(list_empty(&e->names));
	KTEST_EQ(refcount_read(&e->refs), 1);
	KTEST_EQ(mnt->mnt_sb->s_nr_dentry_unused, others);
	KTEST_EQ(mnt->mnt_sb->s_nr_inode_unused, 0);
	pde_put(e);
	proc_test_drop(mnt);
}
KTEST(proc_what_lingers, KTEST_QUICK, test_what_lingers);

/* ---- lookups and reads while entries come and go ---- */

static unsigned long churn_deadline;

static void churn(void *arg, unsigned int i)
{
	struct vfsmount *mnt = arg;
	unsigned long turns = 0, found = 0;

	while (time_before(jiffies, churn_deadline)) {
		if (i == 0) {
			struct proc_dir_entry *d = proc_mkdir("ktest-churn", NULL);
			struct proc_dir_entry *e = d ? number_entry("n", d, 7) : NULL;

			KTEST_EXPECT(e);
			cond_resched();
			if (turns % 2)
				proc_remove(e);
			proc_remove(d);
		} else {
			struct file *file = proc_test_open(mnt, "ktest-churn/n", O_RDONLY);
			struct file *dir = proc_test_open(mnt, "/", O_RDONLY | O_DIRECTORY);
			struct one_entry one;

			if (IS_ERR(file)) {
				KTEST_EQ(PTR_ERR(file), -ENOENT);
			} else {
				found++;
				KTEST_EQ(read_number(file), 7);
				proc_test_close(file);
			}
			KTEST_ASSERT(!IS_ERR(dir));
			while (next_entry(dir, &one))
				;
			proc_test_close(dir);
		}
		turns++;
		if (ktest_failed())
			break;
	}
	KTEST_EXPECT(i == 0 || turns > 3);
}

static void test_churn(void)
{
	struct vfsmount *mnt = proc_test_mount();

	KTEST_ASSERT(!IS_ERR(mnt));
	churn_deadline = jiffies + 400;
	KTEST_EXPECT(ktest_threads(4, churn, mnt));
	KTEST_EQ(proc_test_lookup(mnt, "ktest-churn"), -ENOENT);
	proc_test_drop(mnt);
}
KTEST(proc_churn, KTEST_QUICK, test_churn);

/* ---- mounts in the tree ---- */

static int make_directory(const char *name)
{
	struct path parent;
	struct dentry *dentry = kern_path_create(AT_FDCWD, name, &parent, LOOKUP_DIRECTORY);
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	err = vfs_mkdir(d_inode(parent.dentry), dentry, 0755);
	done_path_create(&parent, dentry);
	return err;
}

static void settle(void)
{
	flush_delayed_fput();
	rcu_barrier();
	flush_workqueue(system_wq);
}

static void check_two_mounts(void)
{
	struct file *open;
	struct path one, two;

	KTEST_EQ(do_mount("proc", "/ktest-p1", "proc", 0, NULL), 0);
	KTEST_EQ(do_mount("proc", "/ktest-p2", "proc", SB_RDONLY, NULL), 0);
	KTEST_EQ(do_mount("proc", "/ktest-p1", "proc", 0, NULL), 0);
	KTEST_EQ(kern_umount("/ktest-p1", 0), 0);
	KTEST_EQ(kern_path("/ktest-p1/uptime", 0, &one), 0);
	KTEST_EQ(kern_path("/ktest-p2/uptime", 0, &two), 0);
	/* One tree of entries, two file systems. */
	KTEST_EXPECT(one.dentry->d_sb != two.dentry->d_sb && one.mnt != two.mnt);
	KTEST_EXPECT(one.dentry->d_inode->i_ino == two.dentry->d_inode->i_ino);
	path_put(&two);
	KTEST_EQ(kern_umount("/ktest-p1", 0), -EBUSY);
	path_put(&one);
	open = filp_open("/ktest-p1/mounts", O_RDONLY, 0);
	KTEST_ASSERT(!IS_ERR(open));
	KTEST_EQ(kern_umount("/ktest-p1", 0), -EBUSY);
	KTEST_EQ(kern_umount("/ktest-p2", 0), 0);
	proc_test_close(open);
	settle();
	KTEST_EQ(kern_umount("/ktest-p1", 0), 0);
	KTEST_EQ(kern_path("/ktest-p1/uptime", 0, &one), -ENOENT);
}

static void test_mounts(void)
{
	if (!ext2_test_root())
		KTEST_SKIP("no writable root");
	KTEST_ASSERT(!make_directory("/ktest-p1") && !make_directory("/ktest-p2"));
	check_two_mounts();
	settle();
	KTEST_EQ(ext2_test_remove("ktest-p1"), 0);
	KTEST_EQ(ext2_test_remove("ktest-p2"), 0);
}
KTEST(proc_mounts_and_umounts, KTEST_QUICK, test_mounts);

/* ---- what cannot be changed, and what can be written ---- */

static char written[64];
static int answer;

static int take_text(char *text, void *data)
{
	strscpy(written, text, sizeof(written));
	return answer;
}

static void test_write(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *ro = number_entry("ktest-ro", NULL, 1), *rw = number_entry("ktest-rw", NULL, 2);
	struct file *file;
	loff_t pos = 0;

	KTEST_ASSERT(!IS_ERR(mnt) && ro && rw);
	rw->mode |= 0200;
	proc_set_write(rw, take_text);
	KTEST_EQ(PTR_ERR(proc_test_open(mnt, "ktest-ro", O_WRONLY)), -EACCES);
	KTEST_EQ(PTR_ERR(proc_test_open(mnt, "ktest-new", O_WRONLY | O_CREAT)), -ENOENT);
	file = proc_test_open(mnt, "ktest-rw", O_RDWR | O_TRUNC);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EQ(kernel_write(file, "  hello there\n", 14, &pos), 14);
	KTEST_STREQ(written, "hello there");
	answer = -EDOM;
	KTEST_EQ(kernel_write(file, "x", 1, &pos), -EDOM);
	answer = 0;
	KTEST_EQ(read_number(file), 2);
	proc_test_close(file);
	proc_remove(ro);
	proc_remove(rw);
	proc_test_drop(mnt);
}
KTEST(proc_write, KTEST_QUICK, test_write);
