// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses, sockets, ping, counters of bad checksums. See ip.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "pkt.h"

socklen_t ip_addr(int family, unsigned int id, uint16_t port, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (family == AF_INET) {
		struct sockaddr_in *in = (void *)ret;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = htonl(0x0a090000 | id);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (void *)ret;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_addr.s6_addr[0] = 0xfd;
	in6->sin6_addr.s6_addr[1] = 0x09;
	in6->sin6_addr.s6_addr[14] = id >> 8;
	in6->sin6_addr.s6_addr[15] = id;
	return sizeof(*in6);
}

static int ip_open_socket(const struct nt_station *s, int type, int protocol, int family,
			  uint16_t port)
{
	struct sockaddr_storage addr;
	socklen_t len = ip_addr(family, s->id, port, &addr);
	int fd, one = 1;

	xmt_ns_enter(s->ns);
	fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	xmt_ns_enter(NULL);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->dev, strlen(s->dev) + 1) &&
	    !bind(fd, (struct sockaddr *)&addr, len))
		return fd;
	close(fd);
	return -1;
}

int ip_socket(const struct nt_station *s, int type, int family, uint16_t port)
{
	return ip_open_socket(s, type, 0, family, port);
}

struct echo {
	uint8_t type, code;
	uint16_t check, id, seq;
	uint64_t payload[6];
};

static uint16_t echo_checksum(const struct echo *e)
{
	return htons((uint16_t)~xmt_csum_add(0, e, sizeof(*e)));
}

/* An IPv4 raw socket returns the IP header, too */
static bool echo_is_answer(const uint8_t *buf, ssize_t len, int family, const struct echo *sent)
{
	const struct echo *e;
	size_t skip = family == AF_INET && len > 0 ? (buf[0] & 15) * 4 : 0;

	if (len < (ssize_t)(skip + sizeof(*e)))
		return false;
	e = (const void *)(buf + skip);
	return e->type == (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) &&
	       e->id == sent->id && e->seq == sent->seq &&
	       !memcmp(e->payload, sent->payload, sizeof(e->payload));
}

static int echo_wait_answer(int fd, int family, const struct echo *sent, int timeout_ms)
{
	uint64_t end = nt_now_ms() + timeout_ms, now;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint8_t buf[2048];
	ssize_t len;

	while ((now = nt_now_ms()) < end) {
		if (poll(&pfd, 1, end - now) <= 0)
			continue;
		len = recv(fd, buf, sizeof(buf), 0);
		if (echo_is_answer(buf, len, family, sent))
			return 1;
	}
	return 0;
}

int ip_ping(const struct nt_station *from, const struct nt_station *to, int family, int timeout_ms)
{
	static uint16_t seq;
	struct echo e = {
		.type = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
		.id = getpid(),
		.seq = ++seq,
		.payload = { nt_now_ms(), from->id, to->id },
	};
	struct sockaddr_storage addr;
	socklen_t len = ip_addr(family, to->id, 0, &addr);
	int fd, ret = 0;

	fd = ip_open_socket(from, SOCK_RAW, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6,
			    family, 0);
	if (fd < 0)
		xmt_die("raw socket on %s: %s", from->dev, strerror(errno));
	if (family == AF_INET)
		e.check = echo_checksum(&e);
	if (sendto(fd, &e, sizeof(e), 0, (struct sockaddr *)&addr, len) == sizeof(e))
		ret = echo_wait_answer(fd, family, &e, timeout_ms);
	close(fd);
	return ret;
}

static void flush_neighbours(const struct nt_station *s)
{
	xmt_run("ip -n %s neigh flush dev %s", s->ns->name, s->dev);
}

void ip_check_ping(const char *what, const struct nt_station *a, const struct nt_station *b)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (int i = 0; i < 2; i++) {
		const char *v = families[i] == AF_INET ? "IPv4" : "IPv6";

		flush_neighbours(a);
		flush_neighbours(b);
		xmt_check(ip_ping(a, b, families[i], 2500), "%s: %s ping %s -> %s", what, v, a->dev,
			  b->dev);
		flush_neighbours(a);
		flush_neighbours(b);
		xmt_check(ip_ping(b, a, families[i], 2500), "%s: %s ping %s -> %s", what, v, b->dev,
			  a->dev);
	}
}

/* `names` is "Tcp: a b c", `values` is "Tcp: 1 2 3": returns the value named InCsumErrors */
static unsigned long csum_errors_in_row(const char *names, const char *values)
{
	char n[4096], v[4096], *np = n, *vp = v, *name, *value;

	snprintf(n, sizeof(n), "%s", names);
	snprintf(v, sizeof(v), "%s", values);
	while ((name = strsep(&np, " \n")) && (value = strsep(&vp, " \n")))
		if (!strcmp(name, "InCsumErrors"))
			return strtoul(value, NULL, 10);
	return 0;
}

static unsigned long csum_errors_v4(void)
{
	char names[4096], values[4096];
	unsigned long sum = 0;
	FILE *f = fopen("/proc/thread-self/net/snmp", "re");

	if (!f)
		xmt_die("/proc/thread-self/net/snmp: %s", strerror(errno));
	while (fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f))
		sum += csum_errors_in_row(names, values);
	fclose(f);
	return sum;
}

static unsigned long csum_errors_v6(void)
{
	unsigned long sum = 0, value;
	char name[64];
	FILE *f = fopen("/proc/thread-self/net/snmp6", "re");

	while (f && fscanf(f, "%63s %lu", name, &value) == 2)
		if (strstr(name, "InCsumErrors"))
			sum += value;
	if (f)
		fclose(f);
	return sum;
}

unsigned long ip_csum_errors(const struct xmt_ns *ns)
{
	unsigned long sum;

	xmt_ns_enter(ns);
	sum = csum_errors_v4() + csum_errors_v6();
	xmt_ns_enter(NULL);
	return sum;
}
