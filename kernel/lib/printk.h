/* SPDX-License-Identifier: MIT */
/*
 * Formatted output.
 *
 * Conversions: the C ones for integers, strings and characters (flags
 * - + space # 0, width, precision, *, hh h l ll z t j), and for pointers
 *	%p   address		%pS  symbol+offset/size (or address)
 *	%ps  symbol		%pV  a struct va_format, expanded
 *	%pe  error pointer: its name, or the address
 *	%*ph bytes in hex (width = how many, at most 64)
 *	%pU  16-byte UUID	%pd/%pD are the VFS's business: print names with %s
 *
 * printk() may be called from any context, NMI included, and from under any
 * lock: it takes no lock that the order checker or another reporter knows.
 * The text goes to the log ring and to the registered consoles.
 */
#ifndef KERNEL_LIB_PRINTK_H
#define KERNEL_LIB_PRINTK_H

#include "kernel/lib/types.h"

typedef __builtin_va_list va_list;
#define va_start(v, l)	__builtin_va_start(v, l)
#define va_end(v)	__builtin_va_end(v)
#define va_arg(v, t)	__builtin_va_arg(v, t)
#define va_copy(d, s)	__builtin_va_copy(d, s)

struct va_format {
	const char *fmt;
	va_list *va;
};

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
/* As above, but return what is in the buffer (less than size) instead of what would be. */
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int sprintf(char *buf, const char *fmt, ...) __printf(2, 3);
/* kasprintf is in mm/slab.h. */

#define KERN_SOH	"\001"
#define KERN_EMERG	KERN_SOH "0"
#define KERN_ALERT	KERN_SOH "1"
#define KERN_CRIT	KERN_SOH "2"
#define KERN_ERR	KERN_SOH "3"
#define KERN_WARNING	KERN_SOH "4"
#define KERN_NOTICE	KERN_SOH "5"
#define KERN_INFO	KERN_SOH "6"
#define KERN_DEBUG	KERN_SOH "7"
#define KERN_CONT	KERN_SOH "c"

int printk(const char *fmt, ...) __printf(1, 2);
int vprintk(const char *fmt, va_list args);

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define pr_emerg(fmt, ...)	printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)	printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)	printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)	printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)	printk(KERN_CONT fmt, ##__VA_ARGS__)

/* At most @max lines in any @interval_ms window. Guarded by its own atomics. */
struct ratelimit_state {
	unsigned long begin;		/* jiffies when the window opened */
	int printed, missed;
	int max;
	unsigned int interval_ms;
};
#define RATELIMIT_STATE_INIT	{ .max = 10, .interval_ms = 5000 }
bool __ratelimit(struct ratelimit_state *rs);
#define printk_ratelimited(fmt, ...)					\
do {									\
	static struct ratelimit_state __rs = RATELIMIT_STATE_INIT;	\
	if (__ratelimit(&__rs))						\
		printk(fmt, ##__VA_ARGS__);				\
} while (0)
#define pr_err_ratelimited(fmt, ...)	printk_ratelimited(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...)	printk_ratelimited(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...)	printk_ratelimited(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define printk_once(fmt, ...)						\
do {									\
	static bool __done;						\
	if (!__done) {							\
		__done = true;						\
		printk(fmt, ##__VA_ARGS__);				\
	}								\
} while (0)
#define pr_warn_once(fmt, ...)	printk_once(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_once(fmt, ...)	printk_once(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_once(fmt, ...)	printk_once(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)

/*
 * Where the text goes.  ->write is called with interrupts disabled, by one
 * CPU at a time except while oops_in_progress; it must poll, must not sleep
 * and must take no lock that a caller of printk() could hold.  "\n" is to be
 * sent as "\r\n" by the console if its wire needs that.
 */
struct console {
	const char *name;
	void (*write)(struct console *con, const char *s, unsigned int len);
	struct console *next;		/* printk's list */
};
void register_console(struct console *con);
void unregister_console(struct console *con);

/* Set while a panic or a violation report is printed: consoles and printk stop waiting for locks. */
extern int oops_in_progress;
void bust_spinlocks(int on);

/* Messages with a level number below this reach the consoles; all reach the ring (default 7). */
extern int console_loglevel;

/* Copies up to @size bytes of the newest log text (for syslog(2) and reports); the count. */
size_t printk_log_read(char *buf, size_t size);
/*
 * The log as a stream of bytes: copies from *pos on, which follows, or from the oldest byte there is if that has been
 * overwritten. Returns how many; 0 at the end.
 */
size_t printk_log_from(unsigned long *pos, char *buf, size_t size);
unsigned long printk_log_end(void);
unsigned long printk_log_size(void);

/* A line of the log: where it begins, in bytes ever written, and how many were before it. */
struct printk_place {
	unsigned long offset, number;
};
/* The oldest line that is there as a whole, and the one that comes next. */
void printk_seek_oldest(struct printk_place *place);
void printk_seek_end(struct printk_place *place);
/*
 * Copies the line at @place without its end, at most @size bytes of it, and moves the place behind it. The length; 0 if the line is not
 * complete yet; -EPIPE if it is gone, and the place is the oldest line.
 */
int printk_read_line(struct printk_place *place, char *buf, size_t size);

void print_hex_dump(const char *prefix, const void *buf, size_t len);

#endif
