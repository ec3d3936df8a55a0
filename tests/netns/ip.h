/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP traffic between stations, by sockets of this process, each bound to its station's device. */
#ifndef NT_IP_H
#define NT_IP_H

#include <stddef.h>
#include <sys/socket.h>

#include "nt.h"

/* 10.9.0.<id> or fd09::<id> and a port in host order. Returns the length. */
socklen_t ip_addr(int family, unsigned int id, uint16_t port, struct sockaddr_storage *ret);

/* One echo request, its answer within `timeout_ms`. Resolves the neighbour as a rule. 1 or 0. */
int ip_ping(const struct nt_station *from, const struct nt_station *to, int family, int timeout_ms);

/* A test each for IPv4 and IPv6: ping both ways with empty neighbour tables */
void ip_check_ping(const char *what, const struct nt_station *a, const struct nt_station *b);

/*
 * A test: nothing that `from` sends in a ping of `to` reaches it; all goes to the wire. Proved by a
 * sentinel. `proto` as for xmt_pkt_open(): ETH_P_ALL for an endpoint, ETH_P_IP for the host's
 * stack.
 */
void ip_check_isolated(const char *what, const struct nt_net *net, const struct nt_station *from,
		       const struct nt_station *to, uint16_t proto);

/*
 * TCP from `a` to `b`: both send `bytes` at the same time, every octet is compared. 0, or -1 with
 * the reason in ip_why().
 */
int ip_tcp(const struct nt_station *a, const struct nt_station *b, int family, size_t bytes);

struct ip_flow {
	unsigned int count; /* datagrams */
	unsigned int size; /* of the payload, 16 to 60000 */
	unsigned int burst; /* sent before the receiver is read */
	bool no_check; /* without a checksum (IPv4) */
	bool gso; /* a burst is one UDP_SEGMENT send */
	/* Every other datagram gets a checksum that equals its pseudo header's: "partial" for who
	 * guesses */
	bool look_partial;
};

/* Datagrams from `a` to `b`; each must come once, whole and in order. 0, or -1 and ip_why(). */
int ip_udp(const struct nt_station *a, const struct nt_station *b, int family,
	   const struct ip_flow *flow);

const char *ip_why(void);

/* Sum of InCsumErrors (TCP, UDP, ICMP; v4 and v6) of a namespace */
unsigned long ip_csum_errors(const struct xmt_ns *ns);

/* IPv4 sockets, for tests that go on their own way; -1 and errno on failure */
int ip_socket(const struct nt_station *s, int type, int family, uint16_t port);

#endif
