/* SPDX-License-Identifier: MIT */
/* Between the files of procfs: an entry, and what is kept for each dentry that stands for one. */
#ifndef FS_PROC_INTERNAL_H
#define FS_PROC_INTERNAL_H

#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/cpumask.h"

#define PROC_SUPER_MAGIC 0x9fa0
#define SYSFS_MAGIC	 0x62656572

/* Constant once registered but for what proc_tree_lock guards. Counted: the tree, inodes and dentries hold it. */
struct proc_dir_entry {
	const char *name;
	umode_t mode;
	unsigned int id;			/* inode number, and place in its directory's order */
	const struct file_operations *fops;	/* its own, or NULL: a sequence */
	const struct seq_operations *seq_ops;	/* or NULL: show */
	int (*show)(struct seq_file *m, void *v);
	int (*write)(char *text, void *data);
	const char *(*link)(bool may_sleep);	/* a symlink's body, from kmalloc; NULL or ERR_PTR */
	void *data;
	refcount_t refs;
	struct proc_dir_entry *parent;
	struct list_head children;		/* in the order of id; proc_tree_lock */
	struct list_head sibling;		/* proc_tree_lock */
	unsigned int subdirs;			/* proc_tree_lock */
	struct list_head names;			/* struct proc_name; proc_tree_lock */
	bool dead;				/* removed; proc_tree_lock */
};

/* d_fsdata of every dentry. */
struct proc_name {
	struct list_head list;			/* entry->names; proc_tree_lock */
	struct dentry *dentry;
	struct proc_dir_entry *entry;		/* with a reference; NULL: negative; proc_tree_lock */
};

extern spinlock_t proc_tree_lock;		/* a leaf, but for what entries' lists need: see dentry.c */
extern struct proc_dir_entry proc_root;

struct pid_entry;

/* An inode stands for a registered entry, or for something of a process. Constant but for the inode's owner. */
struct proc_inode {
	struct proc_dir_entry *entry;		/* with a reference; NULL: of a process */
	struct pid *pid;			/* of the process or thread, with a reference; NULL: registered */
	const struct pid_entry *pid_entry;	/* what of it, or NULL */
	bool thread;				/* below task/: of this thread alone */
	unsigned int fd;			/* below fd and fdinfo */
	struct inode vfs_inode;
};

static inline struct proc_inode *PROC_I(const struct inode *inode)
{
	return container_of(inode, struct proc_inode, vfs_inode);
}

static inline struct proc_dir_entry *PDE(const struct inode *inode)
{
	return PROC_I(inode)->entry;
}

static inline struct proc_dir_entry *pde_get(struct proc_dir_entry *entry)
{
	refcount_inc(&entry->refs);
	return entry;
}

void pde_put(struct proc_dir_entry *entry);

/* generic.c: with a reference, or NULL */
struct proc_dir_entry *proc_find(struct proc_dir_entry *dir, const char *name, unsigned int len);
/* The first entry of @dir with this id or a later one; with a reference, or NULL. */
struct proc_dir_entry *proc_from_id(struct proc_dir_entry *dir, unsigned int id);

/* dentry.c */
extern const struct dentry_operations proc_dentry_operations;
/* The dentry, already hashed, stands for @entry; if that was removed meanwhile, the dentry is unhashed again. */
void proc_name_attach(struct dentry *dentry, struct proc_dir_entry *entry);
/* Takes all names of a dead entry out of the caches. May sleep. */
void proc_names_drop(struct proc_dir_entry *entry);

/* cpumask.c */
void proc_show_cpumask(struct seq_file *m, const cpumask_t *mask);
void proc_show_cpulist(struct seq_file *m, const cpumask_t *mask);

/* inode.c */
struct inode *proc_get_inode(struct super_block *sb, struct proc_dir_entry *entry);
extern const struct super_operations proc_super_operations;
int proc_setattr(struct dentry *dentry, struct iattr *attr);
void proc_inode_cache_init(void);

#endif
