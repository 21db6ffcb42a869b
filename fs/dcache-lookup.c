// SPDX-License-Identifier: MIT
/*
 * Finding dentries: name hashing, the hash table, lookups, and lookups in progress.
 *
 * Three readers, three degrees of trust. __d_lookup_rcu takes nothing and hands back the d_seq it
 * saw; the caller must check it before it relies on anything. __d_lookup locks each candidate
 * but may miss a name that is being moved between buckets. d_lookup adds a check of rename_lock
 * for exactly that.
 *
 * Lookups in progress: under a directory's i_rwsem held shared, several tasks may ask for the same
 * uncached name. The first puts its new dentry into the in-lookup hash and calls the file system;
 * the others find it there and sleep until it is done. A name is moved from the in-lookup hash to
 * the main hash under the directory's i_dir_seq raised to odd, so that d_alloc_parallel, which
 * looks into one and then the other, knows when it may have missed it between the two.
 */
#include "fs/dcache_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/vmalloc.h"

#define IN_LOOKUP_SHIFT 10
static struct hlist_bl_head in_lookup_hashtable[1 << IN_LOOKUP_SHIFT];

static struct hlist_bl_head *dentry_hashtable;	/* constant after boot */
static unsigned int d_hash_shift;

__cacheline_aligned DEFINE_SEQLOCK(rename_lock);

struct hlist_bl_head *d_hash_bucket(unsigned int hash)
{
	return dentry_hashtable + (hash >> d_hash_shift);
}

static struct hlist_bl_head *in_lookup_hash(const struct dentry *parent, unsigned int hash)
{
	hash += (unsigned long)parent / L1_CACHE_BYTES;
	return in_lookup_hashtable + hash_32(hash, IN_LOOKUP_SHIFT);
}

/* One bucket for every 8 KiB of memory, between 2^10 and 2^20. */
void dcache_hash_init(void)
{
	unsigned long want = totalram_pages() / 2;
	unsigned int shift = 10;

	while (shift < 20 && (1UL << shift) < want)
		shift++;
	dentry_hashtable = vzalloc(sizeof(struct hlist_bl_head) << shift);
	if (!dentry_hashtable)
		panic("no memory for the dentry hash table");
	d_hash_shift = 32 - shift;
}

/* ---- names ---- */

#define NAME_HASH_K 0x9E3779B97F4A7C15ULL

static inline u64 hash_step(u64 h, u64 word)
{
	h = (h ^ word) * NAME_HASH_K;
	return h ^ (h >> 29);
}

static inline u32 hash_fold(u64 h)
{
	return (u32)((h * NAME_HASH_K) >> 32);
}

static inline u64 load_word(const unsigned char *p)
{
	u64 w;

	__builtin_memcpy(&w, p, sizeof(w));
	return w;
}

unsigned int full_name_hash(const void *salt, const char *name, unsigned int len)
{
	const unsigned char *p = (const unsigned char *)name;
	u64 h = (unsigned long)salt, w = 0;

	for (; len >= 8; len -= 8, p += 8)
		h = hash_step(h, load_word(p));
	for (unsigned int i = 0; i < len; i++)
		w |= (u64)p[i] << (8 * i);
	return hash_fold(hash_step(h, w));
}

/* Bit 7 of each byte of the result that is lowest-set marks the first zero byte of w. */
static inline u64 zero_bytes(u64 w)
{
	return (w - 0x0101010101010101ULL) & ~w & 0x8080808080808080ULL;
}

/*
 * Hash and length of the component at name, which ends at '/' or the terminator: the same hash as
 * full_name_hash of its bytes. Reads whole words where that cannot cross into another page,
 * which might not be there.
 */
u64 hash_component(const void *salt, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	u64 h = (unsigned long)salt;
	unsigned int len = 0;

	for (;;) {
		u64 w = 0, end;
		unsigned int n = 0;

		if (likely(((unsigned long)(p + len) & (PAGE_SIZE - 1)) <= PAGE_SIZE - 8)) {
			w = load_word(p + len);
			end = zero_bytes(w) | zero_bytes(w ^ 0x2f2f2f2f2f2f2f2fULL);
			if (!end) {
				h = hash_step(h, w);
				len += 8;
				continue;
			}
			n = __builtin_ctzll(end) / 8;
			w &= ~(~0ULL << (8 * n));
		} else {
			unsigned char c;

			while (n < 8 && (c = p[len + n]) && c != '/') {
				w |= (u64)c << (8 * n);
				n++;
			}
			if (n == 8) {
				h = hash_step(h, w);
				len += 8;
				continue;
			}
		}
		len += n;
		return hashlen_create(hash_fold(hash_step(h, w)), len);
	}
}

u64 hashlen_string(const void *salt, const char *name)
{
	unsigned int len = strlen(name);

	return hashlen_create(full_name_hash(salt, name, len), len);
}

/* 0 if equal. The dentry's name may be changing: the caller checks d_seq before it trusts this. */
static inline int dentry_cmp(const struct dentry *dentry, const unsigned char *ct, unsigned int len)
{
	const unsigned char *cs = READ_ONCE(dentry->d_name.name);

	for (; len >= 8; len -= 8, cs += 8, ct += 8)
		if (load_word(cs) != load_word(ct))
			return 1;
	while (len--)
		if (*cs++ != *ct++)
			return 1;
	return 0;
}

/* d_lock held, or the caller excludes changes. */
bool d_same_name(const struct dentry *dentry, const struct dentry *parent, const struct qstr *name)
{
	if (likely(!(parent->d_flags & DCACHE_OP_COMPARE))) {
		if (dentry->d_name.len != name->len)
			return false;
		return dentry_cmp(dentry, name->name, name->len) == 0;
	}
	return dop_compare(parent->d_op, dentry, dentry->d_name.len,
			   (const char *)dentry->d_name.name, name) == 0;
}

/* ---- lookups ---- */

/* One candidate under a file system's own comparison; the name is read consistently or not at all. */
static bool rcu_compare(const struct dentry *parent, struct dentry *dentry,
			const struct qstr *name, unsigned int *seqp)
{
	for (;;) {
		unsigned int seq = raw_seqcount_begin(&dentry->d_seq);
		unsigned int len;
		const char *str;

		if (dentry->d_parent != parent || d_unhashed(dentry) ||
		    dentry->d_name.hash != name->hash)
			return false;
		len = dentry->d_name.len;
		str = (const char *)dentry->d_name.name;
		if (read_seqcount_retry(&dentry->d_seq, seq)) {
			cpu_relax();
			continue;
		}
		*seqp = seq;
		return dop_compare(parent->d_op, dentry, len, str, name) == 0;
	}
}

/*
 * RCU read lock held, parent's d_seq known to the caller. The result has no reference; *seqp is
 * its d_seq from before anything of it was read.
 */
struct dentry *__d_lookup_rcu(const struct dentry *parent, const struct qstr *name,
			      unsigned int *seqp)
{
	u64 hashlen = name->hash_len;
	struct hlist_bl_head *b = d_hash_bucket(hashlen_hash(hashlen));
	struct hlist_bl_node *node;
	struct dentry *dentry;

	hlist_bl_for_each_entry_rcu(dentry, node, b, d_hash) {
		unsigned int seq;

		if (unlikely(parent->d_flags & DCACHE_OP_COMPARE)) {
			if (rcu_compare(parent, dentry, name, seqp))
				return dentry;
			continue;
		}
		seq = raw_seqcount_begin(&dentry->d_seq);
		if (dentry->d_parent != parent || d_unhashed(dentry))
			continue;
		if (dentry->d_name.hash_len != hashlen)
			continue;
		if (dentry_cmp(dentry, name->name, hashlen_len(hashlen)) != 0)
			continue;
		*seqp = seq;
		return dentry;
	}
	return NULL;
}

/* With a reference; may miss a dentry that is being moved right now. */
struct dentry *__d_lookup(const struct dentry *parent, const struct qstr *name)
{
	struct hlist_bl_head *b = d_hash_bucket(name->hash);
	struct hlist_bl_node *node;
	struct dentry *found = NULL, *dentry;

	rcu_read_lock();
	hlist_bl_for_each_entry_rcu(dentry, node, b, d_hash) {
		if (dentry->d_name.hash != name->hash)
			continue;
		spin_lock(&dentry->d_lock);
		if (dentry->d_parent == parent && !d_unhashed(dentry) &&
		    d_same_name(dentry, parent, name)) {
			dget_dlock(dentry);
			found = dentry;
		}
		spin_unlock(&dentry->d_lock);
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry;
	unsigned int seq;

	do {
		seq = read_seqbegin(&rename_lock);
		dentry = __d_lookup(parent, name);
		if (dentry)
			break;
	} while (read_seqretry(&rename_lock, seq));
	return dentry;
}

struct dentry *d_hash_and_lookup(struct dentry *dir, struct qstr *name)
{
	name->hash = full_name_hash(dir, (const char *)name->name, name->len);
	if (dir->d_flags & DCACHE_OP_HASH) {
		int err = dop_hash(dir->d_op, dir, name);

		if (unlikely(err < 0))
			return ERR_PTR(err);
	}
	return d_lookup(dir, name);
}

/* ---- hashing, and lookups in progress ---- */

/* d_lock held. */
void __d_rehash(struct dentry *dentry)
{
	struct hlist_bl_head *b = d_hash_bucket(dentry->d_name.hash);

	hlist_bl_lock(b);
	hlist_bl_add_head_rcu(&dentry->d_hash, b);
	hlist_bl_unlock(b);
}

void d_rehash(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	__d_rehash(dentry);
	spin_unlock(&dentry->d_lock);
}

/* The directory's i_rwsem held at least shared; one adder at a time holds the odd value. */
unsigned int start_dir_add(struct inode *dir)
{
	for (;;) {
		unsigned int n = READ_ONCE(dir->i_dir_seq);

		if (!(n & 1) && cmpxchg(&dir->i_dir_seq, n, n + 1) == n)
			return n;
		cpu_relax();
	}
}

void end_dir_add(struct inode *dir, unsigned int n)
{
	smp_store_release(&dir->i_dir_seq, n + 2);
}

/* Sleeps until the lookup that owns the dentry is over. d_lock held at entry and return. */
static void d_wait_lookup(struct dentry *dentry)
{
	DECLARE_WAITQUEUE(wait, current);

	if (!d_in_lookup(dentry))
		return;
	add_wait_queue(dentry->d_wait, &wait);
	do {
		set_current_state(TASK_UNINTERRUPTIBLE);
		spin_unlock(&dentry->d_lock);
		schedule();
		spin_lock(&dentry->d_lock);
	} while (d_in_lookup(dentry));
	/*
	 * The queue is on the owner's stack and will soon be gone. Nobody looks at it again: the
	 * owner's wake-up ran under d_lock, and who comes later finds the lookup over. So our
	 * entry is not taken off, it is forgotten.
	 */
	__set_current_state(TASK_RUNNING);
}

/* Ends a lookup in progress and wakes who waits for it. d_lock held. */
void __d_lookup_done_locked(struct dentry *dentry)
{
	struct hlist_bl_head *b = in_lookup_hash(dentry->d_parent, dentry->d_name.hash);
	wait_queue_head_t *wq = dentry->d_wait;

	hlist_bl_lock(b);
	WRITE_ONCE(dentry->d_flags, dentry->d_flags & ~DCACHE_PAR_LOOKUP);
	__hlist_bl_del(&dentry->d_u.d_in_lookup_hash);
	hlist_bl_unlock(b);
	dentry->d_wait = NULL;
	INIT_HLIST_NODE(&dentry->d_u.d_alias);
	INIT_LIST_HEAD(&dentry->d_lru);
	/* Waiters join under d_lock and leave only after they had it again: all are here now. */
	wake_up_all(wq);
}

void __d_lookup_done(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	__d_lookup_done_locked(dentry);
	spin_unlock(&dentry->d_lock);
}

/* Somebody else is looking this name up: wait and say whether the result can be used. */
static bool d_wait_for_other(struct dentry *dentry, struct dentry *parent, const struct qstr *name)
{
	bool good;

	spin_lock(&dentry->d_lock);
	d_wait_lookup(dentry);
	good = dentry->d_name.hash == name->hash && dentry->d_parent == parent &&
	       !d_unhashed(dentry) && d_same_name(dentry, parent, name);
	spin_unlock(&dentry->d_lock);
	return good;
}

static struct dentry *in_lookup_find(struct hlist_bl_head *b, struct dentry *parent,
				     const struct qstr *name)
{
	struct hlist_bl_node *node;
	struct dentry *dentry;

	hlist_bl_for_each_entry(dentry, node, b, d_u.d_in_lookup_hash) {
		if (dentry->d_name.hash == name->hash && dentry->d_parent == parent &&
		    d_same_name(dentry, parent, name))
			return dentry;
	}
	return NULL;
}

struct dentry *d_alloc_parallel(struct dentry *parent, const struct qstr *name,
				wait_queue_head_t *wq)
{
	struct hlist_bl_head *b = in_lookup_hash(parent, name->hash);
	struct dentry *new = d_alloc(parent, name);
	unsigned int seq, r_seq, d_seq;
	struct dentry *dentry;

	if (unlikely(!new))
		return ERR_PTR(-ENOMEM);
retry:
	rcu_read_lock();
	seq = smp_load_acquire(&parent->d_inode->i_dir_seq);
	r_seq = read_seqbegin(&rename_lock);
	dentry = __d_lookup_rcu(parent, name, &d_seq);
	if (unlikely(dentry)) {
		if (!lockref_get_not_dead(&dentry->d_lockref)) {
			rcu_read_unlock();
			goto retry;
		}
		if (read_seqcount_retry(&dentry->d_seq, d_seq)) {
			rcu_read_unlock();
			dput(dentry);
			goto retry;
		}
		rcu_read_unlock();
		dput(new);
		return dentry;
	}
	if (unlikely(read_seqretry(&rename_lock, r_seq) || (seq & 1))) {
		rcu_read_unlock();
		cpu_relax();
		goto retry;
	}
	hlist_bl_lock(b);
	if (unlikely(READ_ONCE(parent->d_inode->i_dir_seq) != seq)) {
		hlist_bl_unlock(b);
		rcu_read_unlock();
		goto retry;
	}
	/* Names in this hash cannot change, and none enters or leaves while it is locked. */
	dentry = in_lookup_find(b, parent, name);
	if (dentry) {
		hlist_bl_unlock(b);
		if (!lockref_get_not_dead(&dentry->d_lockref)) {
			rcu_read_unlock();
			goto retry;
		}
		rcu_read_unlock();
		if (!d_wait_for_other(dentry, parent, name)) {
			dput(dentry);
			goto retry;
		}
		dput(new);
		return dentry;
	}
	rcu_read_unlock();
	new->d_flags |= DCACHE_PAR_LOOKUP;
	new->d_wait = wq;
	hlist_bl_add_head_rcu(&new->d_u.d_in_lookup_hash, b);
	hlist_bl_unlock(b);
	return new;
}

/* inode's i_lock held if inode. Ends the lookup in progress, if this dentry has one. */
void __d_add(struct dentry *dentry, struct inode *inode)
{
	struct inode *dir = NULL;
	unsigned int n = 0;

	spin_lock(&dentry->d_lock);
	if (unlikely(d_in_lookup(dentry))) {
		dir = dentry->d_parent->d_inode;
		n = start_dir_add(dir);
		__d_lookup_done_locked(dentry);
	}
	if (inode) {
		unsigned int flags = d_flags_for_inode(inode);

		hlist_add_head(&dentry->d_u.d_alias, &inode->i_dentry);
		write_seqcount_begin(&dentry->d_seq);
		__d_set_inode_and_type(dentry, inode, flags);
		write_seqcount_end(&dentry->d_seq);
	}
	__d_rehash(dentry);
	if (dir)
		end_dir_add(dir, n);
	spin_unlock(&dentry->d_lock);
	if (inode)
		spin_unlock(&inode->i_lock);
}

void d_add(struct dentry *dentry, struct inode *inode)
{
	if (inode)
		spin_lock(&inode->i_lock);
	__d_add(dentry, inode);
}
