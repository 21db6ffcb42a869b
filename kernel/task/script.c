// SPDX-License-Identifier: MIT
/*
 * Scripts: `#!interpreter argument` in the first line.
 *
 * The interpreter is executed with its own name, the one optional argument (everything behind the name, blanks in it
 * included) and the script's path in front of the caller's arguments after the first. The line must end within the
 * first 255 bytes, or the interpreter's name at least, followed by a blank.
 */
#include "fs/fs.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/binprm.h"
#include "mm/slab.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the first line into name and argument, which may be NULL. False if there is no usable name. */
static bool parse_line(char *buf, char **name, char **arg)
{
	char *last = buf + BINPRM_BUF_SIZE - 1, *p = buf + 2, *end = p;
	bool cut = false, whole;

	while (end < last && *end != '\n' && *end)
		end++;
	/* neither a newline nor the end of the file: the line goes on behind the buffer */
	if (end == last && *end != '\n' && *end)
		cut = true;
	whole = !*end;
	*end = '\0';
	while (p < end && blank(*p))
		p++;
	*name = p;
	if (p == end)
		return whole; /* a file that ends there names the empty path, as on Linux */
	while (p < end && !blank(*p))
		p++;
	if (p == end)
		return !cut; /* a name that is cut off would run something else */
	*p++ = '\0';
	while (end > p && blank(end[-1]))
		*--end = '\0';
	while (p < end && blank(*p))
		p++;
	*arg = p < end ? p : NULL;
	return true;
}

static int push_arguments(struct linux_binprm *bprm, const char *name, const char *arg)
{
	int err = bprm_remove_arg_zero(bprm);

	if (!err)
		err = bprm_push_kernel(bprm, bprm->interp);
	if (!err && arg)
		err = bprm_push_kernel(bprm, arg);
	if (!err)
		err = bprm_push_kernel(bprm, name);
	bprm->argc += arg ? 3 : 2;
	return err;
}

int load_script(struct linux_binprm *bprm)
{
	char *name, *arg = NULL, *copy;
	struct file *file;
	int err;

	if (!parse_line(bprm->buf, &name, &arg))
		return -ENOEXEC;
	if (bprm->img.bytes) {
		*bprm->img.why = "a script on no disk has no name its interpreter could open";
		return -ENOEXEC;
	}
	/* the interpreter would not find the script under the name it is given */
	if (bprm->path_inaccessible)
		return -ENOENT;
	err = push_arguments(bprm, name, arg);
	if (err)
		return err;
	copy = kmemdup(name, strlen(name) + 1, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	kfree(bprm->interp_copy);
	bprm->interp = bprm->interp_copy = copy;
	file = open_exec(name);
	if (IS_ERR(file))
		return PTR_ERR(file);
	put_exec_file(bprm->img.file);
	bprm->img.file = file;
	return 0;
}
