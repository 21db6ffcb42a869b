// SPDX-License-Identifier: MIT
/*
 * Checking and running classic BPF programs, of the kind that seccomp(2) takes: two registers, sixteen words of memory, no loops.
 *
 * Checked once, a program cannot go wrong: every jump is forward and stays inside and the last instruction returns, so it ends; loads are
 * of words inside the data; memory is read only where it has been written on every way to that place, so that nothing of the kernel's
 * stack is seen. What a run divides by it looks at: division by zero returns 0.
 */
#include "kernel/task/bpf_classic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"

#define BPF_MEMWORDS 16

/* class, size and mode, operation, source: the parts of a code */
#define BPF_LD	 0x00
#define BPF_LDX	 0x01
#define BPF_ST	 0x02
#define BPF_STX	 0x03
#define BPF_ALU	 0x04
#define BPF_JMP	 0x05
#define BPF_RET	 0x06
#define BPF_MISC 0x07
#define BPF_CLASS(code) ((code) & 0x07)
#define BPF_W	 0x00
#define BPF_IMM	 0x00
#define BPF_ABS	 0x20
#define BPF_MEM	 0x60
#define BPF_LEN	 0x80
#define BPF_ADD	 0x00
#define BPF_SUB	 0x10
#define BPF_MUL	 0x20
#define BPF_DIV	 0x30
#define BPF_OR	 0x40
#define BPF_AND	 0x50
#define BPF_LSH	 0x60
#define BPF_RSH	 0x70
#define BPF_NEG	 0x80
#define BPF_XOR	 0xa0
#define BPF_JA	 0x00
#define BPF_JEQ	 0x10
#define BPF_JGT	 0x20
#define BPF_JGE	 0x30
#define BPF_JSET 0x40
#define BPF_OP(code) ((code) & 0xf0)
#define BPF_K	 0x00
#define BPF_X	 0x08
#define BPF_A	 0x10
#define BPF_TAX	 0x00
#define BPF_TXA	 0x80

/* ---- checking ---- */

static bool alu_known(const struct sock_filter *f)
{
	switch (f->code & ~BPF_X) {
	case BPF_ALU | BPF_DIV:
		return (f->code & BPF_X) || f->k;
	case BPF_ALU | BPF_LSH:
	case BPF_ALU | BPF_RSH:
		return (f->code & BPF_X) || f->k < 32;
	case BPF_ALU | BPF_ADD:
	case BPF_ALU | BPF_SUB:
	case BPF_ALU | BPF_MUL:
	case BPF_ALU | BPF_OR:
	case BPF_ALU | BPF_AND:
	case BPF_ALU | BPF_XOR:
		return true;
	case BPF_ALU | BPF_NEG:
		return !(f->code & BPF_X);
	}
	return false;
}

/* @left: how many instructions are behind this one. */
static bool jump_known(const struct sock_filter *f, unsigned int left)
{
	switch (f->code & ~BPF_X) {
	case BPF_JMP | BPF_JA:
		return !(f->code & BPF_X) && f->k < left;
	case BPF_JMP | BPF_JEQ:
	case BPF_JMP | BPF_JGT:
	case BPF_JMP | BPF_JGE:
	case BPF_JMP | BPF_JSET:
		return f->jt < left && f->jf < left;
	}
	return false;
}

static bool known(const struct sock_filter *f, unsigned int left, unsigned int size)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_ALU:
		return alu_known(f);
	case BPF_JMP:
		return jump_known(f, left);
	}
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return f->k < size && !(f->k & 3);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return f->k < BPF_MEMWORDS;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
		return true;
	}
	return false;
}

/*
 * Memory is read only where it was written. masks[i]: the words that are written on every way that jumps to instruction i; what falls
 * through to it is in @valid.
 */
static int check_memory(const struct sock_filter *prog, unsigned int len)
{
	u16 *masks = kmalloc_array(len, sizeof(*masks), GFP_KERNEL), valid = 0;
	int err = 0;

	if (!masks)
		return -ENOMEM;
	memset(masks, 0xff, len * sizeof(*masks));
	for (unsigned int i = 0; i < len && !err; i++) {
		const struct sock_filter *f = &prog[i];

		valid &= masks[i];
		if (f->code == BPF_ST || f->code == BPF_STX) {
			valid |= 1U << f->k;
		} else if (f->code == (BPF_LD | BPF_MEM) || f->code == (BPF_LDX | BPF_MEM)) {
			err = valid & (1U << f->k) ? 0 : -EINVAL;
		} else if (f->code == (BPF_JMP | BPF_JA)) {
			masks[i + 1 + f->k] &= valid;
			valid = 0xffff; /* nothing falls through */
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			masks[i + 1 + f->jt] &= valid;
			masks[i + 1 + f->jf] &= valid;
			valid = 0xffff;
		}
	}
	kfree(masks);
	return err;
}

int bpf_check_classic(const struct sock_filter *prog, unsigned int len, unsigned int size)
{
	if (!len || len > BPF_MAXINSNS)
		return -EINVAL;
	for (unsigned int i = 0; i < len; i++)
		if (!known(&prog[i], len - i - 1, size))
			return -EINVAL;
	if (BPF_CLASS(prog[len - 1].code) != BPF_RET)
		return -EINVAL;
	return check_memory(prog, len);
}

/* ---- running ---- */

/* False: a division by zero. */
static bool run_alu(const struct sock_filter *f, u32 *a, u32 x)
{
	u32 v = f->code & BPF_X ? x : f->k;

	switch (BPF_OP(f->code)) {
	case BPF_ADD:
		*a += v;
		break;
	case BPF_SUB:
		*a -= v;
		break;
	case BPF_MUL:
		*a *= v;
		break;
	case BPF_DIV:
		if (!v)
			return false;
		*a /= v;
		break;
	case BPF_OR:
		*a |= v;
		break;
	case BPF_AND:
		*a &= v;
		break;
	case BPF_LSH:
		*a <<= v & 31;
		break;
	case BPF_RSH:
		*a >>= v & 31;
		break;
	case BPF_NEG:
		*a = -*a;
		break;
	case BPF_XOR:
		*a ^= v;
		break;
	}
	return true;
}

/* How many instructions to skip. */
static u32 run_jump(const struct sock_filter *f, u32 a, u32 x)
{
	u32 v = f->code & BPF_X ? x : f->k;

	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return a == v ? f->jt : f->jf;
	case BPF_JGT:
		return a > v ? f->jt : f->jf;
	case BPF_JGE:
		return a >= v ? f->jt : f->jf;
	case BPF_JSET:
		return a & v ? f->jt : f->jf;
	}
	return f->k;
}

u32 bpf_run_classic(const struct sock_filter *prog, const void *data, unsigned int size)
{
	u32 a = 0, x = 0, mem[BPF_MEMWORDS];

	for (const struct sock_filter *f = prog;; f++) {
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = *(const u32 *)((const char *)data + f->k);
			continue;
		case BPF_LD | BPF_IMM:
			a = f->k;
			continue;
		case BPF_LDX | BPF_IMM:
			x = f->k;
			continue;
		case BPF_LD | BPF_W | BPF_LEN:
			a = size;
			continue;
		case BPF_LDX | BPF_W | BPF_LEN:
			x = size;
			continue;
		case BPF_LD | BPF_MEM:
			a = mem[f->k];
			continue;
		case BPF_LDX | BPF_MEM:
			x = mem[f->k];
			continue;
		case BPF_ST:
			mem[f->k] = a;
			continue;
		case BPF_STX:
			mem[f->k] = x;
			continue;
		case BPF_MISC | BPF_TAX:
			x = a;
			continue;
		case BPF_MISC | BPF_TXA:
			a = x;
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_RET | BPF_A:
			return a;
		}
		if (BPF_CLASS(f->code) == BPF_JMP)
			f += run_jump(f, a, x);
		else if (!run_alu(f, &a, x))
			return 0;
	}
}
