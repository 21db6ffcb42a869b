// SPDX-License-Identifier: MIT
/* Runs the subjects in turn, in a directory of the disk. */
#include "errnocalls.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const char *const names[] = {
	[EPERM] = "EPERM", [ENOENT] = "ENOENT", [ESRCH] = "ESRCH", [EINTR] = "EINTR", [EIO] = "EIO", [ENXIO] = "ENXIO",
	[E2BIG] = "E2BIG", [ENOEXEC] = "ENOEXEC", [EBADF] = "EBADF", [ECHILD] = "ECHILD", [EAGAIN] = "EAGAIN", [ENOMEM] = "ENOMEM",
	[EACCES] = "EACCES", [EFAULT] = "EFAULT", [ENOTBLK] = "ENOTBLK", [EBUSY] = "EBUSY", [EEXIST] = "EEXIST", [EXDEV] = "EXDEV",
	[ENODEV] = "ENODEV", [ENOTDIR] = "ENOTDIR", [EISDIR] = "EISDIR", [EINVAL] = "EINVAL", [ENFILE] = "ENFILE",
	[EMFILE] = "EMFILE", [ENOTTY] = "ENOTTY", [ETXTBSY] = "ETXTBSY", [EFBIG] = "EFBIG", [ENOSPC] = "ENOSPC", [ESPIPE] = "ESPIPE",
	[EROFS] = "EROFS", [EMLINK] = "EMLINK", [EPIPE] = "EPIPE", [EDOM] = "EDOM", [ERANGE] = "ERANGE", [EDEADLK] = "EDEADLK",
	[ENAMETOOLONG] = "ENAMETOOLONG", [ENOLCK] = "ENOLCK", [ENOSYS] = "ENOSYS", [ENOTEMPTY] = "ENOTEMPTY", [ELOOP] = "ELOOP",
	[ENODATA] = "ENODATA", [ETIME] = "ETIME", [EOVERFLOW] = "EOVERFLOW", [EBADFD] = "EBADFD", [EUSERS] = "EUSERS",
	[ENOTSOCK] = "ENOTSOCK", [EDESTADDRREQ] = "EDESTADDRREQ", [EMSGSIZE] = "EMSGSIZE", [EPROTOTYPE] = "EPROTOTYPE",
	[ENOPROTOOPT] = "ENOPROTOOPT", [EPROTONOSUPPORT] = "EPROTONOSUPPORT", [ESOCKTNOSUPPORT] = "ESOCKTNOSUPPORT",
	[EOPNOTSUPP] = "EOPNOTSUPP", [EAFNOSUPPORT] = "EAFNOSUPPORT", [EADDRINUSE] = "EADDRINUSE", [EADDRNOTAVAIL] = "EADDRNOTAVAIL",
	[ENOTCONN] = "ENOTCONN", [EISCONN] = "EISCONN", [ECONNREFUSED] = "ECONNREFUSED", [ETIMEDOUT] = "ETIMEDOUT",
	[ESTALE] = "ESTALE", [EDQUOT] = "EDQUOT", [ECANCELED] = "ECANCELED", [ENOKEY] = "ENOKEY", [EREMOTE] = "EREMOTE",
	[ENOTUNIQ] = "ENOTUNIQ", [EALREADY] = "EALREADY", [EINPROGRESS] = "EINPROGRESS", [EBADMSG] = "EBADMSG", [EPROTO] = "EPROTO",
};

const char *errno_name(int err)
{
	static char text[24];

	if (err > 0 && err < (int)(sizeof(names) / sizeof(names[0])) && names[err])
		return names[err];
	snprintf(text, sizeof(text), "errno-%d", err);
	return text;
}

static const char *prefix = "";

static void line(const char *call, const char *what, const char *result)
{
	printf("%s%s %s -> %s\n", prefix, call, what, result);
}

void report(const char *call, const char *what, long ret)
{
	line(call, what, ret < 0 && ret > -4096 ? errno_name((int)-ret) : ret ? ">0" : "0");
	/* a mapping would keep its file open */
	if (!strncmp(call, "mmap", 4) && !(ret < 0 && ret > -4096))
		munmap((void *)ret, 4096);
}

void report_value(const char *call, const char *what, long ret)
{
	char text[32];

	if (ret < 0 && ret > -4096) {
		report(call, what, ret);
		return;
	}
	snprintf(text, sizeof(text), "%ld", ret);
	line(call, what, text);
}

void fail(const char *what)
{
	printf("errnocalls: FAILED: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

struct user {
	unsigned int uid, gid;
	void (*fn)(void);
};

static void *user_thread(void *arg)
{
	struct user *user = arg;
	unsigned int group = user->gid;

	/* of this thread only: the library would change all */
	if (RAW(SYS_setgroups, 1, &group) || RAW(SYS_setresgid, user->gid, user->gid, user->gid) ||
	    RAW(SYS_setresuid, user->uid, user->uid, user->uid))
		fail("changing the thread's ids");
	user->fn();
	return NULL;
}

void as_user(unsigned int uid, unsigned int gid, void (*fn)(void))
{
	struct user user = { uid, gid, fn };
	pthread_t thread;

	prefix = "user: ";
	if (pthread_create(&thread, NULL, user_thread, &user) || pthread_join(thread, NULL))
		fail("pthread_create");
	prefix = "";
}

/* What the cases are about must not depend on what the program was started with. */
static void settle(void)
{
	struct rlimit nofile = { 1024, 4096 };

	MUST(setrlimit(RLIMIT_NOFILE, &nofile));
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	MUST(prctl(PR_SET_NAME, "errnocalls"));
	for (int fd = 3; fd < 20; fd++)
		close(fd);
}

/* Makes the last two directories of a path. */
static void enter(const char *path)
{
	char *parent = strdup(path);

	*strrchr(parent, '/') = '\0';
	mkdir(parent, 0755);
	mkdir(path, 0755);
	MUST(chdir(path));
	free(parent);
}

int main(int argc, char **argv)
{
	const char *directory = "/errno/cases", *mount_point = "/";

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--dir"))
			directory = argv[i + 1];
		else if (!strcmp(argv[i], "--mount"))
			mount_point = argv[i + 1];
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	settle();
	enter(directory);
	make_addresses();
	make_tree();
	descriptor_cases();
	path_cases();
	pointer_cases();
	read_write_cases();
	file_argument_cases();
	name_argument_cases();
	memory_cases();
	time_cases();
	signal_cases();
	process_cases();
	credential_cases();
	permission_cases();
	mount_cases();
	no_space_cases();
	read_only_cases(mount_point);
	printf("errnocalls: done\n");
	return fflush(stdout) ? 1 : 0;
}
