// SPDX-License-Identifier: MIT
/*
 * Changing a dentry's name, and the dentries of one inode.
 *
 * A move holds rename_lock for writing, the d_locks of both parents (ancestor first) and of both
 * dentries, and raises both d_seq. Reference walks that lose track of a chain of parents see it in
 * rename_lock, RCU walks in d_seq. A directory inode has at most one hashed dentry;
 * d_splice_alias keeps it so by moving the old one into place.
 */
#include "fs/dcache_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "mm/slab.h"

/* The child of a that is b or an ancestor of b; NULL if a is not above b. rename_lock or RCU. */
struct dentry *d_ancestor(struct dentry *a, struct dentry *b)
{
	struct dentry *p;

	for (p = b; !IS_ROOT(p); p = p->d_parent)
		if (p->d_parent == a)
			return p;
	return NULL;
}

/* Is inner the same as outer or below it? */
bool is_subdir(struct dentry *inner, struct dentry *outer)
{
	unsigned int seq;
	bool result;

	if (inner == outer)
		return true;
	do {
		seq = read_seqbegin(&rename_lock);
		rcu_read_lock();
		result = d_ancestor(outer, inner) != NULL;
		rcu_read_unlock();
	} while (read_seqretry(&rename_lock, seq));
	return result;
}

static void swap_names(struct dentry *dentry, struct dentry *target)
{
	if (dname_external(target) && dname_external(dentry)) {
		swap(target->d_name.name, dentry->d_name.name);
	} else if (dname_external(target)) {
		memcpy(target->d_iname, dentry->d_iname, dentry->d_name.len + 1);
		dentry->d_name.name = target->d_name.name;
		target->d_name.name = target->d_iname;
	} else if (dname_external(dentry)) {
		memcpy(dentry->d_iname, target->d_iname, target->d_name.len + 1);
		target->d_name.name = dentry->d_name.name;
		dentry->d_name.name = dentry->d_iname;
	} else {
		unsigned long *a = (unsigned long *)dentry->d_iname;
		unsigned long *b = (unsigned long *)target->d_iname;

		for (unsigned int i = 0; i < DNAME_INLINE_LEN / sizeof(long); i++)
			swap(a[i], b[i]);
	}
	swap(dentry->d_name.hash_len, target->d_name.hash_len);
}

static void free_external_name(struct rcu_head *head)
{
	kfree(container_of(head, struct external_name, u.head));
}

/* The target keeps its name; a long one is shared. */
static void copy_name(struct dentry *dentry, struct dentry *target)
{
	struct external_name *old = NULL;

	if (dname_external(dentry))
		old = external_name(dentry);
	if (dname_external(target)) {
		atomic_inc(&external_name(target)->u.count);
		dentry->d_name = target->d_name;
	} else {
		memcpy(dentry->d_iname, target->d_name.name, target->d_name.len + 1);
		dentry->d_name.name = dentry->d_iname;
		dentry->d_name.hash_len = target->d_name.hash_len;
	}
	if (old && atomic_dec_and_test(&old->u.count))
		call_rcu(&old->u.head, free_external_name);
}

/* Locks parents (ancestor first) and children for a move. */
static void lock_for_move(struct dentry *dentry, struct dentry *target)
{
	struct dentry *old_parent = dentry->d_parent;
	struct dentry *new_parent = target->d_parent;

	if (IS_ROOT(dentry) || old_parent == new_parent) {
		spin_lock(&new_parent->d_lock);
	} else if (d_ancestor(old_parent, new_parent)) {
		spin_lock(&old_parent->d_lock);
		spin_lock_nested(&new_parent->d_lock, DENTRY_D_LOCK_NESTED);
	} else {
		spin_lock(&new_parent->d_lock);
		spin_lock_nested(&old_parent->d_lock, DENTRY_D_LOCK_NESTED);
	}
	spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_MOVE);
	spin_lock_nested(&target->d_lock, DENTRY_D_LOCK_MOVE_TARGET);
}

/* rename_lock held for writing. The target's old name ends up unhashed unless exchanged. */
void __d_move(struct dentry *dentry, struct dentry *target, bool exchange)
{
	struct dentry *old_parent = dentry->d_parent;
	bool was_root = IS_ROOT(dentry);
	struct inode *dir = NULL;
	unsigned int n = 0;

	WARN_ON(!dentry->d_inode);
	if (WARN_ON(dentry == target))
		return;
	BUG_ON(d_ancestor(target, dentry));
	lock_for_move(dentry, target);
	if (unlikely(d_in_lookup(target))) {
		dir = target->d_parent->d_inode;
		n = start_dir_add(dir);
		__d_lookup_done_locked(target);
	}
	write_seqcount_begin(&dentry->d_seq);
	write_seqcount_begin_nested(&target->d_seq, DENTRY_D_LOCK_NESTED);

	if (!d_unhashed(dentry))
		___d_drop(dentry);
	if (!d_unhashed(target))
		___d_drop(target);

	dentry->d_parent = target->d_parent;
	if (!exchange) {
		copy_name(dentry, target);
		target->d_hash.pprev = NULL;
		dentry->d_parent->d_lockref.count++;
		if (!was_root)
			WARN_ON(!--old_parent->d_lockref.count);
	} else {
		target->d_parent = old_parent;
		swap_names(dentry, target);
		list_move(&target->d_child, &target->d_parent->d_subdirs);
		__d_rehash(target);
	}
	list_move(&dentry->d_child, &dentry->d_parent->d_subdirs);
	__d_rehash(dentry);

	write_seqcount_end(&target->d_seq);
	write_seqcount_end(&dentry->d_seq);
	if (dir)
		end_dir_add(dir, n);
	if (!was_root && dentry->d_parent != old_parent)
		spin_unlock(&old_parent->d_lock);
	spin_unlock(&dentry->d_parent->d_lock);
	spin_unlock(&target->d_lock);
	spin_unlock(&dentry->d_lock);
}

/* Gives dentry the name and place of target. Both parents' i_rwsem held. */
void d_move(struct dentry *dentry, struct dentry *target)
{
	write_seqlock(&rename_lock);
	__d_move(dentry, target, false);
	write_sequnlock(&rename_lock);
}

void d_exchange(struct dentry *a, struct dentry *b)
{
	write_seqlock(&rename_lock);
	WARN_ON(!a->d_inode || !b->d_inode || IS_ROOT(a) || IS_ROOT(b));
	__d_move(a, b, true);
	write_sequnlock(&rename_lock);
}

/* ---- aliases ---- */

struct dentry *__d_find_any_alias(struct inode *inode)
{
	struct dentry *alias;

	if (hlist_empty(&inode->i_dentry))
		return NULL;
	alias = hlist_entry(inode->i_dentry.first, struct dentry, d_u.d_alias);
	lockref_get(&alias->d_lockref);
	return alias;
}

struct dentry *d_find_any_alias(struct inode *inode)
{
	struct dentry *alias;

	spin_lock(&inode->i_lock);
	alias = __d_find_any_alias(inode);
	spin_unlock(&inode->i_lock);
	return alias;
}

/* A hashed dentry of the inode (for a directory: any), with a reference; NULL if none. */
struct dentry *d_find_alias(struct inode *inode)
{
	struct dentry *alias, *found = NULL;

	spin_lock(&inode->i_lock);
	if (S_ISDIR(inode->i_mode)) {
		found = __d_find_any_alias(inode);
	} else {
		hlist_for_each_entry(alias, &inode->i_dentry, d_u.d_alias) {
			spin_lock(&alias->d_lock);
			if (!d_unhashed(alias)) {
				dget_dlock(alias);
				found = alias;
			}
			spin_unlock(&alias->d_lock);
			if (found)
				break;
		}
	}
	spin_unlock(&inode->i_lock);
	return found;
}

/* Forgets the names of an inode that nobody uses, so that the inode may go. */
void d_prune_aliases(struct inode *inode)
{
	struct dentry *dentry;
restart:
	spin_lock(&inode->i_lock);
	hlist_for_each_entry(dentry, &inode->i_dentry, d_u.d_alias) {
		spin_lock(&dentry->d_lock);
		if (!dentry->d_lockref.count) {
			struct dentry *parent = lock_parent(dentry);

			if (likely(!dentry->d_lockref.count)) {
				__dentry_kill(dentry);
				dput(parent);
				goto restart;
			}
			if (parent)
				spin_unlock(&parent->d_lock);
		}
		spin_unlock(&dentry->d_lock);
	}
	spin_unlock(&inode->i_lock);
}

/*
 * A lookup found a directory that is already known elsewhere: it was moved behind our back. Move its
 * dentry here, if the locks for that can be had at once: we hold a directory lock, so waiting
 * could deadlock. rename_lock held for writing.
 */
static int __d_unalias(struct dentry *dentry, struct dentry *alias)
{
	struct mutex *m1 = NULL;
	struct inode *p2 = NULL;
	int ret = -ESTALE;

	if (alias->d_parent != dentry->d_parent) {
		if (!mutex_trylock(&dentry->d_sb->s_vfs_rename_sem))
			return ret;
		m1 = &dentry->d_sb->s_vfs_rename_sem;
		p2 = alias->d_parent->d_inode;
		if (!inode_trylock_shared(p2)) {
			mutex_unlock(m1);
			return ret;
		}
	}
	__d_move(alias, dentry, false);
	if (p2)
		inode_unlock_shared(p2);
	if (m1)
		mutex_unlock(m1);
	return 0;
}

struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry)
{
	struct dentry *new, *old_parent;
	int err = 0;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	BUG_ON(!d_unhashed(dentry));
	if (!inode)
		goto add;
	spin_lock(&inode->i_lock);
	if (likely(!S_ISDIR(inode->i_mode)))
		goto add;
	new = __d_find_any_alias(inode);
	if (likely(!new))
		goto add;
	spin_unlock(&inode->i_lock);
	write_seqlock(&rename_lock);
	if (unlikely(d_ancestor(new, dentry))) {
		write_sequnlock(&rename_lock);
		pr_err("%s: directory %lu (%s) is its own ancestor\n", inode->i_sb->s_id,
		       inode->i_ino, dentry->d_name.name);
		dput(new);
		new = ERR_PTR(-ELOOP);
	} else if (IS_ROOT(new)) {
		__d_move(new, dentry, false);
		write_sequnlock(&rename_lock);
	} else {
		old_parent = dget(new->d_parent);
		err = __d_unalias(dentry, new);
		write_sequnlock(&rename_lock);
		if (err) {
			dput(new);
			new = ERR_PTR(err);
		}
		dput(old_parent);
	}
	iput(inode);
	return new;
add:
	__d_add(dentry, inode);
	return NULL;
}

/* ---- a stable copy of a name ---- */

void take_dentry_name_snapshot(struct name_snapshot *snap, struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	snap->name = dentry->d_name;
	if (unlikely(dname_external(dentry))) {
		atomic_inc(&external_name(dentry)->u.count);
	} else {
		memcpy(snap->inline_name, dentry->d_iname, dentry->d_name.len + 1);
		snap->name.name = snap->inline_name;
	}
	spin_unlock(&dentry->d_lock);
}

void release_dentry_name_snapshot(struct name_snapshot *snap)
{
	struct external_name *p;

	if (likely(snap->name.name == snap->inline_name))
		return;
	p = container_of(snap->name.name, struct external_name, name[0]);
	if (atomic_dec_and_test(&p->u.count))
		call_rcu(&p->u.head, free_external_name);
}
