// SPDX-License-Identifier: MIT
/*
 * ELF images made here, byte by byte: the interpreter and all ways not to have one, alignment, memory behind the file's
 * bytes; and images with damage, which may run, be refused or be killed, but harm nobody else.
 */
#include "exectest.h"
#include <elf.h>

#define FILE_SIZE 8192

struct image {
	union {
		unsigned char bytes[FILE_SIZE];
		struct {
			Elf64_Ehdr eh;
			Elf64_Phdr ph[4];
		};
	};
};

/* exit(code) */
static size_t code_exit(unsigned char *p, int code)
{
	static const unsigned char text[] = { 0xb8, 60, 0, 0, 0, 0xbf, 0, 0, 0, 0, 0x0f, 0x05 };

	memcpy(p, text, sizeof(text));
	p[6] = code;
	return sizeof(text);
}

/* One segment with everything; code at 0x400. */
static void make(struct image *im, int type, unsigned long vaddr, int code)
{
	memset(im, 0, sizeof(*im));
	memcpy(im->eh.e_ident, ELFMAG "\2\1\1", 7);
	im->eh.e_type = type;
	im->eh.e_machine = EM_X86_64;
	im->eh.e_version = 1;
	im->eh.e_entry = vaddr + 0x400;
	im->eh.e_phoff = sizeof(im->eh);
	im->eh.e_ehsize = sizeof(im->eh);
	im->eh.e_phentsize = sizeof(im->ph[0]);
	im->eh.e_phnum = 1;
	im->ph[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = vaddr, .p_filesz = FILE_SIZE, .p_memsz = FILE_SIZE,
		.p_align = 4096,
	};
	code_exit(im->bytes + 0x400, code);
}

static void name_interpreter(struct image *im, const char *path)
{
	strcpy((char *)im->bytes + 0x800, path);
	im->ph[im->eh.e_phnum++] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = 0x800, .p_filesz = strlen(path) + 1 };
}

static int run_image(const struct image *im, int *status)
{
	char *path = path_in_dir("image"), *argv[] = { "image", NULL };

	write_file(path, im->bytes, sizeof(im->bytes), 0755);
	return run(path, argv, environ, status, NULL, 0);
}

static void interpreters(void)
{
	struct image im;
	char *path = strdup(path_in_dir("interpreter"));
	int status, error;

	/* it is what runs */
	make(&im, ET_DYN, 0, 43);
	write_file(path, im.bytes, sizeof(im.bytes), 0755);
	for (int type = ET_EXEC; type <= ET_DYN; type++) {
		make(&im, type, type == ET_EXEC ? 0x400000 : 0, 42);
		CHECK(!run_image(&im, &status) && EXITED(status, 42), "%x", status);
		name_interpreter(&im, path);
		CHECK(!run_image(&im, &status) && EXITED(status, 43), "%x", status);
	}
	chmod(path, 0644);
	CHECK((error = run_image(&im, &status)) == EACCES, "%d", error);
	memset(im.bytes, 'x', sizeof(im.bytes));
	write_file(path, im.bytes, sizeof(im.bytes), 0755);
	make(&im, ET_DYN, 0, 42);
	name_interpreter(&im, path);
	CHECK((error = run_image(&im, &status)) == ELIBBAD, "%d", error);
	unlink(path);
	CHECK((error = run_image(&im, &status)) == ENOENT, "%d", error);
	im.ph[1].p_filesz--;
	CHECK((error = run_image(&im, &status)) == ENOEXEC, "%d", error);
	im.ph[1].p_filesz = 5000;
	CHECK((error = run_image(&im, &status)) == ENOEXEC, "%d", error);
	make(&im, ET_DYN, 0, 42);
	name_interpreter(&im, dir);
	CHECK((error = run_image(&im, &status)) == EACCES, "%d", error);
	free(path);
}

/* The image's first byte must lie on a multiple of its alignment: lea rdi,[image]; and edi,mask; shr edi,12; exit */
static void alignment(void)
{
	static const unsigned char text[] = { 0x48, 0x8d, 0x3d, 0, 0, 0, 0, 0x81, 0xe7, 0xff, 0xff, 0x0f, 0x00, 0xc1, 0xef, 12,
					      0xb8, 60, 0, 0, 0, 0x0f, 0x05 };
	int back = -(0x400 + 7), status;
	struct image im;

	make(&im, ET_DYN, 0, 0);
	memcpy(im.bytes + 0x400, text, sizeof(text));
	memcpy(im.bytes + 0x403, &back, 4);
	im.ph[0].p_align = 1 << 20;
	for (int i = 0; i < 8; i++)
		CHECK(!run_image(&im, &status) && EXITED(status, 0), "%x", status);
	im.ph[0].p_align = 3; /* no power of two: no alignment */
	CHECK(!run_image(&im, &status) && WIFEXITED(status), "%x", status);
}

/*
 * A second, writable segment of 16 bytes in the file and three pages in memory: zero behind the file's bytes, in
 * the same page and beyond, and writable. mov al,[addr]; or bl,al...; mov [addr],al; movzx edi,bl; exit
 */
static void zero_behind_the_file(void)
{
	static const unsigned long addresses[] = { 0x601010, 0x601fff, 0x602000, 0x603000 };
	unsigned char *p;
	struct image im;
	int status;

	make(&im, ET_EXEC, 0x400000, 0);
	memset(im.bytes + 0x1000, 0x55, 0x1000);
	im.ph[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = 0x1000, .p_vaddr = 0x601000, .p_filesz = 16,
		.p_memsz = 0x2fff, .p_align = 4096,
	};
	im.eh.e_phnum = 2;
	p = im.bytes + 0x400;
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int a = addresses[i];

		memcpy(p, "\x8a\x04\x25", 3); /* mov al,[a] */
		memcpy(p + 3, &a, 4);
		memcpy(p + 7, "\x08\xc3\xc6\x04\x25", 5); /* or bl,al; mov byte [a],1 */
		memcpy(p + 12, &a, 4);
		p[16] = 1;
		p += 17;
	}
	memcpy(p, "\x0f\xb6\xfb\xb8\x3c\0\0\0\x0f\x05", 10); /* movzx edi,bl; exit */
	CHECK(!run_image(&im, &status) && EXITED(status, 0), "%x", status);
}

/* One word on the stack is executable if the image says so: PT_GNU_STACK with PF_X. */
static void stack_protection(void)
{
	/* push 0xc3; call rsp ends in SIGSEGV or comes back: mov word [rsp-8],0xc3; lea rax,[rsp-8]; sub rsp,64; call rax */
	static const unsigned char text[] = { 0xc6, 0x44, 0x24, 0xf8, 0xc3, 0x48, 0x8d, 0x44, 0x24, 0xf8, 0x48, 0x83, 0xec, 64,
					      0xff, 0xd0 };
	struct image im;
	int status;

	make(&im, ET_DYN, 0, 0);
	memcpy(im.bytes + 0x400, text, sizeof(text));
	code_exit(im.bytes + 0x400 + sizeof(text), 7);
	CHECK(!run_image(&im, &status) && KILLED(status, SIGSEGV), "%x", status);
	im.ph[im.eh.e_phnum++] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
	CHECK(!run_image(&im, &status) && KILLED(status, SIGSEGV), "%x", status);
	im.ph[1].p_flags |= PF_X;
	CHECK(!run_image(&im, &status) && EXITED(status, 7), "%x", status);
}

void images(void)
{
	interpreters();
	alignment();
	zero_behind_the_file();
	stack_protection();
}

static unsigned long wild(unsigned long *seed)
{
	static const unsigned long values[] = { 0, 1, ~0UL, 1UL << 63, 1UL << 47, (1UL << 47) - 4096, 4096, 0x7fffffffffffffff, 65536,
						0xfff, 0x400000, 1UL << 32, 3, FILE_SIZE, FILE_SIZE + 1, 0xffffffffffff0000 };

	*seed = *seed * 6364136223846793005UL + 1442695040888963407UL;
	return *seed >> 60 < 8 ? values[*seed >> 40 & 15] : *seed >> 13;
}

/* A child without rights and with little time executes it: on Linux too it must harm nobody. */
static void run_damaged(const struct image *im, size_t size)
{
	char *path = path_in_dir("damaged"), *argv[] = { "damaged", NULL };
	int status;
	pid_t pid;

	write_file(path, im->bytes, size, 0755);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct rlimit limit = { 1, 1 };

		setrlimit(RLIMIT_CPU, &limit);
		alarm(5);
		close(2); /* an interpreter that is this program complains */
		if (!getuid() && (setgid(65534) || setuid(65534)))
			_exit(250);
		execv(path, argv);
		_exit(errno == ENOEXEC || errno == ENOMEM || errno == EINVAL || errno == EIO || errno == ELIBBAD ||
		      errno == ENOENT || errno == EACCES ? 251 : 252);
	}
	status = status_of(pid);
	CHECK(!EXITED(status, 250) && !EXITED(status, 252) && !KILLED(status, SIGALRM), "%x", status);
}

void damaged_images(void)
{
	unsigned long seed = 1;
	struct image im;

	for (size_t size = 0; size < 200; size += 13) {
		make(&im, ET_DYN, 0, 1);
		run_damaged(&im, size);
	}
	for (int i = 0; i < 300; i++) {
		make(&im, i % 2 ? ET_EXEC : ET_DYN, i % 2 ? 0x400000 : 0, 1);
		im.ph[1] = im.ph[0];
		im.ph[1].p_vaddr += 0x10000;
		im.ph[1].p_flags = PF_R | PF_W;
		im.eh.e_phnum = 2;
		if (i % 3 == 0)
			name_interpreter(&im, i % 2 ? "/nowhere" : self);
		for (int n = 0; n < 1 + i % 3; n++) {
			unsigned long where = wild(&seed) >> 3, what = wild(&seed);
			size_t width = 1UL << (where >> 8 & 3), at = 16 + where % (sizeof(im.eh) + 3 * sizeof(im.ph[0]) - 16 - 8);

			memcpy(im.bytes + at / width * width, &what, width);
		}
		run_damaged(&im, sizeof(im));
	}
}
