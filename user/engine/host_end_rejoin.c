// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The blocks of TC filters that the host ends of a parent share, joined again */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/host_end_rejoin.h"
#include "engine/kinds.h"
#include "engine/tc_pins.h"
#include "engine/watcher_calls.h"
#include "net/tc_blocks.h"
#include "net/tcx.h"

static bool blocks_are_joined(const struct xm_parent *p, const struct xm_tc_blocks *has)
{
	return xm_host_end_is_joined(has, p->rec.parent_ifindex) &&
	       has->egress == XM_TC_TX_BLOCK(p->rec.parent_ifindex);
}

bool xm_host_end_is_joined(const struct xm_tc_blocks *has, uint32_t ifindex)
{
	return has && has->ingress == XM_TC_RX_BLOCK(ifindex);
}

/* The programs that handle a host end's frames while it has no qdisc: tcx links, or -1 */
struct stand_in {
	int ingress, egress;
};

/*
 * Replacing the qdisc stops the device's transmit queue for a moment (qdisc_graft()). Frames for
 * the endpoint take another way: a peer end beside the parent receives them directly, any other one
 * by endpoint_rx on the host end's ingress (XM_MARK_PEER). Nothing but its own transmit leads to a
 * tap, so frames of that moment are lost for it.
 */
static int detour_attach(const struct xm_endpoint *ep)
{
	const struct xm_endpoint_record *rec = &ep->rec;
	bool beside = rec->peer_nsid == XM_NSID_SELF;
	int link, prog = xm_program_load_detour(beside ? rec->peer_ifindex : rec->host_ifindex,
						beside ? 0 : XM_MARK_PEER);

	if (prog < 0)
		return prog;
	link = xm_tcx_attach(prog, rec->host_ifindex, false);
	close(prog);
	return link;
}

static void stand_in_close(const struct stand_in *c)
{
	if (c->egress >= 0)
		close(c->egress);
	if (c->ingress >= 0)
		close(c->ingress);
}

/* Before Linux 6.6 there is none */
static int stand_in_open(struct stand_in *c, const struct xm_endpoint *ep, int endpoint_rx)
{
	int err;

	*c = (struct stand_in){ .ingress = xm_tcx_attach(endpoint_rx, ep->rec.host_ifindex, true),
				.egress = -1 };
	if (c->ingress == -EOPNOTSUPP)
		return 0;
	/* -EEXIST: xm_host_end_attach_rx_first() has attached it */
	if (c->ingress < 0 && c->ingress != -EEXIST)
		return c->ingress;
	if (!xm_kind_of(ep)->has_peer)
		return 0;
	c->egress = detour_attach(ep);
	err = c->egress < 0 ? c->egress : 0;
	if (err)
		stand_in_close(c);
	return err;
}

/*
 * Both requests are one system call, so no kill comes between them. After a kill the links of the
 * stand-in go with their descriptors.
 */
static int host_end_rejoin(struct xm_parent *p, const struct xm_endpoint *ep, int endpoint_rx)
{
	struct stand_in stand_in;
	int err = stand_in_open(&stand_in, ep, endpoint_rx);

	if (err)
		return err;
	err = xm_tc_rejoin_blocks(&p->engine->nl, ep->rec.host_ifindex,
				  XM_TC_RX_BLOCK(p->rec.parent_ifindex),
				  XM_TC_TX_BLOCK(p->rec.parent_ifindex));
	stand_in_close(&stand_in);
	return err;
}

static int host_end_join(struct xm_parent *p, const struct xm_endpoint *ep,
			 const struct xm_tc_blocks *has, int endpoint_rx)
{
	int err;

	if (blocks_are_joined(p, has))
		return 0;
	p->engine->nl.ack[0] = '\0';
	err = has ? host_end_rejoin(p, ep, endpoint_rx)
		  : xm_tc_join_blocks(&p->engine->nl, ep->rec.host_ifindex,
				      XM_TC_RX_BLOCK(p->rec.parent_ifindex),
				      XM_TC_TX_BLOCK(p->rec.parent_ifindex));
	if (!err && !xm_host_end_is_joined(has, p->rec.parent_ifindex))
		p->reattached |= 1u << XM_PROG_ENDPOINT_RX | 1u << XM_PROG_ENDPOINT_TX;
	return err == -ENODEV ? 0 : err; /* an endpoint whose device has gone is swept later */
}

static int host_ends_join(struct xm_parent *p, const struct xm_tc_blocks *list, size_t count,
			  struct xm_err *e)
{
	int err = 0, endpoint_rx = xm_tc_pin_open(p->dir, XM_PROG_ENDPOINT_RX);

	for (size_t i = 0; i < p->count && !err; i++) {
		uint32_t ifindex = p->endpoints[i].rec.host_ifindex;
		const struct xm_tc_blocks *has = xm_tc_blocks_find(list, count, ifindex);

		err = ifindex ? host_end_join(p, &p->endpoints[i], has, endpoint_rx) : 0;
		if (err)
			xm_fail(e, err, "cannot prepare the host end of %s: %s",
				p->endpoints[i].rec.name, xm_nl_why(&p->engine->nl, err));
	}
	if (endpoint_rx >= 0)
		close(endpoint_rx);
	return err;
}

int xm_host_ends_rejoin(struct xm_parent *p, struct xm_err *e)
{
	struct xm_tc_blocks *list = NULL;
	size_t count = 0;
	int err;

	if (!p->count)
		return 0;
	err = xm_tc_list_blocks(&p->engine->nl, &list, &count);
	if (err)
		return xm_fail(e, err, "cannot list the qdiscs: %s",
			       xm_nl_why(&p->engine->nl, err));
	err = host_ends_join(p, list, count, e);
	free(list);
	return err;
}
