/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbered frames and who received them. */
#ifndef NT_MARK_H
#define NT_MARK_H

#include "nt.h"
#include "pkt.h"

#define MARK_MAX_RX 16

/*
 * A set of receivers. mark_collect() waits until each of `expected` has its frame, then sends
 * sentinels and reads every receiver up to its sentinel: what has not come by then has not been
 * sent there.
 */
struct mark_rx {
	const char *name;
	int fd;
	unsigned int ifindex; /* frames that became another device's do not count */
	bool off; /* is not asked, gets no sentinel */
};

struct mark_set {
	struct mark_rx rx[MARK_MAX_RX];
	unsigned int n;
	void (*sentinels)(void *arg, uint64_t id); /* must reach every receiver that is not off */
	void *arg;
};

/* Add a receiver. `proto`: see xmt_pkt_open(). Its bit in the masks is 1 << (return value). */
int mark_add(struct mark_set *set, const char *name, const struct xmt_ns *ns, const char *dev,
	     uint16_t proto);
void mark_close(struct mark_set *set);

/* Build frame number `id` in `buf`: UDP in IPv4, no checksum, `len` octets (at least 60). */
void mark_frame(uint8_t *buf, unsigned int len, const char *dst, const char *src, uint64_t id);

/* A socket to send on. Ends the case when it cannot be opened. */
int mark_sender(const struct xmt_ns *ns, const char *dev);
/* Send frame number `id`, 100 octets. */
void mark_send(int fd, const char *dst, const char *src, uint64_t id);
/* Sends a new frame on socket `tx`. Whether it arrives at socket `rx` within a second. */
bool mark_arrives(int tx, int rx, const char *dst, const char *src);

/* Who got frame `id`: a set of 1 << receiver. `*ret_double`: somebody got it more than once. */
uint32_t mark_collect(struct mark_set *set, uint64_t id, uint32_t expected, bool *ret_double);

/* A set as text; a static buffer, four at a time */
const char *mark_text(const struct mark_set *set, uint32_t who);

/* A number that no frame of this process had yet */
uint64_t mark_next(void);
/* Number of a frame, 0 when it is none of ours */
uint64_t mark_number(const struct xmt_pkt *pkt);

#endif
