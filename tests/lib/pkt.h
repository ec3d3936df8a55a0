/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Raw frames through AF_PACKET. */
#ifndef XMT_PKT_H
#define XMT_PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ns.h"

#define XMT_PKT_MAX 10240

struct xmt_pkt {
	uint16_t len; /* of data, the Ethernet header and every tag included */
	uint16_t proto; /* sll_protocol in host order: skb->protocol, so behind the outer tag */
	uint8_t type; /* sll_pkttype: PACKET_HOST, PACKET_BROADCAST, … */
	unsigned int ifindex; /* sll_ifindex: see xmt_pkt_open() */
	bool csum_partial; /* the checksum is not filled in yet (CHECKSUM_PARTIAL) */
	uint8_t data[XMT_PKT_MAX]; /* the outer VLAN tag is put back from the auxiliary data */
};

/*
 * Open a raw socket on device `ifindex` of namespace `ns`. `proto` in host order:
 *   ETH_P_ALL  a tap: everything that reaches the device, before TC ingress and any rx_handler;
 *              what it sends itself is left out (PACKET_IGNORE_OUTGOING);
 *   another    what reaches the device's stack, behind TC ingress and the rx_handler, with that
 *              protocol behind the outer tag (one socket for each ethertype of interest). The
 * kernel has removed the tag and made the frame OTHERHOST when its VID is not 0. Also what an
 *              rx_handler gave to another device of the namespace: ret_pkt->ifindex is that one's
 * then; 0          nothing: for sending only. Non-blocking, receive buffer 32 MiB. Returns the fd
 * or a negative errno.
 */
int xmt_pkt_open(const struct xmt_ns *ns, unsigned int ifindex, uint16_t proto);

/*
 * A socket for sending only, whose frames may have partial checksums. Like xmt_pkt_open() with
 * protocol 0, but use it with xmt_pkt_send_partial() alone.
 */
int xmt_pkt_open_partial(const struct xmt_ns *ns, unsigned int ifindex);

/*
 * Send a frame as CHECKSUM_PARTIAL: the two octets at `start` + `offset` hold the sum of the pseudo
 * header, and a device (or nobody) adds that of everything from `start`. `start` 0: an ordinary
 * frame.
 */
int xmt_pkt_send_partial(int fd, const void *frame, size_t len, uint16_t start, uint16_t offset);

/*
 * Close `n` sockets and set them to -1 (-1 is skipped). Closing an AF_PACKET socket waits for RCU,
 * some 12 ms, so it is done in the background: the caller must have taken them out of any epoll
 * set.
 */
void xmt_pkt_close(int *fds, unsigned int n);

/* Send one whole frame, tags in the data. Returns 0 or a negative errno (-EMSGSIZE, -ENETDOWN, …).
 */
int xmt_pkt_send(int fd, const void *frame, size_t len);

/*
 * Receive one frame, waiting at most `timeout_ms` (0: do not wait). Returns 1, 0 when there is
 * none, or a negative errno. A device that went down counts as "none".
 */
int xmt_pkt_recv(int fd, struct xmt_pkt *ret_pkt, int timeout_ms);

/*
 * Receive until a frame contains the bytes of `mark`, or until nothing comes for `timeout_ms`.
 * Every other frame goes to `other` (may be NULL). Returns 1 when the mark came, 0 when not, or a
 * negative errno. This is how absence is proved: send the frame that must not arrive, then a
 * sentinel by the same path, and wait for the sentinel.
 */
int xmt_pkt_wait(int fd, const void *mark, size_t mark_len, int timeout_ms,
		 void (*other)(const struct xmt_pkt *pkt, void *arg), void *arg);

/* Throw away what has been received. Returns the number of frames. */
unsigned int xmt_pkt_drain(int fd);

/* Frames this socket lost because its buffer was full, since the last call. Must stay 0. */
unsigned int xmt_pkt_lost(int fd);

/* Frames all CPUs dropped because a backlog was full, since boot (/proc/net/softnet_stat). */
unsigned long xmt_backlog_drops(void);

/* "aa:bb:cc:dd:ee:ff" to bytes (0 or -EINVAL) and back (a static buffer, four at a time). */
int xmt_mac_parse(const char *text, uint8_t ret_mac[6]);
const char *xmt_mac_text(const uint8_t mac[6]);

/* "host", "broadcast", "multicast", "otherhost", "outgoing" or "?". */
const char *xmt_pkt_type_text(uint8_t type);

/* The Internet checksum of `len` bytes added to `sum`, folded and not yet inverted; start with 0.
 */
uint16_t xmt_csum_add(uint16_t sum, const void *data, size_t len);

#endif
