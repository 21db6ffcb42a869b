// SPDX-License-Identifier: MIT
/* Initcalls and the kernel's command line. */
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lib/printk.h"

extern const struct initcall __initcall_start[], __initcall_end[];

static char command_line[4096];	/* written once at boot */

void do_initcalls(void)
{
	for (const struct initcall *call = __initcall_start; call < __initcall_end; call++) {
		int err = call->fn();

		if (err)
			pr_err("init: %s failed with %d\n", call->name, err);
	}
}

void cmdline_set(const char *line)
{
	if (strscpy(command_line, line ? line : "", sizeof(command_line)) < 0)
		pr_warn("command line cut to %zu bytes\n", sizeof(command_line) - 1);
}

const char *cmdline(void)
{
	return command_line;
}

/* The value of the last such word before " -- " wins, as a user who appends expects. */
static const char *find_value(const char *key, size_t *len)
{
	size_t klen = strlen(key);
	const char *p = command_line, *found = NULL;

	for (;;) {
		const char *end;

		p = skip_spaces(p);
		end = strchrnul(p, ' ');
		if (p == end || (end - p == 2 && p[0] == '-' && p[1] == '-'))
			return found;
		if ((size_t)(end - p) > klen && !strncmp(p, key, klen) && p[klen] == '=') {
			found = p + klen + 1;
			*len = (size_t)(end - found);
		}
		p = end;
	}
}

bool cmdline_word(const char *word)
{
	size_t len = strlen(word);
	const char *p = skip_spaces(command_line), *end;

	for (; *p; p = skip_spaces(end)) {
		end = strchrnul(p, ' ');
		if (end - p == 2 && p[0] == '-' && p[1] == '-')
			break;
		if ((size_t)(end - p) == len && !strncmp(p, word, len))
			return true;
	}
	return false;
}

bool cmdline_get(const char *key, char *buf, size_t size)
{
	size_t len = 0;
	const char *v = find_value(key, &len);

	if (!v || !size)
		return false;
	len = min(len, size - 1);
	memcpy(buf, v, len);
	buf[len] = '\0';
	return true;
}

long cmdline_long(const char *key, long dflt)
{
	char buf[32], *end;
	bool neg;
	long v;

	if (!cmdline_get(key, buf, sizeof(buf)))
		return dflt;
	neg = buf[0] == '-';
	v = (long)memparse(buf + neg, &end);
	if (*end || end == buf + neg) {
		pr_warn("command line: %s=%s is no number\n", key, buf);
		return dflt;
	}
	return neg ? -v : v;
}
