// SPDX-License-Identifier: MIT
/*
 * Loading an ELF program: reading its headers, and mapping its segments.
 *
 * The image comes from memory (the boot module) or from a file. From a file, segments are mapped
 * privately, so their pages come through the page cache on demand; from memory, they are copied
 * into anonymous areas. Nothing in the image is trusted: sizes and addresses are checked before
 * they are used, and a bad image ends in ENOEXEC.
 *
 * The caller has given the task a fresh address space; a failure half-way leaves it to be thrown
 * away with the task.
 */
#include "kernel/task/elf_internal.h"
#include "fs/fs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mman.h"

/* Static-PIE programs go here: two thirds up, away from brk's and mmap's usual places. */
#define PIE_BASE 0x555555554000UL

/* Refuses the image, with the reason in words. */
static int refuse(const struct program_image *img, const char *why)
{
	*img->why = why;
	return -ENOEXEC;
}

/* Reads part of the image into kernel memory. 0 or -errno. May sleep. */
int image_read(const struct program_image *img, void *buf, size_t len, loff_t pos)
{
	ssize_t n;

	if (pos < 0 || len > img->size || (size_t)pos > img->size - len)
		return refuse(img, "too short for a program");
	if (img->bytes) {
		memcpy(buf, (const char *)img->bytes + pos, len);
		return 0;
	}
	n = kernel_read(img->file, buf, len, &pos);
	if (n < 0)
		return n;
	return n == len ? 0 : -EIO;
}

static int check_header(const struct program_image *img, const struct elf64_ehdr *eh)
{
	if (memcmp(eh->e_ident, "\177ELF", 4))
		return refuse(img, "not an ELF program");
	if (eh->e_ident[4] != 2 || eh->e_ident[5] != 1)
		return refuse(img, "not a 64-bit little-endian program");
	if (eh->e_machine != EM_X86_64)
		return refuse(img, "made for another machine than x86-64");
	if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
		return refuse(img, "not executable (an object file or a core dump)");
	if (eh->e_phentsize != sizeof(struct elf64_phdr) || !eh->e_phnum ||
	    eh->e_phnum > ELF_MAX_PHDRS)
		return refuse(img, "its program headers cannot be used");
	return 0;
}

/* One loadable segment: inside the file, inside the program's half, congruent to its page. */
static int check_segment(const struct elf64_phdr *ph, const struct program_image *img,
			 unsigned long bias)
{
	unsigned long addr = ph->p_vaddr + bias;

	if (ph->p_filesz > ph->p_memsz || ph->p_memsz > TASK_SIZE || addr < ph->p_vaddr ||
	    addr > TASK_SIZE - ph->p_memsz)
		return refuse(img, "a segment has an impossible address or size");
	if (ph->p_offset > img->size || ph->p_filesz > img->size - ph->p_offset)
		return refuse(img, "a segment lies outside the file (is it cut off?)");
	if ((ph->p_vaddr ^ ph->p_offset) & (PAGE_SIZE - 1))
		return refuse(img, "a segment is not aligned to its page");
	return 0;
}

static unsigned long segment_prot(const struct elf64_phdr *ph)
{
	unsigned long prot = 0;

	if (ph->p_flags & PF_ELF_R)
		prot |= PROT_READ;
	if (ph->p_flags & PF_ELF_W)
		prot |= PROT_WRITE;
	if (ph->p_flags & PF_ELF_X)
		prot |= PROT_EXEC;
	return prot;
}

/* The pages of the segment that the file backs; [*start, *end) is what was mapped. */
static int map_file_part(const struct program_image *img, const struct elf64_phdr *ph,
			 unsigned long addr)
{
	unsigned long off = addr & (PAGE_SIZE - 1), len = PAGE_ALIGN(ph->p_filesz + off), got;

	if (!ph->p_filesz)
		return 0;
	got = vm_mmap(img->file, addr - off, len, segment_prot(ph), MAP_PRIVATE | MAP_FIXED,
		      ph->p_offset - off);
	return IS_ERR_VALUE(got) ? (int)got : 0;
}

/* Zero pages behind (or instead of) the file's. */
static int map_zero_part(unsigned long start, unsigned long end, unsigned long prot)
{
	unsigned long got;

	if (start >= end)
		return 0;
	got = vm_mmap(NULL, start, end - start, prot, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, 0);
	return IS_ERR_VALUE(got) ? (int)got : 0;
}

static int map_from_file(const struct program_image *img, const struct elf64_phdr *ph,
			 unsigned long addr)
{
	unsigned long file_end = addr + ph->p_filesz, mem_end = addr + ph->p_memsz;
	int err = map_file_part(img, ph, addr);

	if (err)
		return err;
	err = map_zero_part(PAGE_ALIGN(file_end), PAGE_ALIGN(mem_end), segment_prot(ph));
	if (err)
		return err;
	/* the rest of the last file page holds whatever follows in the file */
	if (mem_end > file_end && (ph->p_flags & PF_ELF_W)) {
		unsigned long tail = min_t(unsigned long, PAGE_ALIGN(file_end), mem_end) - file_end;

		if (ph->p_filesz && tail && clear_user((void __user *)file_end, tail))
			return -EFAULT;
	}
	return 0;
}

static int map_from_memory(const struct program_image *img, const struct elf64_phdr *ph,
			   unsigned long addr)
{
	unsigned long start = addr & PAGE_MASK, end = PAGE_ALIGN(addr + ph->p_memsz);
	int err = map_zero_part(start, end, PROT_READ | PROT_WRITE);

	if (err)
		return err;
	if (copy_to_user((void __user *)addr, (const char *)img->bytes + ph->p_offset,
			 ph->p_filesz))
		return -EFAULT;
	return sys_mprotect(start, end - start, segment_prot(ph));
}

static void note_extent(struct elf_program *prog, const struct elf64_phdr *ph, unsigned long addr)
{
	unsigned long end = addr + ph->p_memsz;

	if (ph->p_flags & PF_ELF_X) {
		prog->start_code = min_t(unsigned long, prog->start_code, addr);
		prog->end_code = max_t(unsigned long, prog->end_code, end);
	} else {
		prog->start_data = min_t(unsigned long, prog->start_data, addr);
	}
	prog->end_data = max_t(unsigned long, prog->end_data, addr + ph->p_filesz);
	prog->brk = max_t(unsigned long, prog->brk, end);
	/* where the program finds its own headers */
	if (ph->p_offset <= prog->ehdr.e_phoff &&
	    prog->ehdr.e_phoff < ph->p_offset + ph->p_filesz)
		prog->phdr_addr = addr + prog->ehdr.e_phoff - ph->p_offset;
}

/*
 * Maps the program into the current address space and fills *prog. ENOEXEC for what is no static
 * (or static-PIE) x86-64 program. May sleep.
 */
int elf_map(const struct program_image *img, struct elf_program *prog)
{
	struct elf64_phdr *ph;
	int i, err;

	memset(prog, 0, sizeof(*prog));
	prog->start_code = prog->start_data = ~0UL;
	err = image_read(img, &prog->ehdr, sizeof(prog->ehdr), 0);
	if (!err)
		err = check_header(img, &prog->ehdr);
	if (!err)
		err = image_read(img, prog->phdrs, prog->ehdr.e_phnum * sizeof(*ph),
				 prog->ehdr.e_phoff);
	if (err)
		return err;
	prog->bias = prog->ehdr.e_type == ET_DYN ? PIE_BASE : 0;
	for (i = 0; i < prog->ehdr.e_phnum; i++) {
		unsigned long addr;

		ph = &prog->phdrs[i];
		if (ph->p_type == PT_INTERP)
			return refuse(img, "dynamically linked: link it with -static");
		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		err = check_segment(ph, img, prog->bias);
		if (err)
			return err;
		addr = ph->p_vaddr + prog->bias;
		err = img->bytes ? map_from_memory(img, ph, addr) : map_from_file(img, ph, addr);
		if (err)
			return err;
		note_extent(prog, ph, addr);
	}
	prog->entry = prog->ehdr.e_entry + prog->bias;
	if (!prog->brk || prog->entry >= TASK_SIZE)
		return refuse(img, "nothing to load, or no entry point");
	return 0;
}
