// SPDX-License-Identifier: MIT
/*
 * The first program of the Linux guest that we compare with: loads the modules it finds in /modules (in name order), mounts the disk,
 * runs /program with the words of /arguments (one a line) on it, and powers off. Its console output ends with
 * "linux: exit status=N".
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void run(void)
{
	static char text[4096];
	char *argv[64] = { "program" }, *save = NULL;
	int argc = 1, fd = open("/arguments", O_RDONLY);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0)
		for (char *word = strtok_r(text, "\n", &save); word && argc < 63; word = strtok_r(NULL, "\n", &save))
			argv[argc++] = word;
	execv("/program", argv);
	perror("/program");
	_exit(127);
}

int main(void)
{
	int status = 0;
	pid_t child;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	load_modules();
	for (int i = 0; i < 100 && access("/dev/vda", F_OK); i++)
		usleep(20000);
	mkdir("/disk", 0755);
	if (mount("/dev/vda", "/disk", "ext2", 0, NULL) && mount("/dev/vda", "/disk", "ext4", 0, NULL))
		return perror("mount"), reboot(RB_AUTOBOOT);
	printf("linux: program starts\n");
	fflush(stdout);
	child = fork();
	if (child == 0)
		run();
	waitpid(child, &status, 0);
	umount("/disk");
	sync();
	printf("linux: exit status=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
