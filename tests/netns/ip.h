/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP traffic between stations by sockets of this process; each is bound to its station's device. */
#ifndef NT_IP_H
#define NT_IP_H

#include <stddef.h>
#include <sys/socket.h>

#include "nt.h"

/* Fills *ret with 10.9.0.<id> or fd09::<id> and a port in host order. Returns its length. */
socklen_t ip_addr(int family, unsigned int id, uint16_t port, struct sockaddr_storage *ret);

/* Sends one echo request. Returns 1 if its answer arrives within `timeout_ms`, else 0. */
int ip_ping(const struct nt_station *from, const struct nt_station *to, int family, int timeout_ms);

/* Checks ping both ways, by IPv4 and IPv6, each with empty neighbour tables. */
void ip_check_ping(const char *what, const struct nt_station *a, const struct nt_station *b);

/*
 * Checks that no frame of a ping from `from` to `to` reaches `to`, and that the frames reach the
 * wire. A sentinel proves the absence. `proto` as for xmt_pkt_open(): ETH_P_ALL for an endpoint,
 * ETH_P_IP for the host's stack.
 */
void ip_check_isolated(const char *what, const struct nt_net *net, const struct nt_station *from,
		       const struct nt_station *to, uint16_t proto);

/*
 * One TCP connection from `a` to `b`: both send `bytes` at the same time, every octet is compared.
 * Returns 0, or -1 with the reason in ip_error().
 */
int ip_tcp(const struct nt_station *a, const struct nt_station *b, int family, size_t bytes);

struct ip_flow {
	unsigned int count; /* datagrams */
	unsigned int size; /* octets of the payload, 16 to 60000 */
	unsigned int burst; /* datagrams sent before the receiver is read, after the first one */
	bool no_check; /* without a checksum (IPv4) */
	bool gso; /* a burst is one UDP_SEGMENT send */
	/*
	 * The complete checksum of every other datagram equals the sum of its pseudo header: a
	 * program that guesses takes it for a partial one.
	 */
	bool look_partial;
};

/*
 * Sends datagrams from `a` to `b`; each must arrive once, unchanged and in order. Returns 0, or -1
 * with the reason in ip_error().
 */
int ip_udp(const struct nt_station *a, const struct nt_station *b, int family,
	   const struct ip_flow *flow);

/*
 * Sends flows between the pairs, IPv4 and IPv6 in turn, over and over until the process has ended.
 * Ends early at a lost datagram, which is a failure of `what`. Returns 0 or -1; *datagrams: how
 * many were sent, *status: of waitpid().
 */
int ip_udp_until_exit(const char *what, pid_t pid, const struct nt_station *const pairs[][2],
		      int count, unsigned long *datagrams, int *status);

const char *ip_error(void);

/* Sum of InCsumErrors (TCP, UDP, ICMP; v4 and v6) of a namespace */
unsigned long ip_csum_errors(const struct xmt_ns *ns);

/* Returns a socket bound to the station's device and address, or -1 and errno. */
int ip_socket(const struct nt_station *s, int type, int family, uint16_t port);

#endif
