/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the endpoints of a parent in memory. Pointers into p->endpoints are
 * invalid after an endpoint is added or deleted.
 */
#ifndef XM_ENDPOINT_TABLE_H
#define XM_ENDPOINT_TABLE_H

#include "engine/state.h"

/* Adds an endpoint to the table. NULL: no memory. */
struct xm_endpoint *xm_endpoint_table_add(struct xm_parent *p, uint32_t slot,
					  const struct xm_endpoint_record *rec);
void xm_endpoint_table_del(struct xm_parent *p, struct xm_endpoint *ep);
void xm_endpoints_free(struct xm_parent *p);
/* NULL: there is none */
struct xm_endpoint *xm_endpoint_by_name(struct xm_parent *p, const char *name);
struct xm_endpoint *xm_endpoint_by_slot(struct xm_parent *p, uint32_t slot);

/*
 * The lowest free slot, which keeps floods short: they walk all slots up to the highest used one.
 * 0: none is free.
 */
uint32_t xm_slot_lowest_free(struct xm_parent *p);
/* The lowest free slot above `after`. 0: none is free. */
uint32_t xm_slot_next_free(struct xm_parent *p, uint32_t after);
/* After a change of the record: updates what the parent has in use because of the endpoint */
void xm_endpoint_count_uses(struct xm_parent *p, struct xm_endpoint *ep);

#endif
