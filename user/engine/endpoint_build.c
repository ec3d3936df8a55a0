// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The devices of an endpoint and its entries in the maps. The host end is down, so no frame passes,
 * until all is there.
 */
#include <errno.h>
#include <string.h>

#include "engine/carrier.h"
#include "engine/endpoint_build.h"
#include "engine/endpoint_peer.h"
#include "engine/host_end.h"
#include "engine/host_end_order.h"
#include "engine/host_end_programs.h"
#include "engine/kinds.h"
#include "engine/mac_table.h"
#include "engine/owner.h"
#include "engine/parent_needs.h"
#include "engine/record.h"
#include "engine/source_list.h"
#include "engine/uc_entries.h"
#include "net/netns.h"
#include "net/tc_blocks.h"
#include "pins/pin_root.h"

/* Writes into the record (in memory) which devices the endpoint has */
static int build_identify(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_link *made,
			  struct xm_err *e)
{
	struct xm_link host_end = *made;
	int err = host_end.ifindex && xm_host_end_is(ep->slot, &host_end)
			  ? 0
			  : xm_host_end_find(p, ep, &host_end);

	if (err)
		return xm_fail(e, err, "cannot find the host end of %s: %s", ep->rec.name,
			       xm_nl_why(&p->engine->nl, err));
	ep->rec.host_ifindex = ep->rec.port.ifindex = host_end.ifindex;
	xm_host_end_record(ep, &host_end);
	if (ep->rec.peer_nsid != XM_NSID_SELF)
		ep->rec.port.flags |= XM_PORT_OTHER_NETNS;
	return 0;
}

static int build_join_block(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd,
			    bool fill_block, struct xm_err *e)
{
	const struct xm_kind *kind = xm_kind_of(ep);
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_tc_join_blocks(nl, ep->rec.host_ifindex, XM_TC_RX_BLOCK(p->rec.parent_ifindex),
				    XM_TC_TX_BLOCK(p->rec.parent_ifindex));

	/*
	 * -EEXIST: the kind has done it, or a command that adopted a moved host end was killed
	 * after this step
	 */
	if (err && err != -EEXIST)
		return xm_fail(e, err, "cannot prepare the host end of %s: %s", ep->rec.name,
			       xm_nl_why(nl, err));
	if (kind->prepare)
		kind->prepare(p, ep);
	err = fill_block ? xm_host_end_programs_fill_once(p, e) : 0;
	if (!err && kind->attach)
		err = xm_host_end_attach_rx_first(p, ep, e);
	if (!err && (p->rec.xdp != XM_XDP_OFF || ep->rec.peer_nsid != XM_NSID_SELF))
		xm_peer_give_napi(p, ep, netns_fd);
	return err;
}

static int build_enter_maps(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	uint32_t *ifindex = &ep->rec.host_ifindex;
	int err = xm_stats_map_prepare(p->dir, p->maps[XM_MAP_STATS], &p->chunk, ep->slot, e);

	if (!err)
		err = xm_map_add(p, XM_MAP_TC_DEVICES, &ep->slot, ifindex, ep->rec.name, e);
	if (!err)
		err = xm_map_add(p, XM_MAP_XDP_DEVICES, &ep->slot, ifindex, ep->rec.name, e);
	if (!err)
		err = xm_map_add(p, XM_MAP_HOST_ENDS, ifindex, &ep->slot, ep->rec.name, e);
	return err ? err : xm_endpoint_write_port(p, ep, e);
}

/* The parent gets what the endpoint needs, and frames find the endpoint by its MAC */
static int build_make_reachable(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err;

	if (ep->rec.port.mode == XM_MODE_PASSTHRU && !(p->rec.state & XM_PARENT_MAC)) {
		memcpy(p->rec.saved_mac, p->link.mac, XM_MAC_LEN);
		p->rec.state |= XM_PARENT_MAC;
	}
	err = xm_parent_meet_needs(p, e);
	return err ? err : xm_mac_table_add(p, ep, ep->rec.port.mac, e);
}

/*
 * While a watcher runs, an endpoint of a parent without a carrier has no carrier from the start. If
 * it had one for a moment, the kernel would run IPv6's duplicate address detection without a wire,
 * and would not repeat it when the carrier comes (addrconf_notify()).
 */
static int build_take_carrier(struct xm_parent *p, struct xm_err *e)
{
	if (p->link.flags & XM_LINK_CARRIER || p->rec.state & XM_PARENT_CARRIER_DOWN ||
	    !xm_daemon_is_running(XM_DAEMON_WATCHER, 0))
		return 0;
	return xm_carrier_set(p, false, e);
}

int xm_endpoint_bring_up(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = build_take_carrier(p, e);

	if (err)
		return err;
	/* The alias identifies the endpoint when the pins are damaged or missing */
	err = xm_link_silence(nl, ep->rec.host_ifindex, xm_carrier_wants_up(p, ep), ep->rec.name);
	if (err)
		return xm_fail(e, err, "cannot set the host end of %s up: %s", ep->rec.name,
			       xm_nl_why(nl, err));
	ep->rec.state = XM_ENDPOINT_READY;
	return xm_endpoint_save(p, ep, e);
}

/* The host end has another ifindex in its new namespace, and has lost its qdisc and its state */
int xm_endpoint_rewire(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_link host_end;
	int err = xm_host_end_find(p, ep, &host_end);

	if (err)
		return xm_fail(e, err, "the host end of %s was lost in the move: %s", ep->rec.name,
			       strerror(-err));
	ep->rec.port.flags &= ~XM_PORT_OTHER_NETNS;
	err = build_identify(p, ep, &host_end, e);
	if (!err) /* saves the record */
		err = xm_uc_entries_add(p, ep, e);
	if (!err)
		err = build_join_block(p, ep, -1, true, e);
	if (!err)
		err = build_enter_maps(p, ep, e);
	return err ? err : xm_endpoint_bring_up(p, ep, e);
}

static int build_all(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		     int netns_fd, bool fill_block, struct xm_err *e)
{
	const struct xm_settings *s = &add->settings;
	struct xm_link made;
	int err = xm_kind_of(ep)->create(p, ep, add, netns_fd, &made, e);

	if (!err)
		err = build_identify(p, ep, &made, e);
	if (!err)
		err = xm_peer_set_sysctls(p, ep, netns_fd, add, e);
	if (!err) /* saves the record */
		err = xm_uc_entries_add(p, ep, e);
	if (!err)
		err = build_join_block(p, ep, netns_fd, fill_block, e);
	if (!err)
		err = build_enter_maps(p, ep, e);
	if (!err && s->macaddr != XM_MACADDR_NONE)
		err = xm_source_list_apply(p, ep, s, e);
	return err ? err : build_make_reachable(p, ep, e);
}

int xm_endpoint_build(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		      bool fill_block, struct xm_err *e)
{
	int err, netns_fd = -1;

	if (add->netns) {
		netns_fd = xm_netns_open_cached(&p->engine->add_cache.netns, add->netns, e);
		if (netns_fd < 0)
			return netns_fd;
		err = xm_netns_may_enter(netns_fd, add->netns, e); /* to turn GRO on there */
		if (err)
			return err;
	}
	err = xm_endpoint_save(p, ep, e);
	if (!err && p->engine->check_name)
		err = p->engine->check_name(p, ep->rec.name, e);
	if (!err && add->owner)
		err = xm_owner_save(p, ep, add->owner, e);
	return err ? err : build_all(p, ep, add, netns_fd, fill_block, e);
}
