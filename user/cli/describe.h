/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `show` tells, as words: shared by its text and its JSON */
#ifndef XM_DESCRIBE_H
#define XM_DESCRIBE_H

#include <jansson.h>

#include "engine/engine.h"

/* Name of an IF_OPER_* as `ip` writes it */
const char *xm_operstate_text(uint8_t operstate);

/* Calls each(name) for each IFF_* that `ip` names, in its order */
void xm_flags_each(uint32_t flags, void (*each)(const char *, void *), void *data);

/* "spoofed_source" …, for reason < XM_REASON_COUNT */
const char *xm_reason_key(unsigned int reason);

/* Drops that a device would count on that side */
uint64_t xm_rx_dropped(const struct xm_stats *s);
uint64_t xm_tx_dropped(const struct xm_stats *s);

/* One line, plain: "tcx xdp off (auto: …)" */
void xm_parent_attach_text(const struct xm_parent *p, char *ret, size_t size);

/* Objects of `show -j`; new references */
json_t *xm_endpoint_json(struct xm_parent *p, const struct xm_endpoint *ep, bool stats);
json_t *xm_parent_json(struct xm_parent *p, bool stats);

/* The same as text, to stdout */
void xm_endpoint_print(struct xm_parent *p, const struct xm_endpoint *ep, bool stats);
void xm_parent_print(struct xm_parent *p, bool stats);

#endif
