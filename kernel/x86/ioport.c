// SPDX-License-Identifier: MIT
/*
 * ioperm(2) and iopl(2): I/O ports for programs.
 *
 * At ring 3 the CPU looks each port up in a bitmap behind its task-state segment; a set bit forbids. A thread that has ports has a bitmap of
 * its own, which the switch to it copies there; for all others the segment says that there is none. The bitmap is shared with the children,
 * which begin with the same ports, and never changes while it is shared: who changes his takes a copy. iopl's level 3 is a bitmap of
 * zeroes; it does not give the program the interrupt flag, as it once did on Linux.
 *
 * At ring 0 programs have all ports anyway; permission is asked for and told all the same.
 *
 * A thread changes only its own state; the CPU's segment is written with interrupts off, by the switch and here.
 */
#include "kernel/x86/ioport.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/bitops.h"
#include "kernel/x86/desc.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "mm/slab.h"

struct io_bitmap {
	refcount_t users;
	unsigned long map[IO_PORTS / 64]; /* set: forbidden */
};

void ioport_load(const struct thread_struct *t)
{
	struct tss *tss = this_cpu_tss();

	if (t->iopl == 3) {
		memset(tss->io_map, 0, IO_PORTS / 8);
		tss->iomap_base = TSS_IO_MAP;
	} else if (t->io_bitmap) {
		memcpy(tss->io_map, t->io_bitmap->map, IO_PORTS / 8);
		tss->iomap_base = TSS_IO_MAP;
	} else {
		tss->iomap_base = TSS_NO_IO_MAP;
	}
}

static void load_own(void)
{
	unsigned long flags;

	current->thread.has_ports = current->thread.io_bitmap || current->thread.iopl == 3;
	local_irq_save(flags);
	ioport_load(&current->thread);
	local_irq_restore(flags);
}

void ioport_fork(struct thread_struct *child)
{
	const struct thread_struct *t = &current->thread;

	child->iopl = t->iopl;
	child->has_ports = t->has_ports;
	child->io_bitmap = t->io_bitmap;
	if (child->io_bitmap)
		refcount_inc(&child->io_bitmap->users);
}

static void put_bitmap(struct io_bitmap *bitmap)
{
	if (bitmap && refcount_dec_and_test(&bitmap->users))
		kfree(bitmap);
}

void ioport_free(struct thread_struct *t)
{
	put_bitmap(t->io_bitmap);
	t->io_bitmap = NULL;
}

/* A bitmap that only this thread has: its own, or a copy, or one that forbids all. NULL without memory. */
static struct io_bitmap *own_bitmap(struct thread_struct *t)
{
	struct io_bitmap *old = t->io_bitmap, *new;

	if (old && refcount_read(&old->users) == 1)
		return old;
	new = kmalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NULL;
	if (old)
		memcpy(new->map, old->map, sizeof(new->map));
	else
		memset(new->map, 0xff, sizeof(new->map));
	refcount_set(&new->users, 1);
	t->io_bitmap = new;
	put_bitmap(old);
	return new;
}

static bool forbids_all(const struct io_bitmap *bitmap)
{
	for (unsigned int i = 0; i < IO_PORTS / 64; i++)
		if (bitmap->map[i] != ~0UL)
			return false;
	return true;
}

long sys_ioperm(unsigned long from, unsigned long num, int on)
{
	struct thread_struct *t = &current->thread;
	struct io_bitmap *bitmap;

	if (from + num <= from || from + num > IO_PORTS)
		return -EINVAL;
	if (on && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (!on && !t->io_bitmap)
		return 0;
	bitmap = own_bitmap(t);
	if (!bitmap)
		return -ENOMEM;
	for (unsigned long port = from; port < from + num; port++) {
		if (on)
			__clear_bit(port, bitmap->map);
		else
			__set_bit(port, bitmap->map);
	}
	if (forbids_all(bitmap))
		ioport_free(t);
	load_own();
	return 0;
}

/* Levels 1 and 2 were never good for anything but to be told apart. */
long sys_iopl(unsigned int level)
{
	struct thread_struct *t = &current->thread;

	if (level > 3)
		return -EINVAL;
	if (level > t->iopl && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	t->iopl = level;
	load_own();
	return 0;
}
