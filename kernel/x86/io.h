/* SPDX-License-Identifier: MIT */
/*
 * Port and memory-mapped I/O.
 *
 * Device registers are mapped uncached by ioremap() (mm/vmalloc.h); the accessors make one
 * access of exactly the named size, in program order.
 */
#ifndef KERNEL_X86_IO_H
#define KERNEL_X86_IO_H

#include "kernel/lib/types.h"

static __always_inline void outb(u8 v, u16 port)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static __always_inline void outw(u16 v, u16 port)
{
	__asm__ __volatile__("outw %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static __always_inline void outl(u32 v, u16 port)
{
	__asm__ __volatile__("outl %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static __always_inline u8 inb(u16 port)
{
	u8 v;

	__asm__ __volatile__("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static __always_inline u16 inw(u16 port)
{
	u16 v;

	__asm__ __volatile__("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static __always_inline u32 inl(u16 port)
{
	u32 v;

	__asm__ __volatile__("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

#define KERNEL_X86_MMIO(name, type, insn, reg)					\
static __always_inline type read##name(const volatile void __iomem *addr)	\
{										\
	type v;									\
										\
	__asm__ __volatile__(insn " %1, %0" : reg(v)				\
			     : "m"(*(const volatile type *)addr) : "memory");	\
	return v;								\
}										\
static __always_inline void write##name(type v, volatile void __iomem *addr)	\
{										\
	__asm__ __volatile__(insn " %0, %1"					\
			     : : "r"(v), "m"(*(volatile type *)addr) : "memory"); \
}
KERNEL_X86_MMIO(b, u8, "movb", "=q")
KERNEL_X86_MMIO(w, u16, "movw", "=r")
KERNEL_X86_MMIO(l, u32, "movl", "=r")
KERNEL_X86_MMIO(q, u64, "movq", "=r")
#undef KERNEL_X86_MMIO

#endif
