// SPDX-License-Identifier: MIT
/* Calls about the system as a whole: its names, its log, its file systems, its end; and leaving what a thread shares. */
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/super.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/mutex.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/program.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

/* ---- the kernel's log ---- */

#define SYSLOG_ACTION_CLOSE	    0
#define SYSLOG_ACTION_OPEN	    1
#define SYSLOG_ACTION_READ	    2
#define SYSLOG_ACTION_READ_ALL	    3
#define SYSLOG_ACTION_READ_CLEAR    4
#define SYSLOG_ACTION_CLEAR	    5
#define SYSLOG_ACTION_CONSOLE_OFF   6
#define SYSLOG_ACTION_CONSOLE_ON    7
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define SYSLOG_ACTION_SIZE_UNREAD   9
#define SYSLOG_ACTION_SIZE_BUFFER   10

#define LOG_PIECE 1024

static DEFINE_MUTEX(syslog_mutex);
static unsigned long unread_from; /* syslog_mutex: where SYSLOG_ACTION_READ goes on */
static unsigned long clear_from;  /* syslog_mutex: what is before has been cleared */

/* Copies the log from *pos on, *pos following. The bytes, or -errno if there were none. syslog_mutex held. */
static long copy_log(unsigned long *pos, char __user *buf, size_t size)
{
	char *piece = kmalloc(LOG_PIECE, GFP_KERNEL);
	long done = 0;

	if (!piece)
		return -ENOMEM;
	while (done < size) {
		unsigned long at = *pos;
		size_t n = printk_log_from(&at, piece, min_t(size_t, size - done, LOG_PIECE));

		if (!n)
			break;
		if (copy_to_user(buf + done, piece, n)) {
			done = done ? done : -EFAULT;
			break;
		}
		*pos = at;
		done += n;
	}
	kfree(piece);
	return done;
}

/* Waits until there is something new. Nobody wakes: printk may be called where nothing may be woken. */
static long read_log(char __user *buf, size_t size)
{
	long ret;

	for (;;) {
		if (mutex_lock_interruptible(&syslog_mutex))
			return -EINTR;
		ret = copy_log(&unread_from, buf, size);
		mutex_unlock(&syslog_mutex);
		if (ret)
			return ret;
		schedule_timeout_interruptible(100);
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
}

/* The last of it that fits. */
static long read_all_log(char __user *buf, size_t size, bool clear)
{
	unsigned long pos, end;
	long ret;

	mutex_lock(&syslog_mutex);
	end = printk_log_end();
	pos = max(clear_from, end > size ? end - size : 0);
	ret = copy_log(&pos, buf, size);
	if (clear && ret >= 0)
		clear_from = end;
	mutex_unlock(&syslog_mutex);
	return ret;
}

static long size_unread(void)
{
	unsigned long end = printk_log_end();
	long ret;

	mutex_lock(&syslog_mutex);
	ret = min(end - unread_from, printk_log_size());
	mutex_unlock(&syslog_mutex);
	return ret;
}

long sys_syslog(int type, char __user *buf, int len)
{
	bool reads = type >= SYSLOG_ACTION_READ && type <= SYSLOG_ACTION_READ_CLEAR;

	if (!capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (reads && (!buf || len < 0))
		return -EINVAL;
	if (reads && !len)
		return 0;
	switch (type) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
		return 0; /* there is nothing to open */
	case SYSLOG_ACTION_READ:
		return read_log(buf, len);
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		return read_all_log(buf, len, type == SYSLOG_ACTION_READ_CLEAR);
	case SYSLOG_ACTION_CLEAR:
		mutex_lock(&syslog_mutex);
		clear_from = printk_log_end();
		mutex_unlock(&syslog_mutex);
		return 0;
	case SYSLOG_ACTION_SIZE_UNREAD:
		return size_unread();
	case SYSLOG_ACTION_SIZE_BUFFER:
		return printk_log_size();
	case SYSLOG_ACTION_CONSOLE_OFF:
	case SYSLOG_ACTION_CONSOLE_ON:
	case SYSLOG_ACTION_CONSOLE_LEVEL:
		unsupported("levels of the console");
		return -EINVAL;
	}
	return -EINVAL;
}

/* ---- file systems by number ---- */

struct type_search {
	const char *name; /* or NULL: by index */
	int index, count;
	int found; /* of the name */
	char *out; /* the name of the index */
};

static void look_at_type(const struct file_system_type *type, void *arg)
{
	struct type_search *s = arg;

	if (s->name && !strcmp(s->name, type->name))
		s->found = s->count;
	if (!s->name && s->count == s->index)
		strscpy(s->out, type->name, 64);
	s->count++;
}

long sys_sysfs(int option, unsigned long arg1, unsigned long arg2)
{
	struct type_search s = { .found = -EINVAL, .index = -1 };
	char name[64] = "";
	long n;

	s.out = name;
	switch (option) {
	case 1:
		n = strncpy_from_user(name, (const char __user *)arg1, sizeof(name));
		if (n < 0 || n == sizeof(name))
			return n < 0 ? n : -EINVAL;
		s.name = name;
		for_each_filesystem(look_at_type, &s);
		return s.found;
	case 2:
		s.index = arg1;
		for_each_filesystem(look_at_type, &s);
		if (!name[0])
			return -EINVAL;
		return copy_to_user((char __user *)arg2, name, strlen(name) + 1) ? -EFAULT : 0;
	case 3:
		for_each_filesystem(look_at_type, &s);
		return s.count;
	}
	return -EINVAL;
}

/* ---- the end of the run ---- */

#define REBOOT_MAGIC1	     0xfee1dead
#define REBOOT_CMD_RESTART   0x01234567
#define REBOOT_CMD_HALT	     0xcdef0123
#define REBOOT_CMD_CAD_ON    0x89abcdef
#define REBOOT_CMD_CAD_OFF   0x00000000
#define REBOOT_CMD_POWER_OFF 0x4321fedc

static bool is_magic2(unsigned int magic)
{
	return magic == 672274793 || magic == 85072278 || magic == 369367448 || magic == 537993216;
}

long sys_reboot(int magic1, int magic2, unsigned int cmd, void __user *arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if ((unsigned int)magic1 != REBOOT_MAGIC1 || !is_magic2(magic2))
		return -EINVAL;
	switch (cmd) {
	case REBOOT_CMD_CAD_ON:
	case REBOOT_CMD_CAD_OFF:
		unsupported("Ctrl-Alt-Del");
		return -EINVAL;
	case REBOOT_CMD_RESTART:
	case REBOOT_CMD_HALT:
	case REBOOT_CMD_POWER_OFF:
		end_run();
	}
	return -EINVAL;
}

/* ---- what is shared with other threads and processes ---- */

#define UNSHARE_NAMESPACES                                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
#define UNSHARE_KNOWN                                                                                                  \
	(UNSHARE_NAMESPACES | CLONE_NEWUSER | CLONE_FS | CLONE_FILES | CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Namespaces there are none of, which is what a Linux without them says. */
long sys_unshare(unsigned long flags)
{
	struct files_struct *displaced = NULL;
	int err = 0;

	if (flags & ~(unsigned long)UNSHARE_KNOWN)
		return -EINVAL;
	if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) && READ_ONCE(current->signal->nr_threads) > 1)
		return -EINVAL;
	if ((flags & UNSHARE_NAMESPACES) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & (UNSHARE_NAMESPACES | CLONE_NEWUSER | CLONE_SYSVSEM)) {
		unsupported(flags & CLONE_SYSVSEM ? "CLONE_SYSVSEM" : "namespaces");
		return -EINVAL;
	}
	if (flags & CLONE_FS)
		err = unshare_fs();
	if (!err && (flags & CLONE_FILES))
		err = unshare_files(&displaced);
	if (displaced)
		put_files_struct(displaced);
	return err;
}

/* No descriptor is one of a namespace. */
long sys_setns(int fd, int flags)
{
	struct fd f = fdget(fd);

	if (!f.file)
		return -EBADF;
	fdput(f);
	return -EINVAL;
}

/* ---- what this CPU does not have ---- */

#define PKEY_RIGHTS 3

long sys_pkey_alloc(unsigned long flags, unsigned long rights)
{
	return flags || (rights & ~(unsigned long)PKEY_RIGHTS) ? -EINVAL : -ENOSPC;
}

long sys_pkey_free(int pkey)
{
	return -EINVAL; /* none has been given out */
}

long sys_pkey_mprotect(unsigned long start, size_t len, unsigned long prot, int pkey)
{
	return pkey == -1 ? sys_mprotect(start, len, prot) : -EINVAL;
}
