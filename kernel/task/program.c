// SPDX-License-Identifier: MIT
/*
 * Running the program of a run: its arguments and environment from the command line, its bytes
 * from the first boot module or from a file on the disk (prog=).
 *
 * The program is a process of its own with a first thread that starts as a kernel thread, loads
 * the image into a fresh address space and then returns into it. kernel_init waits until the last
 * thread has left the group, which includes its memory and files having been given back.
 */
#include "drivers/tty/tty.h"
#include "kernel/task/program.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/locking_dump.h"
#include "kernel/lock/wait.h"
#include "kernel/task/exec.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/x86/boot_info.h"
#include "mm/slab.h"

#define MAX_WORDS 256

/* Built by kernel_init, read by the program's first thread, freed after the run. */
static struct {
	struct program_image image;
	int argc, envc;
	char *argv[MAX_WORDS + 2], *envp[MAX_WORDS + 1]; /* end in NULL */
	char path[256];
} run;

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A copy of a word with %xx turned into bytes; NULL without memory. */
static char *decode_word(const char *word, size_t len)
{
	char *out = kmalloc(len + 1, GFP_KERNEL), *p = out;
	size_t i;

	if (!out)
		return NULL;
	for (i = 0; i < len; i++) {
		if (word[i] == '%' && i + 2 < len && hex_digit(word[i + 1]) >= 0 &&
		    hex_digit(word[i + 2]) >= 0) {
			*p++ = hex_digit(word[i + 1]) << 4 | hex_digit(word[i + 2]);
			i += 2;
		} else {
			*p++ = word[i];
		}
	}
	*p = '\0';
	return out;
}

/* The next word of *line; its length, 0 at the end. */
static size_t next_word(const char **line)
{
	const char *p = *line;
	size_t n = 0;

	while (*p == ' ')
		p++;
	*line = p;
	while (p[n] && p[n] != ' ')
		n++;
	return n;
}

static int add_word(char **list, int *count, const char *word, size_t len)
{
	if (*count >= MAX_WORDS) {
		pr_warn("more than %d words: the rest is ignored\n", MAX_WORDS);
		return -E2BIG;
	}
	list[*count] = decode_word(word, len);
	if (!list[*count])
		return -ENOMEM;
	++*count;
	return 0;
}

/* All words behind " -- ", the program's name first; without any, the path serves as its name. */
static int collect_args(void)
{
	const char *line = strstr(cmdline(), " -- ");
	size_t n;
	int err = 0;

	line = line ? line + 4 : "";
	while (!err && (n = next_word(&line))) {
		err = add_word(run.argv, &run.argc, line, n);
		line += n;
	}
	if (!err && !run.argc)
		err = add_word(run.argv, &run.argc, run.path, strlen(run.path));
	return err;
}

/* env.NAME=value words, before " -- " */
static int collect_env(void)
{
	const char *line = cmdline();
	size_t n;
	int err = 0;

	while (!err && (n = next_word(&line))) {
		if (n == 2 && !memcmp(line, "--", 2))
			break;
		if (n > 4 && !memcmp(line, "env.", 4))
			err = add_word(run.envp, &run.envc, line + 4, n - 4);
		line += n;
	}
	return err;
}

static void free_words(void)
{
	for (int i = 0; i < run.argc; i++)
		kfree(run.argv[i]);
	for (int i = 0; i < run.envc; i++)
		kfree(run.envp[i]);
}

/* What the command line does not set: enough for programs that look for others, and for a terminal. */
static int add_default_env(void)
{
	static const char *const defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"TERM=vt100",
	};
	int err = 0;

	for (size_t d = 0; d < ARRAY_SIZE(defaults) && !err; d++) {
		size_t name = strchr(defaults[d], '=') + 1 - defaults[d];
		bool given = false;

		for (int i = 0; i < run.envc; i++)
			given |= !strncmp(run.envp[i], defaults[d], name);
		if (!given)
			err = add_word(run.envp, &run.envc, defaults[d], strlen(defaults[d]));
	}
	return err;
}

static int find_program(void)
{
	struct boot_module *mod = &boot_info.modules[0];

	if (cmdline_get("prog", run.path, sizeof(run.path)) && run.path[0])
		return 0; /* opened when it is executed */
	if (!boot_info.nr_modules)
		return -ENOENT;
	strscpy(run.path, "program", sizeof(run.path));
	if (cmdline_get("name", run.path, sizeof(run.path)) && !run.path[0])
		strscpy(run.path, "program", sizeof(run.path));
	run.image.bytes = __va(mod->start);
	run.image.size = mod->end - mod->start;
	return 0;
}

static int program_thread(void *unused)
{
	const char *why = NULL;
	int err;

	run.image.why = &why;
	tty_open_controlling(tty_console()); /* it leads a session of its own */
	err = kernel_execve(run.image.bytes ? run.argv[0] : run.path, &run.image, (const char *const *)run.argv,
			    (const char *const *)run.envp);
	if (err) {
		if (!why)
			why = err == -ENOMEM ? "out of memory" : "it could not be loaded";
		pr_err("cannot run %s: %s (error %d)\n", run.path, why, -err);
		do_group_exit((err == -ENOENT ? EXIT_NO_PROGRAM : EXIT_BAD_PROGRAM) << 8);
	}
	locking_program_starts();
	printk("rowlock: program starts\n");
	return 0;
}

/* The process's leader if it has ended, which then stays for us. By its number: exec may make another thread the leader. */
static struct task_struct *ended_leader(struct pid *pid)
{
	struct task_struct *p;

	rcu_read_lock();
	p = pid_task(pid, PIDTYPE_TGID);
	if (p && (READ_ONCE(p->exit_state) != EXIT_ZOMBIE || !thread_group_empty(p)))
		p = NULL;
	rcu_read_unlock();
	return p;
}

#define END_LIMIT_MS 30000 /* then it is said who is still there */

/* The first program has ended: what it left running ends with it. Comes back when all of it is gone. */
static void kill_the_rest(void)
{
	struct task_struct *p;

	spin_lock(&tasklist_lock);
	list_for_each_entry (p, &task_list, tasks) {
		if (!(p->flags & PF_KTHREAD) && thread_group_leader(p))
			send_sig_info(SIGKILL, NULL, p, true); /* to the process: its leader may have gone before its threads */
	}
	spin_unlock(&tasklist_lock);
	if (wait_event_timeout(processes_gone, !atomic_read(&nr_processes), END_LIMIT_MS))
		return;
	pr_err("killed processes have not ended for %d s:\n", END_LIMIT_MS / 1000);
	show_programs();
	wait_event(processes_gone, !atomic_read(&nr_processes));
}

static bool run_ended; /* by end_run(); never cleared */
static struct pid *first_program; /* set before it runs; its reference outlives all programs */

/* The first program cannot be killed by others, but this is the kernel's doing. */
void end_run(void)
{
	WRITE_ONCE(run_ended, true);
	kill_pid(first_program, SIGKILL, 1);
	do_group_exit(0);
}

static void wait_for_program(struct pid *pid, int *status, int *signal)
{
	struct task_struct *p;
	int code;

	/* however long: a program that runs is no hang */
	wait_event_idle(init_signals.wait_chldexit, (p = ended_leader(pid)));
	code = group_exit_status(p);
	*signal = code & 0x7f;
	*status = *signal ? 128 + *signal : (code >> 8) & 0xff;
	if (READ_ONCE(run_ended))
		*status = *signal = 0;
	spin_lock(&tasklist_lock);
	p->exit_state = EXIT_DEAD;
	spin_unlock(&tasklist_lock);
	release_task(p);
	kill_the_rest();
}

void run_program(int *status, int *signal)
{
	struct task_struct *p;
	struct pid *pid;
	int err = find_program();

	*signal = 0;
	if (err) {
		pr_err("no program to run: error %d\n", -err);
		*status = EXIT_NO_PROGRAM;
		return;
	}
	err = collect_args();
	if (!err)
		err = collect_env();
	if (!err)
		err = add_default_env();
	p = err ? ERR_PTR(err) : create_program_task(program_thread, NULL);
	if (IS_ERR(p)) {
		pr_err("cannot start the program: error %ld\n", -PTR_ERR(p));
		*status = EXIT_BAD_PROGRAM;
		free_words();
		return;
	}
	pid = get_task_pid(p, PIDTYPE_TGID);
	p->signal->flags |= SIGNAL_FIRST_PROGRAM;
	first_program = pid;
	wake_up_new_task(p);
	wait_for_program(pid, status, signal);
	put_pid(pid);
	free_words();
}
