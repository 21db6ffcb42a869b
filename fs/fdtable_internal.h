// SPDX-License-Identifier: MIT
/*
 * What the two halves of the descriptor table code share. All but alloc and free: file_lock held, or
 * the table is nobody else's.
 */
#ifndef FS_FDTABLE_INTERNAL_H
#define FS_FDTABLE_INTERNAL_H

#include "fs/fdtable.h"

/* Room for number nr; NULL without memory. May sleep. */
struct fdtable *alloc_fdtable(unsigned int nr);
void free_fdtable(struct fdtable *fdt);
void copy_bitmaps(struct fdtable *nfdt, struct fdtable *ofdt, unsigned int count);
void __clear_open_fd(unsigned int fd, struct fdtable *fdt);
/* Takes a file out of the table; its reference, or NULL. */
struct file *pick_file(struct files_struct *files, unsigned int fd);

#endif
