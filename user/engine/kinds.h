/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the table of the kinds of endpoints */
#ifndef XM_KINDS_H
#define XM_KINDS_H

#include "engine/kind.h"

/* The kind with that number, enum xm_endpoint_kind */
const struct xm_kind *xm_kind_by_id(uint8_t id);
/*
 * The better kind (enum xm_endpoint_kind) for a container's endpoint of that mode. Fills *why with
 * the reason, enum xm_kind_why.
 */
uint8_t xm_kind_choose(const struct xm_parent *p, uint8_t mode, uint8_t *why);
/* The kind of an endpoint */
const struct xm_kind *xm_kind_of(const struct xm_endpoint *ep);
/* Whether a device has the link kind of a host end of any kind */
bool xm_kinds_have_link(const struct xm_link *link);

#endif
