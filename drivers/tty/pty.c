// SPDX-License-Identifier: MIT
/*
 * pty.c - pseudo-terminals.
 *
 * What the slave writes (and echoes) goes into a ring, from which the master reads; what the master writes is the slave's input, as if
 * it had been typed. The ring and the pair's state are guarded by pty->lock, which nests inside the slave's tty->lock; nothing is
 * taken under it. Waiters are woken after it is let go.
 *
 * The pair is one object, counted by the slave's tty->refs: the master's file holds a reference, and so do the slave's node, its files and
 * the processes whose controlling terminal it is. It keeps its number until the last has gone. Once the master is closed the slave is hung
 * up for good: reads find the end of file, writes fail, and it cannot be opened again.
 */
#include "drivers/tty/pty.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"
#include "drivers/tty/tty_internal.h"

#define PTY_RING 8192u /* a power of two */

#define PTY_POLLIN  0x0041 /* POLLIN | POLLRDNORM */
#define PTY_POLLPRI 0x0002
#define PTY_POLLOUT 0x0104
#define PTY_POLLHUP 0x0010

struct pty {
	struct tty tty;		 /* the slave */
	int index;		 /* constant */
	spinlock_t lock;	 /* the rest, up to the queues; interrupts off */
	u8 ring[PTY_RING];	 /* from the slave to the master */
	u32 head, tail;
	bool stopped;		 /* ^S: nothing more is taken */
	bool packet;		 /* TIOCPKT: each read begins with a byte of status */
	u8 status;		 /* TIOCPKT_*, what happened since the last read */
	bool locked;		 /* the slave may not be opened yet */
	bool master_open;
	bool slave_closed;	 /* it was open, and is not any more */
	int slaves;		 /* open files of the slave */
	wait_queue_head_t read_wait, write_wait; /* the master's */
	struct mutex write_mutex;		 /* one writer at a time, so that writes stay whole */
};

static DEFINE_SPINLOCK(table_lock);	/* a leaf; taken with interrupts off: the last reference may be put anywhere */
static struct pty *ptys[PTY_MAX];	/* table_lock */

static struct pty *to_pty(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

/* ---- what the slave's terminal stands on ---- */

static size_t pty_room(struct tty *tty)
{
	struct pty *pty = to_pty(tty);

	return READ_ONCE(pty->stopped) ? 0 : PTY_RING - (READ_ONCE(pty->head) - READ_ONCE(pty->tail));
}

static size_t pty_write(struct tty *tty, const u8 *buf, size_t len)
{
	struct pty *pty = to_pty(tty);
	unsigned long flags;
	size_t n = 0;

	spin_lock_irqsave(&pty->lock, flags);
	while (n < len && pty->head - pty->tail < PTY_RING)
		pty->ring[pty->head++ % PTY_RING] = buf[n++];
	spin_unlock_irqrestore(&pty->lock, flags);
	wake_up_interruptible_all(&pty->read_wait);
	return n;
}

/* Notes what happened for a master in packet mode. */
static void tell_master(struct pty *pty, u8 set, u8 clear)
{
	unsigned long flags;
	bool told;

	spin_lock_irqsave(&pty->lock, flags);
	told = pty->packet;
	if (told)
		pty->status = (pty->status & ~clear) | set;
	spin_unlock_irqrestore(&pty->lock, flags);
	if (told)
		wake_up_interruptible_all(&pty->read_wait);
}

static void pty_set_stopped(struct tty *tty, bool stopped)
{
	struct pty *pty = to_pty(tty);

	WRITE_ONCE(pty->stopped, stopped);
	if (stopped)
		tell_master(pty, TIOCPKT_STOP, TIOCPKT_START);
	else
		tell_master(pty, TIOCPKT_START, TIOCPKT_STOP);
	if (!stopped)
		tty_write_wakeup(tty);
}

static void pty_discard(struct tty *tty)
{
	struct pty *pty = to_pty(tty);
	unsigned long flags;

	spin_lock_irqsave(&pty->lock, flags);
	pty->tail = pty->head;
	spin_unlock_irqrestore(&pty->lock, flags);
	tell_master(pty, TIOCPKT_FLUSHWRITE, 0);
}

static void pty_resume_input(struct tty *tty)
{
	wake_up_interruptible_all(&to_pty(tty)->write_wait);
}

static void pty_modes_changed(struct tty *tty, u32 old_iflag)
{
	if ((old_iflag ^ tty->termios.c_iflag) & IXON) {
		if (I_FLAG(tty, IXON))
			tell_master(to_pty(tty), TIOCPKT_DOSTOP, TIOCPKT_NOSTOP);
		else
			tell_master(to_pty(tty), TIOCPKT_NOSTOP, TIOCPKT_DOSTOP);
	}
}

static void pty_release(struct tty *tty)
{
	struct pty *pty = to_pty(tty);
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	ptys[pty->index] = NULL;
	spin_unlock_irqrestore(&table_lock, flags);
	kfree(pty);
}

static const struct tty_port pty_port = {
	.write = pty_write,
	.room = pty_room,
	.set_stopped = pty_set_stopped,
	.discard = pty_discard,
	.resume_input = pty_resume_input,
	.modes_changed = pty_modes_changed,
	.release = pty_release,
};

/* ---- making and ending ---- */

struct pty *pty_create(void)
{
	struct pty *pty = kzalloc(sizeof(*pty), GFP_KERNEL);
	unsigned long flags;
	int index = 0;

	if (!pty)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&pty->lock);
	init_waitqueue_head(&pty->read_wait);
	init_waitqueue_head(&pty->write_wait);
	mutex_init(&pty->write_mutex);
	pty->locked = pty->master_open = true;
	tty_setup(&pty->tty, &pty_port, 0);
	spin_lock_irqsave(&table_lock, flags);
	while (index < PTY_MAX && ptys[index])
		index++;
	if (index < PTY_MAX) {
		pty->index = index;
		pty->tty.dev = MKDEV(PTY_MAJOR + index / 256, index % 256);
		ptys[index] = pty;
	}
	spin_unlock_irqrestore(&table_lock, flags);
	if (index == PTY_MAX) {
		kfree(pty);
		return ERR_PTR(-ENOSPC);
	}
	return pty;
}

unsigned int pty_count(void)
{
	unsigned int n = 0;

	spin_lock_irq(&table_lock);
	for (int i = 0; i < PTY_MAX; i++)
		n += ptys[i] != NULL;
	spin_unlock_irq(&table_lock);
	return n;
}

int pty_index(const struct pty *pty)
{
	return pty->index;
}

struct tty *pty_slave(struct pty *pty)
{
	return &pty->tty;
}

void pty_master_close(struct pty *pty)
{
	struct tty *tty = &pty->tty;

	spin_lock_irq(&pty->lock);
	pty->master_open = false;
	spin_unlock_irq(&pty->lock);
	spin_lock_irq(&tty->lock);
	WRITE_ONCE(tty->hung_up, true);
	spin_unlock_irq(&tty->lock);
	wake_up_interruptible_all(&tty->read_wait);
	wake_up_interruptible_all(&tty->write_wait);
	tty_hangup_session(tty);
	tty_put(tty);
}

/* ---- the slave's files ---- */

int pty_open_slave(struct tty *tty)
{
	struct pty *pty = to_pty(tty);
	bool ok;

	spin_lock_irq(&pty->lock);
	ok = !pty->locked && pty->master_open;
	if (ok) {
		pty->slaves++;
		pty->slave_closed = false;
		tty_get(tty);
	}
	spin_unlock_irq(&pty->lock);
	return ok ? 0 : -EIO;
}

void pty_close_slave(struct tty *tty)
{
	struct pty *pty = to_pty(tty);
	bool last;

	spin_lock_irq(&pty->lock);
	last = !--pty->slaves;
	if (last)
		pty->slave_closed = true;
	spin_unlock_irq(&pty->lock);
	if (last) {
		wake_up_interruptible_all(&pty->read_wait);
		wake_up_interruptible_all(&pty->write_wait);
	}
}

/* ---- the master's files ---- */

static bool master_readable(struct pty *pty)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&pty->lock, flags);
	ret = pty->head != pty->tail || (pty->packet && pty->status) || pty->slave_closed;
	spin_unlock_irqrestore(&pty->lock, flags);
	return ret;
}

/* What there is; 0: nothing, -EIO: and there will be nothing. */
static ssize_t take_output(struct pty *pty, u8 *buf, size_t count)
{
	unsigned long flags;
	size_t n = 0;
	bool closed;

	spin_lock_irqsave(&pty->lock, flags);
	if (pty->packet && pty->status) {
		buf[n++] = pty->status;
		pty->status = 0;
	} else if (pty->head != pty->tail) {
		if (pty->packet)
			buf[n++] = TIOCPKT_DATA;
		while (n < count && pty->head != pty->tail)
			buf[n++] = pty->ring[pty->tail++ % PTY_RING];
	}
	closed = pty->slave_closed;
	spin_unlock_irqrestore(&pty->lock, flags);
	return n ? (ssize_t)n : closed ? -EIO : 0;
}

ssize_t pty_master_read(struct pty *pty, void *buf, size_t count, bool nonblock)
{
	ssize_t n;
	int err;

	if (!count)
		return 0;
	while (!(n = take_output(pty, buf, count))) {
		if (nonblock)
			return -EAGAIN;
		err = wait_event_interruptible(pty->read_wait, master_readable(pty));
		if (err)
			return err;
	}
	if (n > 0)
		tty_write_wakeup(&pty->tty);
	return n;
}

/* Nobody reads what is typed at a slave that is not open. */
static bool slave_is_open(struct pty *pty)
{
	return READ_ONCE(pty->slaves) > 0;
}

ssize_t pty_master_write(struct pty *pty, const void *buf, size_t count, bool nonblock)
{
	size_t done = 0;
	int err = 0;

	if (mutex_lock_interruptible(&pty->write_mutex))
		return -ERESTARTSYS;
	while (!err && done < count) {
		size_t room;

		if (!slave_is_open(pty)) {
			err = -EIO;
			break;
		}
		room = min3(tty_receive_room(&pty->tty), count - done, (size_t)512);
		if (room) {
			tty_receive(&pty->tty, (const u8 *)buf + done, room);
			done += room;
		} else if (nonblock) {
			err = -EAGAIN;
		} else {
			err = wait_event_interruptible(pty->write_wait, !slave_is_open(pty) || tty_receive_room(&pty->tty));
		}
	}
	mutex_unlock(&pty->write_mutex);
	return done ? (ssize_t)done : err;
}

unsigned int pty_master_poll(struct pty *pty)
{
	unsigned int mask = tty_receive_room(&pty->tty) ? PTY_POLLOUT : 0;
	unsigned long flags;

	spin_lock_irqsave(&pty->lock, flags);
	if (pty->head != pty->tail)
		mask |= PTY_POLLIN;
	if (pty->packet && pty->status)
		mask |= PTY_POLLIN | PTY_POLLPRI;
	if (pty->slave_closed)
		mask |= PTY_POLLIN | PTY_POLLHUP;
	spin_unlock_irqrestore(&pty->lock, flags);
	return mask;
}

struct wait_queue_head *pty_master_read_wait(struct pty *pty)
{
	return &pty->read_wait;
}

struct wait_queue_head *pty_master_write_wait(struct pty *pty)
{
	return &pty->write_wait;
}

/* ---- ioctls of the master ---- */

static int set_flag(struct pty *pty, bool *flag, unsigned long arg)
{
	int on;

	if (get_user(on, (int __user *)arg))
		return -EFAULT;
	spin_lock_irq(&pty->lock);
	if (flag == &pty->packet && on && !pty->packet)
		pty->status = 0;
	*flag = on;
	spin_unlock_irq(&pty->lock);
	return 0;
}

static int send_signal(struct pty *pty, unsigned long sig)
{
	if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
		return -EINVAL;
	tty_signal_soon(&pty->tty, sig);
	return 0;
}

int pty_master_ioctl(struct pty *pty, unsigned int cmd, unsigned long arg)
{
	int __user *p = (int __user *)arg;

	switch (cmd) {
	case TIOCGPTN:
		return put_user(pty->index, p);
	case TIOCSPTLCK:
		return set_flag(pty, &pty->locked, arg);
	case TIOCGPTLCK:
		return put_user((int)READ_ONCE(pty->locked), p);
	case TIOCPKT:
		return set_flag(pty, &pty->packet, arg);
	case TIOCGPKT:
		return put_user((int)READ_ONCE(pty->packet), p);
	case TIOCSIG:
		return send_signal(pty, arg);
	case FIONREAD:
		return put_user((int)(READ_ONCE(pty->head) - READ_ONCE(pty->tail)), p);
	case TCFLSH:
		if (arg == TCIFLUSH || arg == TCIOFLUSH)
			pty_discard(&pty->tty);
		tty_write_wakeup(&pty->tty);
		return arg == TCIFLUSH ? 0 : tty_ioctl(&pty->tty, TCFLSH, TCIFLUSH, true);
	case TIOCSCTTY:
	case TIOCNOTTY:
		return -ENOTTY;
	}
	return tty_ioctl(&pty->tty, cmd, arg, true);
}
