/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what the kinds that are a pair of devices have in common. A pair has a
 * carrier while both of its ends are up: the host end gives it and takes it.
 */
#ifndef XM_KIND_PAIR_H
#define XM_KIND_PAIR_H

#include "engine/kind.h"
#include "net/link.h"

/* xm_link_add_veth() or xm_link_add_netkit() */
typedef int xm_link_add_pair(struct xm_nl *nl, const struct xm_pair *pair, struct xm_link *ret);

/* Creates the pair of an endpoint. The rest is as struct xm_kind.create. */
int xm_kind_pair_create(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
			xm_link_add_pair *add_pair, struct xm_link *made, struct xm_err *e);
/* Members of struct xm_kind */
void xm_kind_pair_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN]);
void xm_kind_pair_second_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN]);
int xm_kind_pair_set_carrier(struct xm_nl *nl, uint32_t host_end, bool on);
bool xm_kind_pair_carrier_differs(const struct xm_link *host_end, bool down);

#endif
