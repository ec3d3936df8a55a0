/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fan-out: one copy of a frame for many endpoints goes into a pair of veths, and XDP copies it
 * from there to the endpoints, a chunk of them a round (fanout_rx.bpf.c). This file is the
 * entrance, in TC.
 */
#ifndef XM_FANOUT_H
#define XM_FANOUT_H

#include "events.h"
#include "lookup.h"

/* Length of the windows in which copies are counted */
#define XM_FANOUT_WINDOW_NS 10000000ull
/*
 * Limit of frames on their way through the chunks. A veth's ring holds 256, and other CPUs may be
 * at the entrance at the same time.
 */
#define XM_FANOUT_FRAMES 128u
/*
 * Frames that have made no progress for so long are lost: somebody has changed the pair. A busy
 * machine may delay them.
 */
#define XM_FANOUT_LOST_NS 1000000000ull

/* The slot's bit in fanout_members: its endpoint gets copies by the fan-out, not by the loop */
static __always_inline bool xm_fanout_has(__u32 slot)
{
	__u32 word = slot / 64;
	__u64 *bits = bpf_map_lookup_elem(&fanout_members, &word);

	return bits && *bits >> (slot % 64) & 1;
}

/*
 * Whether an endpoint gets a copy of the frame with that label. The rules of xm_flood_one(), and
 * those of xm_listener_one().
 */
static __always_inline bool xm_gets_copy(const struct xm_port *port, __u32 slot, __u32 info)
{
	/* The entrance is closed before a listener is added, changed or removed */
	if (info & XM_FANOUT_LISTENED)
		return port->mode == XM_MODE_SOURCE && info >> slot % XM_FANOUT_CHUNK & 1;
	if (slot == (info & XM_FANOUT_SENDER) || !xm_fanout_has(slot))
		return false;
	if (!(info / XM_FANOUT_MODE & 0x7e & 1u << (port->mode & 7)))
		return false;
	return !(info & XM_FANOUT_HOST_ONLY) || (port->flags & XM_PORT_HOST_ACCESS);
}

static __always_inline struct xm_fanout_flow *xm_fanout_get_flow(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&fanout_flow, &key);
}

/* Another CPU may have written a time that is later than this one's `now` */
static __always_inline bool xm_fanout_is_past(__u64 time, __u64 now)
{
	return (__s64)(now - time) > 0;
}

/*
 * The number of frames under way. Global, as the next two functions: the verifier walks through
 * each once, whatever the others have found.
 */
__attribute__((noinline)) int xm_fanout_under_way(__u64 now)
{
	struct xm_fanout_flow *flow = xm_fanout_get_flow();
	__u64 sent, ended;

	if (!flow)
		return 0;
	/* In this order: meanwhile another CPU may send a frame and end it */
	ended = *(volatile __u64 *)&flow->ended;
	sent = *(volatile __u64 *)&flow->sent;
	if (sent == ended)
		return 0;
	/* Frames that were taken for lost have come back */
	if ((__s64)(sent - ended) < 0) {
		flow->sent = ended;
		return 0;
	}
	if (xm_fanout_is_past(flow->progress + XM_FANOUT_LOST_NS, now)) {
		flow->off = 1;
		/* Two CPUs may be here: one of them counts */
		if (__sync_val_compare_and_swap(&flow->ended, ended, sent) == ended)
			xm_drop_unseen(XM_SLOT_PARENT, XM_REASON_FANOUT_FULL, sent - ended);
		return 0;
	}
	return sent - ended;
}

/* Whether so many copies are made that the loop would be too slow. Counts `copies` more. */
__attribute__((noinline)) int xm_fanout_is_busy(__u32 limit, __u32 copies, __u64 now)
{
	struct xm_fanout_flow *flow = xm_fanout_get_flow();

	if (!flow)
		return 0;
	if (xm_fanout_is_past(flow->window + XM_FANOUT_WINDOW_NS, now)) {
		bool idle = xm_fanout_is_past(flow->window + 2 * XM_FANOUT_WINDOW_NS, now);

		flow->last_copies = idle ? 0 : flow->copies;
		flow->copies = 0;
		flow->window = now;
	}
	flow->copies += copies;
	return flow->copies > limit || flow->last_copies > limit;
}

/* Whether the loop is to make all copies. It tells of each copy. */
static __always_inline bool xm_fanout_is_closing(const struct xm_fanout *f,
						 const struct xm_config *c)
{
	return f->closing || xm_uses(c, XM_USES_TRACE);
}

enum xm_entrance { XM_FANOUT_CLOSED, XM_FANOUT_OPEN, XM_FANOUT_IS_FULL };

/*
 * What becomes of a frame of which so many copies are wanted: CLOSED, it goes by the loop;
 * OPEN, by the fan-out; FULL, too many are under way. It changes to the loop only while nothing is
 * under way, nor in the rings of endpoints, so that no frame overtakes another one.
 */
__attribute__((noinline)) int xm_fanout_admits(__u32 copies, __u32 len)
{
	__u32 key = 0, under_way;
	struct xm_fanout *f = bpf_map_lookup_elem(&fanout, &key);
	struct xm_fanout_flow *flow = xm_fanout_get_flow();
	struct xm_config *c = xm_get_config();
	__u64 now = bpf_ktime_get_ns();
	bool wanted, settled, closing;

	if (!c || !f || !flow || !f->ifindex || flow->off || len > f->frame_max)
		return XM_FANOUT_CLOSED;
	closing = xm_fanout_is_closing(f, c);
	under_way = xm_fanout_under_way(now);
	wanted = xm_fanout_is_busy(f->copies_min, copies, now) && !closing;
	settled = (closing && flow->returned) ||
		  xm_fanout_is_past(flow->progress + XM_FANOUT_SETTLE_NS, now);
	if (flow->off || (!wanted && !under_way && settled))
		return XM_FANOUT_CLOSED;
	if (!under_way)
		flow->progress = now;
	return under_way >= XM_FANOUT_FRAMES ? XM_FANOUT_IS_FULL : XM_FANOUT_OPEN;
}

/*
 * Sends a copy of the frame to the endpoints of the fan-out, or drops and counts it when too many
 * are under way. Returns false when the frame has to go by the loop: also when the pair refuses it,
 * because somebody has changed or deleted it.
 */
static __always_inline bool xm_fanout(struct __sk_buff *skb, __u32 slots, __u32 info)
{
	__u32 key = 0, mark = skb->mark, tag = skb->vlan_present ? 4 : 0;
	struct xm_fanout *f = bpf_map_lookup_elem(&fanout, &key);
	struct xm_fanout_flow *flow = bpf_map_lookup_elem(&fanout_flow, &key);
	int entrance = skb->gso_size ? XM_FANOUT_CLOSED : xm_fanout_admits(slots, skb->len + tag);
	long err;

	if (!f || !flow || entrance == XM_FANOUT_CLOSED)
		return false;
	if (entrance == XM_FANOUT_IS_FULL) {
		xm_drop(skb, XM_SLOT_PARENT, xm_verdict_drop(XM_REASON_FANOUT_FULL));
		return true;
	}
	__sync_fetch_and_add(&flow->sent, 1);
	skb->mark = XM_MARK_FANOUT | info | tag * (XM_FANOUT_TAGGED / 4);
	err = bpf_clone_redirect(skb, f->ifindex, 0);
	skb->mark = mark;
	if (err)
		__sync_fetch_and_add(&flow->ended, 1);
	return !err;
}

#endif
