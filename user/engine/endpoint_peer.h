/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the peer end of an endpoint, in another namespace as a rule. Functions
 * return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ENDPOINT_PEER_H
#define XM_ENDPOINT_PEER_H

#include "engine/state.h"

int xm_peer_set_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		    struct xm_err *e);
int xm_peer_set_mtu(struct xm_parent *p, const struct xm_endpoint *ep, uint32_t mtu,
		    struct xm_err *e);
/* Sets the sysctls that `add` has; the peer end is down */
int xm_peer_set_sysctls(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
			const struct xm_add *add, struct xm_err *e);

/*
 * Gives the peer end NAPI (GRO), which XDP frames need and which keeps copies of group frames out
 * of the backlog; sets XM_PORT_NAPI. An endpoint that cannot have it works without. netns_fd: the
 * namespace of the peer end, or -1.
 */
void xm_peer_give_napi(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd);
bool xm_peer_has_gro(struct xm_parent *p, const struct xm_endpoint *ep);

#endif
