/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: sessions that only read. They take no lock, so a command may change what
 * they read; what does not fit together is read again, a bounded number of times. Nothing is
 * repaired: what is out of line is told.
 */
#ifndef XM_READER_H
#define XM_READER_H

#include "engine/state.h"

#define XM_READ_TRIES 6 /* with naps of 1 ms, 2 ms … between them */

/* reader.c */

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

/* stale.c: what is out of line, "": nothing. Reads devices, filters and maps. */

#define XM_STALE_LEN sizeof(((struct xm_parent_info *)0)->stale)

void xm_parent_stale(struct xm_parent *p, char ret[XM_STALE_LEN]);
/* host: the host end, NULL: xm_reader_endpoint() returned false */
void xm_endpoint_stale(struct xm_parent *p, const struct xm_endpoint *ep,
		       const struct xm_link *host, char ret[XM_STALE_LEN]);

#endif
