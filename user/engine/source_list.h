/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the MACs that a source-mode endpoint lists. Only xm_source_list_apply()
 * saves a record. Functions return 0 or a negative errno and fill *e, unless their comment says
 * more.
 */
#ifndef XM_SOURCE_LIST_H
#define XM_SOURCE_LIST_H

#include "engine/state.h"

/* Fills a generation with what the list becomes by the settings */
int xm_source_list_fill(struct xm_parent *p, const struct xm_endpoint *ep,
			const struct xm_settings *s, uint16_t gen, struct xm_err *e);

/*
 * Applies the settings' macaddr to an endpoint in source mode; each of the operations is one step.
 * `set` and `flush` leave the entries of another generation, which xm_source_list_sweep() removes.
 * Until then the endpoint is in state CHANGING.
 */
int xm_source_list_apply(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			 struct xm_err *e);
/* Removes all entries of the slot, whether it has an endpoint or not */
int xm_source_list_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/* Removes the entries of the slot that are not of the generation in force */
int xm_source_list_sweep(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/* An entry of the map `sources` */
struct xm_source_entry {
	struct xm_source_key key;
	struct xm_source source;
};

/*
 * All entries, allocated, in the order of their MACs, then of their slots; also those that do not
 * count. Returns their number or a negative errno; *e is not filled.
 */
int xm_source_list_read_all(const struct xm_parent *p, struct xm_source_entry **ret);
/* The listed MACs, allocated. Returns their number or a negative errno; *e is not filled. */
int xm_source_list_read(const struct xm_parent *p, const struct xm_endpoint *ep,
			uint8_t (**ret)[XM_MAC_LEN]);

#endif
