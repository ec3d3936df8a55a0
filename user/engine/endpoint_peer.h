/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the peer end of an endpoint, which is usually in another namespace.
 * Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ENDPOINT_PEER_H
#define XM_ENDPOINT_PEER_H

#include "engine/state.h"

/* Does nothing for an endpoint without a peer end: its MAC is the guest's, which the guest sets */
int xm_peer_set_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		    struct xm_err *e);
int xm_peer_set_mtu(struct xm_parent *p, const struct xm_endpoint *ep, uint32_t mtu,
		    struct xm_err *e);
/*
 * Sets the sysctls of add->ipv6 and add->accept_ra on the peer end, while it is down. netns_fd: the
 * namespace of the peer end; -1: it is searched for.
 */
int xm_peer_set_sysctls(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
			const struct xm_add *add, struct xm_err *e);

/* Limit for a list that a container writes; further MACs are not read */
#define XM_MAC_LIST_MAX 64

struct xm_mac_list {
	uint8_t macs[XM_MAC_LIST_MAX][XM_MAC_LEN];
	size_t count;
};

/*
 * Reads the unicast list of the peer end: MACs besides its own that its user or devices on top of
 * it have entered
 */
int xm_peer_read_macs(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_mac_list *ret,
		      struct xm_err *e);

/*
 * Turns GRO, and with it NAPI, on at the peer end, and sets XM_PORT_NAPI. XDP frames need NAPI, and
 * it keeps copies of group frames out of the CPU's backlog. An endpoint without it works too, so
 * errors are ignored. For a kind without NAPI this does nothing. netns_fd: the namespace of the
 * peer end; -1: it is searched for.
 */
void xm_peer_give_napi(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd);
bool xm_peer_has_gro(struct xm_parent *p, const struct xm_endpoint *ep);

#endif
