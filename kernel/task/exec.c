// SPDX-License-Identifier: MIT
/*
 * Becoming a program: a fresh address space, the image, and the first stack with arguments,
 * environment and the auxiliary vector, as the System V ABI for x86-64 lays it out.
 *
 * From the top of the stack down: the strings, the random bytes, then, 16-byte aligned at the
 * stack pointer, argc, argv[], NULL, envp[], NULL, the vector.
 */
#include "fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/elf_internal.h"
#include "kernel/task/random.h"
#include "kernel/task/sched.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/tlbflush.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

#define AT_NULL		0
#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_BASE		7
#define AT_FLAGS	8
#define AT_ENTRY	9
#define AT_UID		11
#define AT_EUID		12
#define AT_GID		13
#define AT_EGID		14
#define AT_PLATFORM	15
#define AT_HWCAP	16
#define AT_CLKTCK	17
#define AT_SECURE	23
#define AT_RANDOM	25
#define AT_HWCAP2	26
#define AT_EXECFN	31
#define AT_MINSIGSTKSZ	51

#define HWCAP2_FSGSBASE 2

#define AUX_MAX	      24
#define STACK_TOP     (TASK_SIZE - PAGE_SIZE)
#define MMAP_GAP_MIN  (128UL << 20)
#define MMAP_GAP_MAX  (TASK_SIZE / 6 * 5)
#define ARG_MAX_BYTES (2UL << 20)

/* The new stack while it is being written, growing down from p. */
struct stack_build {
	unsigned long p;
	unsigned long execfn, platform, random;
	unsigned long *argv, *envp; /* addresses of the strings */
	u64 aux[AUX_MAX * 2];
	int naux;
};

/* Gives the current kernel thread an address space of its own. */
static int enter_new_mm(void)
{
	struct task_struct *tsk = current;
	struct mm_struct *mm = mm_alloc(), *old;
	unsigned long gap;

	if (!mm)
		return -ENOMEM;
	gap = rlimit(RLIMIT_STACK);
	gap = (gap < MMAP_GAP_MIN ? MMAP_GAP_MIN : gap > MMAP_GAP_MAX ? MMAP_GAP_MAX : gap) +
	      (1UL << 20);
	mm->task_size = TASK_SIZE;
	mm->mmap_base = PAGE_ALIGN(STACK_TOP - gap);
	task_lock(tsk);
	local_irq_disable();
	old = tsk->active_mm;
	tsk->mm = mm;
	tsk->active_mm = mm;
	switch_mm_irqs_off(old, mm, tsk);
	local_irq_enable();
	task_unlock(tsk);
	mmdrop(old); /* it was only borrowed */
	return 0;
}

static int push_bytes(struct stack_build *b, const void *bytes, size_t len)
{
	if (len > ARG_MAX_BYTES || STACK_TOP - b->p + len > ARG_MAX_BYTES)
		return -E2BIG;
	b->p -= len;
	return copy_to_user((void __user *)b->p, bytes, len) ? -EFAULT : 0;
}

static int push_string(struct stack_build *b, const char *s, unsigned long *addr)
{
	int err = push_bytes(b, s, strlen(s) + 1);

	*addr = b->p;
	return err;
}

static int push_strings(struct stack_build *b, const struct program_args *args)
{
	u8 random[16];
	int err, i;

	err = push_string(b, args->path, &b->execfn);
	for (i = args->envc - 1; i >= 0 && !err; i--)
		err = push_string(b, args->envp[i], &b->envp[i]);
	for (i = args->argc - 1; i >= 0 && !err; i--)
		err = push_string(b, args->argv[i], &b->argv[i]);
	if (!err)
		err = push_string(b, "x86_64", &b->platform);
	if (!err) {
		get_random_bytes(random, sizeof(random));
		b->p &= ~15UL;
		err = push_bytes(b, random, sizeof(random));
		b->random = b->p;
	}
	return err;
}

static void aux(struct stack_build *b, u64 type, u64 value)
{
	b->aux[b->naux++] = type;
	b->aux[b->naux++] = value;
}

static void fill_aux(struct stack_build *b, const struct elf_program *prog)
{
	const struct cred *cred = current_cred();

	aux(b, AT_HWCAP, cpu_features.hwcap);
	aux(b, AT_PAGESZ, PAGE_SIZE);
	aux(b, AT_CLKTCK, 100);
	aux(b, AT_PHDR, prog->phdr_addr);
	aux(b, AT_PHENT, sizeof(struct elf64_phdr));
	aux(b, AT_PHNUM, prog->ehdr.e_phnum);
	aux(b, AT_BASE, 0);
	aux(b, AT_FLAGS, 0);
	aux(b, AT_ENTRY, prog->entry);
	aux(b, AT_UID, cred->uid);
	aux(b, AT_EUID, cred->euid);
	aux(b, AT_GID, cred->gid);
	aux(b, AT_EGID, cred->egid);
	aux(b, AT_SECURE, 0);
	aux(b, AT_RANDOM, b->random);
	/* at ring 0 GS is the kernel's */
	aux(b, AT_HWCAP2, cpu_features.fsgsbase && program_ring ? HWCAP2_FSGSBASE : 0);
	aux(b, AT_EXECFN, b->execfn);
	aux(b, AT_PLATFORM, b->platform);
	aux(b, AT_MINSIGSTKSZ, fpu_user_size() + 1024);
	aux(b, AT_NULL, 0);
}

/* argc, argv, envp and the vector at their final place; b->p becomes the stack pointer. */
static int push_vectors(struct stack_build *b, const struct program_args *args)
{
	size_t words = 1 + args->argc + 1 + args->envc + 1 + b->naux, n = 0, i;
	u64 *v = kvmalloc(words * sizeof(u64), GFP_KERNEL);
	int err;

	if (!v)
		return -ENOMEM;
	v[n++] = args->argc;
	for (i = 0; i < args->argc; i++)
		v[n++] = b->argv[i];
	v[n++] = 0;
	for (i = 0; i < args->envc; i++)
		v[n++] = b->envp[i];
	v[n++] = 0;
	for (i = 0; i < b->naux; i++)
		v[n++] = b->aux[i];
	/* the pointer ends up aligned, not the top of what is pushed */
	b->p = ((b->p - words * sizeof(u64)) & ~15UL) + words * sizeof(u64);
	err = push_bytes(b, v, words * sizeof(u64));
	kvfree(v);
	return err;
}

static int build_stack(const struct elf_program *prog, const struct program_args *args,
		       unsigned long *sp)
{
	struct stack_build *b = kzalloc(sizeof(*b), GFP_KERNEL);
	struct vm_area_struct *vma;
	int err = -ENOMEM;

	if (!b)
		return -ENOMEM;
	b->argv = kvmalloc((args->argc + args->envc + 1) * sizeof(long), GFP_KERNEL);
	if (!b->argv)
		goto out;
	b->envp = b->argv + args->argc;
	b->p = STACK_TOP - 16;
	err = setup_arg_stack(current->mm, STACK_TOP, VM_STACK_FLAGS, &vma);
	if (!err)
		err = push_strings(b, args);
	if (!err) {
		fill_aux(b, prog);
		err = push_vectors(b, args);
	}
	*sp = b->p;
	current->mm->start_stack = b->p;
	if (args->argc)
		current->mm->arg_start = b->argv[0];
	kvfree(b->argv);
out:
	kfree(b);
	return err;
}

static void note_layout(struct mm_struct *mm, const struct elf_program *prog)
{
	mm->start_code = prog->start_code;
	mm->end_code = prog->end_code;
	mm->start_data = prog->start_data;
	mm->end_data = prog->end_data;
	mm->start_brk = mm->brk = PAGE_ALIGN(prog->brk);
}

static void set_comm_from_path(const char *path)
{
	const char *base = strrchr(path, '/');

	set_task_comm(current, base ? base + 1 : path);
}

int load_program(const struct program_image *img, const struct program_args *args)
{
	struct elf_program *prog = kzalloc(sizeof(*prog), GFP_KERNEL);
	unsigned long sp;
	int err;

	if (!prog)
		return -ENOMEM;
	err = enter_new_mm();
	if (!err)
		err = elf_map(img, prog);
	if (!err)
		err = build_stack(prog, args, &sp);
	if (!err) {
		note_layout(current->mm, prog);
		set_comm_from_path(args->argc ? args->argv[0] : args->path);
		err = arch_start_program(prog->entry, sp);
	}
	if (!err)
		current->flags &= ~PF_KTHREAD;
	kfree(prog);
	return err;
}
