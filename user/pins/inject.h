/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames sent on an endpoint's behalf: its host end receives them, so they are judged, counted and
 * sent on as a frame of the endpoint itself. A packet socket would have to be in the namespace of
 * the peer end, and its close waits for a grace period.
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
 * The device, of the current network namespace, receives a copy of the frame: an Ethernet header
 * and more, `size` bytes. Returns 0 or a negative errno. -ENODEV: there is no such device.
 * -ENOBUFS: the device is down, or its queue is full.
 */
int xm_inject(int program, uint32_t ifindex, const void *frame, size_t size);

#endif
