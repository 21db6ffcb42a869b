// SPDX-License-Identifier: MIT
/* Numbers from strings. The kstrto functions check everything, the simple_ ones stop silently. */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/errno.h"

static int digit_value(char c)
{
	if (isdigit(c))
		return c - '0';
	c = (char)tolower(c);
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Reads an optional prefix that fits @base (0: decides it); returns where the digits start. */
static const char *radix(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && tolower(s[1]) == 'x' && isxdigit(s[2]);

	if (*base == 0)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && hex ? s + 2 : s;
}

/* Accumulates digits; *over when the value did not fit. */
static const char *digits(const char *s, unsigned int base, unsigned long long *val, bool *over)
{
	unsigned long long v = 0;

	for (; digit_value(*s) < (int)base; s++) {
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (unsigned int)digit_value(*s), &v))
			*over = true;
	}
	*val = v;
	return s;
}

unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
{
	unsigned long long v;
	bool over = false;

	s = radix(s, &base);
	s = digits(s, base, &v, &over);
	if (end)
		*end = (char *)s;
	return v;
}

long long simple_strtoll(const char *s, char **end, unsigned int base)
{
	if (*s == '-')
		return -(long long)simple_strtoull(s + 1, end, base);
	return (long long)simple_strtoull(s, end, base);
}

unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	return (unsigned long)simple_strtoull(s, end, base);
}

long simple_strtol(const char *s, char **end, unsigned int base)
{
	return (long)simple_strtoll(s, end, base);
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long v;
	bool over = false;
	const char *start, *end;

	if (*s == '+')
		s++;
	start = radix(s, &base);
	end = digits(start, base, &v, &over);
	if (end == start)
		return -EINVAL;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	if (over)
		return -ERANGE;
	*res = v;
	return 0;
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	bool neg = *s == '-';
	unsigned long long v;
	int err = kstrtoull(neg ? s + 1 : s, base, &v);

	if (err)
		return err;
	if (v > (unsigned long long)LLONG_MAX + (neg ? 1 : 0))
		return -ERANGE;
	*res = neg ? (long long)(0 - v) : (long long)v;
	return 0;
}

int kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	unsigned long long v;
	int err = kstrtoull(s, base, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtol(const char *s, unsigned int base, long *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long long v;
	int err = kstrtoull(s, base, &v);

	if (err)
		return err;
	if (v > UINT_MAX)
		return -ERANGE;
	*res = (unsigned int)v;
	return 0;
}

int kstrtoint(const char *s, unsigned int base, int *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (err)
		return err;
	if (v > INT_MAX || v < INT_MIN)
		return -ERANGE;
	*res = (int)v;
	return 0;
}

unsigned long long memparse(const char *s, char **end)
{
	char *e;
	unsigned long long v = simple_strtoull(s, &e, 0);

	switch (tolower(*e)) {
	case 't':
		v <<= 10;
		fallthrough;
	case 'g':
		v <<= 10;
		fallthrough;
	case 'm':
		v <<= 10;
		fallthrough;
	case 'k':
		v <<= 10;
		e++;
	}
	if (end)
		*end = e;
	return v;
}
