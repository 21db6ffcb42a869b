// SPDX-License-Identifier: MIT
/* The ELF format, and what the files that load it share. */
#ifndef KERNEL_TASK_ELF_INTERNAL_H
#define KERNEL_TASK_ELF_INTERNAL_H

#include "kernel/task/elf.h"

struct linux_binprm;

struct elf64_ehdr {
	u8 e_ident[16];
	u16 e_type, e_machine;
	u32 e_version;
	u64 e_entry, e_phoff, e_shoff;
	u32 e_flags;
	u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};

struct elf64_phdr {
	u32 p_type, p_flags;
	u64 p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
};

#define ET_EXEC	     2
#define ET_DYN	     3
#define EM_X86_64    62
#define PT_LOAD	     1
#define PT_INTERP    3
#define PT_GNU_STACK 0x6474e551
#define PF_ELF_X     1
#define PF_ELF_W     2
#define PF_ELF_R     4

#define ELF_PHDRS_MAX_BYTES 65536

/* An image whose headers have been read and found usable. */
struct elf_image {
	const struct program_image *img;
	struct elf64_ehdr ehdr;
	struct elf64_phdr *phdrs;	/* owned */
	unsigned long start, end;	/* the pages its segments take, as the file says */
	unsigned long align;		/* the largest p_align of a segment, at least a page */
};

/* Where it went. Addresses as the program sees them. */
struct elf_place {
	unsigned long bias; /* added to the addresses in the file */
	unsigned long entry, phdr_addr, brk;
	unsigned long start_code, end_code, start_data, end_data;
};

/* elf_image.c: 0 or -errno, ENOEXEC for what cannot be loaded; may sleep */
int image_read(const struct program_image *img, void *buf, size_t len, loff_t pos);
int elf_read_headers(const struct program_image *img, struct elf_image *elf);
void elf_release(struct elf_image *elf);
/* Maps all segments into the current address space; bias is a multiple of elf->align, 0 for ET_EXEC. */
int elf_map(const struct elf_image *elf, unsigned long bias, struct elf_place *place);

/* elf_tables.c: strings' addresses and the auxiliary vector below the strings; *sp is where the program starts. */
int elf_create_tables(struct linux_binprm *bprm, const struct elf_image *elf, const struct elf_place *place,
		      unsigned long interp_base, unsigned long *sp);

#endif
