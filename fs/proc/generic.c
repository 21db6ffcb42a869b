// SPDX-License-Identifier: MIT
/*
 * The tree of entries: registering, finding, removing.
 *
 * proc_tree_lock guards the tree. An entry is counted: once for being in the tree, and once for each inode and dentry
 * that stands for it, so a removed entry lives on while somebody has it open. Its id is never used again; directories
 * are kept in its order, and it is the position a reader of the directory comes back to.
 */
#include "fs/proc/internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"

DEFINE_SPINLOCK(proc_tree_lock);

#define ROOT_ID 1

struct proc_dir_entry proc_root = {
	.name = "/proc",
	.mode = S_IFDIR | S_IRUGO | S_IXUGO,
	.id = ROOT_ID,
	.refs = REFCOUNT_INIT(1),
	.parent = &proc_root,
	.children = LIST_HEAD_INIT(proc_root.children),
	.sibling = LIST_HEAD_INIT(proc_root.sibling),
	.names = LIST_HEAD_INIT(proc_root.names),
};

struct proc_dir_entry sysfs_root = {
	.name = "/sys",
	.mode = S_IFDIR | S_IRUGO | S_IXUGO,
	.id = ROOT_ID,
	.refs = REFCOUNT_INIT(1),
	.parent = &sysfs_root,
	.children = LIST_HEAD_INIT(sysfs_root.children),
	.sibling = LIST_HEAD_INIT(sysfs_root.sibling),
	.names = LIST_HEAD_INIT(sysfs_root.names),
};

void pde_put(struct proc_dir_entry *entry)
{
	if (refcount_dec_and_test(&entry->refs))
		kfree(entry);
}

/* proc_tree_lock held. */
static struct proc_dir_entry *find_child(struct proc_dir_entry *dir, const char *name, unsigned int len)
{
	struct proc_dir_entry *child;

	list_for_each_entry(child, &dir->children, sibling)
		if (strlen(child->name) == len && !memcmp(child->name, name, len))
			return child;
	return NULL;
}

struct proc_dir_entry *proc_find(struct proc_dir_entry *dir, const char *name, unsigned int len)
{
	struct proc_dir_entry *child;

	spin_lock(&proc_tree_lock);
	child = find_child(dir, name, len);
	if (child)
		pde_get(child);
	spin_unlock(&proc_tree_lock);
	return child;
}

struct proc_dir_entry *proc_from_id(struct proc_dir_entry *dir, unsigned int id)
{
	struct proc_dir_entry *child, *found = NULL;

	spin_lock(&proc_tree_lock);
	list_for_each_entry(child, &dir->children, sibling) {
		if (child->id < id)
			continue;
		found = pde_get(child);
		break;
	}
	spin_unlock(&proc_tree_lock);
	return found;
}

/* ---- registering ---- */

/* Puts a new entry behind the others; false, with a message, if there is one of that name. */
static bool add_entry(struct proc_dir_entry *entry)
{
	static unsigned int last_id = ROOT_ID;	/* proc_tree_lock */
	struct proc_dir_entry *dir = entry->parent;
	bool taken;

	spin_lock(&proc_tree_lock);
	taken = dir->dead || find_child(dir, entry->name, strlen(entry->name));
	if (!taken) {
		entry->id = ++last_id;
		list_add_tail(&entry->sibling, &dir->children);
		dir->subdirs += S_ISDIR(entry->mode);
	}
	spin_unlock(&proc_tree_lock);
	if (taken)
		pr_warn("proc: %s/%s is registered already\n", dir->name, entry->name);
	return !taken;
}

static struct proc_dir_entry *register_entry(struct proc_dir_entry *dir, const struct proc_dir_entry *like)
{
	struct proc_dir_entry *entry = kmemdup(like, sizeof(*like), GFP_KERNEL);

	if (!entry)
		return NULL;
	refcount_set(&entry->refs, 1);
	entry->parent = dir ? dir : &proc_root;
	INIT_LIST_HEAD(&entry->children);
	INIT_LIST_HEAD(&entry->names);
	if (add_entry(entry))
		return entry;
	kfree(entry);
	return NULL;
}

struct proc_dir_entry *proc_mkdir(const char *name, struct proc_dir_entry *parent)
{
	const struct proc_dir_entry like = { .name = name, .mode = S_IFDIR | S_IRUGO | S_IXUGO };

	return register_entry(parent, &like);
}

struct proc_dir_entry *proc_create_data(const char *name, umode_t mode, struct proc_dir_entry *parent,
					const struct file_operations *fops, void *data)
{
	const struct proc_dir_entry like = {
		.name = name, .mode = S_IFREG | mode, .fops = fops, .data = data,
	};

	return register_entry(parent, &like);
}

struct proc_dir_entry *proc_create_seq(const char *name, umode_t mode, struct proc_dir_entry *parent,
				       const struct seq_operations *ops, void *data)
{
	const struct proc_dir_entry like = {
		.name = name, .mode = S_IFREG | mode, .seq_ops = ops, .data = data,
	};

	return register_entry(parent, &like);
}

struct proc_dir_entry *proc_create_single(const char *name, umode_t mode, struct proc_dir_entry *parent,
					  int (*show)(struct seq_file *m, void *v), void *data)
{
	const struct proc_dir_entry like = {
		.name = name, .mode = S_IFREG | mode, .show = show, .data = data,
	};

	return register_entry(parent, &like);
}

struct proc_dir_entry *proc_create_link(const char *name, struct proc_dir_entry *parent, const char *(*link)(bool may_sleep))
{
	const struct proc_dir_entry like = { .name = name, .mode = S_IFLNK | S_IRWXUGO, .link = link };

	return register_entry(parent, &like);
}

void proc_set_write(struct proc_dir_entry *entry, int (*write)(char *text, void *data))
{
	if (entry)
		WRITE_ONCE(entry->write, write);
}

/* ---- removing ---- */

void proc_remove(struct proc_dir_entry *entry)
{
	struct proc_dir_entry *leaf = NULL;

	while (entry && leaf != entry) {
		leaf = entry;
		spin_lock(&proc_tree_lock);
		while (!list_empty(&leaf->children))
			leaf = list_first_entry(&leaf->children, struct proc_dir_entry, sibling);
		/* From here on nothing can be added to it, and no lookup finds it. */
		WRITE_ONCE(leaf->dead, true);
		list_del_init(&leaf->sibling);
		leaf->parent->subdirs -= S_ISDIR(leaf->mode);
		spin_unlock(&proc_tree_lock);
		proc_names_drop(leaf);
		if (leaf != entry)
			pde_put(leaf);
	}
	if (entry)
		pde_put(entry);
}

void *PDE_DATA(const struct inode *inode)
{
	return PDE(inode)->data;
}
