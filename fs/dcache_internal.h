// SPDX-License-Identifier: MIT
/*
 * What the parts of the dentry cache share: hash buckets, flags only they use, and the steps
 * that must be made under locks taken elsewhere.
 */
#ifndef FS_DCACHE_INTERNAL_H
#define FS_DCACHE_INTERNAL_H

#include "fs/fs.h"
#include "fs/dcache.h"

/* on a private shrink list, and dead: whoever takes it off that list frees it */
#define DCACHE_MAY_FREE		0x00800000

/* lockdep levels of d_lock: parent, child, and the two of a move */
enum dentry_d_lock_class {
	DENTRY_D_LOCK_NORMAL,
	DENTRY_D_LOCK_NESTED,
	DENTRY_D_LOCK_MOVE,
	DENTRY_D_LOCK_MOVE_TARGET,
};

/* names too long for the dentry, shared by references because a move may copy one */
struct external_name {
	union {
		atomic_t count;
		struct rcu_head head;
	} u;
	unsigned char name[];
};

static inline struct external_name *external_name(struct dentry *dentry)
{
	return container_of(dentry->d_name.name, struct external_name, name[0]);
}

static inline bool dname_external(const struct dentry *dentry)
{
	return dentry->d_name.name != dentry->d_iname;
}

struct hlist_bl_head *d_hash_bucket(unsigned int hash);
bool d_same_name(const struct dentry *dentry, const struct dentry *parent,
		 const struct qstr *name);

void d_lru_add(struct dentry *dentry);
void d_lru_del(struct dentry *dentry);
/* unlink without raising d_seq, for a move that rehashes */
void ___d_drop(struct dentry *dentry);
void __d_rehash(struct dentry *dentry);
/* i_lock, the parent's d_lock and d_lock held; all released */
void __dentry_kill(struct dentry *dentry);
/* d_lock held by a caller with a reference; returns the locked parent, NULL for a root */
struct dentry *lock_parent(struct dentry *dentry);
/* i_lock held */
struct dentry *__d_find_any_alias(struct inode *inode);
/* d_lock held */
void __d_set_inode_and_type(struct dentry *dentry, struct inode *inode, unsigned int flags);
unsigned int d_flags_for_inode(const struct inode *inode);
void dentry_free(struct dentry *dentry);
void __d_lookup_done_locked(struct dentry *dentry);
unsigned int start_dir_add(struct inode *dir);
void end_dir_add(struct inode *dir, unsigned int n);
void __d_add(struct dentry *dentry, struct inode *inode);
void __d_move(struct dentry *dentry, struct dentry *target, bool exchange);

/* Tells the order checker that a d_lock taken as a child's now is the parent's of what follows. */
static inline void d_lock_becomes_outer(struct dentry *dentry)
{
#if CONFIG_CHECKS
	held_release(&dentry->d_lock, _THIS_IP_);
	held_acquire(&dentry->d_lock, dentry->d_lock.dep_map.key, 0, HELD_TRY, _THIS_IP_);
#endif
}

enum d_walk_ret { D_WALK_CONTINUE, D_WALK_QUIT, D_WALK_NORETRY, D_WALK_SKIP };
void d_walk(struct dentry *parent, void *data,
	    enum d_walk_ret (*enter)(void *data, struct dentry *dentry));

#endif
