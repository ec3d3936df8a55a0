/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames that reach a veth as XDP frames, as they reach a NIC's driver. */
#ifndef XMT_INJECT_H
#define XMT_INJECT_H

#include <stddef.h>

#include "ns.h"

/* Loads an XDP program that returns XDP_TX. Returns its descriptor or a negative errno. */
int xmt_inject_open(void);

/*
 * Sends `frame` out of veth `ifindex` of namespace `ns`; the peer receives an XDP frame. `prog` is
 * from xmt_inject_open(). Both ends need NAPI: xmt_link_gro(). Returns 0 or a negative errno.
 */
int xmt_inject(int prog, const struct xmt_ns *ns, unsigned int ifindex, const void *frame,
	       size_t len);

#endif
