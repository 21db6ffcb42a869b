// SPDX-License-Identifier: MIT
/*
 * Sequence files: whatever the size of the reads and wherever they begin, the bytes are those of the whole text. Records are of
 * all lengths, some empty, some skipped, one larger than any first buffer.
 */
#include "tests/kernel/ktest.h"
#include "tests/kernel/proc_test.h"
#include "fs/seq_file.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"

#define RECORDS	300
#define BIG_RECORD 170		/* of 20000 bytes */
#define ROOM	((size_t)1 << 17)

static unsigned int starts, stops;	/* each start is followed by one stop */
static long fail_at = -1;		/* this record cannot be shown */

static size_t record_length(loff_t i)
{
	if (i == BIG_RECORD)
		return 20000;
	return i % 7 == 3 ? 0 : (size_t)(i * i * 31 % 193);
}

static char record_byte(loff_t i, size_t k)
{
	return 'a' + (char)((i * 7 + (loff_t)k) % 26);
}

static void *test_start(struct seq_file *m, loff_t *pos)
{
	starts++;
	return *pos < RECORDS ? (void *)(*pos + 1) : NULL;
}

static void *test_next(struct seq_file *m, void *v, loff_t *pos)
{
	return ++*pos < RECORDS ? (void *)(*pos + 1) : NULL;
}

static void test_stop(struct seq_file *m, void *v)
{
	stops++;
}

static int test_show(struct seq_file *m, void *v)
{
	loff_t i = (loff_t)v - 1;

	if (i == fail_at)
		return -EPROTO;
	for (size_t k = 0; k < record_length(i); k++)
		seq_putc(m, record_byte(i, k));
	/* What a skipped record printed does not count. */
	if (i % 11 == 5) {
		seq_printf(m, "never seen %lld\n", i);
		return SEQ_SKIP;
	}
	return 0;
}

static const struct seq_operations test_ops = {
	.start = test_start, .next = test_next, .stop = test_stop, .show = test_show,
};

static size_t whole_text(char *buf)
{
	size_t n = 0;

	for (loff_t i = 0; i < RECORDS; i++)
		for (size_t k = 0; i % 11 != 5 && k < record_length(i); k++)
			buf[n++] = record_byte(i, k);
	return n;
}

/* Reads from pos to the end in pieces of @size; the bytes read. */
static size_t read_all(struct file *file, char *buf, size_t size, loff_t pos)
{
	size_t done = 0;
	ssize_t n = 1;

	while (n > 0 && done < ROOM) {
		n = kernel_read(file, buf + done, min(size, ROOM - done), &pos);
		if (n > 0)
			done += n;
	}
	KTEST_EQ(n, 0);
	return done;
}

static void check_sizes(struct file *file, const char *want, size_t total, char *buf)
{
	static const size_t sizes[] = { 1, 7, 13, 511, 4095, 4096, 4097, 19999, 60000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(buf, 0, ROOM);
		KTEST_EQ(read_all(file, buf, sizes[i], 0), total);
		if (memcmp(buf, want, total))
			KTEST_FAIL("pieces of %zu: wrong bytes", sizes[i]);
	}
}

static void check_places(struct file *file, const char *want, size_t total, char *buf)
{
	for (int i = 0; i < 200; i++) {
		loff_t pos = ktest_random() % (total + 50);
		size_t size = 1 + ktest_random() % (i % 2 ? 40 : 9000), expected;
		loff_t at = pos;
		ssize_t n = kernel_read(file, buf, size, &at);

		expected = pos < total ? min_t(size_t, size, total - pos) : 0;
		/* A read may be short, but not at its start, and it moves the position by what it read. */
		if (n < 0 || (expected && !n) || n > expected || at != pos + n || memcmp(buf, want + pos, n)) {
			KTEST_FAIL("%zu bytes at %lld: %zd", size, pos, n);
			return;
		}
	}
}

static void test_reads(void)
{
	struct vfsmount *mnt = proc_test_mount();
	char *want = kvmalloc(ROOM, GFP_KERNEL), *buf = kvmalloc(ROOM, GFP_KERNEL);
	struct proc_dir_entry *entry;
	struct file *file;
	size_t total;

	KTEST_ASSERT(!IS_ERR(mnt) && want && buf);
	entry = proc_create_seq("ktest-seq", 0444, NULL, &test_ops, NULL);
	KTEST_EXPECT(entry);
	file = proc_test_open(mnt, "ktest-seq", O_RDONLY);
	KTEST_EXPECT(!IS_ERR(file));
	if (!IS_ERR(file)) {
		starts = stops = 0;
		total = whole_text(want);
		check_sizes(file, want, total, buf);
		check_places(file, want, total, buf);
		KTEST_EXPECT(starts > 100);
		KTEST_EQ(stops, starts);
		proc_test_close(file);
	}
	proc_remove(entry);
	proc_test_drop(mnt);
	kvfree(want);
	kvfree(buf);
}
KTEST(proc_seq_reads, KTEST_QUICK, test_reads);

static void test_seeks(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *entry;
	struct file *file;
	char *want = kvmalloc(ROOM, GFP_KERNEL), c[2];

	KTEST_ASSERT(!IS_ERR(mnt) && want);
	whole_text(want);
	entry = proc_create_seq("ktest-seq", 0444, NULL, &test_ops, NULL);
	file = proc_test_open(mnt, "ktest-seq", O_RDONLY);
	KTEST_EXPECT(!IS_ERR(file));
	if (!IS_ERR(file)) {
		KTEST_EQ(vfs_llseek(file, 5000, SEEK_SET), 5000);
		KTEST_EQ(kernel_read(file, c, 2, &file->f_pos), 2);
		KTEST_EXPECT(!memcmp(c, want + 5000, 2));
		KTEST_EQ(vfs_llseek(file, -3, SEEK_CUR), 4999);
		KTEST_EQ(kernel_read(file, c, 2, &file->f_pos), 2);
		KTEST_EXPECT(!memcmp(c, want + 4999, 2));
		KTEST_EQ(vfs_llseek(file, 0, SEEK_END), -EINVAL);
		KTEST_EQ(vfs_llseek(file, -1, SEEK_SET), -EINVAL);
		KTEST_EQ(file->f_pos, 5001);
		KTEST_EQ(vfs_llseek(file, 1 << 30, SEEK_SET), 1 << 30);
		KTEST_EQ(kernel_read(file, c, 2, &file->f_pos), 0);
		proc_test_close(file);
	}
	proc_remove(entry);
	proc_test_drop(mnt);
	kvfree(want);
}
KTEST(proc_seq_seeks, KTEST_QUICK, test_seeks);

/* What comes before a record that fails is read; then the error, and after it the file can be read again. */
static void test_errors(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *entry;
	struct file *file;
	char *buf = kvmalloc(ROOM, GFP_KERNEL);
	size_t before = 0;
	loff_t pos = 0;
	ssize_t n;

	KTEST_ASSERT(!IS_ERR(mnt) && buf);
	for (loff_t i = 0; i < 100; i++)
		before += i % 11 == 5 ? 0 : record_length(i);
	entry = proc_create_seq("ktest-seq", 0444, NULL, &test_ops, NULL);
	file = proc_test_open(mnt, "ktest-seq", O_RDONLY);
	KTEST_EXPECT(!IS_ERR(file));
	if (!IS_ERR(file)) {
		fail_at = 100;
		starts = stops = 0;
		while ((n = kernel_read(file, buf, 1000, &pos)) > 0)
			;
		KTEST_EQ(n, -EPROTO);
		KTEST_EQ(pos, before);
		fail_at = -1;
		KTEST_EQ(read_all(file, buf, 5000, 0), whole_text(buf));
		KTEST_EQ(stops, starts);
		proc_test_close(file);
	}
	proc_remove(entry);
	proc_test_drop(mnt);
	kvfree(buf);
}
KTEST(proc_seq_errors, KTEST_QUICK, test_errors);

static int show_escaped(struct seq_file *m, void *v)
{
	seq_escape(m, "a b\tc\\d\ne", " \t\n");
	seq_puts(m, "|");
	seq_printf(m, "%s-%d", "x", 5);
	return 0;
}

static void test_escape(void)
{
	struct vfsmount *mnt = proc_test_mount();
	struct proc_dir_entry *entry = proc_create_single("ktest-esc", 0444, NULL, show_escaped, NULL);
	char buf[64] = { };
	struct file *file;
	loff_t pos = 0;

	KTEST_ASSERT(!IS_ERR(mnt));
	file = proc_test_open(mnt, "ktest-esc", O_RDONLY);
	KTEST_EXPECT(!IS_ERR(file));
	if (!IS_ERR(file)) {
		KTEST_EXPECT(kernel_read(file, buf, sizeof(buf) - 1, &pos) > 0);
		KTEST_STREQ(buf, "a\\040b\\011c\\134d\\012e|x-5");
		KTEST_EQ(kernel_read(file, buf, sizeof(buf), &pos), 0);
		proc_test_close(file);
	}
	proc_remove(entry);
	proc_test_drop(mnt);
}
KTEST(proc_seq_escape, KTEST_QUICK, test_escape);
