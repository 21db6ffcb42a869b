// SPDX-License-Identifier: MIT
/*
 * What a new program finds at its stack pointer, as the System V ABI for x86-64 lays it out: argc, argv[], NULL,
 * envp[], NULL, and the auxiliary vector, below the strings they point to.
 *
 * The addresses of the strings are found by walking them: they lie one behind the other. The caller may have
 * changed them while they were copied, so each is looked for within bounds.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/binprm.h"
#include "kernel/task/elf_internal.h"
#include "kernel/task/rseq.h"
#include "kernel/task/sched.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/thread.h"
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
#define AT_RSEQ_FEATURE_SIZE 27
#define AT_RSEQ_ALIGN	28
#define AT_EXECFN	31
#define AT_SYSINFO_EHDR	33
#define AT_MINSIGSTKSZ	51

#define HWCAP2_FSGSBASE 2

struct aux_build {
	unsigned long *v; /* mm->saved_auxv, which /proc shows too */
	int n;
};

static void aux(struct aux_build *b, u64 type, u64 value)
{
	BUG_ON(b->n + 2 > AT_VECTOR_SIZE);
	b->v[b->n++] = type;
	b->v[b->n++] = value;
}

/* Returns the number of words. */
static int fill_aux(const struct linux_binprm *bprm, const struct elf_image *elf, const struct elf_place *place,
		    unsigned long interp_base, unsigned long platform, unsigned long random)
{
	struct aux_build b = { .v = current->mm->saved_auxv };
	const struct cred *cred = current_cred();

	if (current->mm->vdso)
		aux(&b, AT_SYSINFO_EHDR, current->mm->vdso);
	aux(&b, AT_MINSIGSTKSZ, fpu_user_size() + 1024);
	aux(&b, AT_HWCAP, cpu_features.hwcap);
	aux(&b, AT_PAGESZ, PAGE_SIZE);
	aux(&b, AT_CLKTCK, 100);
	aux(&b, AT_PHDR, place->phdr_addr);
	aux(&b, AT_PHENT, sizeof(struct elf64_phdr));
	aux(&b, AT_PHNUM, elf->ehdr.e_phnum);
	aux(&b, AT_BASE, interp_base);
	aux(&b, AT_FLAGS, 0);
	aux(&b, AT_ENTRY, place->entry);
	aux(&b, AT_UID, cred->uid);
	aux(&b, AT_EUID, cred->euid);
	aux(&b, AT_GID, cred->gid);
	aux(&b, AT_EGID, cred->egid);
	aux(&b, AT_SECURE, bprm->secureexec);
	aux(&b, AT_RANDOM, random);
	/* at ring 0 GS is the kernel's */
	aux(&b, AT_HWCAP2, cpu_features.fsgsbase && program_ring ? HWCAP2_FSGSBASE : 0);
	aux(&b, AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_SIZE);
	aux(&b, AT_RSEQ_ALIGN, RSEQ_ALIGN);
	aux(&b, AT_EXECFN, bprm->exec);
	aux(&b, AT_PLATFORM, platform);
	aux(&b, AT_NULL, 0);
	return b.n;
}

/* Stores the addresses of count strings from *string on, and a NULL; *string moves behind them. */
static int walk_strings(u64 **v, int count, unsigned long *string)
{
	while (count--) {
		long len = strnlen_user((const char __user *)*string, MAX_ARG_STRLEN);

		if (!len || len > MAX_ARG_STRLEN)
			return -EINVAL;
		*(*v)++ = *string;
		*string += len;
	}
	*(*v)++ = 0;
	return 0;
}

static int fill_tables(struct linux_binprm *bprm, u64 *v, int naux)
{
	struct mm_struct *mm = current->mm;
	unsigned long string = mm->arg_start;
	int err;

	*v++ = bprm->argc;
	err = walk_strings(&v, bprm->argc, &string);
	mm->arg_end = mm->env_start = string;
	if (!err)
		err = walk_strings(&v, bprm->envc, &string);
	mm->env_end = string;
	memcpy(v, mm->saved_auxv, naux * sizeof(*v));
	return err;
}

int elf_create_tables(struct linux_binprm *bprm, const struct elf_image *elf, const struct elf_place *place,
		      unsigned long interp_base, unsigned long *sp)
{
	static const char platform_name[] = "x86_64";
	unsigned long p = bprm->p - bprm->layout.sp_rnd, platform, random;
	size_t words;
	u64 *v;
	int naux, err;

	current->mm->arg_start = bprm->p;
	platform = p -= sizeof(platform_name);
	random = p = (p - sizeof(bprm->layout.random)) & ~15UL;
	if (copy_to_user((void __user *)platform, platform_name, sizeof(platform_name)) ||
	    copy_to_user((void __user *)random, bprm->layout.random, sizeof(bprm->layout.random)))
		return -EFAULT;
	naux = fill_aux(bprm, elf, place, interp_base, platform, random);
	words = 1 + (size_t)bprm->argc + 1 + bprm->envc + 1 + naux;
	v = kvmalloc(words * sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	*sp = (p - words * sizeof(*v)) & ~15UL;
	err = fill_tables(bprm, v, naux);
	if (!err && copy_to_user((void __user *)*sp, v, words * sizeof(*v)))
		err = -EFAULT;
	kvfree(v);
	return err;
}
