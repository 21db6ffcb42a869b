// SPDX-License-Identifier: MIT
/*
 * A program on its way to being executed, between the files that make up exec.
 *
 * Until begin_new_exec() everything is on the side: the new address space with the arguments on its stack, the
 * opened file, the new credentials. A failure throws it away and the caller goes on as it was. After it
 * (point_of_no_return) the caller is the new process, and a failure can only end it.
 */
#ifndef KERNEL_TASK_BINPRM_H
#define KERNEL_TASK_BINPRM_H

#include "kernel/task/cred.h"
#include "kernel/task/elf.h"

struct file;
struct filename;
struct mm_struct;
struct vm_area_struct;

#define BINPRM_BUF_SIZE	     256
#define MAX_ARG_STRLEN	     (32UL << 12)
#define MAX_ARG_STRINGS	     0x7fffffff
#define SCRIPT_NESTING_LIMIT 5
#define DEFAULT_STACK	     (8UL << 20)

/* Where things go in the new address space. */
struct exec_layout {
	unsigned long stack_top;
	unsigned long mmap_rnd;	 /* bytes below the place for mmap without randomisation */
	unsigned long pie_base;	 /* for ET_DYN, before alignment */
	unsigned long brk_rnd;	 /* bytes between the last segment and the heap */
	unsigned long sp_rnd;	 /* bytes left free below the strings */
	u8 random[16];		 /* AT_RANDOM */
};

/* argv or envp: pointers in the program's memory, or the kernel's own. */
struct exec_strings {
	const char __user *const __user *user;
	const char *const *kernel; /* used if user is NULL; may be NULL: none */
};

struct linux_binprm {
	const char *filename;	 /* as the caller named it: AT_EXECFN, and the task's name */
	const char *interp;	 /* what is loaded: filename, or a script's interpreter */
	char *fdpath;		 /* owned: /dev/fd/N... of execveat */
	char *interp_copy;	 /* owned: interp if it came from a script */
	struct program_image img; /* the file denies writing to others, see put_exec_file() */
	struct mm_struct *mm;	 /* owned until it becomes the caller's */
	struct vm_area_struct *vma; /* its stack */
	struct cred *cred;	 /* owned until committed */
	unsigned long p;	 /* lowest byte of the stack in use */
	unsigned long argmin;	 /* p must not fall below */
	unsigned long exec;	 /* address of filename on the stack */
	unsigned long env_start, env_end;
	int argc, envc;
	bool point_of_no_return;
	bool unsafe;		 /* the process has a tracer without rights */
	bool gained;		 /* the program has rights that its caller had not */
	bool secureexec;	 /* AT_SECURE */
	bool dumpable;		 /* the new mm's */
	unsigned int per_clear;	 /* personality bits that end here */
	bool path_inaccessible;	 /* close-on-exec takes the descriptor that fdpath names */
	struct exec_layout layout;
	char buf[BINPRM_BUF_SIZE]; /* the file's first bytes, padded with zeroes */
};

/* binprm.c. All return 0 or -errno and may sleep. */
int bprm_mm_init(struct linux_binprm *bprm);
int bprm_copy_args(struct linux_binprm *bprm, const struct exec_strings *argv, const struct exec_strings *envp);
int bprm_push_kernel(struct linux_binprm *bprm, const char *string);
int bprm_remove_arg_zero(struct linux_binprm *bprm);
int bprm_read_head(struct linux_binprm *bprm);
void bprm_free(struct linux_binprm *bprm);

/* script.c: replaces the file by the interpreter its first line names. -ENOEXEC if it names none. */
int load_script(struct linux_binprm *bprm);
/* elf.c: on success the program runs when the current thread returns to it. */
int load_elf(struct linux_binprm *bprm);
/* exec_cred.c */
void bprm_fill_creds(struct linux_binprm *bprm);
/* de_thread.c: for the current thread; 0 or -errno, may sleep */
int de_thread(void);
int unshare_sighand(void);
/* exec.c: leaves the old program. On failure nothing has changed, or point_of_no_return is set. */
int begin_new_exec(struct linux_binprm *bprm);
/* layout.c */
void choose_layout(struct exec_layout *layout);
unsigned long layout_mmap_base(const struct exec_layout *layout);

#endif
