// SPDX-License-Identifier: MIT
/* printf, strings, numbers, bitmaps, sorting, CRCs, error sequences, counters. */
#include "tests/kernel/ktest.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errseq.h"
#include "kernel/lib/list.h"
#include "kernel/lib/percpu_counter.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"

#define PRINTS(expected, fmt, ...)					\
do {									\
	char __b[128];							\
	int __n = snprintf(__b, sizeof(__b), fmt, ##__VA_ARGS__);	\
	KTEST_STREQ(__b, expected);					\
	KTEST_EQ(__n, strlen(expected));				\
} while (0)

static void printing(void)
{
	const char *narrow = ktest_failed() ? "" : "%hhu %hhd %hu %hd";
	char *volatile none = NULL;
	char tiny[5];

	PRINTS("a%b", "a%%b");
	PRINTS("-5 +5  5 00042 42   |", "%d %+d % d %05d %-5d|", -5, 5, 5, 42, 42);
	PRINTS("ff FF 0xff 0377 0", "%x %X %#x %#o %#x", 255, 255, 255, 255, 0);
	PRINTS("  007|7  |", "%5.3d|%-3d|", 7, 7);
	PRINTS("18446744073709551615 -9223372036854775808", "%llu %lld", ~0ULL, LLONG_MIN);
	/* Not a literal: compilers warn of arguments that do not fit. */
	PRINTS("255 -1 65535 -1", narrow, 0xffff, 0xff, 0xfffff, 0xffff);
	PRINTS("abc   abc|ab|   x", "%s %5s|%.2s|%4c", "abc", "abc", "abc", 'x');
	PRINTS("(null) 12  34", "%s %*d  %-*d", none, 1, 12, 1, 34);
	PRINTS("0000000000001234", "%p", (void *)0x1234);
	PRINTS("-12", "%pe", ERR_PTR(-ENOMEM));
	PRINTS("01 02 ff", "%*ph", 3, "\x01\x02\xff");
	PRINTS("printing", "%ps", (void *)printing);
	KTEST_EQ(snprintf(tiny, sizeof(tiny), "%s", "overlong"), 8);
	KTEST_STREQ(tiny, "over");
	KTEST_EQ(scnprintf(tiny, sizeof(tiny), "%s", "overlong"), 4);
	KTEST_EQ(snprintf(NULL, 0, "%d", 12345), 5);
}
KTEST(lib_printf, KTEST_QUICK, printing);

static void strings(void)
{
	char buf[8], list[] = "a,,b";
	char *p = list, *end;
	long v;
	unsigned long u;

	KTEST_EQ(strscpy(buf, "12345678", sizeof(buf)), -E2BIG);
	KTEST_STREQ(buf, "1234567");
	KTEST_EQ(strscpy(buf, "123", sizeof(buf)), 3);
	KTEST_EQ(strlcat(buf, "456789", sizeof(buf)), 9);
	KTEST_STREQ(buf, "1234567");
	KTEST_STREQ(strsep(&p, ","), "a");
	KTEST_STREQ(strsep(&p, ","), "");
	KTEST_STREQ(strsep(&p, ","), "b");
	KTEST_EXPECT(p == NULL);
	KTEST_EXPECT(strstr("needle in hay", "in") && !strstr("hay", "needle"));
	KTEST_EQ(strcmp("a", "b") < 0 && strncmp("ab", "ac", 1) == 0 && !strcasecmp("aB", "Ab"), 1);
	KTEST_EXPECT(memchr_inv("aaab", 'a', 4) && !memchr_inv("aaaa", 'a', 4));
	KTEST_EQ(kstrtol("-0x10\n", 0, &v), 0);
	KTEST_EQ(v, -16);
	KTEST_EQ(kstrtol("12x", 0, &v), -EINVAL);
	KTEST_EQ(kstrtol("", 0, &v), -EINVAL);
	KTEST_EQ(kstrtoul("18446744073709551616", 10, &u), -ERANGE);
	KTEST_EQ(kstrtoul("010", 0, &u), 0);
	KTEST_EQ(u, 8);
	KTEST_EQ(memparse("3k,", &end), 3072);
	KTEST_EQ(*end, ',');
}
KTEST(lib_string, KTEST_QUICK, strings);

static void bitmaps(void)
{
	DECLARE_BITMAP(map, 200);
	bool model[200];

	for (int round = 0; round < 500; round++) {
		unsigned int from = ktest_random() % 200, len = ktest_random() % (201 - from);
		unsigned int at = ktest_random() % 200, i, n = 0;

		bitmap_zero(map, 200);
		memset(model, 0, sizeof(model));
		bitmap_set(map, from, len);
		memset(model + from, 1, len);
		if (at < 150) {
			bitmap_clear(map, at, 50);
			memset(model + at, 0, 50);
		}
		for (i = at; i < 200 && !model[i]; i++)
			;
		KTEST_EQ(find_next_bit(map, 200, at), i);
		for (i = at; i < 200 && model[i]; i++)
			;
		KTEST_EQ(find_next_zero_bit(map, 200, at), i);
		for (i = 0; i < 200; i++)
			n += model[i];
		KTEST_EQ(bitmap_weight(map, 200), n);
	}
	bitmap_zero(map, 200);
	bitmap_set(map, 10, 5);
	bitmap_set(map, 20, 5);
	KTEST_EQ(bitmap_find_next_zero_area(map, 200, 8, 4, 0), 15);
	KTEST_EQ(bitmap_find_next_zero_area(map, 200, 8, 8, 7), 32);
}
KTEST(lib_bitmap, KTEST_QUICK, bitmaps);

static int cmp_int(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

struct item {
	struct list_head link;
	int key, order;
};

static int cmp_item(void *priv, struct list_head *a, struct list_head *b)
{
	return list_entry(a, struct item, link)->key - list_entry(b, struct item, link)->key;
}

static void sorting(void)
{
	static int v[300];
	static struct item items[300];
	struct item *it, *before = NULL;
	LIST_HEAD(list);
	int n = 0, key;

	for (int i = 0; i < 300; i++) {
		v[i] = (int)(ktest_random() % 100);
		items[i] = (struct item) { .key = (int)(ktest_random() % 30), .order = i };
		list_add_tail(&items[i].link, &list);
	}
	sort(v, 300, sizeof(int), cmp_int, NULL);
	for (int i = 1; i < 300; i++)
		KTEST_EXPECT(v[i - 1] <= v[i]);
	key = v[123];
	KTEST_EXPECT(bsearch(&key, v, 300, sizeof(int), cmp_int) != NULL);
	list_sort(NULL, &list, cmp_item);
	list_for_each_entry(it, &list, link) {
		KTEST_EXPECT(!before || before->key < it->key ||
			     (before->key == it->key && before->order < it->order));
		before = it;
		n++;
	}
	KTEST_EQ(n, 300);
}
KTEST(lib_sort, KTEST_QUICK, sorting);

static void crcs(void)
{
	KTEST_EQ(crc32c(~0u, "123456789", 9) ^ ~0u, 0xe3069283u);
	KTEST_EQ(crc32_le(~0u, "123456789", 9) ^ ~0u, 0xcbf43926u);
	KTEST_EQ(crc16(0, "123456789", 9), 0xbb3d);
}
KTEST(lib_crc, KTEST_QUICK, crcs);

/* Each observer learns of each error once; an unseen one also reaches a new observer. */
static void error_sequence(void)
{
	errseq_t seq = 0, a = errseq_sample(&seq), b = errseq_sample(&seq), c;

	KTEST_EQ(errseq_check_and_advance(&seq, &a), 0);
	errseq_set(&seq, -EIO);
	c = errseq_sample(&seq);
	KTEST_EQ(errseq_check(&seq, a), -EIO);
	KTEST_EQ(errseq_check_and_advance(&seq, &a), -EIO);
	KTEST_EQ(errseq_check_and_advance(&seq, &a), 0);
	KTEST_EQ(errseq_check_and_advance(&seq, &b), -EIO);
	KTEST_EQ(errseq_check_and_advance(&seq, &c), -EIO);
	c = errseq_sample(&seq);
	KTEST_EQ(errseq_check_and_advance(&seq, &c), 0);
	errseq_set(&seq, -EIO);
	errseq_set(&seq, -ENOSPC);
	KTEST_EQ(errseq_check_and_advance(&seq, &a), -ENOSPC);
	KTEST_EQ(errseq_check_and_advance(&seq, &a), 0);
	KTEST_EQ(errseq_check_and_advance(&seq, &b), -ENOSPC);
}
KTEST(lib_errseq, KTEST_QUICK, error_sequence);

static struct percpu_counter counter;

static void count_thread(void *arg, unsigned int id)
{
	for (int i = 0; i < 1000; i++)
		percpu_counter_add(&counter, i % 2 ? 3 : -1);
}

static void counting(void)
{
	KTEST_ASSERT(percpu_counter_init(&counter, 100, GFP_KERNEL) == 0);
	ktest_threads(4, count_thread, NULL);
	KTEST_EQ(percpu_counter_sum(&counter), 100 + 4 * 1000);
	KTEST_EQ(percpu_counter_compare(&counter, 4100), 0);
	KTEST_EQ(percpu_counter_compare(&counter, 4099), 1);
	percpu_counter_set(&counter, 5);
	KTEST_EQ(percpu_counter_sum(&counter), 5);
	percpu_counter_destroy(&counter);
}
KTEST(lib_percpu_counter, KTEST_QUICK, counting);
