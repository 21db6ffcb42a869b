// SPDX-License-Identifier: MIT
/*
 * The first program of the Linux guest that we compare with: loads the modules it finds in /modules (in name order), mounts the disk,
 * runs a program, and powers off. Its console output ends with "linux: exit status=N".
 *
 * Without /environment the program is /program beside us, the disk is below /disk. With it the program is one of the disk: the disk
 * becomes the root, with the file systems that a Debian has mounted, and the lines of /environment are its environment. The program's
 * words are the lines of /arguments, the first its own name.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *type, *where;
} debian_mounts[] = {
	{ "devtmpfs", "/disk/dev" }, { "devpts", "/disk/dev/pts" }, { "tmpfs", "/disk/dev/shm" },
	{ "proc", "/disk/proc" },    { "sysfs", "/disk/sys" },	    { "tmpfs", "/disk/tmp" },
	{ "tmpfs", "/disk/run" },
};

static void load_modules(void)
{
	struct dirent **names;
	int count = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char path[300];
		int fd;

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			perror(path);
		close(fd);
	}
}

/* The lines of a file as a list that ends with NULL; NULL when there is no such file. */
static char **lines_of(const char *path)
{
	static char text[2][16384], *list[2][128];
	static int used;
	int count = 0, fd = open(path, O_RDONLY);
	char *save = NULL;

	if (fd < 0)
		return NULL;
	if (read(fd, text[used], sizeof(text[used]) - 1) >= 0)
		for (char *word = strtok_r(text[used], "\n", &save); word && count < 127; word = strtok_r(NULL, "\n", &save))
			list[used][count++] = word;
	close(fd);
	return list[used++];
}

static void mount_debian(void)
{
	for (size_t i = 0; i < COUNT(debian_mounts); i++) {
		mkdir(debian_mounts[i].where, 0755);
		if (mount(debian_mounts[i].type, debian_mounts[i].where, debian_mounts[i].type, 0, NULL))
			perror(debian_mounts[i].where);
	}
}

/* The names in /dev that udev or systemd would make. */
static void link_descriptors(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/disk/dev/fd" },
		{ "/proc/self/fd/0", "/disk/dev/stdin" },
		{ "/proc/self/fd/1", "/disk/dev/stdout" },
		{ "/proc/self/fd/2", "/disk/dev/stderr" },
	};

	for (size_t i = 0; i < COUNT(links); i++)
		if (symlink(links[i][0], links[i][1]))
			perror(links[i][1]);
}

/* Whatever the program left running holds files of the disk. */
static void unmount_all(int debian)
{
	kill(-1, SIGKILL);
	while (wait(NULL) > 0)
		continue;
	for (size_t i = COUNT(debian_mounts); debian && i-- > 0;)
		umount2(debian_mounts[i].where, MNT_DETACH);
	sync();
	if (umount("/disk"))
		perror("umount /disk");
}

static void run(char **arguments, char **environment)
{
	char *none[] = { NULL };

	setsid();
	if (environment && (chroot("/disk") || chdir("/")))
		perror("chroot");
	execve(environment ? arguments[0] : "/program", arguments, environment ? environment : none);
	perror(arguments[0]);
	_exit(127);
}

int main(void)
{
	char **arguments = lines_of("/arguments"), **environment = lines_of("/environment");
	int status = 0;
	pid_t child;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mkdir("/proc", 0555);
	mount("proc", "/proc", "proc", 0, NULL);
	load_modules();
	for (int i = 0; i < 100 && access("/dev/vda", F_OK); i++)
		usleep(20000);
	mkdir("/disk", 0755);
	if (mount("/dev/vda", "/disk", "ext2", 0, NULL) && mount("/dev/vda", "/disk", "ext4", 0, NULL))
		return perror("mount"), reboot(RB_AUTOBOOT);
	if (environment) {
		mount_debian();
		link_descriptors();
	}
	printf("linux: program starts\n");
	fflush(stdout);
	child = fork();
	if (child == 0)
		run(arguments, environment);
	waitpid(child, &status, 0);
	unmount_all(environment != NULL);
	printf("linux: exit status=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
