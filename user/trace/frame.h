/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A frame as the programs saw it, what they decided, and who got a copy. Pure. */
#ifndef XM_TRACE_FRAME_H
#define XM_TRACE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "verdict_bits.h"

/* An endpoint; slot 0: none */
struct xm_trace_end {
	uint32_t slot;
	uint8_t mode; /* enum xm_mode */
	char name[XM_NAME_LEN];
};

#define XM_DELIVERED XM_COPY_DELIVERED /* in place of an enum xm_reason */

struct xm_trace_copy {
	struct xm_trace_end to;
	uint8_t reason; /* why it was not delivered, or XM_DELIVERED */
};

struct xm_trace_frame {
	uint64_t time; /* ns since 1970 */
	uint8_t origin; /* enum xm_origin */
	/*
	 * the traced endpoint was sent a copy, with this reason; nothing is known of the verdict
	 * and of other copies
	 */
	bool is_copy;
	uint8_t reason;
	uint32_t verdict; /* verdict_bits.h */
	struct xm_trace_end from, to;
	struct xm_trace_copy *copies;
	size_t copy_count;
	/* with the VLAN tag that the kernel keeps beside the frame in place */
	const uint8_t *data;
	uint32_t captured, len; /* octets in data; octets that the frame had */
	uint16_t gso_size; /* of a frame that the sender left to be split; 0: it was not */
};

/* VLAN tag behind the addresses; 0: the frame has none */
struct xm_trace_vlan {
	uint16_t tpid, tci;
};

struct xm_trace_vlan xm_trace_vlan(const struct xm_trace_frame *f);
/* The EtherType behind the tags, or a length below 1536; 0: that octet is not captured */
uint16_t xm_trace_ethertype(const struct xm_trace_frame *f);

/*
 * Inserts the tag into `captured` octets at data, which has room for four more. A frame of less
 * than two addresses gets none. Returns the number of octets then.
 */
size_t xm_trace_put_tag(uint8_t *data, size_t captured, struct xm_trace_vlan tag);

/*
 * Where the frame went: "drop", "listeners", "copy", "endpoint", "sender", "wire", "host" or
 * "parent" (received on the parent once more)
 */
const char *xm_trace_verdict_key(const struct xm_trace_frame *f);
/* Why it was dropped, or what the verdict counts (enum xm_reason); XM_DELIVERED: nothing */
uint8_t xm_trace_reason(const struct xm_trace_frame *f);
/* "wire", "host" or "endpoint" */
const char *xm_trace_origin_key(uint8_t origin);

#endif
