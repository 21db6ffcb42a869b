// SPDX-License-Identifier: MIT
/*
 * What procfs keeps for each dentry: which entry it stands for, and the entry's list of its dentries over all mounts.
 *
 * The dentry of a registered entry is cached like any other: the same few files under /proc/sys are opened again and again. When
 * an entry is removed, its dentries, in use or not, are found through the entry's list and unhashed, so that its name is gone at once.
 * What is of a process, and a name that is not there, does not linger: d_delete says no to caching, so such a dentry is gone
 * with its last user.
 *
 * An entry that is removed while the last user of its dentry leaves: d_delete either sees it dead, or ran before the removal
 * went through the list, on which the dentry stays until it is pruned.
 *
 * A dentry leaves the list when it dies (d_prune, under d_lock); its memory stays for a grace period after that. So
 * whoever finds it on the list, within an RCU section, may try to get a reference, and gets none if it is dead.
 *
 * Lock order: d_lock -> proc_tree_lock.
 */
#include "fs/proc/internal.h"
#include "fs/proc/pid.h"
#include "fs/dcache.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/rcu.h"
#include "mm/slab.h"

static int proc_d_init(struct dentry *dentry)
{
	struct proc_name *name = kzalloc(sizeof(*name), GFP_KERNEL);

	if (!name)
		return -ENOMEM;
	INIT_LIST_HEAD(&name->list);
	name->dentry = dentry;
	dentry->d_fsdata = name;
	return 0;
}

/*
 * A registered entry's dentry is good as long as it is hashed. One of a process is good while the process has not been
 * released; its number may then be another's. A name that was not there may have come.
 */
static int proc_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode_rcu(dentry);

	if (!inode)
		return 0;
	return PROC_I(inode)->pid ? pid_revalidate(inode, flags) : 1;
}

/* 1: do not cache, now that nobody uses it. d_lock held. */
static int proc_d_delete(const struct dentry *dentry)
{
	const struct proc_dir_entry *entry = dentry->d_inode ? PDE(dentry->d_inode) : NULL;

	return !entry || READ_ONCE(entry->dead);
}

static void proc_d_prune(struct dentry *dentry)
{
	struct proc_name *name = dentry->d_fsdata;

	spin_lock(&proc_tree_lock);
	list_del_init(&name->list);
	spin_unlock(&proc_tree_lock);
}

static void proc_d_release(struct dentry *dentry)
{
	struct proc_name *name = dentry->d_fsdata;

	WARN_ON(!list_empty(&name->list));
	if (name->entry)
		pde_put(name->entry);
	kfree(name);
}

const struct dentry_operations proc_dentry_operations = {
	.d_init = proc_d_init,
	.d_revalidate = proc_d_revalidate,
	.d_delete = proc_d_delete,
	.d_prune = proc_d_prune,
	.d_release = proc_d_release,
};

void proc_name_attach(struct dentry *dentry, struct proc_dir_entry *entry)
{
	struct proc_name *name = dentry->d_fsdata;
	bool dead;

	spin_lock(&proc_tree_lock);
	dead = entry->dead;
	if (!dead && !name->entry) {
		name->entry = pde_get(entry);
		list_add(&name->list, &entry->names);
	}
	spin_unlock(&proc_tree_lock);
	if (dead)
		d_drop(dentry);
}

/* Off the list, with a reference if it lives; NULL with *more false at the end of the list. */
static struct dentry *take_name(struct proc_dir_entry *entry, bool *more)
{
	struct dentry *dentry = NULL;
	struct proc_name *name;

	rcu_read_lock();
	spin_lock(&proc_tree_lock);
	name = list_first_entry_or_null(&entry->names, struct proc_name, list);
	*more = name;
	if (name) {
		list_del_init(&name->list);
		dentry = name->dentry;
	}
	spin_unlock(&proc_tree_lock);
	if (dentry && !lockref_get_not_dead(&dentry->d_lockref))
		dentry = NULL;
	rcu_read_unlock();
	return dentry;
}

void proc_names_drop(struct proc_dir_entry *entry)
{
	struct dentry *dentry;
	bool more;

	do {
		dentry = take_name(entry, &more);
		if (dentry) {
			d_invalidate(dentry);
			dput(dentry);
		}
	} while (more);
}
