/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Raw frames through AF_PACKET. Where a function sends or receives, the descriptor may also be that
 * of a tap without virtio-net headers (IFF_NO_PI, O_NONBLOCK); of its frames only data and len are
 * known.
 */
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
	bool csum_partial; /* CHECKSUM_PARTIAL: the checksum is not filled in yet */
	uint8_t data[XMT_PKT_MAX]; /* with the outer VLAN tag, from the auxiliary data */
};

/*
 * Opens a raw socket on device `ifindex` of namespace `ns`. `proto` in host order:
 *   ETH_P_ALL  a tap: every frame that reaches the device, before TC ingress and any rx_handler.
 *              Frames that the device sends are left out (PACKET_IGNORE_OUTGOING).
 *   another    every frame that reaches the device's stack, after TC ingress and the rx_handler,
 *              with this protocol after the outer tag: one socket for each ethertype. The kernel
 *              has removed the tag and made the frame OTHERHOST if its VID is not 0. A frame that
 *              an rx_handler gave to another device of the namespace is received too; its
 *              xmt_pkt.ifindex is that device's.
 *   0          no frames: for sending only.
 * The socket does not block and has a receive buffer of 32 MiB. Returns its descriptor or a
 * negative errno.
 */
int xmt_pkt_open(const struct xmt_ns *ns, unsigned int ifindex, uint16_t proto);

/*
 * Opens a socket for sending frames with partial checksums. Like xmt_pkt_open() with protocol 0,
 * but only xmt_pkt_send_partial() sends on it.
 */
int xmt_pkt_open_partial(const struct xmt_ns *ns, unsigned int ifindex);

/*
 * Sends a frame as CHECKSUM_PARTIAL: the two octets at `start` + `offset` hold the sum of the
 * pseudo header. A device adds the sum of all octets from `start` on, or no device does. `start` 0:
 * an ordinary frame.
 */
int xmt_pkt_send_partial(int fd, const void *frame, size_t len, uint16_t start, uint16_t offset);

/* Sends a frame with its virtio-net header on a socket of xmt_pkt_open_partial(). */
struct virtio_net_hdr;
int xmt_pkt_send_vnet(int fd, const void *frame, size_t len, const struct virtio_net_hdr *vnet);

/*
 * Closes `n` sockets and sets them to -1; -1 is skipped. Closing an AF_PACKET socket waits some
 * 12 ms for RCU, so a thread does it. The caller must have removed the sockets from any epoll set.
 */
void xmt_pkt_close(int *fds, unsigned int n);

/* Sends a complete frame with its VLAN tags. Returns 0 or a negative errno (-EMSGSIZE, …). */
int xmt_pkt_send(int fd, const void *frame, size_t len);

/*
 * Receives one frame; waits at most `timeout_ms` (0: does not wait). Returns 1, 0 if there is no
 * frame or the device went down, or a negative errno.
 */
int xmt_pkt_recv(int fd, struct xmt_pkt *ret_pkt, int timeout_ms);

/*
 * Receives until a frame contains the bytes of `mark`, or until no frame arrives for `timeout_ms`.
 * Every other frame is passed to `other` (may be NULL). Returns 1 if the mark arrived, 0 if not, or
 * a negative errno. To prove absence: send the frame that must not arrive, then a sentinel by the
 * same path, and wait for the sentinel.
 */
int xmt_pkt_wait(int fd, const void *mark, size_t mark_len, int timeout_ms,
		 void (*other)(const struct xmt_pkt *pkt, void *arg), void *arg);

/* Discards the frames in the receive buffer. Returns their number. */
unsigned int xmt_pkt_drain(int fd);

/* Frames that this socket lost since the last call because its buffer was full. Must stay 0. */
unsigned int xmt_pkt_lost(int fd);

/* Frames that all CPUs dropped since boot because a backlog was full (/proc/net/softnet_stat) */
unsigned long xmt_backlog_drops(void);

/* "aa:bb:cc:dd:ee:ff" to bytes. Returns 0 or -EINVAL. */
int xmt_mac_parse(const char *text, uint8_t ret_mac[6]);
/* Bytes to text, in one of four static buffers in turn */
const char *xmt_mac_text(const uint8_t mac[6]);

/* "host", "broadcast", "multicast", "otherhost", "outgoing" or "?". */
const char *xmt_pkt_type_text(uint8_t type);

/* Adds the Internet checksum of `len` bytes to `sum` (0 at first); folded, but not inverted */
uint16_t xmt_csum_add(uint16_t sum, const void *data, size_t len);

#endif
