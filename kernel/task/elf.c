// SPDX-License-Identifier: MIT
/*
 * Executing an ELF program: the image itself and, if it names one (PT_INTERP), the interpreter that links it at run time.
 *
 * Both images are read and checked before the old program is given up. Then: a static program starts at its own
 * entry; a dynamic one at the interpreter's, which finds the program through the auxiliary vector. A
 * position-independent program goes two thirds up the address space, its interpreter to where mmap would put it.
 */
#include "fs/fs.h"
#include "fs/namei.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/binprm.h"
#include "kernel/task/elf_internal.h"
#include "kernel/task/sched.h"
#include "kernel/vdso/vdso.h"
#include "kernel/x86/thread.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

struct interpreter {
	struct program_image img; /* img.file NULL: there is none */
	struct elf_image elf;
	struct elf_place place;
};

static const struct elf64_phdr *find_phdr(const struct elf_image *elf, u32 type)
{
	for (int i = 0; i < elf->ehdr.e_phnum; i++) {
		if (elf->phdrs[i].p_type == type)
			return &elf->phdrs[i];
	}
	return NULL;
}

/* The path PT_INTERP names, to be freed; NULL if there is none; or an error pointer. */
static char *interpreter_path(const struct elf_image *elf)
{
	const struct elf64_phdr *ph = find_phdr(elf, PT_INTERP);
	char *path;
	int err;

	if (!ph)
		return NULL;
	if (ph->p_filesz < 2 || ph->p_filesz > PATH_MAX) {
		*elf->img->why = "the name of its interpreter cannot be used";
		return ERR_PTR(-ENOEXEC);
	}
	path = kmalloc(ph->p_filesz, GFP_KERNEL);
	if (!path)
		return ERR_PTR(-ENOMEM);
	err = image_read(elf->img, path, ph->p_filesz, ph->p_offset);
	if (!err && path[ph->p_filesz - 1]) {
		*elf->img->why = "the name of its interpreter does not end";
		err = -ENOEXEC;
	}
	if (!err)
		return path;
	kfree(path);
	return ERR_PTR(err);
}

/* Opens and checks it. ENOENT if it is not there, ELIBBAD if it is no interpreter. */
static int open_interpreter(const struct elf_image *elf, struct interpreter *interp)
{
	char *path = interpreter_path(elf);
	struct file *file;
	int err;

	if (IS_ERR_OR_NULL(path))
		return PTR_ERR(path);
	file = open_exec(path);
	kfree(path);
	if (IS_ERR(file)) {
		*elf->img->why = "its interpreter (PT_INTERP) cannot be opened";
		return PTR_ERR(file);
	}
	interp->img = (struct program_image){
		.file = file,
		.size = i_size_read(file_inode(file)),
		.why = elf->img->why,
	};
	err = elf_read_headers(&interp->img, &interp->elf);
	return err == -ENOEXEC ? -ELIBBAD : err;
}

static void close_interpreter(struct interpreter *interp)
{
	elf_release(&interp->elf);
	put_exec_file(interp->img.file);
}

/*
 * The bias for an image: 0 for fixed addresses, which must be free (the stack is there already); otherwise so that
 * it begins at hint or, without a hint, where mmap has room, moved up as its alignment wants.
 */
static int choose_bias(const struct elf_image *elf, unsigned long hint, unsigned long *bias)
{
	struct mm_struct *mm = current->mm;
	unsigned long len = elf->end - elf->start, addr = elf->start;
	int err = 0;

	down_write(&mm->mmap_sem);
	if (elf->ehdr.e_type == ET_DYN) {
		addr = hint ? hint : get_unmapped_area(NULL, 0, len + elf->align - PAGE_SIZE, 0, 0);
		if (IS_ERR_VALUE(addr))
			err = (int)addr;
		else
			addr += (elf->start - addr) & (elf->align - 1);
	}
	if (!err && (addr > TASK_SIZE - len || find_vma_intersection(mm, addr, addr + len)))
		err = -ENOMEM;
	up_write(&mm->mmap_sem);
	*bias = addr - elf->start;
	return err;
}

static int place_images(const struct linux_binprm *bprm, const struct elf_image *elf, struct elf_place *place,
			struct interpreter *interp)
{
	unsigned long bias;
	int err = choose_bias(elf, bprm->layout.pie_base & PAGE_MASK, &bias);

	if (!err)
		err = elf_map(elf, bias, place);
	if (err || !interp->img.file)
		return err;
	err = choose_bias(&interp->elf, 0, &bias);
	return err ? err : elf_map(&interp->elf, bias, &interp->place);
}

static void note_layout(struct mm_struct *mm, const struct linux_binprm *bprm, const struct elf_place *place)
{
	mm->start_code = place->start_code;
	mm->end_code = place->end_code;
	mm->start_data = place->start_data;
	mm->end_data = place->end_data;
	mm->start_brk = mm->brk = PAGE_ALIGN(place->brk) + bprm->layout.brk_rnd;
}

/* The current address space is new and holds nothing but the arguments. */
static int load_images(struct linux_binprm *bprm, const struct elf_image *elf, struct interpreter *interp)
{
	const struct elf64_phdr *stack = find_phdr(elf, PT_GNU_STACK);
	struct mm_struct *mm = current->mm;
	struct elf_place place;
	unsigned long sp;
	int err;

	mm->mmap_base = layout_mmap_base(&bprm->layout);
	err = finish_arg_stack(mm, bprm->vma, stack && (stack->p_flags & PF_ELF_X));
	if (!err)
		err = place_images(bprm, elf, &place, interp);
	if (err)
		return err;
	note_layout(mm, bprm, &place);
	err = map_vdso();
	if (!err)
		err = elf_create_tables(bprm, elf, &place, interp->place.bias, &sp);
	if (err)
		return err;
	mm->start_stack = sp;
	return arch_start_program(interp->img.file ? interp->place.entry : place.entry, sp);
}

int load_elf(struct linux_binprm *bprm)
{
	struct interpreter *interp = kzalloc(sizeof(*interp), GFP_KERNEL);
	struct elf_image elf;
	int err;

	if (!interp)
		return -ENOMEM;
	err = elf_read_headers(&bprm->img, &elf);
	if (err)
		goto out;
	err = open_interpreter(&elf, interp);
	if (!err)
		err = begin_new_exec(bprm);
	if (!err)
		err = load_images(bprm, &elf, interp);
	close_interpreter(interp);
	elf_release(&elf);
out:
	kfree(interp);
	return err;
}
