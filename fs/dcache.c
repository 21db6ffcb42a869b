// SPDX-License-Identifier: MIT
/*
 * Dentries: making them, taking and dropping references, their death.
 *
 * A dentry with d_lockref.count > 0 is in use and keeps its parent. With count 0 it is cached: it
 * stays hashed and on its superblock's LRU until memory is wanted. Count < 0 is dead.
 *
 * Death needs three locks, in the order inode->i_lock, parent's d_lock, own d_lock, but
 * starts from the last. So dput tries the others, and if one is taken, drops its lock and takes
 * all three in order; it still owns a reference then, so that nothing can vanish meanwhile, but
 * everything must be looked at again. The memory is freed after a grace period, because an RCU
 * walk may be reading it; d_seq tells the walk that it read something stale.
 */
#include "fs/dcache_internal.h"
#include "fs/notify/fsnotify.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

static struct kmem_cache *dentry_cache;

const struct qstr empty_name = QSTR_INIT("", 0);
const struct qstr slash_name = QSTR_INIT("/", 1);

static void __d_free(struct rcu_head *head)
{
	kmem_cache_free(dentry_cache, container_of(head, struct dentry, d_u.d_rcu));
}

static void __d_free_external(struct rcu_head *head)
{
	struct dentry *dentry = container_of(head, struct dentry, d_u.d_rcu);

	kfree(external_name(dentry));
	kmem_cache_free(dentry_cache, dentry);
}

/* The memory goes after a grace period. The dentry is dead and on no list. */
void dentry_free(struct dentry *dentry)
{
	WARN_ON(!hlist_unhashed(&dentry->d_u.d_alias));
	if (dname_external(dentry)) {
		struct external_name *p = external_name(dentry);

		if (atomic_dec_and_test(&p->u.count)) {
			call_rcu(&dentry->d_u.d_rcu, __d_free_external);
			return;
		}
	}
	call_rcu(&dentry->d_u.d_rcu, __d_free);
}

static void d_set_op_flags(struct dentry *dentry, const struct dentry_operations *op)
{
	if (op->d_hash)
		dentry->d_flags |= DCACHE_OP_HASH;
	if (op->d_compare)
		dentry->d_flags |= DCACHE_OP_COMPARE;
	if (op->d_revalidate)
		dentry->d_flags |= DCACHE_OP_REVALIDATE;
	if (op->d_weak_revalidate)
		dentry->d_flags |= DCACHE_OP_WEAK_REVALIDATE;
	if (op->d_delete)
		dentry->d_flags |= DCACHE_OP_DELETE;
	if (op->d_prune)
		dentry->d_flags |= DCACHE_OP_PRUNE;
	if (op->d_real)
		dentry->d_flags |= DCACHE_OP_REAL;
}

/* Sets the operations of a dentry that nobody else sees yet. */
void d_set_d_op(struct dentry *dentry, const struct dentry_operations *op)
{
	WARN_ON(dentry->d_op);
	dentry->d_op = op;
	if (op)
		d_set_op_flags(dentry, op);
}

/* Copies the name in; false without memory. */
static bool d_init_name(struct dentry *dentry, const struct qstr *name)
{
	unsigned char *dname = dentry->d_iname;

	if (name->len > DNAME_INLINE_LEN - 1) {
		struct external_name *p;

		p = kmalloc(sizeof(*p) + name->len + 1, GFP_KERNEL);
		if (!p)
			return false;
		atomic_set(&p->u.count, 1);
		dname = p->name;
	}
	dentry->d_name.len = name->len;
	dentry->d_name.hash = name->hash;
	memcpy(dname, name->name, name->len);
	dname[name->len] = 0;
	smp_store_release(&dentry->d_name.name, dname);
	return true;
}

static struct dentry *__d_alloc(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry = kmem_cache_alloc(dentry_cache, GFP_KERNEL);

	if (!dentry)
		return NULL;
	/* An RCU reader never compares past the terminator; it may look at the last byte. */
	dentry->d_iname[DNAME_INLINE_LEN - 1] = 0;
	if (!name)
		name = &slash_name;
	if (!d_init_name(dentry, name)) {
		kmem_cache_free(dentry_cache, dentry);
		return NULL;
	}
	dentry->d_lockref.count = 1;
	dentry->d_flags = 0;
	spin_lock_init(&dentry->d_lock);
	seqcount_init(&dentry->d_seq);
	dentry->d_inode = NULL;
	dentry->d_parent = dentry;
	dentry->d_sb = sb;
	dentry->d_op = NULL;
	dentry->d_fsdata = NULL;
	dentry->d_time = 0;
	INIT_HLIST_BL_NODE(&dentry->d_hash);
	INIT_LIST_HEAD(&dentry->d_lru);
	INIT_LIST_HEAD(&dentry->d_subdirs);
	INIT_HLIST_NODE(&dentry->d_u.d_alias);
	INIT_LIST_HEAD(&dentry->d_child);
	d_set_d_op(dentry, sb->s_d_op);
	if (dentry->d_op && dentry->d_op->d_init && dop_init(dentry->d_op, dentry)) {
		if (dname_external(dentry))
			kfree(external_name(dentry));
		kmem_cache_free(dentry_cache, dentry);
		return NULL;
	}
	return dentry;
}

/* New child of parent, negative and unhashed, with one reference. NULL: no memory. May sleep. */
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry = __d_alloc(parent->d_sb, name);

	if (!dentry)
		return NULL;
	spin_lock(&parent->d_lock);
	/* The parent is referenced by the caller, so its count is not 0. */
	dget_dlock(parent);
	dentry->d_parent = parent;
	list_add(&dentry->d_child, &parent->d_subdirs);
	spin_unlock(&parent->d_lock);
	return dentry;
}

/* A dentry without parent or name, the start of a tree. */
struct dentry *d_alloc_anon(struct super_block *sb)
{
	return __d_alloc(sb, NULL);
}

/* For objects that have no place in any tree: pipes and their like. Not hashed, never cached. */
struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name)
{
	return __d_alloc(sb, name);
}

struct dentry *d_alloc_name(struct dentry *parent, const char *name)
{
	struct qstr q;

	q.name = (const unsigned char *)name;
	q.hash_len = hashlen_string(parent, name);
	return d_alloc(parent, &q);
}

unsigned int d_flags_for_inode(const struct inode *inode)
{
	if (!inode)
		return DCACHE_MISS_TYPE;
	if (S_ISDIR(inode->i_mode))
		return inode->i_op->lookup ? DCACHE_DIRECTORY_TYPE : DCACHE_AUTODIR_TYPE;
	if (S_ISLNK(inode->i_mode) || inode->i_op->get_link)
		return DCACHE_SYMLINK_TYPE;
	if (S_ISREG(inode->i_mode))
		return DCACHE_REGULAR_TYPE;
	return DCACHE_SPECIAL_TYPE;
}

/* d_lock held, d_seq raised: an RCU walk sees type and inode of one moment or retries. */
void __d_set_inode_and_type(struct dentry *dentry, struct inode *inode, unsigned int flags)
{
	unsigned int f = READ_ONCE(dentry->d_flags) & ~(DCACHE_ENTRY_TYPE | DCACHE_DONTCACHE);

	dentry->d_inode = inode;
	smp_store_release(&dentry->d_flags, f | flags);
}

/* Makes the dentry negative. d_lock and i_lock held, both released; drops the inode. */
static void dentry_unlink_inode(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	write_seqcount_begin(&dentry->d_seq);
	WRITE_ONCE(dentry->d_flags, dentry->d_flags & ~DCACHE_ENTRY_TYPE);
	dentry->d_inode = NULL;
	hlist_del_init(&dentry->d_u.d_alias);
	write_seqcount_end(&dentry->d_seq);
	spin_unlock(&dentry->d_lock);
	spin_unlock(&inode->i_lock);
	if (!inode->i_nlink)
		fsnotify_inode_removed(inode);
	if (dentry->d_op && dentry->d_op->d_iput)
		dop_iput(dentry->d_op, dentry, inode);
	else
		iput(inode);
}

void ___d_drop(struct dentry *dentry)
{
	struct hlist_bl_head *b;

	/* Disconnected roots hang on the superblock's own list. */
	if (unlikely(IS_ROOT(dentry))) {
		spin_lock(&dentry->d_sb->s_roots_lock);
		__hlist_bl_del(&dentry->d_hash);
		spin_unlock(&dentry->d_sb->s_roots_lock);
		return;
	}
	b = d_hash_bucket(dentry->d_name.hash);
	hlist_bl_lock(b);
	__hlist_bl_del(&dentry->d_hash);
	hlist_bl_unlock(b);
}

/* Takes the dentry out of the hash: no new lookup finds it. d_lock held. */
void __d_drop(struct dentry *dentry)
{
	if (d_unhashed(dentry))
		return;
	___d_drop(dentry);
	WRITE_ONCE(dentry->d_hash.pprev, NULL);
	/* A walk that stands on it falls back to the reference walk and looks again. */
	write_seqcount_invalidate(&dentry->d_seq);
}

void d_drop(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	__d_drop(dentry);
	spin_unlock(&dentry->d_lock);
}

struct dentry *lock_parent(struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;

	if (IS_ROOT(dentry))
		return NULL;
	if (likely(spin_trylock(&parent->d_lock)))
		return parent;
	rcu_read_lock();
	spin_unlock(&dentry->d_lock);
	for (;;) {
		parent = READ_ONCE(dentry->d_parent);
		spin_lock(&parent->d_lock);
		/* A move may have changed the parent before its lock was ours. */
		if (likely(parent == dentry->d_parent))
			break;
		spin_unlock(&parent->d_lock);
	}
	rcu_read_unlock();
	if (parent == dentry)
		return NULL;		/* became a root; its lock is held */
	spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_NESTED);
	return parent;
}

void __dentry_kill(struct dentry *dentry)
{
	struct dentry *parent = IS_ROOT(dentry) ? NULL : dentry->d_parent;
	bool can_free = true;

	lockref_mark_dead(&dentry->d_lockref);
	if (dentry->d_flags & DCACHE_OP_PRUNE)
		dop_prune(dentry->d_op, dentry);
	if ((dentry->d_flags & (DCACHE_LRU_LIST | DCACHE_SHRINK_LIST)) == DCACHE_LRU_LIST)
		d_lru_del(dentry);
	__d_drop(dentry);
	dentry->d_flags |= DCACHE_DENTRY_KILLED;
	if (parent) {
		/* d_child.next stays: a tree walk may stand here (see d_walk). */
		__list_del_entry(&dentry->d_child);
		spin_unlock(&parent->d_lock);
	}
	if (dentry->d_inode)
		dentry_unlink_inode(dentry);
	else
		spin_unlock(&dentry->d_lock);
	if (dentry->d_op && dentry->d_op->d_release)
		dop_release(dentry->d_op, dentry);
	spin_lock(&dentry->d_lock);
	if (dentry->d_flags & DCACHE_SHRINK_LIST) {
		dentry->d_flags |= DCACHE_MAY_FREE;
		can_free = false;
	}
	spin_unlock(&dentry->d_lock);
	if (likely(can_free))
		dentry_free(dentry);
	cond_resched();
}

/* Should an unused dentry stay cached? d_lock held; puts it on the LRU if so. */
static bool retain_dentry(struct dentry *dentry)
{
	if (unlikely(d_unhashed(dentry) || (dentry->d_flags & DCACHE_DISCONNECTED)))
		return false;
	if ((dentry->d_flags & DCACHE_OP_DELETE) && dop_delete(dentry->d_op, dentry))
		return false;
	if (dentry->d_flags & DCACHE_DONTCACHE)
		return false;
	if (!(dentry->d_flags & DCACHE_LRU_LIST))
		d_lru_add(dentry);
	else if (!(dentry->d_flags & DCACHE_REFERENCED))
		dentry->d_flags |= DCACHE_REFERENCED;
	return true;
}

/*
 * Drops the last reference of a dentry that is not to be kept. d_lock held with count 1. Returns
 * the parent whose reference the caller inherits, or NULL.
 */
static struct dentry *dentry_kill(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	struct dentry *parent = NULL;

	if (inode && !spin_trylock(&inode->i_lock))
		goto slow;
	if (!IS_ROOT(dentry)) {
		parent = dentry->d_parent;
		if (!spin_trylock(&parent->d_lock)) {
			if (inode)
				spin_unlock(&inode->i_lock);
			goto slow;
		}
	}
	__dentry_kill(dentry);
	return parent;
slow:
	spin_unlock(&dentry->d_lock);
	for (;;) {
		/* Our reference pins the inode of a positive dentry, but it may become positive. */
		inode = READ_ONCE(dentry->d_inode);
		if (inode)
			spin_lock(&inode->i_lock);
		spin_lock(&dentry->d_lock);
		if (likely(inode == dentry->d_inode)) {
			parent = lock_parent(dentry);
			if (likely(inode == dentry->d_inode))
				break;
			if (parent)
				spin_unlock(&parent->d_lock);
		}
		spin_unlock(&dentry->d_lock);
		if (inode)
			spin_unlock(&inode->i_lock);
	}
	if (dentry->d_lockref.count == 1 && !retain_dentry(dentry)) {
		__dentry_kill(dentry);
		return parent;
	}
	/* Somebody found it meanwhile, or it is worth keeping after all. */
	WRITE_ONCE(dentry->d_lockref.count, dentry->d_lockref.count - 1);
	if (parent)
		spin_unlock(&parent->d_lock);
	spin_unlock(&dentry->d_lock);
	if (inode)
		spin_unlock(&inode->i_lock);
	return NULL;
}

/* May a dentry whose last reference goes be left alone? Yes if it is cached and marked as used. */
static bool cached_already(struct dentry *dentry)
{
	unsigned int flags = READ_ONCE(dentry->d_flags);

	flags &= DCACHE_LRU_LIST | DCACHE_REFERENCED | DCACHE_DISCONNECTED | DCACHE_OP_DELETE |
		 DCACHE_DONTCACHE | DCACHE_SHRINK_LIST;
	return flags == (DCACHE_LRU_LIST | DCACHE_REFERENCED) && !d_unhashed(dentry);
}

/*
 * Drops a reference without the lock: one of several, or the last of a dentry that is cached
 * already, as it mostly is. False with d_lock held when there is more to do; the reference is
 * then still there.
 */
static bool fast_dput(struct dentry *dentry)
{
	bool done = true;

	if (lockref_put_not_last(&dentry->d_lockref))
		return true;
	rcu_read_lock();
	if (cached_already(dentry) && lockref_put_any(&dentry->d_lockref)) {
		/*
		 * Whoever unhashes it or takes it off the LRU does so under d_lock: before our
		 * exchange, then we see it here; or after, then he sees no references.
		 */
		if (likely(cached_already(dentry)))
			goto out;
		spin_lock(&dentry->d_lock);
		if (dentry->d_lockref.count) {
			/* Found again, or dead: it is somebody else's now. */
			spin_unlock(&dentry->d_lock);
			goto out;
		}
		WRITE_ONCE(dentry->d_lockref.count, 1);
		done = false;
		goto out;
	}
	spin_lock(&dentry->d_lock);
	done = false;
out:
	rcu_read_unlock();
	return done;
}

/* Drops a reference; a chain of parents may die with it, which is why this is a loop. May sleep. */
void dput(struct dentry *dentry)
{
	while (dentry) {
		might_sleep();
		if (likely(fast_dput(dentry)))
			return;
		WARN_ON(dentry->d_lockref.count <= 0);
		if (dentry->d_lockref.count > 1 || retain_dentry(dentry)) {
			WRITE_ONCE(dentry->d_lockref.count, dentry->d_lockref.count - 1);
			spin_unlock(&dentry->d_lock);
			return;
		}
		dentry = dentry_kill(dentry);
	}
}

/* The parent with a reference, whatever moves go on. */
struct dentry *dget_parent(struct dentry *dentry)
{
	struct dentry *parent;

	rcu_read_lock();
	/* A parent that is still the parent after we hold it was so when we took hold of it. */
	parent = READ_ONCE(dentry->d_parent);
	if (lockref_get_not_zero(&parent->d_lockref)) {
		if (likely(parent == READ_ONCE(dentry->d_parent))) {
			rcu_read_unlock();
			return parent;
		}
		rcu_read_unlock();
		dput(parent);
		rcu_read_lock();
	}
	for (;;) {
		parent = READ_ONCE(dentry->d_parent);
		spin_lock(&parent->d_lock);
		if (likely(parent == dentry->d_parent))
			break;
		spin_unlock(&parent->d_lock);
	}
	rcu_read_unlock();
	dget_dlock(parent);
	spin_unlock(&parent->d_lock);
	return parent;
}

static void __d_instantiate(struct dentry *dentry, struct inode *inode)
{
	unsigned int flags = d_flags_for_inode(inode);

	WARN_ON(d_in_lookup(dentry));
	spin_lock(&dentry->d_lock);
	hlist_add_head(&dentry->d_u.d_alias, &inode->i_dentry);
	write_seqcount_begin(&dentry->d_seq);
	__d_set_inode_and_type(dentry, inode, flags);
	write_seqcount_end(&dentry->d_seq);
	spin_unlock(&dentry->d_lock);
}

void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	BUG_ON(!hlist_unhashed(&dentry->d_u.d_alias));
	if (!inode)
		return;
	spin_lock(&inode->i_lock);
	__d_instantiate(dentry, inode);
	spin_unlock(&inode->i_lock);
}

void d_instantiate_new(struct dentry *dentry, struct inode *inode)
{
	BUG_ON(!hlist_unhashed(&dentry->d_u.d_alias));
	spin_lock(&inode->i_lock);
	__d_instantiate(dentry, inode);
	spin_unlock(&inode->i_lock);
	unlock_new_inode(inode);
}

/* A name for a file that is to have none: "#" and the inode number. */
void d_tmpfile(struct dentry *dentry, struct inode *inode)
{
	inode_dec_link_count(inode);
	spin_lock(&dentry->d_parent->d_lock);
	spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_NESTED);
	dentry->d_name.len = snprintf((char *)dentry->d_iname, DNAME_INLINE_LEN, "#%lu",
				      inode->i_ino);
	spin_unlock(&dentry->d_lock);
	spin_unlock(&dentry->d_parent->d_lock);
	d_instantiate(dentry, inode);
}

struct dentry *d_make_root(struct inode *inode)
{
	struct dentry *root;

	if (!inode)
		return NULL;
	root = d_alloc_anon(inode->i_sb);
	if (root)
		d_instantiate(root, inode);
	else
		iput(inode);
	return root;
}

/* The new one is not hashed, so it goes with its last reference; until then it is an alias like others. */
struct dentry *d_obtain_alias(struct inode *inode)
{
	struct dentry *new, *found;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	found = d_find_alias(inode);
	new = found ? NULL : d_alloc_anon(inode->i_sb);
	if (new) {
		spin_lock(&inode->i_lock);
		found = __d_find_any_alias(inode);
		if (!found)
			__d_instantiate(new, inode);
		spin_unlock(&inode->i_lock);
		if (!found)
			return new;
		dput(new);
	}
	iput(inode);
	return found ? found : ERR_PTR(-ENOMEM);
}

/*
 * The name is gone from the disk. If nobody else uses the dentry it stays as a negative entry,
 * because such a name is often asked for again; otherwise its users keep it, unhashed.
 */
void d_delete(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	spin_lock(&inode->i_lock);
	spin_lock(&dentry->d_lock);
	if (dentry->d_lockref.count == 1) {
		dentry->d_flags &= ~DCACHE_CANT_MOUNT;
		dentry_unlink_inode(dentry);
		return;
	}
	__d_drop(dentry);
	spin_unlock(&dentry->d_lock);
	spin_unlock(&inode->i_lock);
}

void dcache_init(void)
{
	dentry_cache = KMEM_CACHE(dentry, SLAB_RECLAIM_ACCOUNT | SLAB_PANIC);
}
