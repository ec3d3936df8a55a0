/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbered probe frames and the set of their receivers. */
#ifndef NT_PROBE_H
#define NT_PROBE_H

#include "nt.h"
#include "pkt.h"

#define PROBE_MAX_RX 16

/*
 * A set of receivers. probe_collect() waits for the frame at each expected receiver, sends a
 * sentinel to every receiver and reads up to it: a frame that did not arrive before its sentinel
 * was not sent to that receiver.
 */
struct probe_rx {
	const char *name;
	int fd;
	unsigned int ifindex; /* frames that were given to another device do not count */
	bool off; /* is not read, needs no sentinel */
};

struct probe_set {
	struct probe_rx rx[PROBE_MAX_RX];
	unsigned int n;
	void (*sentinels)(void *arg, uint64_t id); /* sends to every receiver that is not off */
	void *arg;
};

/* Adds a receiver. `proto`: see xmt_pkt_open(). Its bit in the masks is 1 << (return value). */
int probe_add(struct probe_set *set, const char *name, const struct xmt_ns *ns, const char *dev,
	      uint16_t proto);
/* The same for what arrives at a tap's descriptor, of which the set keeps a duplicate */
int probe_add_tap(struct probe_set *set, const char *name, int tap);
void probe_close(struct probe_set *set);

/* Builds frame number `id` in `buf`: UDP in IPv4, no checksum, `len` octets (at least 60). */
void probe_frame(uint8_t *buf, unsigned int len, const char *dst, const char *src, uint64_t id);

/* Returns a socket for sending. Ends the case if it cannot be opened. */
int probe_sender(const struct xmt_ns *ns, const char *dev);
/* Sends frame number `id`, 100 octets. */
void probe_send(int fd, const char *dst, const char *src, uint64_t id);
/* Sends a new frame on socket `tx`. Whether it arrives at socket `rx` within a second. */
bool probe_arrives(int tx, int rx, const char *dst, const char *src);

/* Returns the receivers of frame `id`, as 1 << receiver. `*ret_double`: one received it twice. */
uint32_t probe_collect(struct probe_set *set, uint64_t id, uint32_t expected, bool *ret_double);

/* The names of the receivers `who`, in one of four static buffers in turn */
const char *probe_text(const struct probe_set *set, uint32_t who);

/* A number that no frame of this process has had */
uint64_t probe_next(void);
/* The number of a frame; 0 if it is not a probe frame of this process */
uint64_t probe_number(const struct xmt_pkt *pkt);

#endif
