/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verdict about one frame. xm_decide() is pure: it uses no helper, no context and no map. It
 * compiles for BPF and for the host, where tests/unit enumerates all of its inputs.
 *
 * The rules are those of the kernel's driver (drivers/net/macvlan.c of v6.18, and of v7.2 with
 * XM_FACT_REFLECT: macvlan_handle_frame(), macvlan_multicast_rx(), macvlan_queue_xmit()), described
 * in docs/macvlan-behaviour.md. Host access and the spoof check are xmacvlan's own
 * (docs/design.md).
 */
#ifndef XM_VERDICT_H
#define XM_VERDICT_H

#include "verdict_bits.h"

/* struct xm_facts.bits */
enum xm_fact {
	XM_FACT_GROUP = 1 << 0, /* destination is a group address */
	XM_FACT_PAUSE = 1 << 1, /* ethertype 0x8808 (ETH_P_PAUSE) */
	XM_FACT_SPOOFED = 1 << 2, /* from an endpoint: source MAC is none of its own */
	XM_FACT_SPOOFCHK = 1 << 3, /* the sender's spoof check is on */
	XM_FACT_SENDER_HOST = 1 << 4, /* the sender has host access */
	XM_FACT_DEST_HOST = 1 << 5, /* the destination has host access */
	XM_FACT_DEST_PARENT = 1 << 6, /* destination is the parent's MAC */
	XM_FACT_PASSTHRU = 1 << 7, /* the parent's sole endpoint is in passthru mode */
	XM_FACT_PARENT_DOWN = 1 << 8, /* the parent is down or has no carrier */
	XM_FACT_VLAN_OWNED = 1 << 9, /* a VLAN device of the parent owns the frame's VID */
	XM_FACT_REFLECT = 1 << 10, /* XM_USES_REFLECT */
	XM_FACT_BITS = 11
};

struct xm_facts {
	__u8 origin; /* enum xm_origin */
	/*
	 * From an endpoint: the sender's mode. From the wire, for group frames only: the mode of
	 * the UP endpoint that has the frame's source MAC; XM_MODE_NONE: no endpoint has it.
	 */
	__u8 sender_mode;
	/*
	 * Unicast: the mode of the UP endpoint that has the destination MAC; XM_MODE_NONE: no
	 * endpoint has it. From an endpoint it is looked up only in mode bridge. On a passthru
	 * parent all unicast from the wire is for the endpoint: XM_MODE_PASSTHRU while the endpoint
	 * is UP.
	 */
	__u8 dest_mode;
	__u8 pad;
	__u32 bits; /* enum xm_fact */
};

/*
 * The slot that gets no copy: the sender's, or 0 when the sender gets a copy too (slot 0 is no
 * endpoint). No branch: see xm_wire_column().
 */
XM_INLINE __u32 xm_slot_without_copy(__u32 verdict, __u32 sender_slot)
{
	return sender_slot & ((verdict / XM_V_SENDER_TOO & 1) - 1);
}

XM_INLINE __u32 xm_verdict_drop(__u32 reason)
{
	return XM_DROP | reason << 16;
}

#define XM_M(mode) (1u << XM_MODE_##mode)

#define XM_FLOOD_ALL (XM_M(PRIVATE) | XM_M(VEPA) | XM_M(BRIDGE) | XM_M(PASSTHRU))

/*
 * Column of xm_flood for a frame from the wire with XM_FACT_REFLECT: this plus the mode of the
 * sender
 */
#define XM_FLOOD_REFLECT 8u
#define XM_FLOOD_COLUMNS 16

/*
 * The modes whose endpoints get a copy of a group frame: [origin][mode of the sender]. For frames
 * from the wire, XM_MODE_NONE stands for a source MAC that no endpoint has. When a mode of the
 * sender has no entry there, the frame is only for its sender (XM_TO_SENDER).
 *
 * Since Linux 7.2 (7.0 does not, 7.1 was not tried) macvlan_multicast_rx() floods a bridge
 * endpoint's frame that the wire reflected as if bridge endpoints had not seen it: another host may
 * have sent it from the same MAC, as routers with VRRP do.
 */
static const __u8 xm_flood[XM_ORIGIN_COUNT][XM_FLOOD_COLUMNS] = {
	[XM_FROM_WIRE] = {
		[XM_MODE_NONE] = XM_FLOOD_ALL,
		[XM_MODE_VEPA] = XM_M(VEPA) | XM_M(BRIDGE),
		[XM_MODE_BRIDGE] = XM_M(VEPA),
		[XM_FLOOD_REFLECT + XM_MODE_NONE] = XM_FLOOD_ALL,
		[XM_FLOOD_REFLECT + XM_MODE_VEPA] = XM_M(VEPA) | XM_M(BRIDGE),
		/* XM_M(NONE) is XM_V_SENDER_TOO */
		[XM_FLOOD_REFLECT + XM_MODE_BRIDGE] = XM_M(VEPA) | XM_M(BRIDGE) | XM_M(NONE),
	},
	[XM_FROM_ENDPOINT] = {
		[XM_MODE_BRIDGE] = XM_M(BRIDGE),
	},
	[XM_FROM_HOST] = {
		[XM_MODE_NONE] = XM_FLOOD_ALL | XM_M(SOURCE),
	},
};

/* column: second index of xm_flood */
XM_INLINE __u32 xm_group_copies(const struct xm_facts *f, __u32 column)
{
	if (f->bits & XM_FACT_PAUSE)
		return 0;
	return (__u32)xm_flood[f->origin][column] << 8;
}

/*
 * Without a branch: a branch here would double the instructions that the verifier walks through
 * afterwards
 */
XM_INLINE __u32 xm_wire_column(const struct xm_facts *f)
{
	__u32 reflect = (f->bits & XM_FACT_REFLECT) / XM_FACT_REFLECT * XM_FLOOD_REFLECT;
	__u32 column = reflect + (f->sender_mode & 7);

	/*
	 * Keeps clang from making the sum an OR, whose bounds the verifier of Linux 6.1 does not
	 * know
	 */
	asm volatile("" : "+r"(column));
	return column & (XM_FLOOD_COLUMNS - 1);
}

/* macvlan_handle_frame() */
XM_INLINE __u32 xm_decide_wire(const struct xm_facts *f)
{
	__u32 bits = f->bits;

	if (bits & XM_FACT_VLAN_OWNED)
		return XM_PASS;
	if (bits & XM_FACT_GROUP) {
		if (XM_M(PRIVATE) & 1u << f->sender_mode || XM_M(PASSTHRU) & 1u << f->sender_mode ||
		    XM_M(SOURCE) & 1u << f->sender_mode)
			return XM_V_SOURCES | XM_TO_SENDER;
		return XM_V_SOURCES | XM_PASS | xm_group_copies(f, xm_wire_column(f));
	}
	if (f->dest_mode && f->dest_mode != XM_MODE_SOURCE)
		return XM_V_SOURCES | XM_TO_DEST;
	if (bits & XM_FACT_PASSTHRU)
		return XM_V_SOURCES | xm_verdict_drop(XM_REASON_ENDPOINT_DOWN);
	if (bits & XM_FACT_DEST_PARENT)
		return XM_V_SOURCES | XM_PASS;
	return XM_V_SOURCES | XM_V_COUNT | XM_PASS | XM_REASON_UNKNOWN_DESTINATION << 16;
}

/* macvlan_queue_xmit(), after the spoof check and host access */
XM_INLINE __u32 xm_decide_endpoint(const struct xm_facts *f)
{
	__u32 bits = f->bits;

	if ((bits & XM_FACT_SPOOFCHK) && (bits & XM_FACT_SPOOFED))
		return xm_verdict_drop(XM_REASON_SPOOFED_SOURCE);
	/* A macvlan loses its carrier with the parent, so it sends nothing then */
	if (bits & XM_FACT_PARENT_DOWN)
		return xm_verdict_drop(XM_REASON_PARENT_DOWN);
	if (bits & XM_FACT_GROUP)
		return XM_TO_WIRE | xm_group_copies(f, f->sender_mode & 7) |
		       (bits & XM_FACT_SENDER_HOST ? XM_V_HOST_COPY : 0);
	if ((bits & XM_FACT_SENDER_HOST) && (bits & XM_FACT_DEST_PARENT))
		return XM_TO_HOST;
	if (f->sender_mode != XM_MODE_BRIDGE || f->dest_mode != XM_MODE_BRIDGE)
		return XM_TO_WIRE;
	/* macvlan receives it on the parent: VLAN devices and source listeners come first */
	if (bits & XM_FACT_VLAN_OWNED)
		return XM_TO_PARENT;
	return XM_V_SOURCES | XM_TO_DEST;
}

/* macvlan sends every frame of the host to the wire. Only host access adds to that. */
XM_INLINE __u32 xm_decide_host(const struct xm_facts *f)
{
	if (f->bits & XM_FACT_GROUP)
		return XM_V_HOST_ONLY | XM_PASS | xm_group_copies(f, f->sender_mode & 7);
	if (f->dest_mode && (f->bits & XM_FACT_DEST_HOST))
		return XM_TO_DEST;
	return XM_PASS;
}

XM_INLINE __u32 xm_decide(const struct xm_facts *f)
{
	if (f->origin == XM_FROM_WIRE)
		return xm_decide_wire(f);
	if (f->origin == XM_FROM_ENDPOINT)
		return xm_decide_endpoint(f);
	return xm_decide_host(f);
}

#endif
