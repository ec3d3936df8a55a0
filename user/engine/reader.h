/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: sessions that only read. They take no lock, so a command may change what
 * they read meanwhile. Records that contradict each other or the pins are read again, a bounded
 * number of times. Readers repair nothing; they report what is out of line (stale.h). Functions
 * return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_READER_H
#define XM_READER_H

#include "engine/state.h"

#define XM_READ_TRIES 6 /* xm_reader_nap() sleeps 1 ms, 2 ms … between them */

/*
 * Loads the parents of the namespace, with their devices. A parent without a device is called
 * "#IFINDEX".
 */
int xm_reader_load(struct xm_engine *engine, struct xm_err *e);
/*
 * Reads the records of one parent as xm_parent_look() does, and again while a command is changing
 * it. The session may be one that changes something. Returns as xm_parent_look().
 */
int xm_reader_look(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		   struct xm_err *e);
/* Whether this process lacks what it needs to read; the parent is not broken then */
bool xm_reader_lacks_room(int err);
void xm_reader_nap(int try);
/* Reads all devices of the namespace by one request, for xm_reader_endpoint() and vlans.h */
int xm_reader_read_links(struct xm_engine *engine, struct xm_err *e);
void xm_reader_forget_links(struct xm_engine *engine);

/*
 * Reads the host end of an endpoint into *host_end and the device of its user (the peer end, or a
 * tap) into ep->device. Updates ep->rec in memory: namespace and ifindex of that device. Returns
 * false when one of the devices no longer exists.
 */
bool xm_reader_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_link *host_end);

#endif
