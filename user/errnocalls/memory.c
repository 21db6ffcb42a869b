// SPDX-License-Identifier: MIT
/* The memory calls: addresses, lengths, protections and flags. */
#include "errnocalls.h"
#include <sys/resource.h>

#define PAGE	  4096
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static char *area;

static void maps(int fd)
{
	T(mmap, "length-0", NULL, 0, PROT_READ, ANONYMOUS, -1, 0);
	T(mmap, "length-huge", NULL, -1, PROT_READ, ANONYMOUS, -1, 0);
	T(mmap, "length-too-big", NULL, 1UL << 57, PROT_READ, ANONYMOUS, -1, 0);
	T(mmap, "no-type", NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0);
	T(mmap, "offset-odd", NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100);
	T(mmap, "offset-beyond-files", NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, -4096L);
	T(mmap, "fixed-odd", area + 1, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0);
	T(mmap, "fixed-kernel", KERNEL_ADDRESS, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0);
	T(mmap, "noreplace-taken", area, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	T(mmap, "bad-fd", NULL, PAGE, PROT_READ, MAP_PRIVATE, 900, 0);
	T(mmap, "minus-one-fd", NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0);
	T(mmap, "shared-validate-unknown", NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x8000000, fd, 0);
	T(mmap, "shared-validate-sync", NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x80000, fd, 0);
	T(mmap, "hugetlb", NULL, PAGE, PROT_READ, ANONYMOUS | 0x40000, -1, 0);
	T(mmap, "prot-none-file", NULL, PAGE, PROT_NONE, MAP_PRIVATE, fd, 0);
	T(mmap, "far-behind-end", NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1 << 20);
	T(munmap, "odd", area + 1, PAGE);
	T(munmap, "length-0", area, 0);
	T(munmap, "kernel", KERNEL_ADDRESS, PAGE);
	T(munmap, "length-huge", area, -4096L);
	TV(munmap, "nothing-there", unmapped, PAGE);
}

static void protections(int read_only_fd)
{
	char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, read_only_fd, 0);

	T(mprotect, "odd", area + 1, PAGE, PROT_READ);
	TV(mprotect, "length-0", area, 0, PROT_READ);
	T(mprotect, "unmapped", unmapped, PAGE, PROT_READ);
	T(mprotect, "into-unmapped", area + 3 * PAGE, 2 * PAGE, PROT_READ);
	T(mprotect, "overflow", area, -4096L, PROT_READ);
	T(mprotect, "prot-unknown", area, PAGE, 0x100);
	T(mprotect, "growsdown-and-up", area, PAGE, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP);
	T(mprotect, "growsdown-not-a-stack", area, PAGE, PROT_READ | PROT_GROWSDOWN);
	T(mprotect, "write-of-read-only-file", shared, PAGE, PROT_READ | PROT_WRITE);
	T(mprotect, "kernel", KERNEL_ADDRESS, PAGE, PROT_READ);
	T(pkey_mprotect, "minus-one", area, PAGE, PROT_READ | PROT_WRITE, -1);
	T(pkey_mprotect, "unallocated", area, PAGE, PROT_READ | PROT_WRITE, 7);
	T(pkey_free, "unallocated", 7);
	T(pkey_free, "0", 0);
	T(pkey_alloc, "flags", 1, 0);
	T(pkey_alloc, "rights", 0, 8);
	munmap(shared, PAGE);
}

static void moves(void)
{
	T(mremap, "odd", area + 1, PAGE, PAGE, 0);
	T(mremap, "flags", area, PAGE, PAGE, 0x10);
	T(mremap, "fixed-without-maymove", area, PAGE, PAGE, MREMAP_FIXED, unmapped);
	T(mremap, "new-length-0", area, PAGE, 0, 0);
	T(mremap, "unmapped", unmapped, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	T(mremap, "new-odd", area, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, unmapped + 1);
	T(mremap, "new-overlaps", area, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + PAGE);
	T(mremap, "new-kernel", area, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, KERNEL_ADDRESS);
	T(mremap, "old-length-0-private", area, 0, PAGE, MREMAP_MAYMOVE);
	T(mremap, "into-unmapped", area + 3 * PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	T(mremap, "grow-in-place-taken", area, PAGE, 2 * PAGE, 0);
	T(mremap, "huge", area, PAGE, 1UL << 57, MREMAP_MAYMOVE);
	T(mremap, "dontunmap-without-maymove", area, PAGE, PAGE, MREMAP_DONTUNMAP);
	T(mremap, "dontunmap-other-size", area, PAGE, 2 * PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE);
}

static void advice(void)
{
	char vec[16];

	T(msync, "odd", area + 1, PAGE, MS_SYNC);
	T(msync, "flags", area, PAGE, 0x10);
	T(msync, "sync-and-async", area, PAGE, MS_SYNC | MS_ASYNC);
	T(msync, "unmapped", unmapped, PAGE, MS_SYNC);
	T(msync, "into-unmapped", area + 3 * PAGE, 2 * PAGE, MS_ASYNC);
	TV(msync, "length-0", area, 0, MS_SYNC);
	T(msync, "overflow", area, -4096L, MS_SYNC);
	T(mincore, "odd", area + 1, PAGE, vec);
	T(mincore, "unmapped", unmapped, PAGE, vec);
	T(mincore, "into-unmapped", area + 3 * PAGE, 2 * PAGE, vec);
	TV(mincore, "length-0", area, 0, vec);
	T(mincore, "length-huge", area, -4096L, vec);
	T(mincore, "kernel", KERNEL_ADDRESS, PAGE, vec);
	T(madvise, "odd", area + 1, PAGE, MADV_NORMAL);
	T(madvise, "advice", area, PAGE, 77);
	T(madvise, "unmapped", unmapped, PAGE, MADV_NORMAL);
	T(madvise, "into-unmapped", area + 3 * PAGE, 2 * PAGE, MADV_NORMAL);
	TV(madvise, "length-0", area, 0, MADV_NORMAL);
	T(madvise, "length-negative", area, -1L, MADV_NORMAL);
	for (int i = 0; i < 26; i++) {
		char what[24];

		if (i == 11 || i == 13) /* remove; nothing */
			continue;
		snprintf(what, sizeof(what), "advice-%d", i);
		report("madvise", what, RAW(SYS_madvise, area, PAGE, i));
	}
	T(madvise, "hwpoison-odd-pid", area, 0, 100);
	T(mlock, "unmapped", unmapped, PAGE);
	T(mlock, "into-unmapped", area + 3 * PAGE, 2 * PAGE);
	TV(mlock, "length-0", area, 0);
	T(mlock, "overflow", area, -4096L);
	T(munlock, "unmapped", unmapped, PAGE);
	T(munlock, "overflow", area, -4096L);
	T(mlock2, "flags", area, PAGE, 4);
	TV(mlock2, "onfault", area, PAGE, 1);
	T(mlockall, "flags", 8);
	T(mlockall, "none", 0);
	T(mlockall, "onfault-alone", 4);
	TV(munlockall, "", 0);
	T(remap_file_pages, "anonymous", area, PAGE, 0, 0, 0);
	T(remap_file_pages, "prot", area, PAGE, PROT_READ, 0, 0);
	T(mbind, "odd", area + 1, PAGE, 0, NULL, 0, 0);
	T(mbind, "default", area, PAGE, 0, NULL, 0, 0);
	T(set_mempolicy, "mode", 77, NULL, 0);
	T(get_mempolicy, "flags", NULL, NULL, 0, NULL, 77);
	T(process_madvise, "bad-fd", 900, NULL, 0, 0, 0);
	T(process_vm_readv, "nobody", 999999, NULL, 0, NULL, 0, 0);
	T(process_vm_readv, "flags", 1, NULL, 0, NULL, 0, 1);
	T(userfaultfd, "flags", 0x77);
}

static void limits(void)
{
	struct rlimit old, low = { 1 << 20, RLIM_INFINITY };
	long here = RAW(SYS_brk, 0);

	MUST(getrlimit(RLIMIT_AS, &old));
	low.rlim_max = old.rlim_max;
	MUST(setrlimit(RLIMIT_AS, &low));
	T(mmap, "address-space-limit", NULL, 1 << 24, PROT_READ, ANONYMOUS, -1, 0);
	T(mremap, "address-space-limit", area, 4 * PAGE, 1 << 24, MREMAP_MAYMOVE);
	MUST(setrlimit(RLIMIT_AS, &old));
	report("brk", "below-the-start", RAW(SYS_brk, 4096) == here ? 0 : -EINVAL);
	report("brk", "huge", RAW(SYS_brk, 1UL << 46) == here ? 0 : -EINVAL);
}

void memory_cases(void)
{
	int fd = (int)MUST(open("file", O_RDWR)), read_only_fd = (int)MUST(open("file", O_RDONLY));

	area = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		fail("mmap");
	MUST(munmap(area + 4 * PAGE, PAGE));
	maps(fd);
	protections(read_only_fd);
	moves();
	MUST(mprotect(area, 4 * PAGE, PROT_READ | PROT_WRITE));
	advice();
	limits();
	munmap(area, 4 * PAGE);
	close(fd);
	close(read_only_fd);
}
