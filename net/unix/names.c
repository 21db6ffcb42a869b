// SPDX-License-Identifier: MIT
/*
 * Names of AF_UNIX sockets: in the file system, or abstract (a leading NUL), and the table in which they are found.
 *
 * A socket with a path owns a reference to the inode it made, so the inode's address is the key: it names this file whatever becomes
 * of the path. Abstract names are compared byte for byte, for each type apart. A socket is in the table from bind to ->release; the
 * table's lock is what a finder needs to take a reference.
 */
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/mount.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/random.h"
#include "mm/slab.h"
#include "net/unix/unix.h"

#define NAME_BITS 8

static struct hlist_head names[1 << NAME_BITS];	/* names_lock */
static DEFINE_SPINLOCK(names_lock);

/* ---- addresses ---- */

static struct unix_address *make_address(const void *name, int len)
{
	struct unix_address *addr = kzalloc(sizeof(*addr), GFP_KERNEL);

	if (!addr)
		return NULL;
	refcount_set(&addr->refs, 1);
	memcpy(&addr->name, name, len);
	addr->len = len;
	return addr;
}

void unix_put_address(struct unix_address *addr)
{
	if (refcount_dec_and_test(&addr->refs))
		kfree(addr);
}

int unix_check_name(const struct sockaddr_storage *name, int namelen)
{
	if (namelen <= UNIX_PATH_OFFSET || namelen > (int)sizeof(struct sockaddr_un) || name->ss_family != AF_UNIX)
		return -EINVAL;
	return 0;
}

/* A path may lack its terminator, or have bytes behind it: the length that counts. */
static int path_name_len(struct sockaddr_storage *name, int namelen)
{
	name->data[namelen] = '\0';
	return UNIX_PATH_OFFSET + strlen(name->data + UNIX_PATH_OFFSET) + 1;
}

static bool is_abstract(const struct sockaddr_storage *name)
{
	return !name->data[UNIX_PATH_OFFSET];
}

static u32 hash_name(const void *name, int len, int type)
{
	const unsigned char *p = name;
	u32 hash = type;

	for (int i = UNIX_PATH_OFFSET; i < len; i++)
		hash = hash * 31 + p[i];
	return hash_32(hash, NAME_BITS);
}

int unix_copy_name(const struct unix_sock *u, struct sockaddr_storage *name)
{
	const struct unix_address *addr = smp_load_acquire(&u->addr);

	if (!addr) {
		name->ss_family = AF_UNIX;
		return UNIX_PATH_OFFSET;
	}
	memcpy(name, &addr->name, addr->len);
	return addr->len;
}

int unix_getname(struct socket *sock, struct sockaddr_storage *name, bool peer)
{
	struct unix_sock *u = unix_sk(sock), *other;
	int len;

	if (!peer)
		return unix_copy_name(u, name);
	other = unix_peer_get(u);
	if (!other)
		return -ENOTCONN;
	len = unix_copy_name(other, name);
	unix_put(other);
	return len;
}

/* ---- the table ---- */

static struct hlist_head *inode_chain(const struct inode *inode)
{
	return &names[hash_ptr(inode, NAME_BITS)];
}

/* names_lock held. */
static struct unix_sock *find_abstract(const void *name, int len, u32 hash, int type)
{
	struct unix_sock *u;

	hlist_for_each_entry (u, &names[hash], name_node) {
		if (!u->path.dentry && u->sock.type == type && u->addr->len == len && !memcmp(&u->addr->name, name, len))
			return u;
	}
	return NULL;
}

static struct unix_sock *find_inode(const struct inode *inode)
{
	struct unix_sock *u;

	hlist_for_each_entry (u, inode_chain(inode), name_node) {
		if (u->path.dentry && d_inode(u->path.dentry) == inode)
			return u;
	}
	return NULL;
}

/* Names @u; -EADDRINUSE if an abstract name is taken. name_mutex held. Takes over @addr if it succeeds. */
static int enter_name(struct unix_sock *u, struct unix_address *addr)
{
	struct hlist_head *chain;
	int err = 0;

	spin_lock(&names_lock);
	if (u->path.dentry) {
		chain = inode_chain(d_inode(u->path.dentry));
	} else {
		chain = &names[addr->hash];
		if (find_abstract(&addr->name, addr->len, addr->hash, u->sock.type))
			err = -EADDRINUSE;
	}
	if (!err) {
		smp_store_release(&u->addr, addr);
		hlist_add_head(&u->name_node, chain);
	}
	spin_unlock(&names_lock);
	return err;
}

/* From ->release: nobody can name it any more. */
void unix_forget_name(struct unix_sock *u)
{
	spin_lock(&names_lock);
	if (!hlist_unhashed(&u->name_node))
		hlist_del_init(&u->name_node);
	spin_unlock(&names_lock);
}

/* ---- finding ---- */

static struct unix_sock *find_path(const char *name, int type)
{
	struct unix_sock *u = NULL;
	struct inode *inode;
	struct path path;
	int err = kern_path(name, LOOKUP_FOLLOW, &path);

	if (err)
		return ERR_PTR(err);
	inode = d_inode(path.dentry);
	err = inode_permission(inode, MAY_WRITE);
	if (err)
		goto out;
	err = -ECONNREFUSED;
	if (!S_ISSOCK(inode->i_mode))
		goto out;
	spin_lock(&names_lock);
	u = find_inode(inode);
	if (u)
		unix_hold(u);
	spin_unlock(&names_lock);
	if (!u)
		goto out;
	err = 0;
	if (u->sock.type == type) {
		touch_atime(&path);
	} else {
		unix_put(u);
		err = -EPROTOTYPE;
	}
out:
	path_put(&path);
	return err ? ERR_PTR(err) : u;
}

struct unix_sock *unix_find(struct sockaddr_storage *name, int namelen, int type)
{
	struct unix_sock *u;

	if (!is_abstract(name)) {
		path_name_len(name, namelen);
		return find_path(name->data + UNIX_PATH_OFFSET, type);
	}
	spin_lock(&names_lock);
	u = find_abstract(name, namelen, hash_name(name, namelen, type), type);
	if (u)
		unix_hold(u);
	spin_unlock(&names_lock);
	return u ? u : ERR_PTR(-ECONNREFUSED);
}

/* ---- binding ---- */

/* Makes the file and names @u after it. */
static int bind_path(struct unix_sock *u, struct unix_address *addr)
{
	umode_t mode = S_IFSOCK | (S_IRWXUGO & ~current_umask());
	struct dentry *dentry;
	struct path parent;
	int err;

	dentry = kern_path_create(AT_FDCWD, addr->name.sun_path, &parent, 0);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry) == -EEXIST ? -EADDRINUSE : PTR_ERR(dentry);
	err = vfs_mknod(d_inode(parent.dentry), dentry, mode, 0);
	if (err)
		goto out;
	mutex_lock(&u->name_mutex);
	if (u->addr) {
		err = -EINVAL;
	} else {
		u->path.mnt = parent.mnt;
		u->path.dentry = dentry;
		path_get(&u->path);
		err = enter_name(u, addr);
	}
	mutex_unlock(&u->name_mutex);
	/* Another thread was first: what was made for this name goes again. */
	if (err)
		vfs_unlink(d_inode(parent.dentry), dentry);
out:
	done_path_create(&parent, dentry);
	return err;
}

static int bind_abstract(struct unix_sock *u, struct unix_address *addr)
{
	int err;

	addr->hash = hash_name(&addr->name, addr->len, u->sock.type);
	mutex_lock(&u->name_mutex);
	err = u->addr ? -EINVAL : enter_name(u, addr);
	mutex_unlock(&u->name_mutex);
	return err;
}

/* An abstract name of five hexadecimal digits that nobody has. */
int unix_autobind(struct unix_sock *u)
{
	u32 number = get_random_u32(), tries = 0;
	struct unix_address *addr;
	int err = 0;

	mutex_lock(&u->name_mutex);
	if (u->addr)
		goto out;
	addr = make_address(&(struct sockaddr_un){ .sun_family = AF_UNIX }, UNIX_PATH_OFFSET + 6);
	if (!addr) {
		err = -ENOMEM;
		goto out;
	}
	do {
		number = (number + 1) & 0xfffff;
		snprintf(addr->name.sun_path + 1, 6, "%05x", number);
		addr->hash = hash_name(&addr->name, addr->len, u->sock.type);
		err = enter_name(u, addr);
	} while (err && ++tries < 0x100000);
	if (err) {
		unix_put_address(addr);
		err = -ENOSPC;
	}
out:
	mutex_unlock(&u->name_mutex);
	return err;
}

int unix_bind(struct socket *sock, struct sockaddr_storage *name, int namelen)
{
	struct unix_sock *u = unix_sk(sock);
	struct unix_address *addr;
	int err;

	if (namelen == UNIX_PATH_OFFSET && name->ss_family == AF_UNIX)
		return unix_autobind(u);
	err = unix_check_name(name, namelen);
	if (err)
		return err;
	if (smp_load_acquire(&u->addr))
		return -EINVAL;
	addr = make_address(name, is_abstract(name) ? namelen : path_name_len(name, namelen));
	if (!addr)
		return -ENOMEM;
	err = is_abstract(name) ? bind_abstract(u, addr) : bind_path(u, addr);
	if (err)
		unix_put_address(addr);
	return err;
}
