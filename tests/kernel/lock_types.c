// SPDX-License-Identifier: MIT
/* The columns of the must-fail grid: see lock_types.h. */
#include "tests/kernel/lock_types.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/bit_spinlock.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"

#if CONFIG_CHECKS

/* ---- spinning ------------------------------------------------------------------- */

static void do_spin_lock(struct lock_set *s) { spin_lock(&s->spin); }
static void do_spin_unlock(struct lock_set *s) { spin_unlock(&s->spin); }
static void do_spin_level(struct lock_set *s, unsigned int level) { spin_lock_nested(&s->spin, level); }
static const void *spin_object(struct lock_set *s) { return &s->spin; }
static void spin_free(struct lock_set *s) { s->spin.rlock.val = 0; }

static void do_irqsave_lock(struct lock_set *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->spin, flags);
	s->irq_flags[s->irq_depth++] = flags;
}

static void do_irqsave_level(struct lock_set *s, unsigned int level)
{
	unsigned long flags;

	spin_lock_irqsave_nested(&s->spin, flags, level);
	s->irq_flags[s->irq_depth++] = flags;
}

static void do_irqsave_unlock(struct lock_set *s)
{
	spin_unlock_irqrestore(&s->spin, s->irq_flags[--s->irq_depth]);
}

static void do_raw_lock(struct lock_set *s) { raw_spin_lock(&s->raw); }
static void do_raw_unlock(struct lock_set *s) { raw_spin_unlock(&s->raw); }
static const void *raw_object(struct lock_set *s) { return &s->raw; }
static void raw_free(struct lock_set *s) { s->raw.val = 0; }

static void do_write_lock(struct lock_set *s) { write_lock(&s->rw); }
static void do_write_unlock(struct lock_set *s) { write_unlock(&s->rw); }
static void do_write_level(struct lock_set *s, unsigned int level) { write_lock_nested(&s->rw, level); }
static void do_read_lock(struct lock_set *s) { read_lock(&s->rw); }
static void do_read_unlock(struct lock_set *s) { read_unlock(&s->rw); }
static const void *rw_object(struct lock_set *s) { return &s->rw; }
static void rw_free(struct lock_set *s) { atomic_set(&s->rw.cnts, 0); }

static void do_seq_lock(struct lock_set *s) { write_seqlock(&s->seq); }
static void do_seq_unlock(struct lock_set *s) { write_sequnlock(&s->seq); }
static const void *seq_object(struct lock_set *s) { return &s->seq.lock; }
static void seq_free(struct lock_set *s) { s->seq.lock.rlock.val = 0; }

static void do_bit_lock(struct lock_set *s) { bit_spin_lock_key(0, &s->bits, s->bit_key); }
static void do_bit_unlock(struct lock_set *s) { bit_spin_unlock(0, &s->bits); }
static const void *bit_object(struct lock_set *s) { return &s->bits; }
static void bit_free(struct lock_set *s) { s->bits = 0; }

/* ---- sleeping ------------------------------------------------------------------- */

static void do_mutex_lock(struct lock_set *s) { mutex_lock(&s->mutex); }
static void do_mutex_unlock(struct lock_set *s) { mutex_unlock(&s->mutex); }
static void do_mutex_level(struct lock_set *s, unsigned int level) { mutex_lock_nested(&s->mutex, level); }
static const void *mutex_object(struct lock_set *s) { return &s->mutex; }
static void mutex_free(struct lock_set *s) { atomic_long_set(&s->mutex.owner, 0); }

static void do_down_write(struct lock_set *s) { down_write(&s->sem); }
static void do_up_write(struct lock_set *s) { up_write(&s->sem); }
static void do_write_sem_level(struct lock_set *s, unsigned int level) { down_write_nested(&s->sem, level); }
static void do_down_read(struct lock_set *s) { down_read(&s->sem); }
static void do_up_read(struct lock_set *s) { up_read(&s->sem); }
static void do_read_sem_level(struct lock_set *s, unsigned int level) { down_read_nested(&s->sem, level); }
static const void *sem_object(struct lock_set *s) { return &s->sem; }
static void sem_free(struct lock_set *s) { atomic_long_set(&s->sem.count, 0); }

static void do_percpu_write(struct lock_set *s) { percpu_down_write(&s->percpu); }
static void do_percpu_up_write(struct lock_set *s) { percpu_up_write(&s->percpu); }
static void do_percpu_read(struct lock_set *s) { percpu_down_read(&s->percpu); }
static void do_percpu_up_read(struct lock_set *s) { percpu_up_read(&s->percpu); }
static const void *percpu_object(struct lock_set *s) { return &s->percpu; }

static void percpu_free(struct lock_set *s)
{
	s->percpu.writer = 0;
	atomic_long_set(&s->percpu.rw_sem.count, 0);
}

static void do_down(struct lock_set *s) { down(&s->counting); }
static void do_up(struct lock_set *s) { up(&s->counting); }
static const void *counting_object(struct lock_set *s) { return &s->counting; }
static void counting_free(struct lock_set *s) { sema_init(&s->counting, 1); }

static void do_lock_page(struct lock_set *s) { lock_page(s->page); }
static void do_unlock_page(struct lock_set *s) { unlock_page(s->page); }
static const void *page_object(struct lock_set *s) { return s->page; }
static void page_free(struct lock_set *s) { clear_bit(PG_locked, &s->page->flags); }

static void do_lock_buffer(struct lock_set *s) { lock_buffer(&s->bh); }
static void do_unlock_buffer(struct lock_set *s) { unlock_buffer(&s->bh); }
static void do_buffer_level(struct lock_set *s, unsigned int level) { lock_buffer_nested(&s->bh, level); }
static const void *buffer_object(struct lock_set *s) { return &s->bh; }
static void buffer_free(struct lock_set *s) { clear_bit(BH_Lock, &s->bh.b_state); }

/*
 * raw_spinlock_t is for the run queues and for the insides of the checker itself; a counting semaphore has
 * no owner, for who takes a unit need not be who gives one. What the checker can say of them is only that
 * one sleeps under the first, and that the second sleeps.
 */
const struct lock_type lock_types[] = {
	{ "spin", 0, do_spin_lock, do_spin_unlock, do_spin_level, spin_object, spin_free },
	{ "irqsave", LT_IRQS_OFF, do_irqsave_lock, do_irqsave_unlock, do_irqsave_level, spin_object, spin_free },
	{ "raw", LT_UNTRACKED, do_raw_lock, do_raw_unlock, NULL, raw_object, raw_free },
	{ "write", 0, do_write_lock, do_write_unlock, do_write_level, rw_object, rw_free },
	{ "read", LT_SHARED | LT_IRQ_READER, do_read_lock, do_read_unlock, NULL, rw_object, NULL },
	{ "seq", 0, do_seq_lock, do_seq_unlock, NULL, seq_object, seq_free },
	{ "bit", 0, do_bit_lock, do_bit_unlock, NULL, bit_object, bit_free },
	{ "mutex", LT_SLEEPS, do_mutex_lock, do_mutex_unlock, do_mutex_level, mutex_object, mutex_free },
	{ "rwsem-w", LT_SLEEPS, do_down_write, do_up_write, do_write_sem_level, sem_object, sem_free },
	{ "rwsem-r", LT_SLEEPS | LT_SHARED, do_down_read, do_up_read, do_read_sem_level, sem_object, NULL },
	{ "pcpu-w", LT_SLEEPS | LT_WAITS_RCU, do_percpu_write, do_percpu_up_write, NULL, percpu_object, percpu_free },
	{ "pcpu-r", LT_SLEEPS | LT_SHARED, do_percpu_read, do_percpu_up_read, NULL, percpu_object, NULL },
	{ "sema", LT_SLEEPS | LT_UNTRACKED, do_down, do_up, NULL, counting_object, counting_free },
	{ "page", LT_SLEEPS | LT_ONE_CLASS, do_lock_page, do_unlock_page, NULL, page_object, page_free },
	{ "buffer", LT_SLEEPS | LT_ONE_CLASS, do_lock_buffer, do_unlock_buffer, do_buffer_level, buffer_object,
	  buffer_free },
};

const unsigned int nr_lock_types = ARRAY_SIZE(lock_types);
const struct lock_type *const lock_type_mutex = &lock_types[7];

bool lock_set_init(struct lock_set *s, struct lock_class_key *key)
{
	memset(s, 0, sizeof(*s));
	spin_lock_init(&s->spin);
	rwlock_init(&s->rw);
	seqlock_init(&s->seq);
	mutex_init(&s->mutex);
	init_rwsem(&s->sem);
	sema_init(&s->counting, 1);
	lockdep_set_class_and_name(&s->spin, key, "test");
	lockdep_set_class_and_name(&s->rw, key, "test");
	lockdep_set_class_and_name(&s->seq.lock, key, "test");
	lockdep_set_class_and_name(&s->mutex, key, "test");
	lockdep_set_class_and_name(&s->sem, key, "test");
	s->bit_key = key;
	s->page = alloc_page(GFP_KERNEL);
	if (!s->page)
		return false;
	if (percpu_init_rwsem(&s->percpu)) {
		__free_page(s->page);
		return false;
	}
	lockdep_set_class_and_name(&s->percpu, key, "test");
	return true;
}

void lock_set_destroy(struct lock_set *s)
{
	percpu_free_rwsem(&s->percpu);
	__free_page(s->page);
}

#endif
