/* SPDX-License-Identifier: MIT */
/*
 * Files that tell of an address space: one structure for each open file, made at open.
 *
 * It holds the struct mm_struct (mm_count), not its users: an open file does not keep the memory of a process that has ended. Each
 * use takes a reference to the users, and finds nothing when there are none left. That also makes an open file stay with the
 * address space it was opened for, whatever the process runs later.
 */
#ifndef FS_PROC_PID_MM_H
#define FS_PROC_PID_MM_H

#include "fs/proc/pid.h"
#include "mm/mm.h"

/* The address space, counted by mm_count, NULL if the task has none, or ERR_PTR: -ESRCH, -EACCES. mmdrop() it. */
struct mm_struct *pid_open_mm(struct inode *inode);

/* For sequences of areas. */
struct pid_maps {
	struct mm_struct *mm;	/* NULL: nothing to tell */
	loff_t pos;		/* the number of the area to come */
	unsigned long next;	/* which ends above this address */
};

int pid_maps_open(struct inode *inode, struct file *file, const struct seq_operations *ops);
int pid_maps_release(struct inode *inode, struct file *file);
void *pid_maps_start(struct seq_file *m, loff_t *pos);
void *pid_maps_next(struct seq_file *m, void *v, loff_t *pos);
void pid_maps_stop(struct seq_file *m, void *v);
/* The line of an area. 0 or -errno. mmap_sem held. */
int pid_show_area(struct seq_file *m, struct vm_area_struct *vma);
/* Its first part: addresses, permissions, offset, device, inode, and the space before the name. */
void pid_show_area_head(struct seq_file *m, unsigned long start, unsigned long end, unsigned long flags, u64 offset, dev_t dev,
			unsigned long ino);

#endif
