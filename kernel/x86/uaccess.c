// SPDX-License-Identifier: MIT
/*
 * Copies between the kernel and the program.
 *
 * The range is checked here, faults are caught in user_copy.S.  A copy with
 * page faults enabled may sleep; one inside pagefault_disable() never does.
 */
#include "kernel/x86/uaccess.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/preempt.h"
#include "kernel/task/task.h"

/* pagefault_disabled is current's own counter: no lock. */
void pagefault_disable(void)
{
	current->pagefault_disabled++;
	barrier();
}

void pagefault_enable(void)
{
	barrier();
	current->pagefault_disabled--;
}

bool pagefault_disabled(void)
{
	return current->pagefault_disabled != 0;
}

bool faulthandler_disabled(void)
{
	return pagefault_disabled() || in_atomic();
}

#if CONFIG_CHECKS
static __always_inline void check_may_fault(const char *file, int line)
{
	if (!current->pagefault_disabled)
		__might_sleep(file, line);
}

void __might_fault(const char *file, int line)
{
	check_may_fault(file, line);
}

#undef might_fault
#define might_fault() check_may_fault(__FILE__, __LINE__)
#endif

static __always_inline unsigned long copy_out(void __user *to, const void *from, unsigned long n)
{
	if (unlikely(!access_ok(to, n)))
		return n;
	stac();
	n = __copy_user(to, from, n);
	clac();
	return n;
}

static __always_inline unsigned long copy_in(void *to, const void __user *from, unsigned long n)
{
	if (unlikely(!access_ok(from, n)))
		return n;
	stac();
	n = __copy_user(to, from, n);
	clac();
	return n;
}

unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	might_fault();
	return copy_out(to, from, n);
}

unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long left;

	might_fault();
	left = copy_in(to, from, n);
	if (unlikely(left))
		memset((char *)to + (n - left), 0, left);
	return left;
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	might_fault();
	if (unlikely(!access_ok(to, n)))
		return n;
	stac();
	n = __clear_user(to, n);
	clac();
	return n;
}

int copy_struct_from_user(void *to, unsigned long known, const void __user *from, unsigned long size)
{
	const char __user *rest = (const char __user *)from + known;
	char c;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < known)
		memset((char *)to + size, 0, known - size);
	if (copy_from_user(to, from, size < known ? size : known))
		return -EFAULT;
	for (unsigned long i = known; i < size; i++, rest++) {
		if (get_user(c, rest))
			return -EFAULT;
		if (c)
			return -E2BIG;
	}
	return 0;
}

unsigned long __copy_to_user_inatomic(void __user *to, const void *from, unsigned long n)
{
	return copy_out(to, from, n);
}

unsigned long __copy_from_user_inatomic(void *to, const void __user *from, unsigned long n)
{
	return copy_in(to, from, n);
}

long copy_from_user_nofault(void *to, const void __user *from, unsigned long n)
{
	unsigned long left;

	pagefault_disable();
	left = __copy_from_user_inatomic(to, from, n);
	pagefault_enable();
	return left ? -EFAULT : 0;
}

long copy_to_user_nofault(void __user *to, const void *from, unsigned long n)
{
	unsigned long left;

	pagefault_disable();
	left = __copy_to_user_inatomic(to, from, n);
	pagefault_enable();
	return left ? -EFAULT : 0;
}

long copy_from_kernel_nofault(void *to, const void *from, unsigned long n)
{
	unsigned long left;

	if ((unsigned long)from < TASK_SIZE)
		return -EFAULT;
	pagefault_disable();
	left = __copy_user(to, from, n);
	pagefault_enable();
	return left ? -EFAULT : 0;
}

/*
 * Strings are fetched in pieces that end at page boundaries, so that a string
 * near the end of a mapping is not read beyond its last page.
 */
long strncpy_from_user(char *to, const char __user *from, long count)
{
	long done = 0;

	might_fault();
	while (done < count) {
		unsigned long at = (unsigned long)from + (unsigned long)done;
		long piece = (long)min_t(unsigned long, (unsigned long)(count - done),
					 PAGE_SIZE - (at & ~PAGE_MASK));
		unsigned long left;
		char *end;

		piece = min_t(long, piece, 64);
		left = __copy_from_user_inatomic(to + done, (const void __user *)at,
						 (unsigned long)piece);
		end = memchr(to + done, 0, (size_t)piece - left);
		if (end)
			return end - to;
		if (left)
			return -EFAULT;
		done += piece;
	}
	return count;
}

long strnlen_user(const char __user *s, long n)
{
	char buf[64];
	long done = 0;

	might_fault();
	while (done < n) {
		unsigned long at = (unsigned long)s + (unsigned long)done;
		long piece = (long)min_t(unsigned long, (unsigned long)(n - done),
					 PAGE_SIZE - (at & ~PAGE_MASK));
		unsigned long left;
		char *end;

		piece = min_t(long, piece, (long)sizeof(buf));
		left = __copy_from_user_inatomic(buf, (const void __user *)at,
						 (unsigned long)piece);
		end = memchr(buf, 0, (size_t)piece - left);
		if (end)
			return done + (end - buf) + 1;
		if (left)
			return 0;
		done += piece;
	}
	return n + 1;
}

int fault_in_pages_readable(const char __user *p, size_t n)
{
	const char __user *last = p + n - 1;
	char c;

	if (!n)
		return 0;
	if (unlikely(last < p))
		return -EFAULT;
	for (; p <= last; p = (const char __user *)(((unsigned long)p & PAGE_MASK) + PAGE_SIZE))
		if (get_user(c, p))
			return -EFAULT;
	return 0;
}

/*
 * Adds nothing to each page, atomically, so that bytes other threads are
 * writing at this moment are not lost.
 */
static int touch_for_writing(char __user *p)
{
	int err;

	if (!access_ok(p, 1))
		return -EFAULT;
	might_fault();
	__asm__ __volatile__(ASM_STAC
			     "1: lock; orb $0, %1\n"
			     ASM_CLAC
			     " jmp 4f\n"
			     "3:\n" ASM_CLAC
			     " movl %2, %0\n"
			     "4:\n"
			     _ASM_EXTABLE(1b, 3b)
			     : "=r"(err), "+m"(*p) : "i"(-EFAULT), "0"(0) : "memory");
	return err;
}

int fault_in_pages_writeable(char __user *p, size_t n)
{
	char __user *last = p + n - 1;

	if (!n)
		return 0;
	if (unlikely(last < p))
		return -EFAULT;
	for (; p <= last; p = (char __user *)(((unsigned long)p & PAGE_MASK) + PAGE_SIZE))
		if (touch_for_writing(p))
			return -EFAULT;
	return 0;
}

int cmpxchg_user_u32(u32 __user *p, u32 old, u32 new, u32 *found)
{
	int err;

	if (!access_ok(p, sizeof(*p)))
		return -EFAULT;
	__asm__ __volatile__(ASM_STAC
			     "1: lock; cmpxchgl %4, %2\n"
			     ASM_CLAC
			     " jmp 4f\n"
			     "3:\n" ASM_CLAC
			     " movl %3, %0\n"
			     "4:\n"
			     _ASM_EXTABLE(1b, 3b)
			     : "=r"(err), "+a"(old), "+m"(*p)
			     : "i"(-EFAULT), "r"(new), "0"(0) : "memory");
	*found = old;
	return err;
}
