// SPDX-License-Identifier: MIT
/* The ELF format, and what elf.c tells exec.c about a mapped program. */
#ifndef KERNEL_TASK_ELF_INTERNAL_H
#define KERNEL_TASK_ELF_INTERNAL_H

#include "kernel/task/elf.h"

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

#define ET_EXEC	  2
#define ET_DYN	  3
#define EM_X86_64 62
#define PT_LOAD	  1
#define PT_INTERP 3
#define PF_ELF_X  1
#define PF_ELF_W  2
#define PF_ELF_R  4

#define ELF_MAX_PHDRS 16

struct elf_program {
	struct elf64_ehdr ehdr;
	struct elf64_phdr phdrs[ELF_MAX_PHDRS];
	unsigned long bias; /* added to the addresses in the file */
	unsigned long entry, phdr_addr, brk;
	unsigned long start_code, end_code, start_data, end_data;
};

int image_read(const struct program_image *img, void *buf, size_t len, loff_t pos);
int elf_map(const struct program_image *img, struct elf_program *prog);

#endif
