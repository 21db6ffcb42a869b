// SPDX-License-Identifier: MIT
/* What the files of exectest share. */
#ifndef EXECTEST_H
#define EXECTEST_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
extern int failed_checks;
extern const char *self, *dir; /* paths of this program and of the directory for files */

#define CHECK(cond, ...)                                                                                               \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			failed_checks++;                                                                                    \
			printf("exectest: %s:%d: %s (errno %s):", __FILE__, __LINE__, #cond, strerror(errno));           \
			printf(" " __VA_ARGS__);                                                                        \
			putchar('\n');                                                                                 \
			fflush(stdout);                                                                                \
		}                                                                                                      \
	} while (0)

#define EXITED(status, code) (WIFEXITED(status) && WEXITSTATUS(status) == (code))
#define KILLED(status, sig)  (WIFSIGNALED(status) && WTERMSIG(status) == (sig))

/* tools.c */
char *path_in_dir(const char *name); /* one of eight buffers, used in turn */
void write_file(const char *path, const void *bytes, size_t len, mode_t mode);
void write_text(const char *path, const char *text);
char *read_whole(const char *path, size_t *len);
int status_of(pid_t pid);
int run_at(int fd, const char *path, char *const *argv, char *const *envp, int flags, int *status, char *out, size_t size);
int run(const char *path, char *const *argv, char *const *envp, int *status, char *out, size_t size);
int try(const char *path);
int mode(const char *program, const char *m, const char *a, const char *b, char *out, size_t size);

/* What this program does under a mode, and the tests. */
int show(int argc, char **argv);
int show_long(int argc, char **argv);
int vector(int argc, char **argv);
int name(int argc, char **argv);
int state(int argc, char **argv);
int rights(int argc, char **argv);
int where(int argc, char **argv);
int thread_exec(int argc, char **argv);
int alone(int argc, char **argv);
int wrong_access(int argc, char **argv);
int deep(int argc, char **argv);

void strings(void);
void limits(void);
void vectors_and_names(void);
void inherited(void);
void errors(void);
void scripts(void);
void descriptors(void);
void threads(void);
void vforked(void);
void set_ids(void);
void addresses(void);
void protection(void);
void memory_limits(void);
void clocks(void);
void images(void);
void damaged_images(void);

#endif
