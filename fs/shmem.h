/* SPDX-License-Identifier: MIT */
/*
 * Shared memory objects: files without a name whose pages are all there is of them. Shared anonymous mappings, memfd_create and
 * System V shared memory are made of them. They live on an internal instance of tmpfs without limits, and go with
 * their last file.
 */
#ifndef FS_SHMEM_H
#define FS_SHMEM_H

#include "kernel/lib/types.h"

struct file;
struct vm_area_struct;
struct vm_fault;

/* A file of @size bytes, open for reading and writing; shown as "/@name (deleted)". ERR_PTR. May sleep. */
struct file *shmem_file_setup(const char *name, loff_t size);
/* Gives a new shared area of nothing an object of its size. @vma is not visible yet. 0 or -errno. */
int shmem_zero_setup(struct vm_area_struct *vma);
/* The seals of a file of shared memory, F_SEAL_*; NULL: it is another kind of file. i_rwsem exclusive to change. */
unsigned int *shmem_file_seals(struct file *file);
/* For areas with operations of their own on the memory of such a file. */
vm_fault_t shmem_fault(struct vm_area_struct *vma, struct vm_fault *vmf);

#endif
