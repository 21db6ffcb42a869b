// SPDX-License-Identifier: MIT
/*
 * Core dumps: the file's format, an ELF file with a segment for each area of memory and one of notes (elf(5), core(5)).
 *
 * Nothing changes meanwhile: the other threads stand still (coredump.c). Only another process that shares the address space (vfork)
 * could unmap an area, which then is dumped as a hole; so areas are copied into a table under mmap_sem, and each page is looked up
 * by its address again.
 *
 * Anonymous memory is dumped, and areas of files that the process has written to privately (the default of coredump_filter); of
 * other files' areas the first page, if it is an ELF header, by which a debugger finds the file. What was never touched is a hole.
 */
#include "fs/dcache.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/coredump.h"
#include "kernel/task/cputime.h"
#include "kernel/task/elf_internal.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/thread.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

#define ET_CORE	      4
#define PT_NOTE	      4
#define NT_PRSTATUS   1
#define NT_FPREGSET   2
#define NT_PRPSINFO   3
#define NT_AUXV	      6
#define NT_SIGINFO    0x53494749
#define NT_FILE	      0x46494c45
#define NT_X86_XSTATE 0x202

struct core_area {
	unsigned long start, end, dumped; /* bytes from start on that are in the file */
	unsigned long vm_flags;
};

/* What is gathered before the first byte is written. */
struct core_image {
	struct core_area *areas;
	int nr_areas;
	char *notes; /* grows as they are added */
	size_t notes_len, notes_size;
	bool failed; /* no memory for a note */
};

struct elf_timeval {
	s64 sec, usec;
};

struct elf_prstatus {
	s32 signo, code, err;
	s16 cursig;
	u64 sigpend, sighold;
	s32 pid, ppid, pgrp, sid;
	struct elf_timeval utime, stime, cutime, cstime;
	u8 regs[USER_REGS_SIZE];
	s32 fpvalid;
};
static_assert(sizeof(struct elf_prstatus) == 336, "elf_prstatus");

struct elf_prpsinfo {
	char state, sname, zomb, nice;
	u64 flag;
	u32 uid, gid;
	s32 pid, ppid, pgrp, sid;
	char fname[16], psargs[80];
};
static_assert(sizeof(struct elf_prpsinfo) == 136, "elf_prpsinfo");

/* ---- notes ---- */

struct note_header {
	u32 namesz, descsz, type;
};

/* Room for another @len bytes of notes, zeroed; NULL: there is no memory. */
static void *reserve(struct core_image *image, size_t len)
{
	size_t size = image->notes_size ?: 16384;
	char *bigger;

	while (size < image->notes_len + len)
		size *= 2;
	if (size != image->notes_size) {
		bigger = kvmalloc(size, GFP_KERNEL);
		if (!bigger) {
			image->failed = true;
			return NULL;
		}
		memcpy(bigger, image->notes, image->notes_len);
		kvfree(image->notes);
		image->notes = bigger;
		image->notes_size = size;
	}
	bigger = image->notes + image->notes_len;
	memset(bigger, 0, len);
	image->notes_len += len;
	return bigger;
}

static void add_note(struct core_image *image, const char *name, u32 type, const void *desc, size_t len)
{
	struct note_header h = { (u32)strlen(name) + 1, (u32)len, type };
	char *to = reserve(image, sizeof(h) + ALIGN(h.namesz, 4) + ALIGN(len, 4));

	if (!to)
		return;
	memcpy(to, &h, sizeof(h));
	memcpy(to + sizeof(h), name, h.namesz);
	memcpy(to + sizeof(h) + ALIGN(h.namesz, 4), desc, len);
}

static struct elf_timeval timeval_of(u64 ns)
{
	return (struct elf_timeval){ (s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

struct core_ids {
	s32 ppid, pgrp, sid;
};

static struct core_ids ids_of(struct task_struct *t)
{
	struct core_ids ids;

	rcu_read_lock();
	ids = (struct core_ids){ READ_ONCE(t->real_parent)->tgid, task_pgrp(t)->nr, task_session(t)->nr };
	rcu_read_unlock();
	return ids;
}

static void add_thread(struct core_image *image, struct task_struct *t, const kernel_siginfo_t *info)
{
	const struct core_ids ids = ids_of(t);
	struct elf_prstatus s;
	u64 utime, stime;

	while (t != current && !task_stands_still(t))
		msleep(1); /* it has nothing but schedule() before it */
	memset(&s, 0, sizeof(s)); /* with its padding */
	s.signo = info->si_signo;
	s.code = info->si_code;
	s.cursig = (s16)info->si_signo;
	s.fpvalid = 1;
	thread_cpu_split(t, &utime, &stime);
	s.utime = timeval_of(utime);
	s.stime = timeval_of(stime);
	usage_split(&t->signal->children_use, &utime, &stime);
	s.cutime = timeval_of(utime);
	s.cstime = timeval_of(stime);
	s.sigpend = t->pending.signal.sig[0];
	s.sighold = t->blocked.sig[0];
	s.pid = t->pid;
	s.ppid = ids.ppid;
	s.pgrp = ids.pgrp;
	s.sid = ids.sid;
	ptrace_copy_regs(t, s.regs);
	add_note(image, "CORE", NT_PRSTATUS, &s, sizeof(s));
	add_note(image, "CORE", NT_FPREGSET, fpu_area_of(&t->thread.fpu), USER_FPREGS_SIZE);
	if (cpu_features.xsave)
		add_note(image, "LINUX", NT_X86_XSTATE, fpu_area_of(&t->thread.fpu), fpu_area_size());
}

static void add_process(struct core_image *image)
{
	struct task_struct *t = current;
	struct mm_struct *mm = t->mm;
	const struct core_ids ids = ids_of(t);
	struct elf_prpsinfo p;
	int n;

	memset(&p, 0, sizeof(p)); /* with its padding */
	n = access_process_vm(mm, mm->arg_start, p.psargs,
			      (int)min_t(unsigned long, sizeof(p.psargs) - 1, mm->arg_end - mm->arg_start), FOLL_FORCE);
	for (int i = 0; i < n - 1; i++) {
		if (!p.psargs[i])
			p.psargs[i] = ' ';
	}
	p.sname = 'R';
	p.nice = (char)t->prio_nice;
	p.flag = t->flags;
	p.uid = current_uid();
	p.gid = current_gid();
	p.pid = t->tgid;
	p.ppid = ids.ppid;
	p.pgrp = ids.pgrp;
	p.sid = ids.sid;
	get_task_comm(p.fname, t);
	add_note(image, "CORE", NT_PRPSINFO, &p, sizeof(p));
}

/* Which file is mapped where: count, page size; start, end and offset of each; then the names. mmap_sem shared. */
static void add_files(struct core_image *image, struct mm_struct *mm, int nr_areas)
{
	size_t room = 16 + (size_t)nr_areas * 24, names = 0, size = room + (size_t)nr_areas * 256;
	u64 *table = kvmalloc(size, GFP_KERNEL), *next = table + 2;
	struct vm_area_struct *vma;
	char *path, *text;
	u64 count = 0;

	path = kmalloc(PAGE_SIZE, GFP_KERNEL);
	for (vma = mm->mmap; table && path && vma; vma = vma->vm_next) {
		const char *name = vma->vm_file ? d_path(&vma->vm_file->f_path, path, PAGE_SIZE) : NULL;
		size_t len = IS_ERR_OR_NULL(name) ? 0 : strlen(name) + 1;

		if (!len || room + names + len > size)
			continue;
		memcpy((char *)table + room + names, name, len);
		names += len;
		*next++ = vma->vm_start;
		*next++ = vma->vm_end;
		*next++ = vma->vm_pgoff;
		count++;
	}
	if (table && path) {
		table[0] = count;
		table[1] = PAGE_SIZE;
		text = (char *)(table + 2 + 3 * count);
		memmove(text, (char *)table + room, names);
		add_note(image, "CORE", NT_FILE, table, (size_t)(text - (char *)table) + names);
	}
	kfree(path);
	kvfree(table);
}

/* ---- areas ---- */

static unsigned long first_page_if_elf(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct page *page;
	bool elf = false;

	if (vma->vm_pgoff || !(vma->vm_flags & VM_READ))
		return 0;
	if (!get_dump_page(mm, vma->vm_start, &page) && page) {
		elf = !memcmp(page_address(page), "\177ELF", 4);
		put_page(page);
	}
	return elf ? PAGE_SIZE : 0;
}

/* How much of it goes into the file. mmap_sem shared. */
static unsigned long bytes_to_dump(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned long all = vma->vm_end - vma->vm_start;

	if (vma->vm_start == mm->vdso)
		return all;
	if (vma->vm_flags & (VM_IO | VM_PFNMAP | VM_DONTDUMP))
		return 0;
	if (vma_is_anonymous(vma) || vma->anon_vma)
		return all;
	if (vma->vm_file && (vma->vm_flags & VM_SHARED)) /* shared memory without a name */
		return READ_ONCE(file_inode(vma->vm_file)->i_nlink) ? 0 : all;
	return first_page_if_elf(mm, vma);
}

static bool gather_areas(struct core_image *image, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	int n = 0;

	if (down_read_killable(&mm->mmap_sem))
		return false;
	for (vma = mm->mmap; vma; vma = vma->vm_next)
		n++;
	image->areas = kvmalloc_array((size_t)n, sizeof(*image->areas), GFP_KERNEL);
	for (vma = mm->mmap; image->areas && vma; vma = vma->vm_next)
		image->areas[image->nr_areas++] =
			(struct core_area){ vma->vm_start, vma->vm_end, bytes_to_dump(mm, vma), vma->vm_flags };
	if (image->areas)
		add_files(image, mm, n);
	up_read(&mm->mmap_sem);
	return image->areas;
}

static void gather_notes(struct core_image *image, const struct coredump *cd)
{
	const siginfo_t full = { .known = *cd->info };
	struct mm_struct *mm = current->mm;

	arch_sync_thread();
	add_thread(image, current, cd->info);
	add_process(image);
	add_note(image, "CORE", NT_SIGINFO, &full, sizeof(full));
	add_note(image, "CORE", NT_AUXV, mm->saved_auxv, sizeof(mm->saved_auxv));
	for (struct core_thread *t = cd->threads; t; t = t->next)
		add_thread(image, t->task, cd->info);
}

/* ---- writing ---- */

static bool emit_headers(struct coredump *cd, const struct core_image *image)
{
	const u16 nr = (u16)(image->nr_areas + 1);
	struct elf64_ehdr ehdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = 1,
		.e_phoff = sizeof(ehdr),
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(struct elf64_phdr),
		.e_phnum = nr,
	};
	struct elf64_phdr phdr = { .p_type = PT_NOTE, .p_offset = sizeof(ehdr) + nr * sizeof(phdr), .p_filesz = image->notes_len };
	u64 offset = ALIGN(phdr.p_offset + phdr.p_filesz, PAGE_SIZE);

	if (!dump_emit(cd, &ehdr, sizeof(ehdr)) || !dump_emit(cd, &phdr, sizeof(phdr)))
		return false;
	for (int i = 0; i < image->nr_areas; i++) {
		const struct core_area *a = &image->areas[i];

		phdr = (struct elf64_phdr){
			.p_type = PT_LOAD,
			.p_flags = ((a->vm_flags & VM_READ) ? PF_ELF_R : 0) | ((a->vm_flags & VM_WRITE) ? PF_ELF_W : 0) |
				   ((a->vm_flags & VM_EXEC) ? PF_ELF_X : 0),
			.p_offset = offset,
			.p_vaddr = a->start,
			.p_filesz = a->dumped,
			.p_memsz = a->end - a->start,
			.p_align = PAGE_SIZE,
		};
		offset += a->dumped;
		if (!dump_emit(cd, &phdr, sizeof(phdr)))
			return false;
	}
	return dump_emit(cd, image->notes, image->notes_len);
}

static bool emit_area(struct coredump *cd, struct mm_struct *mm, const struct core_area *a)
{
	for (unsigned long addr = a->start; addr < a->start + a->dumped; addr += PAGE_SIZE) {
		struct page *page = NULL;
		bool ok;

		if (down_read_killable(&mm->mmap_sem))
			return false;
		if (get_dump_page(mm, addr, &page))
			page = NULL;
		up_read(&mm->mmap_sem);
		ok = dump_emit(cd, page ? page_address(page) : NULL, PAGE_SIZE);
		if (page)
			put_page(page);
		if (!ok)
			return false;
		cond_resched();
	}
	return true;
}

bool elf_core_dump(struct coredump *cd)
{
	struct mm_struct *mm = current->mm;
	struct core_image image = { 0 };
	bool dumped = false;

	gather_notes(&image, cd);
	if (gather_areas(&image, mm) && !image.failed) {
		dumped = emit_headers(cd, &image) && dump_emit(cd, NULL, ALIGN((size_t)cd->pos, PAGE_SIZE) - (size_t)cd->pos);
		for (int i = 0; dumped && i < image.nr_areas; i++) {
			if (!emit_area(cd, mm, &image.areas[i]))
				break; /* a core cut short is one all the same */
		}
	}
	kvfree(image.areas);
	kvfree(image.notes);
	return dumped;
}
