/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verdict about one frame as a number: bpf/verdict.h makes it, user space prints it */
#ifndef XM_VERDICT_BITS_H
#define XM_VERDICT_BITS_H

#include "abi.h"

enum xm_origin {
	XM_FROM_WIRE, /* received by the parent */
	XM_FROM_ENDPOINT, /* sent by an endpoint */
	XM_FROM_HOST, /* sent by the parent's own stack */
	XM_ORIGIN_COUNT
};

/* What is done with the frame itself, after the copies */
enum xm_action {
	XM_PASS, /* nothing: the frame goes on into the parent's stack, or out of the parent */
	XM_TO_DEST, /* to the destination endpoint */
	XM_TO_SENDER, /* to the endpoint that has the source MAC */
	XM_TO_WIRE, /* out of the parent */
	XM_TO_HOST, /* into the parent's own stack */
	XM_TO_PARENT, /* received on the parent again, as if from the wire */
	XM_DROP,
};

/*
 * A verdict in 32 bits (clang 14 takes no struct as a return value of a BPF function):
 *   0-3 action, 4 XM_V_SOURCES, 5 XM_V_HOST_COPY, 6 XM_V_HOST_ONLY, 7 XM_V_COUNT,
 *   8 XM_V_SENDER_TOO, 9-15 set of modes (1 << mode) whose endpoints get a copy,
 *   16-23 reason (with XM_DROP or XM_V_COUNT)
 */
#define XM_V_ACTION    0x0fu
#define XM_V_SOURCES   0x10u /* first a copy to each listener of the source; nodst ends the frame */
#define XM_V_HOST_COPY 0x20u /* a copy into the parent's own stack */
#define XM_V_HOST_ONLY 0x40u /* copies go to endpoints with host access only */
#define XM_V_COUNT     0x80u /* count the reason at the parent; the frame is not dropped here */
/*
 * The sender gets a copy too; without this bit it gets none. It is the bit that XM_MODE_NONE would
 * have in the set of modes.
 */
#define XM_V_SENDER_TOO 0x100u
/* Only in events: a nodst listener has taken the frame; the fan-out makes copies */
#define XM_V_ENDED  0x1000000u
#define XM_V_FANOUT 0x2000000u

XM_INLINE __u32 xm_verdict_modes(__u32 verdict)
{
	return verdict >> 8 & 0xfe;
}

XM_INLINE __u32 xm_verdict_reason(__u32 verdict)
{
	return verdict >> 16 & 0xff;
}

#endif
