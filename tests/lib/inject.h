/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames that reach a veth as XDP frames, as a NIC's driver would hand them over. */
#ifndef XMT_INJECT_H
#define XMT_INJECT_H

#include <stddef.h>

#include "ns.h"

/* Load the program that sends what it is given (XDP_TX). Returns its fd or a negative errno. */
int xmt_inject_open(void);

/*
 * Let `frame` leave veth `ifindex` of namespace `ns`, so that its peer receives it as an XDP frame.
 * Both ends need NAPI: xmt_link_gro(). Returns 0 or a negative errno.
 */
int xmt_inject(int prog, const struct xmt_ns *ns, unsigned int ifindex, const void *frame,
	       size_t len);

#endif
