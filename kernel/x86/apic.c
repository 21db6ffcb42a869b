// SPDX-License-Identifier: MIT
/*
 * The local APIC: end of interrupt, inter-processor interrupts, set-up.
 *
 * Registers are per CPU, so apart from the mapping nothing is shared.  In x2APIC
 * mode (used when the firmware left it on, or when ids do not fit eight bits)
 * they are MSRs, otherwise memory.  Writing the interrupt command is two
 * writes in memory mode; interrupts are off in between, and an NMI that sends an
 * NMI of its own (a panic) never returns, so nobody else's command is torn.
 */
#include "kernel/x86/apic.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/io.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/traps.h"
#include "mm/vmalloc.h"

static void __iomem *apic_base;	/* constant after apic_map() */
static bool x2apic;		/* the same */

#define APIC_BASE_ENABLE	BIT(11)
#define APIC_BASE_X2APIC	BIT(10)

u32 apic_read(u32 reg)
{
	if (x2apic)
		return (u32)rdmsr(MSR_X2APIC_BASE + (reg >> 4));
	return readl(apic_base + reg);
}

void apic_write(u32 reg, u32 value)
{
	if (x2apic)
		wrmsr(MSR_X2APIC_BASE + (reg >> 4), value);
	else
		writel(value, apic_base + reg);
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

bool apic_ready(void)
{
	return apic_base || x2apic;
}

static void wait_idle(void)
{
	/* The earlier command has left within microseconds or never will. */
	for (unsigned int i = 0; i < 100000 && apic_read(APIC_ICR) & APIC_ICR_BUSY; i++)
		cpu_relax();
}

void apic_send(u32 apic_id, u32 mode)
{
	unsigned long flags;

	if (x2apic) {
		/* MSR writes to the APIC are not ordered behind earlier stores */
		mb();
		wrmsr(MSR_X2APIC_BASE + (APIC_ICR >> 4), (u64)apic_id << 32 | mode);
		return;
	}
	local_irq_save(flags);
	wait_idle();
	apic_write(APIC_ICR2, apic_id << 24);
	apic_write(APIC_ICR, mode);
	local_irq_restore(flags);
}

void apic_send_others(u32 mode)
{
	apic_send(0, mode | APIC_DEST_OTHERS);
}

static bool ids_need_x2apic(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (cpu_apic_id[cpu] >= 255)
			return true;
	return false;
}

bool apic_map(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (cpu_features.x2apic && (base & APIC_BASE_X2APIC || ids_need_x2apic())) {
		x2apic = true;
		return true;
	}
	apic_base = ioremap(acpi_info.lapic_address, PAGE_SIZE);
	return apic_base != NULL;
}

void apic_init_cpu(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	wrmsr(MSR_APIC_BASE, x2apic ? base | APIC_BASE_X2APIC : base);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | VEC_TIMER);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT1, APIC_DM_NMI);
	apic_write(APIC_LVT_ERROR, VEC_ERROR);
	apic_write(APIC_ESR, 0);
	apic_write(APIC_SVR, 0x100 | VEC_SPURIOUS);
	/* whatever was in service when the firmware left */
	for (unsigned int i = 0; i < 8; i++)
		apic_eoi();
}
