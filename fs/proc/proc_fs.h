/* SPDX-License-Identifier: MIT */
/*
 * /proc: a tree of text that the kernel makes up when it is read.
 *
 * Entries are registered once, by whoever has something to tell, and appear in every mount of the file system. The
 * tree cannot be changed through the file system; some entries can be written to, which is a command to
 * whoever registered them.
 */
#ifndef FS_PROC_PROC_FS_H
#define FS_PROC_PROC_FS_H

#include "kernel/lib/types.h"

struct file_operations;
struct inode;
struct proc_dir_entry;
struct seq_file;
struct seq_operations;

/* The root of sysfs, as a @parent: the same kind of tree, mounted on /sys. */
extern struct proc_dir_entry sysfs_root;

/*
 * All may sleep. @parent NULL: the root. Names and tables are not copied. NULL without memory or if the name is
 * taken, which is logged.
 */
struct proc_dir_entry *proc_mkdir(const char *name, struct proc_dir_entry *parent);
/* A file with operations of its own; ->open finds @data with PDE_DATA(inode). */
struct proc_dir_entry *proc_create_data(const char *name, umode_t mode, struct proc_dir_entry *parent,
					const struct file_operations *fops, void *data);
/* A file that is a sequence of records, or one record; @data is m->private. */
struct proc_dir_entry *proc_create_seq(const char *name, umode_t mode, struct proc_dir_entry *parent,
				       const struct seq_operations *ops, void *data);
struct proc_dir_entry *proc_create_single(const char *name, umode_t mode, struct proc_dir_entry *parent,
					  int (*show)(struct seq_file *m, void *v), void *data);
/*
 * A symbolic link; @link makes its body with kmalloc, with GFP_ATOMIC if it may not sleep. NULL without memory, or ERR_PTR.
 */
struct proc_dir_entry *proc_create_link(const char *name, struct proc_dir_entry *parent, const char *(*link)(bool may_sleep));
/*
 * A write to @entry calls @write with what was written, ended by a zero and without the white space around it; 0
 * or -errno. At most a page at a time. Right after the entry was made.
 */
void proc_set_write(struct proc_dir_entry *entry, int (*write)(char *text, void *data));

/*
 * Takes the entry, and all below it, out of every mount. Files that are open stay readable, so @data must stay until
 * they are closed. NULL is no entry.
 */
void proc_remove(struct proc_dir_entry *entry);

void *PDE_DATA(const struct inode *inode);

/* At boot: mounts it on /proc, if the root has such a directory. */
void proc_mount_at_boot(void);

#endif
