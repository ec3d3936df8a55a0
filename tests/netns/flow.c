// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bulk TCP and UDP; every octet is compared. See ip.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ip.h"
#include "pkt.h"
#include "prng.h"

#define PATTERN	    65521 /* a prime: data that is shifted by a segment differs */
#define CHUNK	    65536
#define DEADLINE_MS 20000

static uint8_t pattern[PATTERN + CHUNK];
static char error[256];

const char *ip_error(void)
{
	return error;
}

static int flow_fail(const char *fmt, ...) XMT_PRINTF(1, 2);

static int flow_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, sizeof(error), fmt, ap);
	va_end(ap);
	return -1;
}

static void pattern_fill(void)
{
	static bool filled;
	struct xmt_prng p;

	if (filled)
		return;
	xmt_prng_seed(&p, 42);
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i < PATTERN ? xmt_rand64(&p) : pattern[i - PATTERN];
	filled = true;
}

struct side {
	int fd;
	size_t sent, received;
};

static int tcp_send_some(struct side *s, size_t bytes)
{
	size_t left = bytes - s->sent;
	ssize_t n =
		send(s->fd, pattern + s->sent % PATTERN, left < CHUNK ? left : CHUNK, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN
			       ? 0
			       : flow_fail("send after %zu octets: %s", s->sent, strerror(errno));
	s->sent += n;
	return 0;
}

static int tcp_receive_some(struct side *s)
{
	static uint8_t buf[CHUNK];
	ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

	if (n < 0)
		return errno == EAGAIN ? 0
				       : flow_fail("recv after %zu octets: %s", s->received,
						   strerror(errno));
	if (!n)
		return flow_fail("connection closed after %zu octets", s->received);
	if (memcmp(buf, pattern + s->received % PATTERN, n))
		return flow_fail("wrong data within %zd octets after %zu", n, s->received);
	s->received += n;
	return 0;
}

static int tcp_exchange(struct side side[2], size_t bytes)
{
	uint64_t end = nt_now_ms() + DEADLINE_MS;
	struct pollfd pfd[2];
	int err = 0;

	while (!err && (side[0].received < bytes || side[1].received < bytes)) {
		for (int i = 0; i < 2; i++) {
			pfd[i].fd = side[i].fd;
			pfd[i].events = (side[i].sent < bytes ? POLLOUT : 0) |
					(side[i].received < bytes ? POLLIN : 0);
		}
		if (nt_now_ms() > end)
			return flow_fail("only %zu and %zu of %zu octets before the deadline",
					 side[0].received, side[1].received, bytes);
		poll(pfd, 2, 1000);
		for (int i = 0; i < 2 && !err; i++) {
			if (pfd[i].revents & (POLLIN | POLLERR | POLLHUP))
				err = tcp_receive_some(&side[i]);
			if (!err && (pfd[i].revents & POLLOUT))
				err = tcp_send_some(&side[i], bytes);
		}
	}
	return err;
}

static int tcp_connect(const struct nt_station *a, const struct nt_station *b, int family,
		       int listener, struct side side[2])
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int port;

	if (listen(listener, 1) || getsockname(listener, (struct sockaddr *)&addr, &len))
		return flow_fail("listen: %s", strerror(errno));
	port = ntohs(((struct sockaddr_in *)&addr)->sin_port);
	len = ip_addr(family, b->id, port, &addr);
	side[0].fd = ip_socket(a, SOCK_STREAM, family, 0);
	if (side[0].fd < 0 ||
	    (connect(side[0].fd, (struct sockaddr *)&addr, len) && errno != EINPROGRESS))
		return flow_fail("connect: %s", strerror(errno));
	if (poll(&pfd, 1, 5000) != 1)
		return flow_fail("no connection within 5 s");
	side[1].fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	return side[1].fd < 0 ? flow_fail("accept: %s", strerror(errno)) : 0;
}

int ip_tcp(const struct nt_station *a, const struct nt_station *b, int family, size_t bytes)
{
	struct side side[2] = { { .fd = -1 }, { .fd = -1 } };
	int listener = ip_socket(b, SOCK_STREAM, family, 0);
	int err;

	pattern_fill();
	err = listener < 0 ? flow_fail("bind: %s", strerror(errno))
			   : tcp_connect(a, b, family, listener, side);
	if (!err)
		err = tcp_exchange(side, bytes);
	for (int i = 0; i < 2; i++)
		if (side[i].fd >= 0)
			close(side[i].fd);
	if (listener >= 0)
		close(listener);
	return err;
}

struct head {
	uint32_t number;
	uint16_t fix; /* the value with which the checksum looks partial */
	uint16_t size;
};

/* Sum of the UDP pseudo header of two stations (RFC 768, RFC 8200) */
static uint16_t udp_pseudo_sum(int family, unsigned int a, unsigned int b, uint16_t udp_len)
{
	struct sockaddr_storage from, to;
	uint16_t tail[2] = { htons(IPPROTO_UDP), htons(udp_len) };
	uint16_t sum = xmt_csum_add(0, tail, sizeof(tail));

	ip_addr(family, a, 0, &from);
	ip_addr(family, b, 0, &to);
	if (family == AF_INET) {
		sum = xmt_csum_add(sum, &((struct sockaddr_in *)&from)->sin_addr, 4);
		return xmt_csum_add(sum, &((struct sockaddr_in *)&to)->sin_addr, 4);
	}
	sum = xmt_csum_add(sum, &((struct sockaddr_in6 *)&from)->sin6_addr, 16);
	return xmt_csum_add(sum, &((struct sockaddr_in6 *)&to)->sin6_addr, 16);
}

static uint16_t csum_minus(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + (uint16_t)~b;

	return (sum & 0xffff) + (sum >> 16);
}

struct udp {
	int family, from, to;
	const struct nt_station *a, *b;
	const struct ip_flow *flow;
	uint16_t ports[2];
	unsigned int sent, received;
};

/* Chooses head.fix so that ~(pseudo + ports + length + data) equals pseudo. */
static void udp_make_look_partial(const struct udp *u, uint8_t *buf)
{
	uint16_t len = u->flow->size + sizeof(struct udphdr);
	uint16_t pseudo = udp_pseudo_sum(u->family, u->a->id, u->b->id, len), sum;
	struct head *head = (void *)buf;
	uint16_t udp[3] = { htons(u->ports[0]), htons(u->ports[1]), htons(len) };

	head->fix = 0;
	sum = xmt_csum_add(xmt_csum_add(pseudo, udp, sizeof(udp)), buf, u->flow->size);
	head->fix = htons(csum_minus(~pseudo, sum));
}

static void udp_make_datagram(const struct udp *u, uint32_t number, uint8_t *buf)
{
	struct head head = { .number = number, .size = u->flow->size };

	memcpy(buf, pattern + number % PATTERN, u->flow->size);
	memcpy(buf, &head, sizeof(head));
	if (u->flow->look_partial && number % 2)
		udp_make_look_partial(u, buf);
}

static int udp_send_burst(struct udp *u, unsigned int n)
{
	static uint8_t buf[65536];
	unsigned int size = u->flow->size;

	for (unsigned int i = 0; i < n; i++) {
		udp_make_datagram(u, u->sent++, buf + (u->flow->gso ? i * size : 0));
		if (!u->flow->gso && send(u->from, buf, size, 0) != (ssize_t)size)
			return flow_fail("send datagram %u: %s", u->sent - 1, strerror(errno));
	}
	if (u->flow->gso && send(u->from, buf, n * size, 0) != (ssize_t)(n * size))
		return flow_fail("send datagrams up to %u: %s", u->sent, strerror(errno));
	return 0;
}

/* Another datagram came in place of the next one: was that lost, or overtaken? */
static int udp_fail_order(const struct udp *u, uint32_t number)
{
	struct pollfd pfd = { .fd = u->to, .events = POLLIN };
	static uint8_t buf[65536];
	const struct head *head = (const void *)buf;

	while (poll(&pfd, 1, 200) == 1 && recv(u->to, buf, sizeof(buf), 0) > 0)
		if (head->number == u->received)
			return flow_fail("datagram %u arrived before %u", number, u->received);
	return flow_fail("datagram %u arrived, %u was lost", number, u->received);
}

static int udp_receive_burst(struct udp *u)
{
	struct pollfd pfd = { .fd = u->to, .events = POLLIN };
	static uint8_t buf[65536], want[65536];
	struct head *head = (void *)buf;
	ssize_t n;

	while (u->received < u->sent) {
		n = recv(u->to, buf, sizeof(buf), 0);
		if (n < 0 && errno == EAGAIN && poll(&pfd, 1, 2000) == 1)
			continue;
		if (n < 0)
			return flow_fail("datagram %u of %u did not arrive", u->received, u->sent);
		if (n != (ssize_t)u->flow->size)
			return flow_fail("%zd octets instead of %u", n, u->flow->size);
		if (head->number != u->received)
			return udp_fail_order(u, head->number);
		udp_make_datagram(u, u->received++, want);
		if (memcmp(buf, want, n))
			return flow_fail("datagram %u is damaged", head->number);
	}
	return 0;
}

static int udp_open(struct udp *u)
{
	int size = 16 << 20, one = 1, segment = u->flow->size;
	struct sockaddr_storage addr;
	socklen_t len;

	u->ports[0] = 40001;
	u->ports[1] = 40002;
	u->from = ip_socket(u->a, SOCK_DGRAM, u->family, u->ports[0]);
	u->to = ip_socket(u->b, SOCK_DGRAM, u->family, u->ports[1]);
	if (u->from < 0 || u->to < 0)
		return flow_fail("bind: %s", strerror(errno));
	len = ip_addr(u->family, u->b->id, u->ports[1], &addr);
	setsockopt(u->to, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(u->from, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (u->flow->no_check && setsockopt(u->from, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one)))
		return flow_fail("SO_NO_CHECK: %s", strerror(errno));
	if (u->flow->gso &&
	    setsockopt(u->from, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		return flow_fail("UDP_SEGMENT: %s", strerror(errno));
	return connect(u->from, (struct sockaddr *)&addr, len)
		       ? flow_fail("connect: %s", strerror(errno))
		       : 0;
}

int ip_udp(const struct nt_station *a, const struct nt_station *b, int family,
	   const struct ip_flow *flow)
{
	struct udp u = { .family = family, .a = a, .b = b, .flow = flow };
	int err;

	pattern_fill();
	err = udp_open(&u);
	/*
	 * The first datagram goes alone: those that wait for the neighbour's MAC address may be
	 * overtaken by one that is sent on another CPU in the instant when it is known.
	 */
	while (!err && u.sent < flow->count) {
		unsigned int left = flow->count - u.sent, most = u.sent ? flow->burst : 1;

		err = udp_send_burst(&u, left < most ? left : most);
		if (!err)
			err = udp_receive_burst(&u);
	}
	if (u.from >= 0)
		close(u.from);
	if (u.to >= 0)
		close(u.to);
	return err;
}

int ip_udp_until_exit(const char *what, pid_t pid, const struct nt_station *const pairs[][2],
		      int count, unsigned long *datagrams, int *status)
{
	static const struct ip_flow flow = { .count = 2000, .size = 400, .burst = 32 };
	int bad = 0;

	while (!bad && !waitpid(pid, status, WNOHANG))
		for (int i = 0; i < count && !bad; i++, *datagrams += flow.count) {
			bad = ip_udp(pairs[i][0], pairs[i][1], i % 2 ? AF_INET6 : AF_INET, &flow);
			if (bad)
				xmt_fail("%s: %s to %s: %s", what, pairs[i][0]->dev,
					 pairs[i][1]->dev, ip_error());
		}
	if (bad)
		waitpid(pid, status, 0);
	return bad;
}
