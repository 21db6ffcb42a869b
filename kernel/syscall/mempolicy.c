// SPDX-License-Identifier: MIT
/*
 * The calls about memory nodes, on a machine that has one: node 0.
 *
 * Whatever the policy, memory comes from node 0 and is there already when it is to be moved. So a policy is only remembered, for the
 * task (inherited by its children) and for areas, and told again; and all that can be wrong about a request is found to be so. A policy is
 * kept as its mode with the mode's flags: the nodes that go with it can only be {0}, or none.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/access.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/internal.h"
#include "mm/pgtable.h"

enum { MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE, MPOL_LOCAL, MPOL_PREFERRED_MANY, MPOL_MAX };

#define MPOL_F_STATIC_NODES   (1 << 15)
#define MPOL_F_RELATIVE_NODES (1 << 14)
#define MPOL_F_NUMA_BALANCING (1 << 13)
#define MPOL_MODE_FLAGS	      (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING)

#define MPOL_F_NODE	    (1 << 0)
#define MPOL_F_ADDR	    (1 << 1)
#define MPOL_F_MEMS_ALLOWED (1 << 2)

#define MPOL_MF_STRICT	 (1 << 0)
#define MPOL_MF_MOVE	 (1 << 1)
#define MPOL_MF_MOVE_ALL (1 << 2)

#define NR_NODES      1
#define MAX_NODES     1024	/* bits of a mask that may be looked at; all but the first must be clear */
#define NODE_0	      1UL
#define BITS_PER_WORD 64UL

/* ---- node masks of programs ---- */

/* The first word; -EINVAL if there is anything in the others. @maxnode counts one bit too many, by tradition. */
static int get_nodes(unsigned long *nodes, const unsigned long __user *mask, unsigned long maxnode)
{
	unsigned long words, word;

	*nodes = 0;
	if (!maxnode || --maxnode == 0 || !mask)
		return 0;
	if (maxnode > PAGE_SIZE * 8)
		return -EINVAL;
	words = DIV_ROUND_UP(maxnode, BITS_PER_WORD);
	for (unsigned long i = 0; i < words; i++) {
		if (get_user(word, mask + i))
			return -EFAULT;
		if (i == words - 1 && maxnode % BITS_PER_WORD)
			word &= (1UL << maxnode % BITS_PER_WORD) - 1;
		if (i == 0)
			*nodes = word;
		else if (word)
			return -EINVAL;
	}
	return 0;
}

static int put_nodes(unsigned long nodes, unsigned long __user *mask, unsigned long maxnode)
{
	unsigned long bytes = ALIGN(maxnode - 1, BITS_PER_WORD) / 8;

	if (bytes > sizeof(nodes)) {
		if (bytes > PAGE_SIZE)
			return -EINVAL;
		if (clear_user((char __user *)mask + sizeof(nodes), bytes - sizeof(nodes)))
			return -EFAULT;
		bytes = sizeof(nodes);
	}
	return copy_to_user(mask, &nodes, bytes) ? -EFAULT : 0;
}

/* ---- policies ---- */

/* What is to be remembered for a request, or -EINVAL. */
static int make_policy(unsigned int request, unsigned long nodes)
{
	unsigned int mode = request & ~MPOL_MODE_FLAGS, flags = request & MPOL_MODE_FLAGS;
	bool placed = flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);

	if (mode >= MPOL_MAX)
		return -EINVAL;
	if ((flags & MPOL_F_STATIC_NODES) && (flags & MPOL_F_RELATIVE_NODES))
		return -EINVAL;
	if ((flags & MPOL_F_NUMA_BALANCING) && mode != MPOL_BIND)
		return -EINVAL;
	switch (mode) {
	case MPOL_DEFAULT:
		return nodes ? -EINVAL : MPOL_DEFAULT;
	case MPOL_LOCAL:
		return nodes || placed ? -EINVAL : MPOL_LOCAL;
	case MPOL_PREFERRED:
		/* of no node in particular */
		if (!nodes)
			return placed ? -EINVAL : MPOL_LOCAL;
		break;
	}
	return nodes & NODE_0 ? (int)(mode | flags) : -EINVAL;
}

static unsigned long nodes_of(unsigned int policy)
{
	unsigned int mode = policy & ~MPOL_MODE_FLAGS;

	return mode == MPOL_DEFAULT || mode == MPOL_LOCAL ? 0 : NODE_0;
}

long sys_set_mempolicy(int mode, const unsigned long __user *mask, unsigned long maxnode)
{
	unsigned long nodes;
	int policy = get_nodes(&nodes, mask, maxnode);

	if (!policy)
		policy = make_policy(mode, nodes);
	if (policy < 0)
		return policy;
	current->mempolicy = policy;
	return 0;
}

/* The policy of the area at @addr, which may be the default; -EFAULT if nothing is there. */
static int policy_at(unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int policy = -EFAULT;

	if (down_read_killable(&mm->mmap_sem))
		return -EINTR;
	vma = find_vma_intersection(mm, addr, addr + 1);
	if (vma)
		policy = vma->vm_policy;
	up_read(&mm->mmap_sem);
	return policy;
}

/* The node of the page at @addr, which is made to be there. */
static int node_at(unsigned long addr)
{
	struct page *page;
	int n = get_user_pages_fast(addr & PAGE_MASK, 1, 0, &page);

	if (n != 1)
		return n < 0 ? n : -EFAULT;
	put_page(page);
	return 0;
}

long sys_get_mempolicy(int __user *answer, unsigned long __user *mask, unsigned long maxnode, unsigned long addr,
		       unsigned long flags)
{
	int policy = current->mempolicy, err;
	unsigned long nodes;

	if (mask && maxnode < NR_NODES)
		return -EINVAL;
	if (flags & ~(unsigned long)(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (flags & MPOL_F_MEMS_ALLOWED) {
		if (flags & (MPOL_F_NODE | MPOL_F_ADDR))
			return -EINVAL;
		policy = MPOL_DEFAULT;
		nodes = NODE_0;
	} else {
		if (flags & MPOL_F_ADDR)
			policy = policy_at(addr);
		else if (addr)
			return -EINVAL;
		if (policy < 0)
			return policy;
		nodes = nodes_of(policy);
	}
	if (flags & MPOL_F_NODE) {
		if (flags & MPOL_F_ADDR)
			policy = node_at(addr);
		else
			policy = (policy & ~MPOL_MODE_FLAGS) == MPOL_INTERLEAVE ? 0 : -EINVAL;
		if (policy < 0)
			return policy;
	}
	if (answer && put_user(policy, answer))
		return -EFAULT;
	err = mask ? put_nodes(nodes, mask, maxnode) : 0;
	return err;
}

/* ---- areas ---- */

/* mmap_sem exclusive. */
static int set_area_policy(struct vm_area_struct **pvma, unsigned long start, unsigned long end, int policy)
{
	struct vm_area_struct *vma = *pvma;
	int err = 0;

	if (vma->vm_policy == policy)
		return 0;
	if (start != vma->vm_start)
		err = split_vma(vma->vm_mm, vma, start, true);
	if (!err && end != vma->vm_end)
		err = split_vma(vma->vm_mm, vma, end, false);
	if (err)
		return err;
	vma->vm_policy = policy;
	*pvma = vma_merge_neighbours(vma);
	return 0;
}

/* All of it must be mapped. */
static int set_range_policy(struct mm_struct *mm, unsigned long start, unsigned long end, int policy)
{
	struct vm_area_struct *vma;
	unsigned long at;

	for (at = start, vma = find_vma(mm, at); at < end; at = vma->vm_end, vma = vma->vm_next) {
		if (!vma || vma->vm_start > at)
			return -EFAULT;
	}
	while (start < end) {
		unsigned long stop;
		int err;

		vma = find_vma(mm, start);
		stop = min(vma->vm_end, end);
		err = set_area_policy(&vma, start, stop, policy);
		if (err)
			return err;
		start = stop;
	}
	return 0;
}

long sys_mbind(unsigned long start, unsigned long len, unsigned long mode, const unsigned long __user *mask,
	       unsigned long maxnode, unsigned int flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long nodes, end;
	int policy = get_nodes(&nodes, mask, maxnode);

	if (policy < 0)
		return policy;
	if (flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if ((flags & MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (start & ~PAGE_MASK)
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	policy = make_policy(mode, nodes);
	if (policy < 0)
		return policy;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	policy = set_range_policy(mm, start, end, policy);
	up_write(&mm->mmap_sem);
	return policy;
}

/* ---- moving, which finds everything where it is to go ---- */

/* The address space of @pid (0: the caller's), with a reference; ERR_PTR. */
static struct mm_struct *mm_of(pid_t pid)
{
	struct task_struct *task = pid ? find_get_task_by_vpid(pid) : get_task_struct(current);
	struct mm_struct *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = task == current ? get_task_mm(task) : mm_access(task, ACCESS_REALCREDS);
	put_task_struct(task);
	if (!mm)
		return ERR_PTR(-EINVAL);
	return PTR_ERR(mm) == -EACCES ? ERR_PTR(-EPERM) : mm;
}

/* How many pages could not be moved. */
long sys_migrate_pages(pid_t pid, unsigned long maxnode, const unsigned long __user *from, const unsigned long __user *to)
{
	unsigned long old, new;
	struct mm_struct *mm;
	int err = get_nodes(&old, from, maxnode);

	if (!err)
		err = get_nodes(&new, to, maxnode);
	if (err)
		return err;
	mm = mm_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	mmput(mm);
	if ((new & ~NODE_0) && !capable(CAP_SYS_NICE))
		return -EPERM;
	return new & NODE_0 ? 0 : -EINVAL;
}

/* The node of what is mapped at @addr. mmap_sem held. */
static int mapped_node(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma_intersection(mm, addr, addr + 1);
	pmd_t *pmd = vma ? mm_find_pmd(mm, addr) : NULL;
	int node = -ENOENT;
	spinlock_t *ptl;
	pte_t *pte;

	if (!vma)
		return -EFAULT;
	if (!pmd)
		return -ENOENT;
	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (pte_present(pte_read(pte)))
		node = vm_normal_page(vma, addr, pte_read(pte)) ? 0 : -EFAULT;
	pte_unmap_unlock(pte, ptl);
	return node;
}

static long move_one(struct mm_struct *mm, const void __user *const __user *page, const int __user *node,
		     int __user *status)
{
	const void __user *addr;
	int where;

	if (get_user(addr, page))
		return -EFAULT;
	if (node) {
		if (get_user(where, node))
			return -EFAULT;
		if (where < 0 || where >= NR_NODES)
			return -ENODEV;
	}
	down_read(&mm->mmap_sem);
	where = mapped_node(mm, (unsigned long)addr & PAGE_MASK);
	up_read(&mm->mmap_sem);
	return put_user(where, status) ? -EFAULT : 0;
}

long sys_move_pages(pid_t pid, unsigned long nr, const void __user *const __user *pages, const int __user *nodes,
		    int __user *status, int flags)
{
	struct mm_struct *mm;
	long err = 0;

	if (flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if ((flags & MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE))
		return -EPERM;
	mm = mm_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	for (unsigned long i = 0; i < nr && !err; i++) {
		if (fatal_signal_pending(current))
			err = -EINTR;
		else
			err = move_one(mm, pages + i, nodes ? nodes + i : NULL, status + i);
	}
	mmput(mm);
	return err;
}
