// SPDX-License-Identifier: MIT
/*
 * vsnprintf: see printk.h for the conversions. No memory but the caller's
 * buffer and a few dozen bytes of stack, no locks, so any context may use it.
 *
 * The output object counts what would have been written and stores only what
 * fits; every conversion goes through put(), put_run() or pad() and so cannot
 * overrun. The last two take what fits at once: long texts of /proc are made
 * of nothing else.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/err.h"
#include "kernel/x86/panic.h"

struct out {
	char *buf;
	size_t size;
	size_t len;		/* characters produced, stored or not */
};

struct spec {
	bool left, plus, space, zero, alt;
	bool upper, is_signed;
	int width, precision;	/* precision -1: not given */
	int length;		/* bytes of the integer argument */
	unsigned int base;
};

static void put(struct out *o, char c)
{
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}

/* How many of the next n characters are stored. */
static inline size_t fits(const struct out *o, size_t n)
{
	size_t room = o->len < o->size ? o->size - o->len : 0;

	return n < room ? n : room;
}

static void put_run(struct out *o, const char *s, size_t n)
{
	size_t stored = fits(o, n);
	char *to = o->buf + o->len;

	for (size_t i = 0; i < stored; i++)
		to[i] = s[i];
	o->len += n;
}

static void pad(struct out *o, char c, int n)
{
	size_t stored;
	char *to = o->buf + o->len;

	if (n <= 0)
		return;
	stored = fits(o, n);
	for (size_t i = 0; i < stored; i++)
		to[i] = c;
	o->len += n;
}

static void put_string(struct out *o, const char *s, const struct spec *sp)
{
	size_t max = sp->precision >= 0 ? (size_t)sp->precision : (size_t)INT_MAX;
	int len;

	if ((unsigned long)s < 4096)
		s = s ? "(efault)" : "(null)";
	else if (IS_ERR(s))
		s = "(einval)";
	len = (int)strnlen(s, max);
	if (!sp->left)
		pad(o, ' ', sp->width - len);
	put_run(o, s, len);
	if (sp->left)
		pad(o, ' ', sp->width - len);
}

#define DIGITS_MAX 22	/* of 64 bits in octal */

/*
 * Writes the digits so that they end before end, and returns the first. The bases are cases of their own, because a division by a
 * constant is a multiplication, and one by a variable is one of the slowest instructions.
 */
static char *digits_before(char *end, u64 value, unsigned int base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	if (base == 10) {
		do
			*--end = '0' + value % 10;
		while (value /= 10);
	} else {
		unsigned int bits = base == 16 ? 4 : 3;

		do
			*--end = digits[value & (base - 1)];
		while (value >>= bits);
	}
	return end;
}

static void put_number(struct out *o, u64 value, const struct spec *sp)
{
	char tmp[DIGITS_MAX], *end = tmp + DIGITS_MAX, *first;
	const char *prefix = "";
	int n, zeros, total;

	if (sp->is_signed && (s64)value < 0) {
		value = 0 - value;
		prefix = "-";
	} else if (sp->is_signed && sp->plus) {
		prefix = "+";
	} else if (sp->is_signed && sp->space) {
		prefix = " ";
	} else if (sp->alt && sp->base == 16 && value) {
		prefix = sp->upper ? "0X" : "0x";
	} else if (sp->alt && sp->base == 8 && value) {
		prefix = "0";
	}
	first = digits_before(end, value, sp->base, sp->upper);
	n = end - first;
	if (sp->precision == 0 && n == 1 && *first == '0')
		n = 0;
	zeros = sp->precision > n ? sp->precision - n : 0;
	total = (int)strlen(prefix) + zeros + n;
	if (sp->zero && !sp->left && sp->precision < 0 && sp->width > total) {
		zeros += sp->width - total;
		total = sp->width;
	}
	if (!sp->left)
		pad(o, ' ', sp->width - total);
	while (*prefix)
		put(o, *prefix++);
	pad(o, '0', zeros);
	put_run(o, first, n);
	if (sp->left)
		pad(o, ' ', sp->width - total);
}

static void put_hex_bytes(struct out *o, const u8 *p, int n)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < n && i < 64; i++) {
		if (i)
			put(o, ' ');
		put(o, digits[p[i] >> 4]);
		put(o, digits[p[i] & 15]);
	}
}

static void put_uuid(struct out *o, const u8 *p)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			put(o, '-');
		put(o, digits[p[i] >> 4]);
		put(o, digits[p[i] & 15]);
	}
}

static void put_symbol(struct out *o, unsigned long addr, bool offset, const struct spec *sp)
{
	char sym[KSYM_NAME_LEN + 40];
	const char *name = sym;

	if (offset) {
		sprint_symbol(sym, sizeof(sym), addr);
	} else {
		unsigned long off, size;

		name = kallsyms_lookup(addr, &off, &size, sym);
		if (!name) {
			snprintf(sym, sizeof(sym), "0x%lx", addr);
			name = sym;
		}
	}
	put_string(o, name, sp);
}

static void vformat(struct out *o, const char *fmt, va_list args);

/* Handles the letters behind %p; returns how many it used. */
static int put_pointer(struct out *o, const char *fmt, void *ptr, struct spec *sp)
{
	switch (*fmt) {
	case 'S':
	case 'B':
		put_symbol(o, (unsigned long)ptr, true, sp);
		return 1;
	case 's':
		put_symbol(o, (unsigned long)ptr, false, sp);
		return 1;
	case 'V': {
		struct va_format *vf = ptr;
		va_list copy;

		va_copy(copy, *vf->va);
		vformat(o, vf->fmt, copy);
		va_end(copy);
		return 1;
	}
	case 'U':
		put_uuid(o, ptr);
		return 1;
	case 'h':
		put_hex_bytes(o, ptr, sp->width > 0 ? sp->width : 1);
		return 1;
	case 'e':
		if (IS_ERR(ptr)) {
			sp->is_signed = true;
			sp->base = 10;
			put_number(o, (u64)PTR_ERR(ptr), sp);
			return 1;
		}
		fallthrough;
	default:
		sp->base = 16;
		if (sp->width <= 0 && sp->precision < 0)
			sp->precision = 16;
		put_number(o, (unsigned long)ptr, sp);
		return *fmt == 'e' || *fmt == 'x' || *fmt == 'K';
	}
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		if (*f == '-')
			sp->left = true;
		else if (*f == '+')
			sp->plus = true;
		else if (*f == ' ')
			sp->space = true;
		else if (*f == '0')
			sp->zero = true;
		else if (*f == '#')
			sp->alt = true;
		else
			return f;
	}
}

static const char *parse_int(const char *f, int *n)
{
	*n = 0;
	while (isdigit(*f))
		*n = *n * 10 + (*f++ - '0');
	return f;
}

static const char *parse_length(const char *f, struct spec *sp)
{
	sp->length = 4;
	if (*f == 'h') {
		sp->length = 2;
		if (*++f == 'h') {
			sp->length = 1;
			f++;
		}
	} else if (*f == 'l') {
		sp->length = 8;
		if (*++f == 'l')
			f++;
	} else if (*f == 'z' || *f == 't' || *f == 'j' || *f == 'L' || *f == 'q') {
		sp->length = 8;
		f++;
	}
	return f;
}

/* The next integer argument, cut to its length and sign-extended if signed. */
static u64 narrow(u64 v, const struct spec *sp)
{
	switch (sp->length) {
	case 1:
		return sp->is_signed ? (u64)(s64)(s8)v : (u8)v;
	case 2:
		return sp->is_signed ? (u64)(s64)(s16)v : (u16)v;
	case 4:
		return sp->is_signed ? (u64)(s64)(s32)v : (u32)v;
	default:
		return v;
	}
}

static bool is_integer_conv(char c, struct spec *sp)
{
	sp->base = 10;
	switch (c) {
	case 'd':
	case 'i':
		sp->is_signed = true;
		return true;
	case 'u':
		return true;
	case 'X':
		sp->upper = true;
		fallthrough;
	case 'x':
		sp->base = 16;
		return true;
	case 'o':
		sp->base = 8;
		return true;
	default:
		return false;
	}
}

static void vformat(struct out *o, const char *fmt, va_list args)
{
	while (*fmt) {
		struct spec sp = { .precision = -1 };

		if (*fmt != '%') {
			const char *text = fmt;

			while (*fmt && *fmt != '%')
				fmt++;
			put_run(o, text, fmt - text);
			continue;
		}
		fmt = parse_flags(fmt + 1, &sp);
		if (*fmt == '*') {
			fmt++;
			sp.width = va_arg(args, int);
			if (sp.width < 0) {
				sp.left = true;
				sp.width = -sp.width;
			}
		} else {
			fmt = parse_int(fmt, &sp.width);
		}
		if (*fmt == '.') {
			fmt++;
			if (*fmt == '*') {
				fmt++;
				sp.precision = va_arg(args, int);
			} else {
				fmt = parse_int(fmt, &sp.precision);
			}
		}
		fmt = parse_length(fmt, &sp);
		if (is_integer_conv(*fmt, &sp)) {
			u64 v = sp.length == 8 ? va_arg(args, u64) : va_arg(args, unsigned int);

			put_number(o, narrow(v, &sp), &sp);
			fmt++;
			continue;
		}
		switch (*fmt) {
		case 's':
			put_string(o, va_arg(args, const char *), &sp);
			break;
		case 'c': {
			char c = (char)va_arg(args, int);

			if (!sp.left)
				pad(o, ' ', sp.width - 1);
			put(o, c);
			if (sp.left)
				pad(o, ' ', sp.width - 1);
			break;
		}
		case 'p': {
			void *p = va_arg(args, void *);

			fmt += put_pointer(o, fmt + 1, p, &sp);
			break;
		}
		case '%':
			put(o, '%');
			break;
		case '\0':
			return;
		default:
			put(o, '%');
			put(o, *fmt);
		}
		fmt++;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	va_list copy;

	va_copy(copy, args);
	vformat(&o, fmt, copy);
	va_end(copy);
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, size, fmt, args);

	if (!size)
		return 0;
	return n < (int)size ? n : (int)size - 1;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return n;
}
