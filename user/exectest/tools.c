// SPDX-License-Identifier: MIT
/* Making files, and running programs in children. */
#include "exectest.h"

char *path_in_dir(const char *name)
{
	static char buf[8][512];
	static int n;
	char *p = buf[n++ % 8];

	snprintf(p, 512, "%s/%s", dir, name);
	return p;
}

void write_file(const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || fchmod(fd, mode) || close(fd)) {
		perror(path);
		exit(1);
	}
}

void write_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text), 0755);
}

char *read_whole(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p;

	if (fd < 0 || fstat(fd, &st) || !(p = malloc(st.st_size + 1)) || read(fd, p, st.st_size) != st.st_size) {
		perror(path);
		exit(1);
	}
	close(fd);
	*len = st.st_size;
	return p;
}

int status_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* A child that executes; what it prints on descriptor 3 is collected in out. Its errno if exec fails. */
int run_at(int fd, const char *path, char *const *argv, char *const *envp, int flags, int *status, char *out, size_t size)
{
	int result[2], text[2], error = 0;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe2(result, O_CLOEXEC) || pipe2(text, O_CLOEXEC))
		exit(1);
	pid = fork();
	if (!pid) {
		close(result[0]);
		if (text[1] != 3)
			dup2(text[1], 3);
		else
			fcntl(3, F_SETFD, 0);
		if (fd == -2)
			execve(path, argv, envp);
		else
			syscall(SYS_execveat, fd, path, argv, envp, flags);
		error = errno;
		n = write(result[1], &error, sizeof(error));
		_exit(111);
	}
	close(result[1]);
	close(text[1]);
	while (out && len < size - 1 && (n = read(text[0], out + len, size - 1 - len)) > 0)
		len += n;
	if (out)
		out[len] = '\0';
	*status = status_of(pid);
	if (read(result[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(result[0]);
	close(text[0]);
	return error;
}

int run(const char *path, char *const *argv, char *const *envp, int *status, char *out, size_t size)
{
	return run_at(-2, path, argv, envp, 0, status, out, size);
}

int try(const char *path)
{
	char *argv[] = { "x", NULL };
	int status;

	return run(path, argv, environ, &status, NULL, 0);
}

/* Runs this program in a mode with up to two words; what it prints in out. Its exit status, or -1. */
int mode(const char *program, const char *m, const char *a, const char *b, char *out, size_t size)
{
	char *argv[] = { (char *)program, (char *)m, (char *)a, a ? (char *)b : NULL, NULL };
	int status, error = run(program, argv, environ, &status, out, size);

	if (error) {
		errno = error;
		return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
