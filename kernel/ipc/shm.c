// SPDX-License-Identifier: MIT
/*
 * System V shared memory: segments, and attaching them.
 *
 * A segment is a shared memory object (fs/shmem.h) with an id. Attaching it maps a file of its own on the same
 * memory, so that areas of two attachments never merge and shmdt() finds those that belong together; that file
 * holds a reference to the segment. Each area counts as attached: ->open counts what fork and splitting make, ->close
 * uncounts, from munmap, exec and exit alike. A segment that was removed goes with its last area.
 *
 * Locks: shm_ids.rwsem, under mmap_sem (open and close run under that). So shmat(), which needs both, counts itself as an
 * attachment first, lets go of rwsem, maps, and uncounts itself. perm.lock guards the mode, as everywhere.
 */
#include "kernel/ipc/shm.h"
#include "fs/fs.h"
#include "fs/shmem.h"
#include "gen/vm_operations_struct.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/mman.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

#define SHM_RDONLY	010000
#define SHM_RND		020000
#define SHM_REMAP	040000
#define SHM_EXEC	0100000
#define SHM_HUGETLB	04000
#define SHMLBA		PAGE_SIZE

unsigned long shm_ctlmax = ULONG_MAX - (1UL << 24);
unsigned long shm_ctlall = ULONG_MAX - (1UL << 24);
unsigned int shm_ctlmni = 4096;
unsigned long shm_total;

static void free_segment(struct ipc_perm *perm)
{
	kfree(shm_of(perm));
}

struct ipc_ids shm_ids = IPC_IDS_INIT(shm_ids, free_segment);

/* ---- segments ---- */

static int create_segment(struct ipc_ids *ids, int key, int flags, void *arg)
{
	unsigned long size = *(size_t *)arg, pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct shm_segment *shm;
	char name[16];
	int id;

	if (size < SHMMIN || size > shm_ctlmax)
		return -EINVAL;
	if (pages << PAGE_SHIFT < size || shm_total + pages < shm_total || shm_total + pages > shm_ctlall)
		return -ENOSPC;
	if (flags & SHM_HUGETLB)
		return -ENOMEM;		/* no huge pages are set aside, and none can be */
	shm = kzalloc(sizeof(*shm), GFP_KERNEL);
	if (!shm)
		return -ENOMEM;
	snprintf(name, sizeof(name), "SYSV%08x", key);
	shm->file = shmem_file_setup(name, size);
	if (IS_ERR(shm->file)) {
		id = PTR_ERR(shm->file);
		kfree(shm);
		return id;
	}
	shm->size = size;
	shm->ctime = ktime_get_real_seconds();
	shm->creator = current->tgid;
	id = ipc_add(ids, &shm->perm, key, flags, shm_ctlmni);
	if (id < 0) {
		fput(shm->file);
		kfree(shm);
		return id;
	}
	/* stat of the mapped file shows the id, as it does on Linux */
	file_inode(shm->file)->i_ino = id;
	shm_total += pages;
	return id;
}

static int check_segment(struct ipc_perm *perm, void *arg)
{
	return shm_of(perm)->size < *(size_t *)arg ? -EINVAL : 0;
}

long sys_shmget(int key, size_t size, int flags)
{
	static const struct ipc_ops ops = { .create = create_segment, .check = check_segment };

	return ipc_get(&shm_ids, &ops, key, flags, &size);
}

void shm_destroy(struct shm_segment *shm)
{
	struct file *file = shm->file;

	shm_total -= PAGE_ALIGN(shm->size) >> PAGE_SHIFT;
	shm->file = NULL;
	ipc_remove(&shm_ids, &shm->perm);
	fput(file);		/* its last use is deferred: no lock of ours matters */
}

/* One attachment less. rwsem exclusive; the caller has a reference. */
static void detach(struct shm_segment *shm)
{
	if (!--shm->attached && (shm->perm.mode & SHM_DEST) && shm->file)
		shm_destroy(shm);
}

/* ---- areas ---- */

static struct shm_segment *vma_segment(struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

static void shm_open(struct vm_area_struct *vma)
{
	struct shm_segment *shm = vma_segment(vma);

	down_write(&shm_ids.rwsem);
	shm->attached++;
	shm->atime = ktime_get_real_seconds();
	shm->last_pid = current->tgid;
	up_write(&shm_ids.rwsem);
}

static void shm_close(struct vm_area_struct *vma)
{
	struct shm_segment *shm = vma_segment(vma);

	down_write(&shm_ids.rwsem);
	shm->dtime = ktime_get_real_seconds();
	shm->last_pid = current->tgid;
	detach(shm);
	up_write(&shm_ids.rwsem);
}

static const struct vm_operations_struct shm_vm_ops = {
	.open = shm_open,
	.close = shm_close,
	.fault = shmem_fault,
	.map_pages = filemap_map_pages,
};

/* The area is made by mmap_region(), which does not call open. */
static int shm_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &shm_vm_ops;
	shm_open(vma);
	return 0;
}

static int shm_release(struct inode *inode, struct file *file)
{
	struct shm_segment *shm = file->private_data;

	ipc_put(&shm->perm);
	return 0;
}

static const struct file_operations shm_file_operations = {
	.mmap = shm_mmap,
	.release = shm_release,
	.fsync = noop_fsync,
	.llseek = noop_llseek,
};

/* ---- shmat ---- */

struct attachment {
	unsigned long prot, flags;	/* of mmap */
	int open_flags;
	unsigned int want;		/* permissions */
};

static void decode_flags(int shmflg, struct attachment *how)
{
	how->prot = PROT_READ;
	how->want = S_IRUGO;
	how->open_flags = O_RDONLY;
	if (!(shmflg & SHM_RDONLY)) {
		how->prot |= PROT_WRITE;
		how->want |= S_IWUGO;
		how->open_flags = O_RDWR;
	}
	if (shmflg & SHM_EXEC) {
		how->prot |= PROT_EXEC;
		how->want |= S_IXUGO;
	}
}

/* A new file on the segment's memory, counted as an attachment of its own. ERR_PTR. */
static struct file *open_segment(struct shm_segment *shm, const struct attachment *how)
{
	struct file *file = ERR_PTR(-EIDRM);

	down_write(&shm_ids.rwsem);
	if (!ipc_permitted(&shm->perm, how->want))
		file = ERR_PTR(-EACCES);
	else if (shm->file)
		file = alloc_file_clone(shm->file, how->open_flags, &shm_file_operations);
	if (!IS_ERR(file)) {
		refcount_inc(&shm->perm.refs);
		file->private_data = shm;
		shm->attached++;
	}
	up_write(&shm_ids.rwsem);
	return file;
}

static unsigned long map_segment(struct file *file, unsigned long addr, unsigned long size, int shmflg,
				 const struct attachment *how)
{
	struct mm_struct *mm = current->mm;
	unsigned long ret, populate = 0;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	if (addr && !(shmflg & SHM_REMAP) &&
	    (addr + size < addr || find_vma_intersection(mm, addr, addr + size)))
		ret = -EINVAL;
	else
		ret = do_mmap(file, addr, size, how->prot, how->flags, 0, &populate);
	up_write(&mm->mmap_sem);
	if (populate)
		mm_populate(ret, populate);
	return ret;
}

/* Rounds or refuses the address. 0 or -EINVAL. */
static int check_address(unsigned long *addr, int shmflg, struct attachment *how)
{
	how->flags = MAP_SHARED;
	if (!*addr)
		return shmflg & SHM_REMAP ? -EINVAL : 0;
	if (*addr & (SHMLBA - 1)) {
		if (!(shmflg & SHM_RND))
			return -EINVAL;
		*addr &= ~(SHMLBA - 1);
		if (!*addr && (shmflg & SHM_REMAP))
			return -EINVAL;
	}
	how->flags |= MAP_FIXED;
	return 0;
}

long sys_shmat(int shmid, char __user *shmaddr, int shmflg)
{
	unsigned long addr = (unsigned long)shmaddr, ret;
	struct attachment how;
	struct ipc_perm *perm;
	struct shm_segment *shm;
	struct file *file;
	int err = shmid < 0 ? -EINVAL : check_address(&addr, shmflg, &how);

	if (err)
		return err;
	decode_flags(shmflg, &how);
	perm = ipc_find(&shm_ids, shmid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	shm = shm_of(perm);
	file = open_segment(shm, &how);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
	} else {
		ret = map_segment(file, addr, shm->size, shmflg, &how);
		down_write(&shm_ids.rwsem);
		detach(shm);	/* the call itself; the area counts now */
		up_write(&shm_ids.rwsem);
		fput(file);
	}
	ipc_put(perm);
	return ret;
}

/* ---- shmdt ---- */

/* The area that shmat() put at @addr, or what is left of it behind @addr. mmap_sem held. */
static struct vm_area_struct *first_area(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, addr); vma; vma = vma->vm_next) {
		if (vma->vm_ops == &shm_vm_ops && (vma->vm_start - addr) >> PAGE_SHIFT == vma->vm_pgoff)
			return vma;
	}
	return NULL;
}

/* Unmaps each piece of the attachment that still is where it was. */
static int unmap_attachment(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long end = addr + PAGE_ALIGN(vma_segment(vma)->size);
	struct file *file = vma->vm_file;
	int err = 0;

	while (vma && vma->vm_end <= end && !err) {
		struct vm_area_struct *next = vma->vm_next;

		if (vma->vm_ops == &shm_vm_ops && vma->vm_file == file &&
		    (vma->vm_start - addr) >> PAGE_SHIFT == vma->vm_pgoff)
			err = do_munmap(mm, vma->vm_start, vma->vm_end - vma->vm_start);
		vma = next;
	}
	return err;
}

long sys_shmdt(char __user *shmaddr)
{
	unsigned long addr = (unsigned long)shmaddr;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	struct file *file;
	int err = -EINVAL;

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	vma = first_area(mm, addr);
	if (vma) {
		file = get_file(vma->vm_file);	/* compared with, so it must not be another's meanwhile */
		err = unmap_attachment(mm, vma, addr);
		fput(file);
	}
	up_write(&mm->mmap_sem);
	return err;
}
