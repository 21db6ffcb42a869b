// SPDX-License-Identifier: MIT
/*
 * printk: format into a buffer of this CPU and context, store in the log
 * ring, write to the consoles.
 *
 * Any context may call it, under any lock. The one lock here is private,
 * taken with interrupts off, and held by nobody who calls out to anything
 * but a console's polled write. It is not waited for in an NMI, nor for ever
 * when a report is being printed (oops_in_progress): whoever held it may be
 * stopped, or be the one that is being reported; then the text is written
 * without it, at the worst mixed with another CPU's.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/time.h"
#include "kernel/x86/panic.h"

#define LOG_SIZE	(128 * 1024)	/* a power of two */
#define LINE_MAX	1024

static DEFINE_RAW_SPINLOCK(log_lock);
static char log_ring[LOG_SIZE];		/* log_lock */
static unsigned long log_head;		/* bytes ever written; log_lock */
static unsigned long log_lines;		/* lines ever ended; log_lock */
static struct console *consoles;	/* log_lock to change; entries are never freed */
static bool at_line_start = true;	/* log_lock */
static int line_level = 6;		/* level of the line being continued; log_lock */
static int log_owner = -1;		/* CPU in the lock, to notice recursion */

int oops_in_progress;
int console_loglevel = 7;

void bust_spinlocks(int on)
{
	__atomic_fetch_add(&oops_in_progress, on ? 1 : -1, __ATOMIC_SEQ_CST);
}

static void console_write(const char *s, unsigned int len)
{
	struct console *con = READ_ONCE(consoles);

	if (!con)
		early_serial_write(s, len);
	for (; con; con = con->next)
		con->write(con, s, len);
}

static void emit(const char *s, unsigned int len, bool to_console)
{
	for (unsigned int i = 0; i < len; i++) {
		log_ring[(log_head + i) & (LOG_SIZE - 1)] = s[i];
		log_lines += s[i] == '\n';
	}
	log_head += len;
	if (to_console)
		console_write(s, len);
}

/* Writes the text line by line, each new line with a time stamp. */
static void emit_text(int level, bool cont, const char *s, unsigned int len)
{
	if (!cont && !at_line_start) {
		emit("\n", 1, line_level < console_loglevel);
		at_line_start = true;
	}
	if (!cont)
		line_level = level;
	while (len) {
		const char *nl = memchr(s, '\n', len);
		unsigned int n = nl ? (unsigned int)(nl - s) + 1 : len;
		bool show = line_level < console_loglevel;

		if (at_line_start) {
			u64 us = ktime_get_ns() / 1000;
			char stamp[32];
			int k = scnprintf(stamp, sizeof(stamp), "[%5llu.%06llu] ",
					  us / 1000000, us % 1000000);

			emit(stamp, (unsigned int)k, show);
		}
		emit(s, n, show);
		at_line_start = nl != NULL;
		s += n;
		len -= n;
	}
}

/* True when the lock was taken and must be released. */
static bool log_lock_acquire(int cpu)
{
	if (READ_ONCE(log_owner) == cpu)
		return false;		/* a console write that prints, or an NMI in it */
	if (!in_nmi() && !READ_ONCE(oops_in_progress)) {
		arch_spin_lock(&log_lock);
	} else {
		for (int tries = 0; !arch_spin_trylock(&log_lock); tries++) {
			if (tries > 200000)
				return false;
			cpu_relax();
		}
	}
	WRITE_ONCE(log_owner, cpu);
	return true;
}

int vprintk(const char *fmt, va_list args)
{
	char line[LINE_MAX];
	unsigned long flags;
	int len, level = 6, cpu;
	bool cont = false, locked;
	char *text = line;

	len = vscnprintf(line, sizeof(line), fmt, args);
	while (len >= 2 && text[0] == '\001') {
		if (isdigit(text[1]))
			level = text[1] - '0';
		else if (text[1] == 'c')
			cont = true;
		text += 2;
		len -= 2;
	}
	local_irq_save(flags);
	preempt_count_add(PREEMPT_OFFSET);
	cpu = (int)smp_processor_id();
	locked = log_lock_acquire(cpu);
	emit_text(level, cont, text, (unsigned int)len);
	if (locked) {
		WRITE_ONCE(log_owner, -1);
		arch_spin_unlock(&log_lock);
	}
	preempt_count_sub(PREEMPT_OFFSET);
	local_irq_restore(flags);
	return len;
}

int printk(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vprintk(fmt, args);
	va_end(args);
	return n;
}

void register_console(struct console *con)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&log_lock, flags);
	con->next = consoles;
	smp_store_release(&consoles, con);
	raw_spin_unlock_irqrestore(&log_lock, flags);
}

void unregister_console(struct console *con)
{
	unsigned long flags;
	struct console **p;

	raw_spin_lock_irqsave(&log_lock, flags);
	for (p = &consoles; *p; p = &(*p)->next) {
		if (*p == con) {
			WRITE_ONCE(*p, con->next);
			break;
		}
	}
	raw_spin_unlock_irqrestore(&log_lock, flags);
}

size_t printk_log_read(char *buf, size_t size)
{
	unsigned long flags, start, n;

	raw_spin_lock_irqsave(&log_lock, flags);
	n = min3(log_head, (unsigned long)LOG_SIZE, (unsigned long)size);
	start = log_head - n;
	for (unsigned long i = 0; i < n; i++)
		buf[i] = log_ring[(start + i) & (LOG_SIZE - 1)];
	raw_spin_unlock_irqrestore(&log_lock, flags);
	return n;
}

static char log_at(unsigned long offset)
{
	return log_ring[offset & (LOG_SIZE - 1)];
}

/* log_lock held. The end of the line at @offset, or log_head. */
static unsigned long line_end(unsigned long offset)
{
	while (offset < log_head && log_at(offset) != '\n')
		offset++;
	return offset;
}

/* log_lock held. What has been overwritten up to the middle of a line is passed over. */
static void find_oldest(struct printk_place *place)
{
	unsigned long offset = 0;

	place->number = 0;
	if (log_head > LOG_SIZE) {
		offset = min(line_end(log_head - LOG_SIZE) + 1, log_head);
		place->number = log_lines;
		for (unsigned long i = offset; i < log_head; i++)
			place->number -= log_at(i) == '\n';
	}
	place->offset = offset;
}

void printk_seek_oldest(struct printk_place *place)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&log_lock, flags);
	find_oldest(place);
	raw_spin_unlock_irqrestore(&log_lock, flags);
}

void printk_seek_end(struct printk_place *place)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&log_lock, flags);
	place->offset = log_head;
	place->number = log_lines;
	raw_spin_unlock_irqrestore(&log_lock, flags);
}

int printk_read_line(struct printk_place *place, char *buf, size_t size)
{
	unsigned long flags, end;
	int len = 0;

	raw_spin_lock_irqsave(&log_lock, flags);
	if (log_head - place->offset > LOG_SIZE) {
		find_oldest(place);
		len = -EPIPE;
	} else {
		end = line_end(place->offset);
		if (end < log_head) {
			len = min(end - place->offset, (unsigned long)size);
			for (int i = 0; i < len; i++)
				buf[i] = log_at(place->offset + i);
			place->offset = end + 1;
			place->number++;
		}
	}
	raw_spin_unlock_irqrestore(&log_lock, flags);
	return len;
}

size_t printk_log_from(unsigned long *pos, char *buf, size_t size)
{
	unsigned long flags, n;

	raw_spin_lock_irqsave(&log_lock, flags);
	if (log_head - *pos > LOG_SIZE)
		*pos = log_head > LOG_SIZE ? log_head - LOG_SIZE : 0;
	n = min(log_head - *pos, (unsigned long)size);
	for (unsigned long i = 0; i < n; i++)
		buf[i] = log_ring[(*pos + i) & (LOG_SIZE - 1)];
	*pos += n;
	raw_spin_unlock_irqrestore(&log_lock, flags);
	return n;
}

unsigned long printk_log_end(void)
{
	return READ_ONCE(log_head);
}

unsigned long printk_log_size(void)
{
	return LOG_SIZE;
}

bool __ratelimit(struct ratelimit_state *rs)
{
	unsigned long now = get_jiffies(), begin = READ_ONCE(rs->begin);

	if (!begin || now - begin >= rs->interval_ms) {
		/* Whoever moves the window resets the counters. */
		if (__atomic_compare_exchange_n(&rs->begin, &begin, now | 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			int missed = __atomic_exchange_n(&rs->missed, 0, __ATOMIC_SEQ_CST);

			__atomic_store_n(&rs->printed, 0, __ATOMIC_SEQ_CST);
			if (missed)
				pr_warn("%d similar messages suppressed\n", missed);
		}
	}
	if (__atomic_fetch_add(&rs->printed, 1, __ATOMIC_SEQ_CST) < rs->max)
		return true;
	__atomic_fetch_add(&rs->missed, 1, __ATOMIC_SEQ_CST);
	return false;
}

void print_hex_dump(const char *prefix, const void *buf, size_t len)
{
	const u8 *p = buf;

	for (size_t off = 0; off < len; off += 16)
		printk("%s%04zx: %*ph\n", prefix, off, (int)min(len - off, (size_t)16), p + off);
}
