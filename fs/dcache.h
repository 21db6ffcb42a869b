// SPDX-License-Identifier: MIT
/*
 * The cache of names: struct dentry and its life.
 *
 * A dentry maps (parent, name) to an inode, or to nothing (negative). Name, parent and inode may
 * be read without locks inside rcu_read_lock by checking d_seq before and after; they change
 * under d_lock with d_seq raised, and a move also under rename_lock held for writing.
 *
 * Lock order: i_lock (of the inode) -> d_lock -> s_dentry_lru_lock, hash bucket.
 * Of two dentries, the parent's d_lock before the child's.
 */
#ifndef FS_DCACHE_H
#define FS_DCACHE_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "kernel/lock/wait.h"
#include "fs/lockref.h"
#include "fs/list_bl.h"
#include "gen/dentry_operations.h"

struct inode;
struct super_block;
struct path;
struct vfsmount;

#define HASH_LEN_DECLARE	u32 hash; u32 len
#define hashlen_hash(h)		((u32)(h))
#define hashlen_len(h)		((u32)((h) >> 32))
#define hashlen_create(hash, len) (((u64)(len) << 32) | (u32)(hash))

/* a name with its length and hash; the hash is salted with the parent */
struct qstr {
	union {
		struct {
			HASH_LEN_DECLARE;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

#define QSTR_INIT(n, l) { { { .len = l } }, .name = (const unsigned char *)(n) }

#define DNAME_INLINE_LEN 40

struct dentry {
	/* read by RCU walks */
	unsigned int d_flags;		/* d_lock */
	seqcount_t d_seq;		/* d_lock */
	struct hlist_bl_node d_hash;	/* hash bucket's bit lock */
	struct dentry *d_parent;	/* d_lock, rename_lock */
	struct qstr d_name;		/* d_lock, rename_lock */
	struct inode *d_inode;		/* d_lock; NULL: negative */
	unsigned char d_iname[DNAME_INLINE_LEN];

	struct lockref d_lockref;	/* count under d_lock */
	const struct dentry_operations *d_op;
	struct super_block *d_sb;
	unsigned long d_time;		/* for d_revalidate */
	void *d_fsdata;			/* the file system's */

	union {
		struct list_head d_lru;		/* d_lock, then s_dentry_lru_lock */
		wait_queue_head_t *d_wait;	/* while in lookup */
	};
	struct list_head d_child;	/* in d_parent's d_subdirs; parent's d_lock */
	struct list_head d_subdirs;	/* d_lock */
	union {
		struct hlist_node d_alias;		/* inode's i_lock */
		struct hlist_bl_node d_in_lookup_hash;	/* while in lookup */
		struct rcu_head d_rcu;			/* after death */
	} d_u;
};

#define d_lock d_lockref.lock

/* d_flags */
#define DCACHE_OP_HASH			0x00000001
#define DCACHE_OP_COMPARE		0x00000002
#define DCACHE_OP_REVALIDATE		0x00000004
#define DCACHE_OP_DELETE		0x00000008
#define DCACHE_OP_PRUNE			0x00000010
#define DCACHE_DISCONNECTED		0x00000020
#define DCACHE_REFERENCED		0x00000040
#define DCACHE_DONTCACHE		0x00000080
#define DCACHE_CANT_MOUNT		0x00000100
#define DCACHE_SHRINK_LIST		0x00000400
#define DCACHE_OP_WEAK_REVALIDATE	0x00000800
#define DCACHE_DENTRY_KILLED		0x00008000
#define DCACHE_MOUNTED			0x00010000
#define DCACHE_NEED_AUTOMOUNT		0x00020000
#define DCACHE_MANAGE_TRANSIT		0x00040000
#define DCACHE_MANAGED_DENTRY \
	(DCACHE_MOUNTED | DCACHE_NEED_AUTOMOUNT | DCACHE_MANAGE_TRANSIT)
#define DCACHE_LRU_LIST			0x00080000
#define DCACHE_ENTRY_TYPE		0x00700000
#define DCACHE_MISS_TYPE		0x00000000
#define DCACHE_WHITEOUT_TYPE		0x00100000
#define DCACHE_DIRECTORY_TYPE		0x00200000
#define DCACHE_AUTODIR_TYPE		0x00300000
#define DCACHE_REGULAR_TYPE		0x00400000
#define DCACHE_SPECIAL_TYPE		0x00500000
#define DCACHE_SYMLINK_TYPE		0x00600000
#define DCACHE_OP_REAL			0x04000000
#define DCACHE_PAR_LOOKUP		0x10000000
#define DCACHE_DENTRY_CURSOR		0x20000000

extern seqlock_t rename_lock;
extern const struct qstr empty_name;
extern const struct qstr slash_name;

#define IS_ROOT(d)	((d) == (d)->d_parent)

static inline unsigned int d_count(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_lockref.count);
}

static inline bool d_unhashed(const struct dentry *dentry)
{
	return hlist_bl_unhashed(&dentry->d_hash);
}

static inline bool d_unlinked(const struct dentry *dentry)
{
	return d_unhashed(dentry) && !IS_ROOT(dentry);
}

static inline bool d_in_lookup(const struct dentry *dentry)
{
	return dentry->d_flags & DCACHE_PAR_LOOKUP;
}

static inline bool d_mountpoint(const struct dentry *dentry)
{
	return dentry->d_flags & DCACHE_MOUNTED;
}

static inline bool d_managed(const struct dentry *dentry)
{
	return dentry->d_flags & DCACHE_MANAGED_DENTRY;
}

static inline unsigned int __d_entry_type(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_flags) & DCACHE_ENTRY_TYPE;
}

static inline bool d_is_negative(const struct dentry *dentry)
{
	return __d_entry_type(dentry) == DCACHE_MISS_TYPE;
}

static inline bool d_is_positive(const struct dentry *dentry)
{
	return !d_is_negative(dentry);
}

static inline bool d_is_dir(const struct dentry *dentry)
{
	unsigned int type = __d_entry_type(dentry);

	return type == DCACHE_DIRECTORY_TYPE || type == DCACHE_AUTODIR_TYPE;
}

static inline bool d_can_lookup(const struct dentry *dentry)
{
	return __d_entry_type(dentry) == DCACHE_DIRECTORY_TYPE;
}

static inline bool d_is_symlink(const struct dentry *dentry)
{
	return __d_entry_type(dentry) == DCACHE_SYMLINK_TYPE;
}

static inline bool d_is_reg(const struct dentry *dentry)
{
	return __d_entry_type(dentry) == DCACHE_REGULAR_TYPE;
}

static inline bool d_really_is_negative(const struct dentry *dentry)
{
	return dentry->d_inode == NULL;
}

static inline bool d_really_is_positive(const struct dentry *dentry)
{
	return dentry->d_inode != NULL;
}

static inline struct inode *d_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

static inline struct inode *d_inode_rcu(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_inode);
}

static inline struct inode *d_backing_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

/* New unhashed negative dentry with one reference, child of parent. NULL: no memory. */
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name);
struct dentry *d_alloc_anon(struct super_block *sb);
struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name);
struct dentry *d_alloc_name(struct dentry *parent, const char *name);
/*
 * Under the parent's i_rwsem held at least shared: the dentry of name, either one that exists or
 * was just looked up by another task, or a new one in lookup that this task must finish with
 * d_add, d_splice_alias or d_lookup_done.
 */
struct dentry *d_alloc_parallel(struct dentry *parent, const struct qstr *name,
				wait_queue_head_t *wq);
void __d_lookup_done(struct dentry *dentry);
static inline void d_lookup_done(struct dentry *dentry)
{
	if (d_in_lookup(dentry))
		__d_lookup_done(dentry);
}

/* Attaches an inode (consumes its reference) to a dentry that has none. */
void d_instantiate(struct dentry *dentry, struct inode *inode);
/* The same and unlocks the new inode (I_NEW) with it. */
void d_instantiate_new(struct dentry *dentry, struct inode *inode);
void d_tmpfile(struct dentry *dentry, struct inode *inode);
/* Instantiates and hashes; inode may be NULL. */
void d_add(struct dentry *dentry, struct inode *inode);
/*
 * End of ->lookup: attaches inode (NULL, or ERR_PTR which is handed back), reusing the one
 * directory alias there may be. Returns NULL or the dentry to use instead.
 */
struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry);
struct dentry *d_find_alias(struct inode *inode);
struct dentry *d_find_any_alias(struct inode *inode);
/* Root dentry for a superblock; consumes the inode, also on failure (NULL). */
struct dentry *d_make_root(struct inode *inode);
/* A dentry of the inode, which is no directory: one that is there, or a new one without name and parent. Consumes the inode; ERR_PTR. */
struct dentry *d_obtain_alias(struct inode *inode);

void d_rehash(struct dentry *dentry);
void d_drop(struct dentry *dentry);
void __d_drop(struct dentry *dentry);
/* After unlink or rmdir: makes it negative, or unhashes it if others use it. */
void d_delete(struct dentry *dentry);
void d_invalidate(struct dentry *dentry);
void d_prune_aliases(struct inode *inode);
void d_move(struct dentry *dentry, struct dentry *target);
void d_exchange(struct dentry *a, struct dentry *b);
struct dentry *d_ancestor(struct dentry *a, struct dentry *b);
bool is_subdir(struct dentry *inner, struct dentry *outer);
void d_set_d_op(struct dentry *dentry, const struct dentry_operations *op);

/* cached entry of that name, with a reference; NULL if none */
struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name);
struct dentry *__d_lookup(const struct dentry *parent, const struct qstr *name);
struct dentry *__d_lookup_rcu(const struct dentry *parent, const struct qstr *name,
			      unsigned int *seq);
struct dentry *d_hash_and_lookup(struct dentry *dir, struct qstr *name);

static inline struct dentry *dget_dlock(struct dentry *dentry)
{
	WRITE_ONCE(dentry->d_lockref.count, dentry->d_lockref.count + 1);
	return dentry;
}

static inline struct dentry *dget(struct dentry *dentry)
{
	if (dentry)
		lockref_get(&dentry->d_lockref);
	return dentry;
}

struct dentry *dget_parent(struct dentry *dentry);
/* Drops a reference. May sleep (last use of an inode). */
void dput(struct dentry *dentry);

void shrink_dcache_sb(struct super_block *sb);
void shrink_dcache_parent(struct dentry *parent);
void shrink_dcache_for_umount(struct super_block *sb);
/* Scans up to nr entries of the LRU; how many were freed. */
long prune_dcache_sb(struct super_block *sb, unsigned long nr);
void d_genocide(struct dentry *parent);
int d_set_mounted(struct dentry *dentry);

/* Path text, built from the end of buf; ERR_PTR(-ENAMETOOLONG). */
char *d_path(const struct path *path, char *buf, int buflen);
char *dentry_path_raw(struct dentry *dentry, char *buf, int buflen);
char *dynamic_dname(struct dentry *dentry, char *buf, int buflen, const char *fmt, ...);

unsigned int full_name_hash(const void *salt, const char *name, unsigned int len);
u64 hashlen_string(const void *salt, const char *name);
/* up to '/' or the end */
u64 hash_component(const void *salt, const char *name);

/* A consistent copy of a name that may change under the caller's feet. */
struct name_snapshot {
	struct qstr name;
	unsigned char inline_name[DNAME_INLINE_LEN];
};
void take_dentry_name_snapshot(struct name_snapshot *snap, struct dentry *dentry);
void release_dentry_name_snapshot(struct name_snapshot *snap);

void dcache_init(void);
void dcache_hash_init(void);

#endif
