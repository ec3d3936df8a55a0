/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `show` prints of a snapshot, as text and as JSON */
#ifndef XM_SHOW_H
#define XM_SHOW_H

#include <jansson.h>

#include "engine/snapshot.h"

/* show_common.c: words that text and JSON share */

/* Name of an IF_OPER_* as `ip` writes it */
const char *xm_operstate_text(uint8_t operstate);
/* Calls each(name) for each IFF_* that `ip` names, in its order */
void xm_flags_each(uint32_t flags, void (*each)(const char *, void *), void *data);
/* "spoofed_source" …, for reason < XM_REASON_COUNT */
const char *xm_reason_key(unsigned int reason);
/* Drops that a device would count on that side */
uint64_t xm_rx_dropped(const struct xm_stats *s);
uint64_t xm_tx_dropped(const struct xm_stats *s);

/* show_json.c: objects of `show -j`; new references */
json_t *xm_show_endpoint_json(const struct xm_parent_info *p, const struct xm_endpoint_info *ep);
json_t *xm_show_parent_json(const struct xm_parent_info *p);

/* show_text.c: the same as text, to stdout */
void xm_show_endpoint_text(const struct xm_parent_info *p, const struct xm_endpoint_info *ep);
void xm_show_parent_text(const struct xm_parent_info *p);

#endif
