// SPDX-License-Identifier: MIT
/* What another user may do with files: owner, group and others, directories, sticky ones, set-id bits. */
#include "errnocalls.h"
#include <pthread.h>
#include <sys/file.h>

static char buffer[4096];

static void show_mode(const char *what, const char *path)
{
	struct stat st;

	MUST(stat(path, &st));
	report_value("mode", what, st.st_mode & 07777);
}

static void opens(const char *path)
{
	report("open-read", path, RAW(SYS_open, path, O_RDONLY));
	report("open-write", path, RAW(SYS_open, path, O_WRONLY));
	report("open-truncate", path, RAW(SYS_open, path, O_RDONLY | O_TRUNC));
	report("open-create", path, RAW(SYS_open, path, O_RDONLY | O_CREAT, 0644));
	report("open-path", path, RAW(SYS_open, path, O_PATH));
	report("open-noatime", path, RAW(SYS_open, path, O_RDONLY | O_NOATIME));
	report("access-read", path, RAW(SYS_access, path, R_OK));
	report("access-write", path, RAW(SYS_access, path, W_OK));
	report("access-exec", path, RAW(SYS_access, path, X_OK));
	report("access-exists", path, RAW(SYS_access, path, F_OK));
	report("stat", path, RAW(SYS_stat, path, buffer));
	report("truncate", path, RAW(SYS_truncate, path, 3));
	report("chmod", path, RAW(SYS_chmod, path, 0600));
	report("chown-keep", path, RAW(SYS_chown, path, -1, -1));
	report("chown-user", path, RAW(SYS_chown, path, 1000, -1));
	report("chown-away", path, RAW(SYS_chown, path, 2000, -1));
	report("chown-group", path, RAW(SYS_chown, path, -1, 1000));
	report("chown-other-group", path, RAW(SYS_chown, path, -1, 2000));
	report("utimensat-now", path, RAW(SYS_utimensat, AT_FDCWD, path, NULL, 0));
	report("utimensat-set", path, RAW(SYS_utimensat, AT_FDCWD, path, ((long[4]){ 1, 0, 1, 0 }), 0));
	report("setxattr", path, RAW(SYS_setxattr, path, "user.a", "v", 1, 0));
	report("setxattr-trusted", path, RAW(SYS_setxattr, path, "trusted.a", "v", 1, 0));
	report("getxattr", path, RAW(SYS_getxattr, path, "user.none", buffer, 10));
	report("getxattr-trusted", path, RAW(SYS_getxattr, path, "trusted.none", buffer, 10));
	report("execve", path, RAW(SYS_execve, path, NULL, NULL));
	for (int fd = 3; fd < 20; fd++)
		close(fd);
}

static void names(const char *dir)
{
	char inside[300], new[300];

	snprintf(inside, sizeof(inside), "%s/inside", dir);
	snprintf(new, sizeof(new), "%s/new", dir);
	report("open-directory", dir, RAW(SYS_open, dir, O_RDONLY | O_DIRECTORY));
	report("chdir", dir, RAW(SYS_chdir, dir));
	report("create", dir, RAW(SYS_open, new, O_CREAT | O_WRONLY | O_EXCL, 0644));
	report("unlink-new", dir, RAW(SYS_unlink, new));
	report("mkdir", dir, RAW(SYS_mkdir, new, 0755));
	report("rmdir", dir, RAW(SYS_rmdir, new));
	report("symlink", dir, RAW(SYS_symlink, "x", new));
	report("unlink-symlink", dir, RAW(SYS_unlink, new));
	report("link-into", dir, RAW(SYS_link, "mine", new));
	report("unlink-link", dir, RAW(SYS_unlink, new));
	report("link-of-inside", dir, RAW(SYS_link, inside, "open/link"));
	report("rename-inside", dir, RAW(SYS_rename, inside, new));
	report("rename-back", dir, RAW(SYS_rename, new, inside));
	report("rename-onto-inside", dir, RAW(SYS_rename, "open/other", inside));
	report("stat-inside", dir, RAW(SYS_stat, inside, buffer));
	report("unlink-inside", dir, RAW(SYS_unlink, inside));
	report("stat-missing", dir, RAW(SYS_stat, new, buffer));
	report("rmdir-itself", dir, RAW(SYS_rmdir, dir));
	report("rename-itself", dir, RAW(SYS_rename, dir, "open/moved"));
}

static int start;

static void back(void)
{
	MUST(fchdir(start));
	for (int fd = start + 1; fd < 20; fd++)
		close(fd);
}

static void user_cases(void)
{
	static const char *const files[] = { "file", "private", "program", "mine", "closed/inside", "open/inside", "sticky/inside", "link",
					     "fifo-none", "null" };
	static const char *const dirs[] = { "dir", "full", "closed", "sticky", "open" };

	for (int i = 0; i < (int)(sizeof(files) / sizeof(files[0])); i++)
		opens(files[i]);
	start = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < (int)(sizeof(dirs) / sizeof(dirs[0])); i++) {
		int fd = open("open/other", O_CREAT | O_WRONLY, 0644);

		if (fd >= 0)
			close(fd);
		names(dirs[i]);
		back();
	}
	close(start);
}

/* The owner changes set-id bits and groups; a writer takes the bits away. */
static void set_id_cases(void)
{
	int fd = (int)MUST(open("open/setid", O_CREAT | O_RDWR, 0755));

	T(fchmod, "set-id-own-group", fd, 06755);
	show_mode("set-id-own-group", "open/setid");
	TV(write, "takes-set-id-away", fd, "x", 1);
	show_mode("after-write", "open/setid");
	T(fchmod, "set-id", fd, 06755);
	T(ftruncate, "takes-set-id-away", fd, 0);
	show_mode("after-truncate", "open/setid");
	T(fchmod, "set-id", fd, 06755);
	T(fchown, "same-owner", fd, 1000, 1000);
	show_mode("after-chown", "open/setid");
	T(fchmod, "set-gid-without-group-exec", fd, 02644);
	T(fchown, "same-owner-again", fd, 1000, -1);
	show_mode("after-chown-without-group-exec", "open/setid");
	T(fchown, "nothing", fd, -1, -1);
	show_mode("after-chown-of-nothing", "open/setid");
	T(fchmod, "sticky-file", fd, 01644);
	show_mode("sticky-file", "open/setid");
	close(fd);
	T(chmod, "set-gid-of-other-group", "open/othergroup", 02755);
	show_mode("set-gid-of-other-group", "open/othergroup");
	T(open, "create-in-set-gid-directory", "open/setgid/new", O_CREAT | O_WRONLY, 02755);
	show_mode("created-in-set-gid-directory", "open/setgid/new");
	T(mkdir, "in-set-gid-directory", "open/setgid/dir", 0755);
	show_mode("directory-in-set-gid-directory", "open/setgid/dir");
}

static void root_set_id_cases(void)
{
	int fd = (int)MUST(open("file", O_RDWR));
	struct stat st;

	MUST(fchmod(fd, 06755));
	TV(write, "root-keeps-set-id", fd, "x", 1);
	show_mode("root-after-write", "file");
	T(fchown, "root", fd, 1000, 1000);
	show_mode("root-after-chown", "file");
	MUST(fchmod(fd, 02644));
	T(fchown, "root-again", fd, 0, 0);
	show_mode("root-after-chown-without-group-exec", "file");
	close(fd);
	MUST(chmod("dir", 06755));
	T(chown, "directory", "dir", 1000, 1000);
	show_mode("root-after-chown-directory", "dir");
	MUST(stat("open/setgid/new", &st));
	report_value("group", "created-in-set-gid-directory", st.st_gid);
	MUST(stat("open/setgid/dir", &st));
	report_value("group", "directory-in-set-gid-directory", st.st_gid);
}

/* Root with the file-system id of another, and root without the capabilities for files. */
static void *other_fsuid(void *unused)
{
	struct cap_header header = { CAP_VERSION_3, 0 };
	struct cap_data none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	TV(setfsuid, "1000", 1000);
	T(open, "private-as-fsuid", "private", O_RDONLY);
	T(access, "private-by-real-id", "private", R_OK);
	T(faccessat2, "private-by-effective-id", AT_FDCWD, "private", R_OK, AT_EACCESS);
	T(open, "create-as-fsuid", "open/fsuid", O_CREAT | O_WRONLY, 0644);
	TV(setfsuid, "0", 0);
	T(capset, "none", &header, none);
	T(open, "own-without-capabilities", "private", O_RDONLY);
	T(open, "other-without-capabilities", "mine", O_WRONLY);
	T(chmod, "other-without-capabilities", "mine", 0600);
	T(chown, "own-without-capabilities", "private", 1000, -1);
	T(mknod, "device-without-capabilities", "device", S_IFCHR | 0600, 0x103);
	T(access, "other-without-capabilities", "mine", W_OK);
	T(faccessat2, "other-without-capabilities", AT_FDCWD, "mine", W_OK, AT_EACCESS);
	for (int fd = 3; fd < 20; fd++)
		close(fd);
	return NULL;
}

static void group_cases(void)
{
	T(open, "group-read", "group", O_RDONLY);
	T(open, "group-write", "group", O_WRONLY);
	T(open, "group-none-others-all", "notgroup", O_RDONLY);
	T(open, "owner-none-others-all", "notowner", O_RDONLY);
	for (int fd = 3; fd < 20; fd++)
		close(fd);
}

static void make(const char *name, unsigned int uid, unsigned int gid, int mode)
{
	MUST(close((int)MUST(open(name, O_CREAT | O_WRONLY, 0600))));
	MUST(chown(name, uid, gid));
	MUST(chmod(name, (mode_t)mode));
}

void permission_cases(void)
{
	pthread_t thread;
	struct stat st;

	as_user(1000, 1000, user_cases);
	make_tree();
	make("open/othergroup", 1000, 2000, 0755);
	MUST(mkdir("open/setgid", 0777));
	MUST(chown("open/setgid", 0, 2000));
	MUST(chmod("open/setgid", 02777));
	as_user(1000, 1000, set_id_cases);
	root_set_id_cases();
	make("group", 0, 1000, 0640);
	make("notgroup", 0, 1000, 0606);
	make("notowner", 1000, 0, 0066);
	as_user(1000, 1000, group_cases);
	if (pthread_create(&thread, NULL, other_fsuid, NULL) || pthread_join(thread, NULL))
		fail("pthread_create");
	MUST(stat("open/fsuid", &st));
	report_value("owner", "create-as-fsuid", st.st_uid);
	unlink("open/setgid/new");
	rmdir("open/setgid/dir");
	make_tree();
}
