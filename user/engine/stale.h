/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what `show` calls stale: where records and devices, filters or programs
 * differ. endpoint_verify.h checks one endpoint's maps for CNI CHECK.
 */
#ifndef XM_STALE_H
#define XM_STALE_H

#include "engine/state.h"

#define XM_STALE_LEN sizeof(((struct xm_parent_info *)0)->stale)

/*
 * Writes into ret why the parent is out of line with its device, one line; "": it is in line. Reads
 * devices, TC filters and maps.
 */
void xm_parent_why_stale(struct xm_parent *p, char ret[XM_STALE_LEN]);
/*
 * The same for an endpoint. host_end: its host end; NULL when xm_reader_endpoint() returned false.
 */
void xm_endpoint_why_stale(struct xm_parent *p, const struct xm_endpoint *ep,
			   const struct xm_link *host_end, char ret[XM_STALE_LEN]);

#endif
