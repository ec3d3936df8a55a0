/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: what a kind of device (`type`) has to define */
#ifndef XM_KIND_H
#define XM_KIND_H

#include "engine/state.h"

struct xm_kind {
	const char *link_kind; /* IFLA_INFO_KIND of the host end */
	/*
	 * The endpoint has a second device, the peer end, which its user may move, rename and give
	 * another MAC and MTU. Without it the host end itself is the endpoint's device, and its MAC
	 * means nothing.
	 */
	bool has_peer;
	/*
	 * The endpoint has a carrier while its host end is up, so only xmacvlan sets the host end
	 * up and down. Otherwise that is its user's.
	 */
	bool up_is_carrier;
	/* With GRO the endpoint's device has NAPI, and takes XDP frames: XM_PORT_NAPI */
	bool has_napi;
	/* flags of the port that every endpoint of the kind has: enum xm_port_flags */
	uint8_t port_flags;
	/*
	 * Creates the devices of the endpoint in the link group of its slot, the host end down.
	 * netns_fd: the namespace of the peer end; -1: the parent's. Fills *made with the host end;
	 * made->ifindex is 0 when the kernel does not report it. When the process dies, the record
	 * and xm_host_end_find() find what was created. Returns 0 or a negative errno and fills *e.
	 */
	int (*create)(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		      int netns_fd, struct xm_link *made, struct xm_err *e);
	/*
	 * Sets what the host end loses in a move to another namespace; it is down. NULL: nothing.
	 * The endpoint works without it, so errors are ignored.
	 */
	void (*prepare)(struct xm_parent *p, const struct xm_endpoint *ep);
	/*
	 * Runs endpoint_rx where the blocks of the host ends do not reach, before all other
	 * programs there; the endpoint_rx of another version is replaced. Fills *was_missing:
	 * whether there was none. NULL: there is no such place. Returns 0 or a negative errno.
	 */
	int (*attach)(uint32_t host_end, int prog_fd, uint32_t prog_id, bool *was_missing);
	/* Whether the program runs there before all others */
	bool (*is_attached)(uint32_t host_end, uint32_t prog_id);
	/*
	 * Checks that no other program comes before xmacvlan's there. Fails and names the
	 * first difference. NULL: nothing to check.
	 */
	int (*verify)(const struct xm_link *host_end, uint32_t prog_id, struct xm_err *e);
	/*
	 * Gives the endpoint a carrier or takes it. Returns 0 or a negative errno; xm_nl_why() then
	 * has the kernel's explanation.
	 */
	int (*set_carrier)(struct xm_nl *nl, uint32_t host_end, bool on);
	/* Whether set_carrier(!down) would change what the host end is */
	bool (*carrier_differs)(const struct xm_link *host_end, bool down);
	/*
	 * Adds the frames that only the devices have counted as dropped: XM_REASON_VETH_DROPPED and
	 * XM_REASON_TX_REFUSED. The devices are read before the programs' counters.
	 */
	void (*add_drops)(const struct xm_endpoint *ep, struct xm_stats *ret);
	/* Fills ret with the name of the host end on a parent of that ifindex */
	void (*host_end_name)(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN]);
	/*
	 * The same for the name that is used when another device has the first one. NULL: there is
	 * none, and the first name does not depend on the slot.
	 */
	void (*host_end_second_name)(const struct xm_endpoint *ep, uint32_t parent,
				     char ret[XM_NAME_LEN]);
};

/* For add_drops(): a - b, but 0 when b is larger, for the counters were not read at once */
static inline uint64_t xm_kind_excess(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

#endif
