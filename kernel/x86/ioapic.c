// SPDX-License-Identifier: MIT
/*
 * The IO-APICs.
 *
 * A register is reached through an index and a data window, so each access is
 * two; ioapic_lock (interrupts off) makes them one.
 */
#include "kernel/x86/ioapic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/io.h"
#include "mm/vmalloc.h"

#define REG_VERSION	1
#define REG_REDIR(n)	(0x10 + 2 * (n))
#define REDIR_ACTIVE_LOW 0x2000
#define REDIR_LEVEL	0x8000
#define REDIR_MASKED	0x10000

struct ioapic {
	void __iomem *base;
	u32 gsi_base, nr_lines;
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];	/* constant after ioapic_init() */
static DEFINE_SPINLOCK(ioapic_lock);		/* the register windows */

static u32 read_reg(const struct ioapic *io, u32 reg)
{
	writel(reg, io->base);
	return readl(io->base + 0x10);
}

static void write_reg(const struct ioapic *io, u32 reg, u32 value)
{
	writel(reg, io->base);
	writel(value, io->base + 0x10);
}

static const struct ioapic *ioapic_of(u32 gsi)
{
	for (unsigned int i = 0; i < acpi_info.nr_ioapics; i++)
		if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].nr_lines)
			return &ioapics[i];
	return NULL;
}

void ioapic_init(void)
{
	for (unsigned int i = 0; i < acpi_info.nr_ioapics; i++) {
		struct ioapic *io = &ioapics[i];

		io->base = ioremap(acpi_info.ioapics[i].address, PAGE_SIZE);
		if (!io->base) {
			pr_err("ioapic %u: cannot map %#x\n", i, acpi_info.ioapics[i].address);
			continue;
		}
		io->gsi_base = acpi_info.ioapics[i].gsi_base;
		io->nr_lines = (read_reg(io, REG_VERSION) >> 16 & 0xff) + 1;
		for (u32 n = 0; n < io->nr_lines; n++) {
			write_reg(io, REG_REDIR(n), REDIR_MASKED);
			write_reg(io, REG_REDIR(n) + 1, 0);
		}
	}
}

int ioapic_route(u32 gsi, u32 apic_id, u8 vector, bool level, bool active_low)
{
	const struct ioapic *io = ioapic_of(gsi);
	u32 lo = vector | REDIR_MASKED, n;
	unsigned long flags;

	if (!io)
		return -EINVAL;
	if (level)
		lo |= REDIR_LEVEL;
	if (active_low)
		lo |= REDIR_ACTIVE_LOW;
	n = gsi - io->gsi_base;
	spin_lock_irqsave(&ioapic_lock, flags);
	write_reg(io, REG_REDIR(n), lo);
	write_reg(io, REG_REDIR(n) + 1, apic_id << 24);
	spin_unlock_irqrestore(&ioapic_lock, flags);
	return 0;
}

void ioapic_mask(u32 gsi, bool masked)
{
	const struct ioapic *io = ioapic_of(gsi);
	unsigned long flags;
	u32 n, lo;

	if (!io)
		return;
	n = gsi - io->gsi_base;
	spin_lock_irqsave(&ioapic_lock, flags);
	lo = read_reg(io, REG_REDIR(n)) & ~(u32)REDIR_MASKED;
	write_reg(io, REG_REDIR(n), masked ? lo | REDIR_MASKED : lo);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}
