// SPDX-License-Identifier: MIT
/*
 * /proc/devices, consoles, execdomains, and the lists that are empty here because there are no such things: misc, modules, cgroups.
 */
#include "drivers/block/blkdev.h"
#include "drivers/tty/pty.h"
#include "fs/char_dev.h"
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"

/* By number; a name for each driver of a number. */
static int devices_show(struct seq_file *m, void *v)
{
	static const struct {
		unsigned int major;
		const char *name;
	} chars[] = {
		{ 1, "mem" }, { 4, "ttyS" }, { 5, "/dev/tty" }, { 5, "/dev/console" }, { 5, "/dev/ptmx" },
		{ PTY_MAJOR, "pts" }, { PTY_MAJOR + 1, "pts" }, { PTY_MAJOR + 2, "pts" }, { PTY_MAJOR + 3, "pts" },
	};

	seq_puts(m, "Character devices:\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(chars); i++)
		seq_printf(m, "%3u %s\n", chars[i].major, chars[i].name);
	seq_puts(m, "\nBlock devices:\n");
	for (unsigned int major = 0; major < BLKDEV_MAJORS; major++) {
		const char *name = blkdev_major_name(major);

		if (name)
			seq_printf(m, "%3u %s\n", major, name);
	}
	return 0;
}

static int consoles_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%-21s-W- (EC p a) %4d:%d\n", "ttyS0", 4, 64);
	return 0;
}

static int execdomains_show(struct seq_file *m, void *v)
{
	seq_puts(m, "0-0\tLinux           \t[kernel]\n");
	return 0;
}

static int cgroups_show(struct seq_file *m, void *v)
{
	seq_puts(m, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
	return 0;
}

static int nothing_show(struct seq_file *m, void *v)
{
	return 0;
}

static int proc_numbers_init(void)
{
	bool ok = proc_create_single("devices", S_IRUGO, NULL, devices_show, NULL);

	ok = proc_create_single("consoles", S_IRUGO, NULL, consoles_show, NULL) && ok;
	ok = proc_create_single("execdomains", S_IRUGO, NULL, execdomains_show, NULL) && ok;
	ok = proc_create_single("cgroups", S_IRUGO, NULL, cgroups_show, NULL) && ok;
	ok = proc_create_single("misc", S_IRUGO, NULL, nothing_show, NULL) && ok;
	ok = proc_create_single("modules", S_IRUGO, NULL, nothing_show, NULL) && ok;
	return ok ? 0 : -ENOMEM;
}
late_initcall(proc_numbers_init);
