// SPDX-License-Identifier: MIT
/*
 * The xarray against a plain array that is told the same: stores, erasures,
 * marks, searches and iterations at random, near 0, at chunk borders, and at
 * the end of the index space. Then readers under RCU while a writer makes
 * the tree taller and shorter.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/vmalloc.h"

#define SPAN 2000

struct model {
	struct xarray xa;
	unsigned long base;
	unsigned int range;
	void *entry[SPAN];
	bool mark[SPAN][XA_MAX_MARKS];
};

static unsigned int pick(unsigned int n)
{
	return (unsigned int)(ktest_random() % n);
}

static void *random_entry(void)
{
	u64 r = ktest_random();

	return r & 1 ? xa_mk_value(r >> 8) : (void *)((r >> 1 | 1) << 4 & 0x7ffffffffff0ul);
}

static void set(struct model *m, unsigned int i, void *entry)
{
	void *old = entry ? xa_store(&m->xa, m->base + i, entry, GFP_KERNEL) :
			    xa_erase(&m->xa, m->base + i);

	KTEST_EXPECT(old == m->entry[i]);
	m->entry[i] = entry;
	if (!entry)
		memset(m->mark[i], 0, sizeof(m->mark[i]));
}

static void change_mark(struct model *m, unsigned int i)
{
	xa_mark_t mark = pick(XA_MAX_MARKS);

	if (pick(2)) {
		xa_set_mark(&m->xa, m->base + i, mark);
		m->mark[i][mark] = m->entry[i] != NULL;
	} else {
		xa_clear_mark(&m->xa, m->base + i, mark);
		m->mark[i][mark] = false;
	}
}

static bool wanted(struct model *m, unsigned int i, xa_mark_t filter)
{
	return filter == XA_PRESENT ? m->entry[i] != NULL : m->mark[i][filter];
}

static void search(struct model *m, unsigned int i)
{
	xa_mark_t filter = pick(4) ? pick(XA_MAX_MARKS) : XA_PRESENT;
	unsigned long index = m->base + i;
	unsigned int j = i;
	void *entry;

	while (j < m->range && !wanted(m, j, filter))
		j++;
	entry = xa_find(&m->xa, &index, m->base + m->range - 1, filter);
	if (j == m->range) {
		KTEST_EXPECT(entry == NULL);
		return;
	}
	KTEST_EXPECT(entry == m->entry[j]);
	KTEST_EXPECT(index == m->base + j);
}

/* Walks with a cursor, pausing, erasing and changing marks on the way. */
static void iterate(struct model *m, unsigned int i)
{
	XA_STATE(xas, &m->xa, m->base + i);
	unsigned int max = i + pick(m->range - i), j = i;
	xa_mark_t mark = pick(XA_MAX_MARKS);
	void *entry;

	xa_lock(&m->xa);
	xas_for_each_marked(&xas, entry, m->base + max, mark) {
		while (j <= max && !m->mark[j][mark])
			j++;
		if (j > max || entry != m->entry[j] || xas.xa_index != m->base + j) {
			KTEST_FAIL("marked walk from %u is at %lu, the model at %u", i,
				   xas.xa_index - m->base, j);
			break;
		}
		xas_clear_mark(&xas, mark);
		m->mark[j][mark] = false;
		if (!pick(10)) {
			KTEST_EXPECT(xas_store(&xas, NULL) == m->entry[j]);
			m->entry[j] = NULL;
			memset(m->mark[j], 0, sizeof(m->mark[j]));
		} else if (!pick(10)) {
			xas_pause(&xas);
		}
		j++;
	}
	for (; j <= max; j++)
		KTEST_EXPECT(!m->mark[j][mark]);
	xa_unlock(&m->xa);
}

static void look(struct model *m, unsigned int i)
{
	KTEST_EXPECT(xa_load(&m->xa, m->base + i) == m->entry[i]);
	for (xa_mark_t mark = 0; mark < XA_MAX_MARKS; mark++)
		KTEST_EXPECT(xa_get_mark(&m->xa, m->base + i, mark) == m->mark[i][mark]);
}

static void run_model(struct model *m, unsigned long base, unsigned int range)
{
	memset(m, 0, sizeof(*m));
	xa_init(&m->xa);
	m->base = base;
	m->range = range;
	for (int step = 0; step < 6000 && !ktest_failed(); step++) {
		unsigned int i = pick(range);

		switch (pick(10)) {
		case 0 ... 2:
			set(m, i, random_entry());
			break;
		case 3 ... 4:
			set(m, i, NULL);
			break;
		case 5 ... 6:
			change_mark(m, i);
			break;
		case 7:
			search(m, i);
			break;
		case 8:
			if (step % 20 == 0)
				iterate(m, i);
			break;
		default:
			look(m, i);
		}
		if (step % 500 == 0) {
			xa_lock(&m->xa);
			KTEST_EXPECT(xa_check(&m->xa));
			xa_unlock(&m->xa);
		}
	}
	xa_destroy(&m->xa);
	KTEST_EXPECT(xa_empty(&m->xa));
	for (xa_mark_t mark = 0; mark < XA_MAX_MARKS; mark++)
		KTEST_EXPECT(!xa_marked(&m->xa, mark));
}

static void model(void)
{
	static const struct {
		unsigned long base;
		unsigned int range;
	} runs[] = {
		{ 0, 3 }, { 0, SPAN }, { 60, 130 }, { 3500, SPAN }, { (1UL << 36) - 700, SPAN },
		{ 1UL << 60, SPAN }, { 0UL - SPAN, SPAN },
	};
	struct model *m = vmalloc(sizeof(*m));

	KTEST_ASSERT(m);
	for (unsigned int i = 0; i < ARRAY_SIZE(runs); i++)
		run_model(m, runs[i].base, runs[i].range);
	vfree(m);
}
KTEST(lib_xarray_model, KTEST_QUICK, model);

static void alloc(void)
{
	static char used[300];
	struct xarray xa;
	u32 id;

	xa_init_flags(&xa, XA_FLAGS_ALLOC);
	memset(used, 0, sizeof(used));
	for (int step = 0; step < 4000; step++) {
		if (pick(5) < 3) {
			unsigned int min = pick(50), want = min;
			int err = xa_alloc(&xa, &id, xa_mk_value(step), XA_LIMIT(min, 299),
					   GFP_KERNEL);

			while (want < 300 && used[want])
				want++;
			KTEST_EQ(err, want == 300 ? -EBUSY : 0);
			if (!err) {
				KTEST_EQ(id, want);
				used[id] = 1;
			}
		} else {
			unsigned int i = pick(300);

			KTEST_EQ(xa_erase(&xa, i) != NULL, used[i]);
			used[i] = 0;
		}
	}
	xa_destroy(&xa);
}
KTEST(lib_xarray_alloc, KTEST_QUICK, alloc);

static void reserve(void)
{
	struct xarray xa;

	xa_init(&xa);
	KTEST_EQ(xa_reserve(&xa, 1000, GFP_KERNEL), 0);
	KTEST_EXPECT(xa_load(&xa, 1000) == NULL);
	KTEST_EQ(xa_insert(&xa, 7, xa_mk_value(1), GFP_KERNEL), 0);
	KTEST_EQ(xa_insert(&xa, 7, xa_mk_value(2), GFP_KERNEL), -EBUSY);
	KTEST_EXPECT(xa_cmpxchg(&xa, 7, xa_mk_value(1), xa_mk_value(3), GFP_KERNEL) ==
		     xa_mk_value(1));
	KTEST_EXPECT(xa_load(&xa, 7) == xa_mk_value(3));
	KTEST_EXPECT(xa_store(&xa, 1000, xa_mk_value(4), 0) == NULL);
	xa_release(&xa, 1000);
	KTEST_EXPECT(xa_load(&xa, 1000) == xa_mk_value(4));
	xa_destroy(&xa);
}
KTEST(lib_xarray_reserve, KTEST_QUICK, reserve);

/* Readers always find index 0, and at other places the entry of that place or nothing. */
static DEFINE_XARRAY(shared);
static volatile bool stop;

static void shared_thread(void *arg, unsigned int id)
{
	static const unsigned long far[] = { 1, 63, 64, 4095, 4096, 1UL << 30, ~0UL };

	if (id == 0) {
		for (int i = 0; i < 1500; i++) {
			unsigned long index = far[pick(ARRAY_SIZE(far))];

			if (pick(2))
				xa_store(&shared, index, xa_mk_value(index >> 1), GFP_KERNEL);
			else
				xa_erase(&shared, index);
			cond_resched();
		}
		stop = true;
		return;
	}
	while (!stop) {
		unsigned long index;
		void *entry;

		if (xa_load(&shared, 0) != xa_mk_value(0))
			KTEST_FAIL("index 0 is gone");
		xa_for_each(&shared, index, entry) {
			if (entry != xa_mk_value(index >> 1))
				KTEST_FAIL("index %lx holds %p", index, entry);
		}
		cond_resched();
	}
}

static void readers(void)
{
	stop = false;
	xa_store(&shared, 0, xa_mk_value(0), GFP_KERNEL);
	ktest_threads(4, shared_thread, NULL);
	xa_destroy(&shared);
}
KTEST(lib_xarray_rcu, KTEST_QUICK, readers);
