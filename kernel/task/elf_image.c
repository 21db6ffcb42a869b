// SPDX-License-Identifier: MIT
/*
 * One ELF image: reading its headers, and mapping its segments.
 *
 * The image comes from memory (the boot module) or from a file. From a file, segments are mapped
 * privately, so their pages come through the page cache on demand; from memory, they are copied
 * into anonymous areas. Nothing in the image is trusted: sizes and addresses are checked before
 * they are used, all of them before the old program is given up, and a bad image ends in ENOEXEC.
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
#include "mm/slab.h"

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
	    eh->e_phnum * sizeof(struct elf64_phdr) > ELF_PHDRS_MAX_BYTES)
		return refuse(img, "its program headers cannot be used");
	return 0;
}

/* One loadable segment: inside the file, inside the program's half, congruent to its page. */
static int check_segment(const struct elf64_phdr *ph, const struct program_image *img)
{
	if (ph->p_filesz > ph->p_memsz || ph->p_memsz > TASK_SIZE ||
	    ph->p_vaddr > TASK_SIZE - ph->p_memsz)
		return refuse(img, "a segment has an impossible address or size");
	if (ph->p_offset > img->size || ph->p_filesz > img->size - ph->p_offset)
		return refuse(img, "a segment lies outside the file (is it cut off?)");
	if ((ph->p_vaddr ^ ph->p_offset) & (PAGE_SIZE - 1))
		return refuse(img, "a segment is not aligned to its page");
	return 0;
}

/* Notes the pages the segments take, and their largest alignment; alignments that are no power of two do not count. */
static int check_segments(struct elf_image *elf)
{
	elf->start = ~0UL;
	elf->end = 0;
	elf->align = PAGE_SIZE;
	for (int i = 0; i < elf->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &elf->phdrs[i];
		int err;

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		err = check_segment(ph, elf->img);
		if (err)
			return err;
		elf->start = min_t(unsigned long, elf->start, ph->p_vaddr & PAGE_MASK);
		elf->end = max_t(unsigned long, elf->end, PAGE_ALIGN(ph->p_vaddr + ph->p_memsz));
		if (ph->p_align && !(ph->p_align & (ph->p_align - 1)))
			elf->align = max_t(unsigned long, elf->align, ph->p_align);
	}
	if (!elf->end || elf->ehdr.e_entry >= TASK_SIZE)
		return refuse(elf->img, "nothing to load, or no entry point");
	if (elf->align > TASK_SIZE / 4)
		return refuse(elf->img, "a segment has an impossible alignment");
	return 0;
}

/* On failure nothing is left to be released. */
int elf_read_headers(const struct program_image *img, struct elf_image *elf)
{
	size_t bytes;
	int err;

	elf->img = img;
	elf->phdrs = NULL;
	err = image_read(img, &elf->ehdr, sizeof(elf->ehdr), 0);
	if (!err)
		err = check_header(img, &elf->ehdr);
	if (err)
		return err;
	if (img->file && !img->file->f_op->mmap)
		return refuse(img, "its file cannot be mapped");
	bytes = elf->ehdr.e_phnum * sizeof(struct elf64_phdr);
	elf->phdrs = kvmalloc(bytes, GFP_KERNEL);
	if (!elf->phdrs)
		return -ENOMEM;
	err = image_read(img, elf->phdrs, bytes, elf->ehdr.e_phoff);
	if (!err)
		err = check_segments(elf);
	if (err)
		elf_release(elf);
	return err;
}

void elf_release(struct elf_image *elf)
{
	kvfree(elf->phdrs);
	elf->phdrs = NULL;
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

/* The pages of the segment that the file backs. */
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
	/*
	 * The rest of the last file page holds whatever follows in the file. All of it becomes zero: run-time
	 * linkers allocate from behind their last variable.
	 */
	if (mem_end > file_end && ph->p_filesz && (ph->p_flags & PF_ELF_W)) {
		unsigned long tail = PAGE_ALIGN(file_end) - file_end;

		if (tail && clear_user((void __user *)file_end, tail))
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

static void note_extent(const struct elf_image *elf, struct elf_place *place, const struct elf64_phdr *ph,
			unsigned long addr)
{
	unsigned long file_end = addr + ph->p_filesz;

	if (ph->p_flags & PF_ELF_X) {
		place->start_code = min_t(unsigned long, place->start_code, addr);
		place->end_code = max_t(unsigned long, place->end_code, file_end);
	}
	place->start_data = max_t(unsigned long, place->start_data, addr);
	place->end_data = max_t(unsigned long, place->end_data, file_end);
	place->brk = max_t(unsigned long, place->brk, addr + ph->p_memsz);
	/* where the program finds its own headers */
	if (ph->p_offset <= elf->ehdr.e_phoff && elf->ehdr.e_phoff < ph->p_offset + ph->p_filesz)
		place->phdr_addr = addr + elf->ehdr.e_phoff - ph->p_offset;
}

int elf_map(const struct elf_image *elf, unsigned long bias, struct elf_place *place)
{
	memset(place, 0, sizeof(*place));
	place->start_code = ~0UL;
	place->bias = bias;
	place->entry = elf->ehdr.e_entry + bias;
	for (int i = 0; i < elf->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &elf->phdrs[i];
		unsigned long addr = ph->p_vaddr + bias;
		int err;

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		err = elf->img->bytes ? map_from_memory(elf->img, ph, addr) : map_from_file(elf->img, ph, addr);
		if (err)
			return err;
		note_extent(elf, place, ph, addr);
	}
	if (place->start_code == ~0UL)
		place->start_code = 0;
	return place->entry < TASK_SIZE ? 0 : -EINVAL;
}
