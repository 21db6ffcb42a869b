// SPDX-License-Identifier: MIT
/*
 * The tree of mounts: attaching, looking up, detaching.
 *
 * The tree changes under namespace_sem held for writing, and each step that a lookup could notice
 * under mount_lock held for writing as well. A lookup walks the hash of (parent mount,
 * mountpoint) under RCU and checks mount_lock's sequence afterwards. Mounts taken out of the tree
 * are dropped only after a grace period, in namespace_unlock.
 *
 * Lock order: i_rwsem of the mountpoint -> namespace_sem -> mount_lock.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/super_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/rwsem.h"
#include "kernel/x86/percpu.h"
#include "mm/slab.h"

#define MNT_HASH_SHIFT 8

static struct hlist_head mount_hashtable[1 << MNT_HASH_SHIFT];	/* mount_lock, RCU readers */
static struct kmem_cache *mnt_cache;
static HLIST_HEAD(unmounted);		/* to be dropped in namespace_unlock; namespace_sem */

DEFINE_SEQLOCK(mount_lock);
DECLARE_RWSEM(namespace_sem);
struct mnt_namespace init_mnt_ns = { .list = LIST_HEAD_INIT(init_mnt_ns.list) };
struct mnt_namespace anon_mnt_ns = { .list = LIST_HEAD_INIT(anon_mnt_ns.list) };

static struct hlist_head *m_hash(struct vfsmount *mnt, struct dentry *dentry)
{
	unsigned long v = (unsigned long)mnt / L1_CACHE_BYTES +
			  (unsigned long)dentry / L1_CACHE_BYTES;

	return &mount_hashtable[hash_64(v, MNT_HASH_SHIFT)];
}

/* ---- one mount ---- */

#define MOUNT_MAX 100000 /* as Linux's fs.mount-max: a tree bound into itself doubles each time */

static atomic_t nr_mounts;

/* With one reference and in no tree; -ENOMEM, or -ENOSPC if there are too many. May sleep. */
struct mount *alloc_vfsmnt(const char *name)
{
	static atomic_t next_id;
	struct mount *mnt;

	if (atomic_read(&nr_mounts) >= MOUNT_MAX)
		return ERR_PTR(-ENOSPC);
	mnt = kmem_cache_zalloc(mnt_cache, GFP_KERNEL);
	if (!mnt)
		return ERR_PTR(-ENOMEM);
	mnt->mnt_id = atomic_inc_return(&next_id);
	mnt->mnt_devname = kstrdup(name ? name : "none", GFP_KERNEL);
	mnt->mnt_pcp = alloc_percpu(struct mnt_pcp);
	if (!mnt->mnt_devname || !mnt->mnt_pcp) {
		free_percpu(mnt->mnt_pcp);
		kfree(mnt->mnt_devname);
		kmem_cache_free(mnt_cache, mnt);
		return ERR_PTR(-ENOMEM);
	}
	atomic_inc(&nr_mounts);
	mnt_add_count(mnt, 1);
	INIT_HLIST_NODE(&mnt->mnt_hash);
	INIT_LIST_HEAD(&mnt->mnt_child);
	INIT_LIST_HEAD(&mnt->mnt_mounts);
	INIT_LIST_HEAD(&mnt->mnt_list);
	INIT_LIST_HEAD(&mnt->mnt_instance);
	return mnt;
}

void free_vfsmnt_rcu(struct mount *mnt)
{
	kfree(mnt->mnt_devname);
	free_percpu(mnt->mnt_pcp);
	kmem_cache_free(mnt_cache, mnt);
	atomic_dec(&nr_mounts);
}

/* A mount of a new or shared superblock, not in the tree, with one reference; ERR_PTR. */
struct vfsmount *vfs_kern_mount(struct file_system_type *type, int flags, const char *name,
				void *data)
{
	struct mount *mnt;
	struct dentry *root;

	if (!type)
		return ERR_PTR(-ENODEV);
	mnt = alloc_vfsmnt(name);
	if (IS_ERR(mnt))
		return ERR_CAST(mnt);
	if (flags & SB_KERNMOUNT)
		mnt->mnt.mnt_flags = MNT_INTERNAL;
	root = mount_fs(type, flags, name, data);
	if (IS_ERR(root)) {
		free_vfsmnt_rcu(mnt);
		return ERR_CAST(root);
	}
	mnt->mnt.mnt_root = root;
	mnt->mnt.mnt_sb = root->d_sb;
	mnt->mnt_mountpoint = root;
	mnt->mnt_parent = mnt;
	write_seqlock(&mount_lock);
	list_add_tail(&mnt->mnt_instance, &root->d_sb->s_mounts);
	write_sequnlock(&mount_lock);
	return &mnt->mnt;
}

/* For the kernel's own use: never in the tree, but pinned as if it were. */
struct vfsmount *kern_mount(struct file_system_type *type)
{
	struct vfsmount *mnt = vfs_kern_mount(type, SB_KERNMOUNT, type->name, NULL);

	if (!IS_ERR(mnt))
		WRITE_ONCE(real_mount(mnt)->mnt_ns, &init_mnt_ns);
	return mnt;
}

void kern_unmount(struct vfsmount *mnt)
{
	if (IS_ERR_OR_NULL(mnt))
		return;
	WRITE_ONCE(real_mount(mnt)->mnt_ns, NULL);
	synchronize_rcu();
	mntput(mnt);
}

/* ---- lookup ---- */

struct mount *__lookup_mnt(struct vfsmount *mnt, struct dentry *dentry)
{
	struct hlist_head *head = m_hash(mnt, dentry);
	struct mount *p;

	hlist_for_each_entry_rcu(p, head, mnt_hash)
		if (&p->mnt_parent->mnt == mnt && p->mnt_mountpoint == dentry)
			return p;
	return NULL;
}

struct vfsmount *lookup_mnt(const struct path *path)
{
	struct mount *child;
	struct vfsmount *m;
	unsigned int seq;

	rcu_read_lock();
	do {
		seq = read_seqbegin(&mount_lock);
		child = __lookup_mnt(path->mnt, path->dentry);
		m = child ? &child->mnt : NULL;
	} while (!legitimize_mnt(m, seq));
	rcu_read_unlock();
	return m;
}

bool __is_local_mountpoint(struct dentry *dentry)
{
	struct mount *mnt;
	bool found = false;

	down_read(&namespace_sem);
	list_for_each_entry(mnt, &init_mnt_ns.list, mnt_list) {
		found = mnt->mnt_mountpoint == dentry && mnt_has_parent(mnt);
		if (found)
			break;
	}
	up_read(&namespace_sem);
	return found;
}

/* ---- changing the tree; namespace_sem held for writing ---- */

/* mount_lock held for writing. The mountpoint's reference moves to the mount. */
static void mnt_set_mountpoint(struct mount *parent, struct dentry *mountpoint, struct mount *mnt)
{
	mnt_add_count(parent, 1);
	mnt->mnt_mountpoint = dget(mountpoint);
	mnt->mnt_parent = parent;
}

void join_ns(struct mount *mnt, struct mnt_namespace *ns)
{
	if (mnt->mnt_ns) {
		list_del(&mnt->mnt_list);
		mnt->mnt_ns->mounts--;
	}
	WRITE_ONCE(mnt->mnt_ns, ns);
	list_add_tail(&mnt->mnt_list, &ns->list);
	ns->mounts++;
}

void place_mnt(struct mount *mnt, struct mount *parent, struct dentry *mountpoint)
{
	mnt_set_mountpoint(parent, mountpoint, mnt);
	hlist_add_head_rcu(&mnt->mnt_hash, m_hash(&parent->mnt, mountpoint));
	list_add_tail(&mnt->mnt_child, &parent->mnt_mounts);
}

void unplace_mnt(struct mount *mnt, struct path *where)
{
	where->mnt = &mnt->mnt_parent->mnt;
	where->dentry = mnt->mnt_mountpoint;
	mnt->mnt_parent = mnt;
	mnt->mnt_mountpoint = mnt->mnt.mnt_root;
	hlist_del_init_rcu(&mnt->mnt_hash);
	list_del_init(&mnt->mnt_child);
}

/* Puts mnt, which is nowhere, on path. DCACHE_MOUNTED is set. */
void attach_mnt(struct mount *mnt, struct mount *parent, struct dentry *mountpoint)
{
	write_seqlock(&mount_lock);
	join_ns(mnt, &init_mnt_ns);
	place_mnt(mnt, parent, mountpoint);
	write_sequnlock(&mount_lock);
}

/* The first mount: the root of everything. */
void attach_root(struct mount *mnt)
{
	write_seqlock(&mount_lock);
	join_ns(mnt, &init_mnt_ns);
	init_mnt_ns.root = mnt;
	write_sequnlock(&mount_lock);
}

static struct mount *mounted_on(struct mnt_namespace *ns, struct dentry *dentry)
{
	struct mount *mnt;

	list_for_each_entry(mnt, &ns->list, mnt_list)
		if (mnt_has_parent(mnt) && mnt->mnt_mountpoint == dentry)
			return mnt;
	return NULL;
}

/* Something that is mounted on this dentry, or NULL. mount_lock held. */
static struct mount *mount_at(struct dentry *dentry)
{
	struct mount *mnt = mounted_on(&init_mnt_ns, dentry);

	return mnt ? mnt : mounted_on(&anon_mnt_ns, dentry);
}

void clear_mounted(struct dentry *dentry)
{
	if (mount_at(dentry))
		return;
	spin_lock(&dentry->d_lock);
	dentry->d_flags &= ~DCACHE_MOUNTED;
	spin_unlock(&dentry->d_lock);
}

struct mount *next_mnt(struct mount *p, struct mount *root)
{
	struct list_head *next = p->mnt_mounts.next;

	if (next == &p->mnt_mounts) {
		for (;;) {
			if (p == root)
				return NULL;
			next = p->mnt_child.next;
			if (next != &p->mnt_parent->mnt_mounts)
				break;
			p = p->mnt_parent;
		}
	}
	return list_entry(next, struct mount, mnt_child);
}

/*
 * Takes a mount and all below it out of the tree, children first. They are dropped by
 * namespace_unlock. mount_lock held for writing. sync: nobody else has a reference.
 */
void umount_tree(struct mount *root, bool sync)
{
	while (root) {
		struct mount *p = root, *n;

		/* the last in depth-first order has no children */
		while ((n = next_mnt(p, root)))
			p = n;
		list_del_init(&p->mnt_list);
		p->mnt_ns->mounts--;
		WRITE_ONCE(p->mnt_ns, NULL);
		p->mnt.mnt_flags |= MNT_UMOUNT;
		if (sync)
			p->mnt.mnt_flags |= MNT_SYNC_UMOUNT;
		hlist_del_init_rcu(&p->mnt_hash);
		list_del_init(&p->mnt_child);
		if (mnt_has_parent(p))
			clear_mounted(p->mnt_mountpoint);
		else if (init_mnt_ns.root == p)
			init_mnt_ns.root = NULL;
		hlist_add_head(&p->mnt_umount, &unmounted);
		if (p == root)
			break;
	}
}

void namespace_lock(void)
{
	down_write(&namespace_sem);
}

/* Ends a change; what was taken out is dropped after every RCU walk has left it. May sleep. */
void namespace_unlock(void)
{
	struct hlist_node *next;
	struct hlist_head head;
	struct mount *mnt;

	head = unmounted;
	if (head.first)
		head.first->pprev = &head.first;
	INIT_HLIST_HEAD(&unmounted);
	up_write(&namespace_sem);
	if (hlist_empty(&head))
		return;
	synchronize_rcu();
	hlist_for_each_entry_safe(mnt, next, &head, mnt_umount) {
		struct mount *parent = mnt->mnt_parent;
		struct dentry *mountpoint = mnt->mnt_mountpoint;

		hlist_del(&mnt->mnt_umount);
		if (parent != mnt) {
			write_seqlock(&mount_lock);
			mnt->mnt_parent = mnt;
			mnt->mnt_mountpoint = mnt->mnt.mnt_root;
			write_sequnlock(&mount_lock);
			dput(mountpoint);
			mntput(&parent->mnt);
		}
		mntput(&mnt->mnt);
	}
}

void __detach_mounts(struct dentry *dentry)
{
	struct mount *mnt;

	namespace_lock();
	write_seqlock(&mount_lock);
	while ((mnt = mount_at(dentry)))
		umount_tree(mnt, false);
	write_sequnlock(&mount_lock);
	namespace_unlock();
}

void mnt_init(void)
{
	mnt_cache = KMEM_CACHE(mount, SLAB_HWCACHE_ALIGN | SLAB_PANIC);
}
