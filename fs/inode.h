// SPDX-License-Identifier: MIT
/*
 * struct inode, its life (hash, LRU, per-superblock list), its lock helpers, attributes.
 *
 * Life: alloc_inode -> [I_NEW, hashed] -> in use -> i_count 0: on the LRU, or
 * I_WILL_FREE (final write) -> I_FREEING -> evict -> free_inode after an RCU grace period.
 */
#ifndef FS_INODE_H
#define FS_INODE_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/time64.h"
#include "kernel/x86/atomic.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/rcu.h"
#include "mm/address_space.h"
#include "fs/notify/place.h"
#include "fs/stat.h"

struct super_block;
struct inode_operations;
struct file_operations;
struct super_operations;
struct pipe_inode_info;
struct block_device;
struct cdev_ops;
struct file_lock_context;
struct posix_acl;
struct dentry;
struct path;
struct kstat;
struct file;

/* i_opflags: what permission and lookup may assume without asking the tables */
#define IOP_FASTPERM	0x0001		/* no ->permission */
#define IOP_LOOKUP	0x0002
#define IOP_NOFOLLOW	0x0004		/* no ->get_link */
#define IOP_XATTR	0x0008
#define IOP_DEFAULT_READLINK 0x0010

struct inode {
	/* constant once visible, or changed under i_rwsem exclusive and read locklessly */
	umode_t i_mode;
	unsigned short i_opflags;
	uid_t i_uid;
	gid_t i_gid;
	unsigned int i_flags;			/* S_* */
	const struct inode_operations *i_op;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	union {
		const unsigned int i_nlink;	/* written by set_nlink and friends only */
		unsigned int __i_nlink;		/* i_rwsem exclusive */
	};
	dev_t i_rdev;
	loff_t i_size;				/* i_rwsem exclusive; read with i_size_read */

	struct timespec64 i_atime;
	struct timespec64 i_mtime;
	struct timespec64 i_ctime;

	spinlock_t i_lock;			/* guards the group below */
	unsigned short i_bytes;
	u8 i_blkbits;
	u8 i_write_hint;			/* F_SET_RW_HINT; not guarded */
	u64 i_blocks;				/* 512-byte units */
	unsigned long i_state;			/* I_* */

	struct rw_semaphore i_rwsem;

	unsigned long dirtied_when;		/* jiffies; wb list lock */
	unsigned long dirtied_time_when;
	struct list_head i_io_list;		/* writeback's b_* lists; wb list lock */
	struct list_head i_wb_list;		/* s_inodes_wb; s_inode_wblist_lock */

	struct hlist_node i_hash;		/* bucket lock and i_lock */
	unsigned int i_hash_index;		/* the bucket, while hashed */
	struct list_head i_lru;			/* s_inode_lru_lock */
	struct list_head i_sb_list;		/* s_inode_list_lock */
	union {
		struct hlist_head i_dentry;	/* aliases; i_lock */
		struct rcu_head i_rcu;		/* after the last reference */
	};
	u64 i_version;
	atomic64_t i_sequence;		/* inode_sequence(); 0: not asked for yet */
	atomic_t i_count;			/* 0 -> 1 only under i_lock */
	atomic_t i_dio_count;
	atomic_t i_writecount;			/* >0 writers, <0 deny-write mappings */
	union {
		const struct file_operations *i_fop;
		const struct super_operations *i_free_ops;	/* after destroy_inode */
	};
	struct file_lock_context *i_flctx;	/* set once, cmpxchg */
	struct address_space i_data;
	struct list_head i_devices;
	struct fsnotify_place i_notify;		/* i_lock */
	union {
		struct pipe_inode_info *i_pipe;	/* i_lock */
		struct block_device *i_bdev;
		char *i_link;			/* body of a cached symlink */
		unsigned int i_dir_seq;		/* in-lookup parallelism: odd while a child is added */
	};
	u32 i_generation;
	struct posix_acl *i_acl;
	struct posix_acl *i_default_acl;
	void *i_private;
};

/* i_flags */
#define S_SYNC		(1 << 0)
#define S_NOATIME	(1 << 1)
#define S_APPEND	(1 << 2)
#define S_IMMUTABLE	(1 << 3)
#define S_DEAD		(1 << 4)	/* removed, but still open directory */
#define S_NOQUOTA	(1 << 5)
#define S_DIRSYNC	(1 << 6)
#define S_NOCMTIME	(1 << 7)
#define S_SWAPFILE	(1 << 8)
#define S_PRIVATE	(1 << 9)
#define S_NOSEC		(1 << 12)
#define S_DAX		(1 << 13)

/* i_state, all under i_lock */
#define I_DIRTY_SYNC		(1 << 0)
#define I_DIRTY_DATASYNC	(1 << 1)
#define I_DIRTY_PAGES		(1 << 2)
#define __I_NEW			3
#define I_NEW			(1 << __I_NEW)
#define I_WILL_FREE		(1 << 4)
#define I_FREEING		(1 << 5)
#define I_CLEAR			(1 << 6)
#define __I_SYNC		7
#define I_SYNC			(1 << __I_SYNC)
#define I_REFERENCED		(1 << 8)
#define __I_DIO_WAKEUP		9
#define I_DIO_WAKEUP		(1 << __I_DIO_WAKEUP)
#define I_LINKABLE		(1 << 10)
#define I_DIRTY_TIME		(1 << 11)
#define I_DIRTY_TIME_EXPIRED	(1 << 12)
#define I_CREATING		(1 << 15)

#define I_DIRTY_INODE	(I_DIRTY_SYNC | I_DIRTY_DATASYNC)
#define I_DIRTY		(I_DIRTY_INODE | I_DIRTY_PAGES)
#define I_DIRTY_ALL	(I_DIRTY | I_DIRTY_TIME)

/*
 * Nesting levels of i_rwsem: parent before child; of two parents the ancestor first (PARENT),
 * then the other (PARENT2); then the source child, then the victim or second non-directory.
 */
enum inode_i_mutex_lock_class {
	I_MUTEX_NORMAL,
	I_MUTEX_PARENT,
	I_MUTEX_CHILD,
	I_MUTEX_XATTR,
	I_MUTEX_NONDIR2,
	I_MUTEX_PARENT2,
};

static inline void inode_lock(struct inode *inode)
{
	down_write(&inode->i_rwsem);
}

static inline void inode_unlock(struct inode *inode)
{
	up_write(&inode->i_rwsem);
}

static inline void inode_lock_shared(struct inode *inode)
{
	down_read(&inode->i_rwsem);
}

static inline void inode_unlock_shared(struct inode *inode)
{
	up_read(&inode->i_rwsem);
}

static inline int inode_trylock(struct inode *inode)
{
	return down_write_trylock(&inode->i_rwsem);
}

static inline int inode_trylock_shared(struct inode *inode)
{
	return down_read_trylock(&inode->i_rwsem);
}

static inline int inode_is_locked(struct inode *inode)
{
	return rwsem_is_locked(&inode->i_rwsem);
}

static inline void inode_lock_nested(struct inode *inode, unsigned int subclass)
{
	/* Of two non-directories the second is the higher one: their levels alone would not say so. */
	if (subclass == I_MUTEX_NONDIR2)
		lockdep_address_order(&inode->i_rwsem);
	down_write_nested(&inode->i_rwsem, subclass);
}

static inline void inode_lock_shared_nested(struct inode *inode, unsigned int subclass)
{
	down_read_nested(&inode->i_rwsem, subclass);
}

/* Locks up to two non-directories by address (either may be NULL or both the same). */
void lock_two_nondirectories(struct inode *a, struct inode *b);
void unlock_two_nondirectories(struct inode *a, struct inode *b);

/* 64-bit loads and stores do not tear; the page lock orders size against page content. */
static inline loff_t i_size_read(const struct inode *inode)
{
	return READ_ONCE(inode->i_size);
}

static inline void i_size_write(struct inode *inode, loff_t size)
{
	WRITE_ONCE(inode->i_size, size);
}

static inline unsigned int i_blocksize(const struct inode *inode)
{
	return 1U << inode->i_blkbits;
}

static inline unsigned int iminor(const struct inode *inode)
{
	return MINOR(inode->i_rdev);
}

static inline unsigned int imajor(const struct inode *inode)
{
	return MAJOR(inode->i_rdev);
}

static inline uid_t i_uid_read(const struct inode *inode)
{
	return inode->i_uid;
}

static inline gid_t i_gid_read(const struct inode *inode)
{
	return inode->i_gid;
}

static inline void i_uid_write(struct inode *inode, uid_t uid)
{
	inode->i_uid = uid;
}

static inline void i_gid_write(struct inode *inode, gid_t gid)
{
	inode->i_gid = gid;
}

#define IS_SYNC(inode)		(((inode)->i_sb->s_flags & SB_SYNCHRONOUS) || \
				 ((inode)->i_flags & S_SYNC))
#define IS_DIRSYNC(inode)	(((inode)->i_sb->s_flags & (SB_SYNCHRONOUS | SB_DIRSYNC)) || \
				 ((inode)->i_flags & (S_SYNC | S_DIRSYNC)))
#define IS_RDONLY(inode)	((inode)->i_sb->s_flags & SB_RDONLY)
#define IS_NOATIME(inode)	(((inode)->i_sb->s_flags & (SB_RDONLY | SB_NOATIME)) || \
				 ((inode)->i_flags & S_NOATIME))
#define IS_NOQUOTA(inode)	((inode)->i_flags & S_NOQUOTA)
#define IS_APPEND(inode)	((inode)->i_flags & S_APPEND)
#define IS_IMMUTABLE(inode)	((inode)->i_flags & S_IMMUTABLE)
#define IS_DEADDIR(inode)	((inode)->i_flags & S_DEAD)
#define IS_NOCMTIME(inode)	((inode)->i_flags & S_NOCMTIME)
#define IS_SWAPFILE(inode)	((inode)->i_flags & S_SWAPFILE)
#define IS_PRIVATE(inode)	((inode)->i_flags & S_PRIVATE)
#define IS_NOSEC(inode)		((inode)->i_flags & S_NOSEC)
#define IS_POSIXACL(inode)	((inode)->i_sb->s_flags & SB_POSIXACL)
#define IS_DAX(inode)		((inode)->i_flags & S_DAX)

/* attribute change request of ->setattr */
struct iattr {
	unsigned int ia_valid;		/* ATTR_* */
	umode_t ia_mode;
	uid_t ia_uid;
	gid_t ia_gid;
	loff_t ia_size;
	struct timespec64 ia_atime;
	struct timespec64 ia_mtime;
	struct timespec64 ia_ctime;
	struct file *ia_file;		/* with ATTR_FILE: the file the change came through */
};

#define ATTR_MODE	(1 << 0)
#define ATTR_UID	(1 << 1)
#define ATTR_GID	(1 << 2)
#define ATTR_SIZE	(1 << 3)
#define ATTR_ATIME	(1 << 4)
#define ATTR_MTIME	(1 << 5)
#define ATTR_CTIME	(1 << 6)
#define ATTR_ATIME_SET	(1 << 7)
#define ATTR_MTIME_SET	(1 << 8)
#define ATTR_FORCE	(1 << 9)	/* not a change the caller's rights decide on */
#define ATTR_KILL_SUID	(1 << 11)
#define ATTR_KILL_SGID	(1 << 12)
#define ATTR_FILE	(1 << 13)
#define ATTR_KILL_PRIV	(1 << 14)
#define ATTR_OPEN	(1 << 15)	/* truncate for O_TRUNC */
#define ATTR_TIMES_SET	(1 << 16)
#define ATTR_TOUCH	(1 << 17)

/* ---- life ---- */

void inode_init_once(struct inode *inode);	/* slab constructor part; fs inode caches call it */
int inode_init_always(struct super_block *sb, struct inode *inode);
void address_space_init_once(struct address_space *mapping);
void free_inode_nonrcu(struct inode *inode);

/* New inode of sb, on its list of inodes, not hashed; NULL without memory. May sleep. */
struct inode *new_inode(struct super_block *sb);
struct inode *new_inode_pseudo(struct super_block *sb);
/* A number for file systems without their own. Any context. */
unsigned int get_next_ino(void);
/*
 * The inode ino of sb, in the hash: with I_NEW set if the caller must fill it. NULL without memory; ERR_PTR(-ESTALE) if somebody is just
 * making a file of that number (insert_inode_locked). May sleep.
 */
struct inode *iget_locked(struct super_block *sb, unsigned long ino);
struct inode *iget5_locked(struct super_block *sb, unsigned long hashval,
			   int (*test)(struct inode *, void *), int (*set)(struct inode *, void *),
			   void *data);
/* The cached inode or NULL; waits for one being filled or freed. */
struct inode *ilookup(struct super_block *sb, unsigned long ino);
/* Puts a new inode into the hash with I_NEW; -EBUSY if the number is there. May sleep. */
int insert_inode_locked(struct inode *inode);
void unlock_new_inode(struct inode *inode);
/* A directory's i_rwsem is of a class of its own. For inodes that are never I_NEW, once i_mode is set and before they can be found. */
void inode_set_dir_class(struct inode *inode);
void discard_new_inode(struct inode *inode);
void iget_failed(struct inode *inode);
void __insert_inode_hash(struct inode *inode, unsigned long hashval);
void insert_inode_hash(struct inode *inode);
void __remove_inode_hash(struct inode *inode);
static inline bool inode_unhashed(struct inode *inode)
{
	return hlist_unhashed(&inode->i_hash);
}
static inline void remove_inode_hash(struct inode *inode)
{
	if (!inode_unhashed(inode))
		__remove_inode_hash(inode);
}
void make_bad_inode(struct inode *inode);
bool is_bad_inode(struct inode *inode);

/* Adds a reference for one who already has one. */
void ihold(struct inode *inode);
/* i_lock held, not freeing. */
static inline void __iget(struct inode *inode)
{
	atomic_inc(&inode->i_count);
}
/* A reference unless the inode is being freed. */
struct inode *igrab(struct inode *inode);
/* Drops a reference; the last one may write the inode back and evict it. May sleep. */
void iput(struct inode *inode);

/* A number that is this inode's alone, also after its end; never 0, and far below any kernel address. Any context. */
u64 inode_sequence(struct inode *inode);

/* ->drop_inode choices; i_lock held, must not sleep */
int generic_delete_inode(struct inode *inode);
static inline int generic_drop_inode(struct inode *inode)
{
	return !inode->i_nlink || inode_unhashed(inode);
}
/* for ->evict_inode: checks that all is gone and sets I_CLEAR */
void clear_inode(struct inode *inode);
/* Evicts all unused inodes of a superblock being shut down. */
void evict_inodes(struct super_block *sb);
int invalidate_inodes(struct super_block *sb, bool kill_dirty);
void inode_add_lru(struct inode *inode);
void inode_sb_list_add(struct inode *inode);
void inode_init_owner(struct inode *inode, const struct inode *dir, umode_t mode);
bool inode_owner_or_capable(const struct inode *inode);
void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev);
void inode_nohighmem(struct inode *inode);
void inode_dio_wait(struct inode *inode);
static inline void inode_dio_begin(struct inode *inode)
{
	atomic_inc(&inode->i_dio_count);
}
void inode_dio_end(struct inode *inode);

/* links; i_rwsem exclusive (or a new inode) */
void drop_nlink(struct inode *inode);
void clear_nlink(struct inode *inode);
void set_nlink(struct inode *inode, unsigned int nlink);
void inc_nlink(struct inode *inode);
static inline void inode_inc_link_count(struct inode *inode);
static inline void inode_dec_link_count(struct inode *inode);

/* i_blocks and i_bytes, in bytes; the __ forms with i_lock held */
void __inode_add_bytes(struct inode *inode, loff_t bytes);
void inode_add_bytes(struct inode *inode, loff_t bytes);
void __inode_sub_bytes(struct inode *inode, loff_t bytes);
void inode_sub_bytes(struct inode *inode, loff_t bytes);
loff_t inode_get_bytes(struct inode *inode);
void inode_set_bytes(struct inode *inode, loff_t bytes);

/* version counter of directories, for readdir revalidation */
static inline void inode_inc_iversion(struct inode *inode)
{
	WRITE_ONCE(inode->i_version, inode->i_version + 1);
}
static inline u64 inode_query_iversion(struct inode *inode)
{
	return READ_ONCE(inode->i_version);
}
static inline bool inode_eq_iversion(struct inode *inode, u64 v)
{
	return READ_ONCE(inode->i_version) == v;
}

/* ---- times ---- */

enum file_time_flags {
	S_ATIME = 1,
	S_MTIME = 2,
	S_CTIME = 4,
	S_VERSION = 8,
};
struct timespec64 current_time(struct inode *inode);
struct timespec64 timespec64_trunc(struct timespec64 t, unsigned int gran);
int generic_update_time(struct inode *inode, struct timespec64 *time, int flags);
int file_update_time(struct file *file);
void touch_atime(const struct path *path);
bool atime_needs_update(const struct path *path, struct inode *inode);
void file_accessed(struct file *file);

/* ---- attributes ---- */

int setattr_prepare(struct dentry *dentry, struct iattr *attr);
void setattr_copy(struct inode *inode, const struct iattr *attr);
int inode_newsize_ok(const struct inode *inode, loff_t offset);
/* i_rwsem exclusive. */
int notify_change(struct dentry *dentry, struct iattr *attr);
int simple_setattr(struct dentry *dentry, struct iattr *attr);
void generic_fillattr(struct inode *inode, struct kstat *stat);
int should_remove_suid(struct dentry *dentry);
int file_remove_privs(struct file *file);
int file_modified(struct file *file);

/* ---- dirty state (fs-writeback.c) ---- */

void __mark_inode_dirty(struct inode *inode, int flags);
static inline void mark_inode_dirty(struct inode *inode)
{
	__mark_inode_dirty(inode, I_DIRTY);
}
static inline void mark_inode_dirty_sync(struct inode *inode)
{
	__mark_inode_dirty(inode, I_DIRTY_SYNC);
}

static inline void inode_inc_link_count(struct inode *inode)
{
	inc_nlink(inode);
	mark_inode_dirty(inode);
}

static inline void inode_dec_link_count(struct inode *inode)
{
	drop_nlink(inode);
	mark_inode_dirty(inode);
}

/* ---- permission ---- */

#define MAY_EXEC	0x01
#define MAY_WRITE	0x02
#define MAY_READ	0x04
#define MAY_APPEND	0x08
#define MAY_ACCESS	0x10
#define MAY_OPEN	0x20
#define MAY_CHDIR	0x40
#define MAY_NOT_BLOCK	0x80	/* rcu-walk: -ECHILD if it would have to sleep */

/* flags of ->permission */
#define IPERM_FLAG_RCU	0x0001

int inode_permission(struct inode *inode, int mask);
int generic_permission(struct inode *inode, int mask);

#endif
