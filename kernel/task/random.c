// SPDX-License-Identifier: MIT
/*
 * Random numbers: ChaCha20 (RFC 8439) keyed at boot from the CPU's generator and the clock, or
 * from seed= for runs that are to repeat.
 *
 * Each request makes a key stream from the current key; its first 32 bytes become the next key
 * and are never handed out, so what was given out before cannot be computed from a key found in
 * memory later. Without seed=, each request also stirs in fresh entropy from the CPU.
 */
#include "kernel/task/random.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/time.h"

/* Two sequences: what one hands out does not depend on how much the other is asked for. */
struct stream {
	raw_spinlock_t lock;
	u32 key[8]; /* lock, interrupts off */
};

static struct stream general = { .lock = __RAW_SPIN_LOCK_UNLOCKED(general.lock) };
static struct stream layout = { .lock = __RAW_SPIN_LOCK_UNLOCKED(layout.lock) };
static bool repeatable; /* constant after boot */

static inline u32 rotl(u32 x, int n)
{
	return x << n | x >> (32 - n);
}

static inline void quarter(u32 *s, int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = rotl(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotl(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotl(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotl(s[b] ^ s[c], 7);
}

static void chacha_block(const u32 *k, u32 counter, u32 *out)
{
	u32 in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	int i;

	memcpy(in + 4, k, 32);
	in[12] = counter;
	memcpy(out, in, 64);
	for (i = 0; i < 10; i++) {
		quarter(out, 0, 4, 8, 12);
		quarter(out, 1, 5, 9, 13);
		quarter(out, 2, 6, 10, 14);
		quarter(out, 3, 7, 11, 15);
		quarter(out, 0, 5, 10, 15);
		quarter(out, 1, 6, 11, 12);
		quarter(out, 2, 7, 8, 13);
		quarter(out, 3, 4, 9, 14);
	}
	for (i = 0; i < 16; i++)
		out[i] += in[i];
}

/* A number from the CPU's generator if it has one, and the time either way. */
static u64 fresh_entropy(void)
{
	u64 v = 0, ok = 0;

	for (int i = 0; cpu_features.rdrand && !ok && i < 10; i++)
		__asm__ __volatile__("rdrand %0; sbb %1, %1; neg %1" : "=r"(v), "+r"(ok) : : "cc");
	return v ^ (ktime_get_ns() * 0x9e3779b97f4a7c15ULL);
}

/* A key for one request; the shared key moves on. */
static void take_key(struct stream *s, u32 *mine)
{
	u32 block[16];
	unsigned long flags;

	raw_spin_lock_irqsave(&s->lock, flags);
	if (!repeatable) {
		u64 e = fresh_entropy();

		s->key[0] ^= (u32)e;
		s->key[1] ^= (u32)(e >> 32);
	}
	chacha_block(s->key, 0, block);
	memcpy(s->key, block, 32);
	memcpy(mine, block + 8, 32);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	memset(block, 0, sizeof(block));
	barrier();
}

static void stream_bytes(struct stream *s, void *buf, size_t len)
{
	u32 mine[8], block[16], counter = 1;
	u8 *p = buf;

	take_key(s, mine);
	while (len) {
		size_t n = len < 64 ? len : 64;

		chacha_block(mine, counter++, block);
		memcpy(p, block, n);
		p += n;
		len -= n;
	}
	memset(mine, 0, sizeof(mine));
	memset(block, 0, sizeof(block));
	barrier();
}

void get_random_bytes(void *buf, size_t len)
{
	stream_bytes(&general, buf, len);
}

void get_layout_random(void *buf, size_t len)
{
	stream_bytes(&layout, buf, len);
}

u32 get_random_u32(void)
{
	u32 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

u64 get_random_u64(void)
{
	u64 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

u32 prandom_u32_max(u32 ceiling)
{
	return (u64)get_random_u32() * ceiling >> 32;
}

static void seed_general(void)
{
	char buf[24];

	if (cmdline_get("seed", buf, sizeof(buf)) && buf[0]) {
		u64 seed = cmdline_long("seed", 0);

		repeatable = true;
		general.key[0] = (u32)seed;
		general.key[1] = (u32)(seed >> 32);
		return;
	}
	for (int i = 0; i < 8; i += 2) {
		u64 e = fresh_entropy();

		general.key[i] = (u32)e;
		general.key[i + 1] = (u32)(e >> 32);
	}
}

void random_init(void)
{
	seed_general();
	get_random_bytes(layout.key, sizeof(layout.key));
}
