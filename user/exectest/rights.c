// SPDX-License-Identifier: MIT
/* Set-user-id files, capabilities, and what a process may renounce. */
#include "exectest.h"

struct cap_header {
	unsigned int version;
	int pid;
};

struct cap_data {
	unsigned int effective, permitted, inheritable;
};

/* mode rights: real, effective and saved ids, AT_SECURE, whether it may be looked into, capabilities */
int rights(int argc, char **argv)
{
	struct cap_header h = { 0x20080522, 0 };
	struct cap_data d[2] = { { 0 } };
	uid_t r, e, s, rg, eg, sg;

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	syscall(SYS_capget, &h, d);
	dprintf(3, "%d %d %d  %d %d %d  secure %lu dump %d caps %d %d stack %d", r, e, s, rg, eg, sg, getauxval(AT_SECURE),
		prctl(PR_GET_DUMPABLE), !!(d[0].effective & 1), !!(d[0].permitted & 1), !!personality(0xffffffff));
	return 0;
}

/* As user and group 2000 (or root), with or without PR_SET_NO_NEW_PRIVS. */
static void rights_are(const char *program, uid_t uid, int no_new, const char *want)
{
	char out[256] = "";
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(fds))
		exit(1);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		char *argv[] = { (char *)program, "rights", NULL };

		dup2(fds[1], 3);
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(1);
		if (no_new && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			_exit(2);
		personality(ADDR_NO_RANDOMIZE);
		execv(program, argv);
		_exit(errno);
	}
	close(fds[1]);
	n = read(fds[0], out, sizeof(out) - 1);
	close(fds[0]);
	status = status_of(pid);
	CHECK(n > 0 && EXITED(status, 0) && !strcmp(out, want), "status %x: %s, not %s", status, out, want);
}

void set_ids(void)
{
	char *file = strdup(path_in_dir("setid"));
	size_t len;
	char *bytes;

	if (getuid())
		return;
	bytes = read_whole(self, &len);
	write_file(file, bytes, len, 0755);
	free(bytes);
	rights_are(file, 0, 0, "0 0 0  0 0 0  secure 0 dump 1 caps 1 1 stack 1");
	rights_are(file, 2000, 0, "2000 2000 2000  2000 2000 2000  secure 0 dump 1 caps 0 0 stack 1");
	if (chown(file, 1000, 1001))
		exit(1);
	chmod(file, 04755);
	rights_are(file, 2000, 0, "2000 1000 1000  2000 2000 2000  secure 1 dump 0 caps 0 0 stack 0");
	rights_are(file, 0, 0, "0 1000 1000  0 0 0  secure 1 dump 0 caps 0 1 stack 0");
	rights_are(file, 2000, 1, "2000 2000 2000  2000 2000 2000  secure 0 dump 1 caps 0 0 stack 1");
	chmod(file, 02755);
	rights_are(file, 2000, 0, "2000 2000 2000  2000 1001 1001  secure 1 dump 0 caps 0 0 stack 0");
	chmod(file, 02745); /* no group execution: the bit means something else */
	rights_are(file, 2000, 0, "2000 2000 2000  2000 2000 2000  secure 0 dump 1 caps 0 0 stack 1");
	if (chown(file, 0, 0))
		exit(1);
	chmod(file, 04711);
	rights_are(file, 2000, 0, "2000 0 0  2000 2000 2000  secure 1 dump 0 caps 1 1 stack 0");
	chmod(file, 0711); /* may be executed, not read */
	rights_are(file, 2000, 0, "2000 2000 2000  2000 2000 2000  secure 0 dump 0 caps 0 0 stack 1");
	unlink(file);
	free(file);
}
