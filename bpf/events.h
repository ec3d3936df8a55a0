/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Drops: counted, and told to listeners (maps listeners, events, event_limits). While nobody
 * listens a drop costs one look-up in an array more, and other frames cost nothing.
 *
 * A program defines XM_ORIGIN (enum xm_origin) before it includes this.
 */
#ifndef XM_EVENTS_H
#define XM_EVENTS_H

#include <asm/errno.h>

#include "frame.h"
#include "stats.h"
#include "verdict.h"

#define XM_CAPTURE_SHIFT 32 /* BPF_F_CTXLEN_MASK: octets of the frame behind an event */

/* The listeners, when one of them wants this (enum xm_listen); else NULL */
static __always_inline struct xm_listeners *xm_listeners_of(__u32 what)
{
	__u32 key = 0;
	struct xm_listeners *all = bpf_map_lookup_elem(&listeners, &key);

	return all && all->what & what ? all : NULL;
}

/* A listener that has died, or renews its place no more. One that lives renews `what` too. */
static __always_inline void xm_listener_leave(struct xm_listeners *all, struct xm_listener *l)
{
	__u32 what = 0;

	l->what = 0;
	for (__u32 i = 0; i < XM_LISTENERS; i++)
		what |= all->list[i].what;
	all->what = what;
}

/* What the callback of bpf_loop() needs */
struct xm_sending {
	void *ctx; /* skb or xdp_md */
	struct xm_listeners *all;
	__u32 what; /* enum xm_listen */
	struct xm_event ev;
};

static long xm_event_send_one(__u32 index, void *data)
{
	struct xm_sending *s = data;
	struct xm_listener *l = &s->all->list[index & (XM_LISTENERS - 1)];
	__u32 len = s->ev.len, entry;
	long err = -ENOENT;

	if (!(l->what & s->what) ||
	    (l->slot && l->slot != s->ev.slot && l->slot != s->ev.dest_slot))
		return 0;
	entry = bpf_get_smp_processor_id() * XM_LISTENERS + index;
	s->ev.listener = l->id;
	s->ev.cap_len = l->snap_len < len ? l->snap_len : len;
	if (l->until > s->ev.time)
		err = bpf_perf_event_output(s->ctx, &events,
					    (__u64)s->ev.cap_len << XM_CAPTURE_SHIFT | entry,
					    &s->ev, sizeof(s->ev));
	if (err == -ENOENT)
		xm_listener_leave(s->all, l);
	return 0;
}

/* Sends an event, with the first octets of the frame, to those who want it */
static __always_inline void xm_event_send(struct xm_sending *s)
{
	bpf_loop(XM_LISTENERS, xm_event_send_one, s, 0);
}

static __always_inline struct xm_event_limit *xm_event_limit_of(__u32 reason)
{
	return bpf_map_lookup_elem(&event_limits, &reason);
}

/* Takes a token for an event. When there is none, the drop is counted as suppressed. */
static __always_inline bool xm_event_admit(struct xm_event_limit *l, __u64 *now)
{
	__u64 jiffy = bpf_jiffies64(), steps;

	if (l->tokens || l->jiffy != jiffy) {
		*now = bpf_ktime_get_ns();
		l->jiffy = jiffy;
		steps = (*now - l->refilled) >> XM_EVENT_REFILL_SHIFT;
		if (steps) {
			steps += l->tokens;
			l->tokens = steps < XM_EVENT_BURST ? steps : XM_EVENT_BURST;
			l->refilled = *now;
		}
	}
	if (l->tokens) {
		l->tokens--;
		return true;
	}
	l->suppressed++;
	return false;
}

/* The part of a drop's event that does not depend on the type of the program */
static __always_inline bool xm_drop_event(struct xm_event *ev, __u32 slots, __u32 verdict)
{
	__u32 reason = xm_verdict_reason(verdict);
	struct xm_event_limit *l = xm_event_limit_of(reason);

	if (!l || !xm_event_admit(l, &ev->time))
		return false;
	ev->suppressed_total = l->suppressed;
	ev->suppressed = l->suppressed - l->told;
	l->told = l->suppressed;
	ev->verdict = verdict;
	ev->slot = slots;
	ev->dest_slot = slots >> 16;
	ev->what = XM_EVENT_DROP;
	ev->origin = XM_ORIGIN;
	ev->reason = reason;
	return true;
}

/* The endpoint that counts a drop, and the destination or 0 */
#define XM_DROP_SLOTS(slot, dest) ((__u32)(dest) << 16 | (slot))

/* The sender, and the destination or 0, of a frame or a copy */
#define XM_FRAME_SLOTS(slot, dest) ((__u32)(dest) << 16 | (slot))
/* xm_report()'s last argument: enum xm_event_kind, and of a copy the reason */
#define XM_REPORT_COPY(reason) (XM_EVENT_COPY | (__u32)(reason) << 8)

/* The plain programs are replaced by the full ones before a frame is traced */
#define XM_LISTEN_KNOWN (XM_LISTEN_DROPS | (XM_KNOWN_USES & XM_USES_TRACE ? XM_LISTEN_FRAMES : 0))

/*
 * Reports a frame and its verdict, after its copies; a copy; or a drop, or what is counted like one
 * (XM_V_COUNT), which it counts. Those who trace are told of each drop. Global: the verifier walks
 * through it once. One function: from endpoint_rx by the loop of copies to
 * xm_event_send_one() the stacks have 480 octets of the 512 that are allowed (on Linux 6.1, where
 * each counts as a multiple of 32).
 */
__attribute__((noinline)) int xm_report(struct __sk_buff *skb, __u32 slots, __u32 verdict,
					__u32 what)
{
	bool drop = what == XM_EVENT_DROP;
	__u32 wanted = drop ? XM_LISTEN_KNOWN : XM_LISTEN_FRAMES;
	struct xm_sending s = { .ctx = skb };

	if (drop)
		xm_count_drop(slots & 0xffff, xm_verdict_reason(verdict));
	s.all = xm_listeners_of(wanted);
	if (!s.all)
		return 0;
	s.what = s.all->what & wanted;
	if (drop && (s.what & XM_LISTEN_DROPS) && !xm_drop_event(&s.ev, slots, verdict))
		s.what &= ~(__u32)XM_LISTEN_DROPS;
	if (!s.what)
		return 0;
	s.ev.time = bpf_ktime_get_ns();
	s.ev.verdict = verdict;
	s.ev.slot = slots;
	s.ev.dest_slot = slots >> 16;
	s.ev.what = what;
	s.ev.origin = XM_ORIGIN;
	s.ev.reason = drop ? xm_verdict_reason(verdict) : what >> 8;
	s.ev.len = skb->len;
	s.ev.gso_size = skb->gso_size;
	if (skb->vlan_present) {
		s.ev.vlan_tpid = XM_BE16(skb->vlan_proto);
		s.ev.vlan_tci = skb->vlan_tci;
	}
	xm_event_send(&s);
	return 0;
}

static __always_inline int xm_drop(struct __sk_buff *skb, __u32 slots, __u32 verdict)
{
	return xm_report(skb, slots, verdict, XM_EVENT_DROP);
}

/* The same in an XDP program. Without a listener nothing is filled: the guard drops storms. */
__attribute__((noinline)) int xm_xdp_drop(struct xdp_md *ctx, __u32 slots, __u32 verdict)
{
	struct xm_listeners *all = xm_listeners_of(XM_LISTEN_DROPS);
	struct xm_sending s;

	xm_count_drop(slots & 0xffff, xm_verdict_reason(verdict));
	if (!all)
		return 0;
	s = (struct xm_sending){ .ctx = ctx, .all = all, .what = XM_LISTEN_DROPS };
	if (!xm_drop_event(&s.ev, slots, verdict))
		return 0;
	s.ev.is_xdp = 1;
	s.ev.len = ctx->data_end - ctx->data;
	xm_event_send(&s);
	return 0;
}

/* Counts drops of frames that are gone: listeners are told of the number only */
static __always_inline void xm_drop_unseen(__u32 slot, __u32 reason, __u64 frames)
{
	struct xm_event_limit *l;

	xm_count_drops(slot, reason, frames);
	if (!xm_listeners_of(XM_LISTEN_DROPS))
		return;
	l = xm_event_limit_of(reason);
	if (l)
		l->suppressed += frames;
}

#endif
