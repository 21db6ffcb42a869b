// SPDX-License-Identifier: MIT
/*
 * Load averages: how many tasks ran or waited for I/O, smoothed over one, five and fifteen
 * minutes. Every five seconds a timer takes a sample; readers need no lock, since each value is
 * one word and only the timer writes.
 */
#include "kernel/lib/init.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"

#define LOAD_SHIFT    16
#define LOAD_INTERVAL 5000 /* ms */

static unsigned long avenrun[3];
static struct timer_list load_timer;

/* exp(-5/60), exp(-5/300), exp(-5/900), scaled by 2^16 */
static const unsigned long decay[3] = { 60296, 64453, 65173 };

static void sample(struct timer_list *t)
{
	unsigned long active = (nr_running() + nr_iowait()) << LOAD_SHIFT;

	for (int i = 0; i < 3; i++)
		WRITE_ONCE(avenrun[i], (avenrun[i] * decay[i] +
					active * ((1UL << LOAD_SHIFT) - decay[i])) >>
					       LOAD_SHIFT);
	mod_timer(t, jiffies + LOAD_INTERVAL);
}

void get_avenrun(unsigned long *loads, unsigned int shift)
{
	for (int i = 0; i < 3; i++)
		loads[i] = READ_ONCE(avenrun[i]) << shift;
}

static int load_init(void)
{
	timer_setup(&load_timer, sample, 0);
	mod_timer(&load_timer, jiffies + LOAD_INTERVAL);
	return 0;
}
device_initcall(load_init);
