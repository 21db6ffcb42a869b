// SPDX-License-Identifier: MIT
/*
 * Kernel threads: create, bind, stop, park.
 */
#ifndef KERNEL_TASK_KTHREAD_H
#define KERNEL_TASK_KTHREAD_H

#include "kernel/lib/err.h"
#include "kernel/task/sched.h"

/*
 * Makes a kernel thread, stopped until wake_up_process(); the name is a printf format. Returns
 * the task or an error pointer. May sleep.
 */
struct task_struct *kthread_create(int (*fn)(void *data), void *data, const char *namefmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, bound to one CPU. */
struct task_struct *kthread_create_on_cpu(int (*fn)(void *data), void *data, unsigned int cpu,
					  const char *name);

#define kthread_run(fn, data, namefmt, ...)                                                        \
	({                                                                                         \
		struct task_struct *__k = kthread_create(fn, data, namefmt, ##__VA_ARGS__);        \
		if (!IS_ERR(__k))                                                                  \
			wake_up_process(__k);                                                      \
		__k;                                                                               \
	})

/* Binds a thread that has not run yet to one CPU. */
void kthread_bind(struct task_struct *k, unsigned int cpu);
/*
 * Asks the thread to end and waits until it has; returns what its function returned, or -EINTR
 * if it never ran. The caller needs no reference: a kthread_create()d task stays valid until
 * stopped, or until its function returns of its own accord. May sleep.
 */
int kthread_stop(struct task_struct *k);
bool kthread_should_stop(void);
/* Parking: kthread_park() waits until the thread sits in kthread_parkme(). May sleep. */
int kthread_park(struct task_struct *k);
void kthread_unpark(struct task_struct *k);
bool kthread_should_park(void);
void kthread_parkme(void);
void *kthread_data(struct task_struct *k);

#endif
