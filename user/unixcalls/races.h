/* SPDX-License-Identifier: MIT */
/*
 * The second half of unixcalls.c: threads that get into each other's way. Each game runs for the same time; all check what they get.
 */
static volatile bool over;

struct player {
	pthread_t thread;
	void *(*fn)(void *);
	int fd, number;
	unsigned long count;
	unsigned long bytes;
};

static void play(struct player *players, int count, double seconds)
{
	over = false;
	for (int i = 0; i < count; i++)
		if (pthread_create(&players[i].thread, NULL, players[i].fn, &players[i]))
			die("no thread");
	usleep((useconds_t)(seconds * 1000000));
	over = true;
	for (int i = 0; i < count; i++)
		pthread_join(players[i].thread, NULL);
}

/* ---- a stream keeps its bytes in order, whatever the sizes ---- */

static void *stream_writer(void *arg)
{
	struct player *p = arg;
	struct rng rng = { 7 };
	static char buf[100000];

	while (!over) {
		size_t len = rng_below(&rng, rng_chance(&rng, 4) ? sizeof(buf) : 300) + 1;
		ssize_t n;

		pattern_fill(buf, len, 1, p->bytes);
		n = send(p->fd, buf, len, rng_chance(&rng, 3) ? MSG_DONTWAIT : 0);
		if (n < 0 && errno != EAGAIN)
			fail("send: %s", strerror(errno));
		if (n > 0)
			p->bytes += n;
		p->count++;
	}
	shutdown(p->fd, SHUT_WR);
	return NULL;
}

static void *stream_reader(void *arg)
{
	struct player *p = arg;
	struct rng rng = { 8 };
	static char buf[70000];

	for (;;) {
		size_t len = rng_below(&rng, rng_chance(&rng, 4) ? sizeof(buf) : 200) + 1;
		int flags = rng_chance(&rng, 5) ? MSG_PEEK : rng_chance(&rng, 5) ? MSG_WAITALL : 0;
		ssize_t n = recv(p->fd, buf, len, flags);

		if (n < 0)
			fail("recv: %s", strerror(errno));
		if (n <= 0)
			break;
		if (pattern_check(buf, n, 1, p->bytes) >= 0)
			fail("wrong byte at %lu", p->bytes);
		if (!(flags & MSG_PEEK))
			p->bytes += n;
	}
	return NULL;
}

static void stream_game(double seconds)
{
	struct player p[2] = { { .fn = stream_writer }, { .fn = stream_reader } };
	int fd[2];

	pair(SOCK_STREAM, fd);
	p[0].fd = fd[0];
	p[1].fd = fd[1];
	play(p, 2, seconds);
	if (p[0].bytes != p[1].bytes)
		fail("%lu bytes sent, %lu received", p[0].bytes, p[1].bytes);
	if (!p[0].bytes)
		fail("nothing was sent");
	close(fd[0]);
	close(fd[1]);
}

/* ---- several writers and readers of messages: none lost, none twice ---- */

#define SENDERS 3

static void *message_sender(void *arg)
{
	struct player *p = arg;
	unsigned long word[2];

	while (!over) {
		word[0] = p->number;
		word[1] = p->count;
		if (send(p->fd, word, sizeof(word), 0) != sizeof(word))
			fail("send: %s", strerror(errno));
		p->count++;
		p->bytes += word[1] * 3 + word[0];
	}
	return NULL;
}

static void *message_receiver(void *arg)
{
	struct player *p = arg;
	struct pollfd poll_fd = { p->fd, POLLIN, 0 };
	unsigned long word[2];
	ssize_t n;

	while (!over || poll(&poll_fd, 1, 0) > 0) {
		if (poll(&poll_fd, 1, 20) <= 0)
			continue;
		n = recv(p->fd, word, sizeof(word), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n != sizeof(word))
			fail("recv: %zd, %s", n, strerror(errno));
		p->count++;
		p->bytes += word[1] * 3 + word[0];
	}
	return NULL;
}

/* @connected: from a pair; else many sockets send to one name, whose queue is short. */
static void message_game(bool connected, double seconds)
{
	struct player p[SENDERS + 2];
	unsigned long sent = 0, got = 0, sum_sent = 0, sum_got = 0;
	int fd[2] = { -1, -1 };

	memset(p, 0, sizeof(p));
	if (connected) {
		pair(SOCK_DGRAM, fd);
	} else {
		fd[1] = sock(SOCK_DGRAM);
		if (bind_to(fd[1], "@messages"))
			die("bind: %s", strerror(errno));
	}
	for (int i = 0; i < SENDERS + 2; i++) {
		p[i].number = i;
		p[i].fn = i < SENDERS ? message_sender : message_receiver;
		p[i].fd = i < SENDERS ? fd[0] : fd[1];
		if (!connected && i < SENDERS) {
			p[i].fd = sock(SOCK_DGRAM);
			if (connect_to(p[i].fd, "@messages"))
				die("connect: %s", strerror(errno));
		}
	}
	play(p, SENDERS + 2, seconds);
	for (int i = 0; i < SENDERS; i++) {
		sent += p[i].count;
		sum_sent += p[i].bytes;
		if (!connected)
			close(p[i].fd);
	}
	/* What arrived after both receivers had looked for the last time. */
	message_receiver(&p[SENDERS]);
	for (int i = SENDERS; i < SENDERS + 2; i++) {
		got += p[i].count;
		sum_got += p[i].bytes;
	}
	if (sent != got || sum_sent != sum_got || !sent)
		fail("%lu messages sent (%lu), %lu received (%lu)", sent, sum_sent, got, sum_got);
	close(fd[0]);
	close(fd[1]);
}

/* ---- connect, accept and close against each other ---- */

static void *server(void *arg)
{
	struct player *p = arg;
	struct rng rng = { 3 };
	char byte;

	while (!over) {
		int l = sock(SOCK_STREAM), s;
		struct pollfd poll_fd = { l, POLLIN, 0 };

		if (bind_to(l, "@server") || listen(l, 2))
			die("server: %s", strerror(errno));
		for (int i = 0; i < 50 && !over; i++) {
			if (poll(&poll_fd, 1, 10) <= 0)
				continue;
			s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
			if (s < 0) {
				fail("accept: %s", strerror(errno));
				continue;
			}
			if (recv(s, &byte, 1, 0) > 0)
				send(s, &byte, 1, MSG_NOSIGNAL);
			if (rng_chance(&rng, 3))
				shutdown(s, SHUT_RDWR);
			close(s);
			p->count++;
		}
		close(l);
	}
	return NULL;
}

static void *client(void *arg)
{
	struct player *p = arg;
	struct rng rng = { 100 + p->number };
	char byte = 'c';

	while (!over) {
		int fd = sock(SOCK_STREAM);
		ssize_t n;

		if (rng_chance(&rng, 2))
			fcntl(fd, F_SETFL, O_NONBLOCK);
		if (connect_to(fd, "@server")) {
			if (errno != ECONNREFUSED && errno != EAGAIN)
				fail("connect: %s", strerror(errno));
		} else {
			n = send(fd, &byte, 1, MSG_NOSIGNAL);
			if (n < 0 && errno != EPIPE && errno != ECONNRESET)
				fail("send: %s", strerror(errno));
			n = recv(fd, &byte, 1, 0);
			if (n < 0 && errno != EAGAIN && errno != ECONNRESET)
				fail("recv: %s", strerror(errno));
			p->count++;
		}
		close(fd);
	}
	return NULL;
}

static void connection_game(double seconds)
{
	struct player p[4] = { { .fn = server }, { .fn = client, .number = 1 }, { .fn = client, .number = 2 },
			       { .fn = client, .number = 3 } };

	play(p, 4, seconds);
	if (!p[0].count || !p[1].count)
		fail("nobody met: %lu accepted", p[0].count);
}

/* ---- descriptors in circles: sockets that hold each other, received by somebody at the same time ---- */

static void *circle(void *arg)
{
	struct player *p = arg;
	struct rng rng = { 1000 + p->number };
	int a[2], b[2], got[4], count, flags;

	while (!over) {
		pair(SOCK_STREAM, a);
		pair(rng_chance(&rng, 2) ? SOCK_STREAM : SOCK_DGRAM, b);
		/* Each waits in a queue of the other. */
		send_fds(a[0], b, 2);
		send_fds(b[0], a, 2);
		if (rng_chance(&rng, 2))
			send_fds(a[0], a, 2);
		/* Through a shared pair some are received, or looked at, by whoever is quick. */
		if (rng_chance(&rng, 2))
			send_fds(p->fd, rng_chance(&rng, 2) ? a : b, 2);
		close_all(a, 2);
		close_all(b, 2);
		if (recv_fds(p->fd, got, &count, CMSG_SPACE(8), rng_chance(&rng, 3) ? MSG_PEEK : 0, &flags) > 0) {
			for (int i = 0; i < count; i++) {
				int inner[4], n, f;

				if (recv_fds(got[i], inner, &n, CMSG_SPACE(8), rng_chance(&rng, 2) ? MSG_PEEK : 0, &f) > 0)
					close_all(inner, n);
			}
			close_all(got, count);
		}
		p->count++;
	}
	return NULL;
}

static void circle_game(double seconds)
{
	struct player p[4];
	int fd[2];

	memset(p, 0, sizeof(p));
	pair(SOCK_DGRAM, fd);
	for (int i = 0; i < 4; i++)
		p[i] = (struct player){ .fn = circle, .fd = fd[i % 2], .number = i };
	play(p, 4, seconds);
	if (!p[0].count)
		fail("no circle was made");
	close(fd[0]);
	close(fd[1]);
}

static void races(int seconds)
{
	stream_game(seconds * 0.25);
	message_game(true, seconds * 0.15);
	message_game(false, seconds * 0.15);
	connection_game(seconds * 0.25);
	circle_game(seconds * 0.2);
}
