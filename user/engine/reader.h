/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: sessions that only read. They take no lock, so a command may change what
 * they read; what does not fit together is read again, a bounded number of times. Nothing is
 * repaired: what is out of line is told. Functions return 0 or a negative errno and fill *e, unless
 * their comment says more.
 */
#ifndef XM_READER_H
#define XM_READER_H

#include "engine/state.h"

#define XM_READ_TRIES 6 /* with naps of 1 ms, 2 ms … between them */

/* Loads the parents of the namespace, with their devices; a missing device is called "#INDEX" */
int xm_reader_load(struct xm_engine *engine, struct xm_err *e);
void xm_reader_nap(int try);
/* Reads all devices of the namespace by one request: for the calls below, and for VLANs */
int xm_reader_read_links(struct xm_engine *engine, struct xm_err *e);
void xm_reader_forget_links(struct xm_engine *engine);

/*
 * Reads the host end of an endpoint into *host, and ep->peer with what the record (in memory) says
 * of it. Returns false when one of them has gone.
 */
bool xm_reader_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_link *host);

#endif
