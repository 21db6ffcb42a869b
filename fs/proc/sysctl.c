// SPDX-License-Identifier: MIT
/*
 * The tree of settings below /proc/sys: see sysctl.h. Directories are made when the first entry in them is registered; registering is
 * done by initcalls, one after the other, so no two make the same.
 */
#include "fs/proc/sysctl.h"
#include "fs/proc/internal.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static struct proc_dir_entry *sys_root;

static int sysctl_show(struct seq_file *m, void *v)
{
	const struct sysctl *ctl = m->private;

	switch (ctl->type) {
	case SYSCTL_INT:
		seq_printf(m, "%d", READ_ONCE(*(int *)ctl->data));
		break;
	case SYSCTL_UINT:
		seq_printf(m, "%u", READ_ONCE(*(unsigned int *)ctl->data));
		break;
	case SYSCTL_ULONG:
		seq_printf(m, "%lu", READ_ONCE(*(unsigned long *)ctl->data));
		break;
	case SYSCTL_TEXT:
		seq_puts(m, ctl->data);
		break;
	case SYSCTL_FN:
		ctl->show(m, ctl);
		break;
	}
	seq_putc(m, '\n');
	return 0;
}

static int set_number(char *text, const struct sysctl *ctl)
{
	long value;
	int err = kstrtol(text, 10, &value);

	if (err)
		return err;
	if (value < ctl->min || value > ctl->max)
		return -EINVAL;
	if (ctl->type == SYSCTL_ULONG)
		WRITE_ONCE(*(unsigned long *)ctl->data, value);
	else
		WRITE_ONCE(*(int *)ctl->data, value);
	return ctl->set ? ctl->set(text, ctl) : 0;
}

static int sysctl_write(char *text, void *data)
{
	const struct sysctl *ctl = data;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return ctl->type == SYSCTL_FN ? ctl->set(text, ctl) : set_number(text, ctl);
}

/* The directory of a path, made as far as it is not there; NULL without memory. */
static struct proc_dir_entry *find_dir(const char *path)
{
	struct proc_dir_entry *dir = sys_root;

	while (dir && *path) {
		size_t len = strcspn(path, "/");
		struct proc_dir_entry *next = proc_find(dir, path, len);

		if (next) {
			pde_put(next); /* it is never removed */
		} else {
			char *name = kmalloc(len + 1, GFP_KERNEL);

			if (!name)
				return NULL;
			strscpy(name, path, len + 1);
			next = proc_mkdir(name, dir);
			if (!next)
				kfree(name);
		}
		dir = next;
		path += len + (path[len] == '/');
	}
	return dir;
}

static umode_t mode_of(const struct sysctl *ctl)
{
	if (!ctl->writable)
		return 0444;
	return ctl->type == SYSCTL_FN && !ctl->show ? 0200 : 0644;
}

int sysctl_register(const struct sysctl *table, unsigned int count)
{
	if (!sys_root)
		sys_root = proc_mkdir("sys", NULL);
	for (unsigned int i = 0; i < count; i++) {
		const struct sysctl *ctl = &table[i];
		struct proc_dir_entry *dir = find_dir(ctl->dir), *entry;

		if (!dir)
			return -ENOMEM;
		entry = proc_create_single(ctl->name, mode_of(ctl), dir, sysctl_show, (void *)ctl);
		if (!entry)
			return -ENOMEM;
		if (ctl->writable)
			proc_set_write(entry, sysctl_write);
	}
	return 0;
}
