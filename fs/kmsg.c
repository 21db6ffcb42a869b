// SPDX-License-Identifier: MIT
/*
 * /dev/kmsg: the kernel's log as records, one for each line, and a way to add to it.
 *
 * Each open file has a place in the log and goes on from there; one that was overtaken by the log (which is a ring) is told with EPIPE,
 * once, and goes on with the oldest line. Reading at the end waits, or says EAGAIN. Nobody can be woken from printk(), which may be
 * called under any lock, so a reader that waits looks again ten times a second.
 *
 * A record is "6,NUMBER,MICROSECONDS,-;text\n". Levels are not kept in the log: all are told as 6.
 *
 * The place of a file changes under its mutex.
 */
#include "fs/char_dev.h"
#include "fs/dev_node.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "gen/file_operations.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/mutex.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/task/timer.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/slab.h"

#define LINE_LEN   1024
#define RECORD_LEN (LINE_LEN + 64)
#define LOOK_MS	   100

struct kmsg_reader {
	struct mutex lock;		/* guards all */
	struct printk_place place;
	char line[LINE_LEN];
	char record[RECORD_LEN];
};

/* "[   12.345678] text" becomes a record; a line without a time is one of the past of 0. Returns its length. */
static int make_record(struct kmsg_reader *r, unsigned long number, size_t len)
{
	char *text = r->line, *end;
	unsigned long us = 0;

	r->line[len] = 0;
	if (text[0] == '[') {
		us = simple_strtoul(text + 1 + strspn(text + 1, " "), &end, 10) * 1000000;
		if (*end == '.')
			us += simple_strtoul(end + 1, &end, 10);
		if (end[0] == ']' && end[1] == ' ')
			text = end + 2;
	}
	return scnprintf(r->record, sizeof(r->record), "6,%lu,%lu,-;%s\n", number, us, text);
}

/* The length of the next record, 0 if there is none yet, -EPIPE. Mutex held. */
static int next_record(struct kmsg_reader *r)
{
	unsigned long number = r->place.number;
	int len = printk_read_line(&r->place, r->line, sizeof(r->line) - 1);

	return len > 0 ? make_record(r, number, len) : len;
}

static ssize_t kmsg_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct kmsg_reader *r = file->private_data;
	struct printk_place before;
	ssize_t n;

	for (;;) {
		n = mutex_lock_interruptible(&r->lock);
		if (n)
			return n;
		before = r->place;
		n = next_record(r);
		if (n)
			break;
		mutex_unlock(&r->lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		schedule_timeout_interruptible(msecs_to_jiffies(LOOK_MS));
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
	/* A record is read as a whole, or stays. */
	if (n > 0 && n > (ssize_t)count) {
		r->place = before;
		n = -EINVAL;
	} else if (n > 0 && copy_to_user(buf, r->record, n)) {
		r->place = before;
		n = -EFAULT;
	}
	mutex_unlock(&r->lock);
	return n;
}

static loff_t kmsg_llseek(struct file *file, loff_t offset, int whence)
{
	struct kmsg_reader *r = file->private_data;

	if (offset)
		return -ESPIPE;
	mutex_lock(&r->lock);
	switch (whence) {
	case SEEK_SET:
	case SEEK_DATA:	/* behind the last clear: there is none */
		printk_seek_oldest(&r->place);
		break;
	case SEEK_END:
		printk_seek_end(&r->place);
		break;
	default:
		offset = -EINVAL;
	}
	mutex_unlock(&r->lock);
	return offset;
}

static __poll_t kmsg_poll(struct file *file, struct poll_table_struct *wait)
{
	struct kmsg_reader *r = file->private_data;
	struct printk_place end;

	printk_seek_end(&end);
	return READ_ONCE(r->place.offset) < end.offset ? EPOLLIN | EPOLLRDNORM : 0;
}

/* One message, with its level as "<N>" in front if it likes. */
static ssize_t kmsg_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	static struct ratelimit_state limit = RATELIMIT_STATE_INIT;
	char *text, *line, *end;
	unsigned long level = 6;

	if (count > LINE_LEN - 64)
		return -EINVAL;
	text = kmalloc(count + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (copy_from_user(text, buf, count)) {
		kfree(text);
		return -EFAULT;
	}
	text[count] = 0;
	line = text;
	if (line[0] == '<') {
		unsigned long n = simple_strtoul(line + 1, &end, 10);

		if (end > line + 1 && *end == '>') {
			level = n & 7;
			line = end + 1;
		}
	}
	end = line + strlen(line);
	while (end > line && end[-1] == '\n')
		*--end = 0;
	if (__ratelimit(&limit))
		printk("\001%lu%s\n", level, line);
	kfree(text);
	return count;
}

static int kmsg_open(struct inode *inode, struct file *file)
{
	struct kmsg_reader *r = kmalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	printk_seek_oldest(&r->place);
	file->private_data = r;
	return 0;
}

static int kmsg_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations kmsg_fops = {
	.open = kmsg_open,
	.release = kmsg_release,
	.read = kmsg_read,
	.write = kmsg_write,
	.llseek = kmsg_llseek,
	.poll = kmsg_poll,
};

static int kmsg_init(void)
{
	int err = register_chrdev_fops(MKDEV(1, 11), &kmsg_fops);

	return err ? err : dev_node_create("kmsg", S_IFCHR | 0644, MKDEV(1, 11));
}
fs_initcall(kmsg_init);
