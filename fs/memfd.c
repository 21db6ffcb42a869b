// SPDX-License-Identifier: MIT
/*
 * memfd_create(), and seals: what can no longer be done to a file, by anybody, ever.
 *
 * A seal is set under the file's i_rwsem, under which writes, truncations and allocations look at it. Against writing it must also be
 * true for mappings and for I/O that is under way into the file's pages: a count of shared mappings that is not zero refuses
 * the seal, denying new ones keeps it so (mm/mmap.c), and pages with users that nobody can account for are waited for a
 * while, then the seal is refused.
 */
#include "fs/memfd.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/namei.h"
#include "fs/shmem.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/slab.h"
#include "mm/swap.h"

#define MFD_CLOEXEC	  1U
#define MFD_ALLOW_SEALING 2U

#define NAME_PREFIX "memfd:"
#define PREFIX_LEN  (sizeof(NAME_PREFIX) - 1)

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* Rounds of looking for users of pages, with a pause of 10, 20, 40, ... ms after each. */
#define PIN_ROUNDS 5

/* Is any page used by more than the cache, its mappings, and this walk? */
static bool has_pins(struct address_space *mapping)
{
	struct pagevec pvec;
	pgoff_t index = 0;
	bool pinned = false;

	while (!pinned && pagevec_lookup_range(&pvec, mapping, &index, (pgoff_t)-1)) {
		for (unsigned int i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];

			pinned |= page_count(page) - page_mapcount(page) != 2;
		}
		pagevec_release(&pvec);
		cond_resched();
		if (index == (pgoff_t)-1)
			break;
	}
	return pinned;
}

/* i_rwsem held, new mappings denied, so that no new user can come who could write. */
static int wait_for_pins(struct address_space *mapping)
{
	for (int round = 0; round < PIN_ROUNDS; round++) {
		/* A page on its way to an LRU list is held by the vector that carries it. */
		lru_add_drain_all();
		if (!has_pins(mapping))
			return 0;
		if (schedule_timeout_killable(msecs_to_jiffies(10 << round)))
			break;
	}
	return -EBUSY;
}

/* i_rwsem exclusive. */
static int add_seals(struct inode *inode, unsigned int *seals, unsigned int new)
{
	struct address_space *mapping = inode->i_mapping;
	int err;

	if (*seals & F_SEAL_SEAL)
		return -EPERM;
	if ((new & F_SEAL_WRITE) && !(*seals & F_SEAL_WRITE)) {
		err = mapping_deny_writable(mapping);
		if (err)
			return err;
		err = wait_for_pins(mapping);
		if (err) {
			mapping_allow_writable(mapping);
			return err;
		}
	}
	WRITE_ONCE(*seals, *seals | new);
	return 0;
}

long memfd_add_seals(struct file *file, unsigned long new)
{
	unsigned int *seals = shmem_file_seals(file);
	struct inode *inode = file_inode(file);
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;
	if (new & ~(unsigned long)ALL_SEALS || !seals)
		return -EINVAL;
	inode_lock(inode);
	err = add_seals(inode, seals, new);
	inode_unlock(inode);
	return err;
}

long memfd_get_seals(struct file *file)
{
	unsigned int *seals = shmem_file_seals(file);

	return seals ? (long)READ_ONCE(*seals) : -EINVAL;
}

/* "memfd:" and what the program calls it; ERR_PTR. To be freed. */
static char *copy_name(const char __user *uname)
{
	char *name = kmalloc(NAME_MAX + 1, GFP_KERNEL);
	long len;

	if (!name)
		return ERR_PTR(-ENOMEM);
	memcpy(name, NAME_PREFIX, PREFIX_LEN);
	len = strncpy_from_user(name + PREFIX_LEN, uname, NAME_MAX + 1 - PREFIX_LEN);
	if (len < 0 || len > (long)(NAME_MAX - PREFIX_LEN)) {
		kfree(name);
		return ERR_PTR(len < 0 ? len : -EINVAL);
	}
	return name;
}

long sys_memfd_create(const char __user *uname, unsigned int flags)
{
	struct file *file;
	char *name;
	int fd;

	/* Huge pages are none that could be asked for. */
	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	name = copy_name(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		goto free_name;
	file = shmem_file_setup(name, 0);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto free_name;
	}
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS;
	file->f_flags |= O_LARGEFILE;
	if (flags & MFD_ALLOW_SEALING)
		*shmem_file_seals(file) &= ~F_SEAL_SEAL;
	fd_install(fd, file);
free_name:
	kfree(name);
	return fd;
}
