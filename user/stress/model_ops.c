// SPDX-License-Identifier: MIT
/* The private part, continued: names, links, directories, and calls that must fail. */
#define _GNU_SOURCE
#include "stress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int exchange(const char *a, const char *b)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);
}

static int rename_noreplace(const char *a, const char *b)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 1);
}

static int pick_name(struct worker *w, bool used)
{
	int start = (int)rng_below(&w->rng, MAX_NAMES);

	for (int i = 0; i < MAX_NAMES; i++) {
		int n = (start + i) % MAX_NAMES;

		if ((w->names[n].type != M_NONE) == used)
			return n;
	}
	return -1;
}

static int pick_dir(struct worker *w)
{
	int dir = (int)rng_below(&w->rng, MAX_DIRS);

	while (!w->dirs[dir].live)
		dir = (dir + 1) % MAX_DIRS;
	return dir;
}

/* The model forgets a name; the inode goes with its last one. */
static void forget(struct worker *w, int name)
{
	struct m_name *n = &w->names[name];

	if (n->type == M_FILE && --w->inodes[n->inode].links == 0)
		w->inodes[n->inode].live = false;
	free(n->target);
	n->target = NULL;
	n->type = M_NONE;
}

/* The name becomes `to` (with its own directory); what was there is gone. */
static void step_rename(struct worker *w)
{
	int from = pick_name(w, true), to = (int)rng_below(&w->rng, MAX_NAMES);
	char a[1200], b[1200];
	bool noreplace = rng_chance(&w->rng, 4);
	int result;

	if (from < 0 || from == to)
		return;
	if (w->names[to].type == M_NONE)
		w->names[to].dir = pick_dir(w);
	name_path(w, from, a, sizeof(a));
	name_path(w, to, b, sizeof(b));
	result = noreplace ? rename_noreplace(a, b) : rename(a, b);
	if (noreplace && w->names[to].type != M_NONE) {
		if (!counted(w, OP_rename, result != 0) || errno != EEXIST)
			fail("rename %s over %s without replacing: %d %s", a, b, result, strerror(errno));
		return;
	}
	if (!counted(w, OP_rename, result == 0)) {
		tolerated("rename", a);
		return;
	}
	if (w->names[from].type == M_FILE && w->names[to].type == M_FILE && w->names[from].inode == w->names[to].inode)
		return; /* two names of one file: rename does nothing */
	if (w->names[to].type != M_NONE)
		forget(w, to);
	w->names[to].type = w->names[from].type;
	w->names[to].inode = w->names[from].inode;
	w->names[to].target = w->names[from].target;
	w->names[from].target = NULL;
	w->names[from].type = M_NONE;
}

static void step_exchange(struct worker *w)
{
	int from = pick_name(w, true), to = pick_name(w, true);
	char a[1200], b[1200];
	struct m_name kept;

	if (from < 0 || from == to)
		return;
	name_path(w, from, a, sizeof(a));
	name_path(w, to, b, sizeof(b));
	if (!counted(w, OP_exchange, exchange(a, b) == 0)) {
		tolerated("exchange", a);
		return;
	}
	kept = w->names[to];
	w->names[to] = w->names[from];
	w->names[from] = kept;
	/* The objects changed places; the directories belong to the names. */
	w->names[from].dir = w->names[to].dir;
	w->names[to].dir = kept.dir;
}

static void step_link(struct worker *w)
{
	int from = pick_name(w, true), to = pick_name(w, false);
	char a[1200], b[1200];

	if (from < 0 || to < 0 || w->names[from].type != M_FILE)
		return;
	w->names[to].dir = pick_dir(w);
	name_path(w, from, a, sizeof(a));
	name_path(w, to, b, sizeof(b));
	if (!counted(w, OP_link, link(a, b) == 0)) {
		tolerated("link", a);
		return;
	}
	w->names[to].type = M_FILE;
	w->names[to].inode = w->names[from].inode;
	w->inodes[w->names[to].inode].links++;
}

static void step_unlink(struct worker *w)
{
	int name = pick_name(w, true);
	char path[1200];

	if (name < 0)
		return;
	name_path(w, name, path, sizeof(path));
	if (!counted(w, OP_unlink, unlink(path) == 0)) {
		fail("unlink %s: %s", path, strerror(errno));
		return;
	}
	forget(w, name);
}

static void step_symlink(struct worker *w)
{
	int name = pick_name(w, false);
	size_t len = rng_chance(&w->rng, 2) ? 1 + rng_below(&w->rng, 59) : 60 + rng_below(&w->rng, 900);
	char path[1200], *target;

	if (name < 0)
		return;
	target = malloc(len + 1);
	if (!target)
		die("no memory");
	for (size_t i = 0; i < len; i++)
		target[i] = (char)('a' + rng_below(&w->rng, 26));
	target[len] = 0;
	w->names[name].dir = pick_dir(w);
	name_path(w, name, path, sizeof(path));
	if (!counted(w, OP_symlink, symlink(target, path) == 0)) {
		tolerated("symlink", path);
		free(target);
		return;
	}
	w->names[name].type = M_LINK;
	w->names[name].target = target;
}

static void step_readlink(struct worker *w)
{
	int name = pick_name(w, true);
	char path[1200], found[1100];
	ssize_t n;

	if (name < 0 || w->names[name].type != M_LINK)
		return;
	name_path(w, name, path, sizeof(path));
	n = readlink(path, found, sizeof(found));
	counted(w, OP_readlink, n >= 0);
	if (n != (ssize_t)strlen(w->names[name].target) || memcmp(found, w->names[name].target, (size_t)n))
		fail("readlink %s gives %zd bytes, or the wrong ones", path, n);
}

static void step_mkdir(struct worker *w)
{
	int dir = 1;
	char path[1200];

	while (dir < MAX_DIRS && w->dirs[dir].live)
		dir++;
	if (dir == MAX_DIRS)
		return;
	w->dirs[dir].parent = pick_dir(w);
	dir_path(w, dir, path, sizeof(path));
	if (!counted(w, OP_mkdir, mkdir(path, 0755) == 0))
		tolerated("mkdir", path);
	else
		w->dirs[dir].live = true;
}

static int children(struct worker *w, int dir)
{
	int count = 0;

	for (int i = 0; i < MAX_NAMES; i++)
		count += w->names[i].type != M_NONE && w->names[i].dir == dir;
	for (int i = 1; i < MAX_DIRS; i++)
		count += w->dirs[i].live && w->dirs[i].parent == dir;
	return count;
}

static void step_rmdir(struct worker *w)
{
	int dir = pick_dir(w), result;
	char path[1200];

	if (dir == 0)
		return;
	dir_path(w, dir, path, sizeof(path));
	result = rmdir(path);
	if (children(w, dir)) {
		if (!counted(w, OP_rmdir, result != 0) || errno != ENOTEMPTY)
			fail("rmdir of %s, which is not empty: %d %s", path, result, strerror(errno));
		return;
	}
	if (!counted(w, OP_rmdir, result == 0))
		fail("rmdir %s: %s", path, strerror(errno));
	else
		w->dirs[dir].live = false;
}

static bool inside(struct worker *w, int dir, int ancestor)
{
	for (; dir; dir = w->dirs[dir].parent)
		if (dir == ancestor)
			return true;
	return ancestor == 0;
}

/* Move a directory below another; below itself it must be refused with EINVAL. */
static void step_rename_dir(struct worker *w)
{
	int dir = pick_dir(w), parent = pick_dir(w), result;
	char a[1200], above[1100], b[1200];

	if (dir == 0)
		return;
	dir_path(w, dir, a, sizeof(a));
	dir_path(w, parent, above, sizeof(above));
	snprintf(b, sizeof(b), "%s/d%d", above, dir);
	result = rename(a, b);
	if (inside(w, parent, dir)) {
		if (!counted(w, OP_rename_dir, result != 0) || errno != EINVAL)
			fail("rename of %s below itself: %d %s", a, result, strerror(errno));
		return;
	}
	if (!counted(w, OP_rename_dir, result == 0))
		tolerated("rename", a);
	else
		w->dirs[dir].parent = parent;
}

/* Every name must be listed once, with the right type, and nothing else. */
static void step_readdir(struct worker *w)
{
	int dir = pick_dir(w), seen = 0, expected = children(w, dir);
	char path[1200];
	struct dirent *entry;
	DIR *stream;

	dir_path(w, dir, path, sizeof(path));
	stream = opendir(path);
	if (!counted(w, OP_readdir, stream != NULL)) {
		fail("opendir %s: %s", path, strerror(errno));
		return;
	}
	while ((entry = readdir(stream))) {
		int number = atoi(entry->d_name + 1);
		bool known = false;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || !strcmp(entry->d_name, "big"))
			continue;
		seen++;
		if (entry->d_name[0] == 'n' && number >= 0 && number < MAX_NAMES)
			known = w->names[number].dir == dir &&
				w->names[number].type == (entry->d_type == DT_LNK ? M_LINK : M_FILE);
		else if (entry->d_name[0] == 'd' && number > 0 && number < MAX_DIRS)
			known = w->dirs[number].live && w->dirs[number].parent == dir && entry->d_type == DT_DIR;
		if (!known)
			fail("%s lists '%s' (type %d), which the model does not know", path, entry->d_name, entry->d_type);
	}
	closedir(stream);
	if (seen != expected)
		fail("%s lists %d names, not %d", path, seen, expected);
}

static void step_stat(struct worker *w)
{
	int name = (int)rng_below(&w->rng, MAX_NAMES);
	struct m_name *n = &w->names[name];
	char path[1200];
	struct stat st;
	int result;

	if (n->type == M_NONE && !w->dirs[n->dir].live)
		return;
	name_path(w, name, path, sizeof(path));
	result = lstat(path, &st);
	counted(w, OP_stat, result == 0 || n->type == M_NONE);
	if (n->type == M_NONE) {
		if (result == 0 || errno != ENOENT)
			fail("%s should not exist: %d %s", path, result, strerror(errno));
	} else if (result || (n->type == M_LINK) != !!S_ISLNK(st.st_mode) ||
		   (size_t)st.st_size != (n->type == M_LINK ? strlen(n->target) : w->inodes[n->inode].size)) {
		fail("stat %s: %d, mode %o size %lld", path, result, st.st_mode, (long long)st.st_size);
	}
}

static void expect_error(struct worker *w, const char *what, const char *path, int result, int wanted)
{
	counted(w, OP_negative, result < 0);
	if (result >= 0 || errno != wanted)
		fail("%s %s gives %d (%s), not %s", what, path, result, result < 0 ? strerror(errno) : "success",
		     strerror(wanted));
}

/* Calls that must fail, and with which error. */
static void step_negative(struct worker *w)
{
	int name = pick_name(w, true);
	char path[1200], below[1300];

	if (name < 0)
		return;
	name_path(w, name, path, sizeof(path));
	snprintf(below, sizeof(below), "%s/x", path);
	switch (rng_below(&w->rng, 6)) {
	case 0:
		expect_error(w, "mkdir", path, mkdir(path, 0755), EEXIST);
		break;
	case 1:
		expect_error(w, "rmdir", path, rmdir(path), ENOTDIR);
		break;
	case 2:
		expect_error(w, "create", path, open(path, O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
		break;
	case 3:
		if (w->names[name].type == M_FILE)
			expect_error(w, "unlink", below, unlink(below), ENOTDIR);
		break;
	case 4:
		expect_error(w, "open for writing", w->base, open(w->base, O_WRONLY), EISDIR);
		break;
	default:
		expect_error(w, "unlink", w->base, unlink(w->base), EISDIR);
		break;
	}
}

void model_namespace_step(struct worker *w, unsigned int choice)
{
	static void (*const steps[])(struct worker *) = {
		step_rename, step_rename, step_exchange, step_link,  step_unlink,     step_unlink, step_symlink,
		step_readlink, step_mkdir, step_rmdir,	 step_rename_dir, step_readdir, step_stat,   step_negative,
	};

	steps[choice % (sizeof(steps) / sizeof(steps[0]))](w);
}
