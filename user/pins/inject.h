/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends frames on behalf of an endpoint: its host end receives them, so that the programs treat
 * them as frames of the endpoint. A packet socket would have to be in the namespace of the peer
 * end, and its close waits for a grace period.
 */
#ifndef XM_INJECT_H
#define XM_INJECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Loads the program that xm_inject() runs. Returns its descriptor, which the caller closes, or a
 * negative errno and fills *e.
 */
int xm_inject_open(struct xm_err *e);

/*
 * Makes a device of the current network namespace receive a copy of a frame. program: from
 * xm_inject_open(). frame: `size` bytes from the Ethernet header on. Returns 0 or a negative errno.
 * -ENODEV: there is no such device; -ENOBUFS: the device is down, or its queue is full.
 */
int xm_inject(int program, uint32_t ifindex, const void *frame, size_t size);

#endif
