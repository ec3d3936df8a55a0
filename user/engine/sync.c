// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Follows what others did to the devices: an endpoint's own MAC, MTU, namespace; the parent's
 * carrier
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "engine/additional_macs.h"
#include "engine/carrier.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_peer.h"
#include "engine/host_end.h"
#include "engine/host_end_order.h"
#include "engine/host_end_programs.h"
#include "engine/host_end_rejoin.h"
#include "engine/kinds.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/sync.h"
#include "engine/vlans.h"
#include "mac.h"

/*
 * Passthru: parent and endpoint have the same MAC; when one of them changes it, the other one gets
 * it too. In the other modes the endpoint gets the new MAC of its device, unless macvlan would have
 * refused it or the endpoint is untrusted (trust off). Then the record keeps the old one, and the
 * spoof check drops frames with the new one.
 */
static int sync_mac(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	const uint8_t *mac = ep->device.mac;
	char is[XM_MAC_TEXT], stays[XM_MAC_TEXT];

	if (ep->rec.port.mode == XM_MODE_PASSTHRU &&
	    !xm_mac_equal(p->link.mac, p->config.parent_mac))
		return xm_endpoint_mac_change(p, ep, p->link.mac, true, e);
	if (!xm_kind_of(ep)->has_peer || xm_mac_equal(mac, ep->rec.port.mac))
		return 0;
	if (ep->rec.untrusted)
		return xm_fail(e, EACCES,
			       "trust is off: address of the device is %s, the endpoint keeps %s",
			       xm_mac_text(mac, is), xm_mac_text(ep->rec.port.mac, stays));
	if (ep->rec.port.mode != XM_MODE_PASSTHRU) {
		int err = xm_endpoint_mac_check(p, ep, mac, e);

		if (err)
			return err;
	}
	return xm_endpoint_mac_change(p, ep, mac, false, e);
}

/*
 * The host end takes what the parent takes. The peer end is clamped when the parent's MTU shrinks
 * and left alone when it grows, as macvlan's (macvlan_device_event(), NETDEV_CHANGEMTU).
 */
static void sync_mtu(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_link *host_end)
{
	if (xm_kind_of(ep)->has_peer && host_end->mtu != p->link.mtu)
		xm_link_set_mtu(&p->engine->nl, host_end->ifindex, p->link.mtu);
	if (ep->device.mtu > p->link.mtu && !xm_peer_set_mtu(p, ep, p->link.mtu, NULL))
		ep->device.mtu = p->link.mtu;
}

/* Reads both devices of the endpoint. Returns false when one of them has gone. */
static bool sync_read_devices(struct xm_parent *p, struct xm_endpoint *ep, struct xm_link *host_end)
{
	struct xm_nl *nl = &p->engine->nl;

	if (xm_link_get(nl, XM_NSID_SELF, NULL, ep->rec.host_ifindex, host_end))
		return false;
	ep->host_rx_dropped = host_end->rx_dropped;
	ep->host_tx_dropped = host_end->tx_dropped;
	xm_host_end_record(ep, host_end);
	return !xm_link_get(nl, ep->rec.peer_nsid, NULL, ep->rec.peer_ifindex, &ep->device);
}

static void set_port_flag(struct xm_endpoint *ep, uint8_t flag, bool on)
{
	ep->rec.port.flags &= ~flag;
	if (on)
		ep->rec.port.flags |= flag;
}

/* Brings the record to what the devices are */
static int sync_record(struct xm_parent *p, struct xm_endpoint *ep,
		       const struct xm_endpoint_record *before, struct xm_err *e)
{
	ep->rec.port.mtu = ep->device.mtu > 0xffff ? 0xffff : ep->device.mtu;
	/*
	 * The user of the peer end may have turned GRO off, and NAPI with it: XDP frames would be
	 * lost
	 */
	if (p->rec.xdp != XM_XDP_OFF && xm_kind_of(ep)->has_napi)
		set_port_flag(ep, XM_PORT_NAPI, xm_peer_has_gro(p, ep));
	set_port_flag(ep, XM_PORT_OTHER_NETNS, ep->rec.peer_nsid != XM_NSID_SELF);
	if ((ep->rec.port.flags ^ before->port.flags) & XM_PORT_OTHER_NETNS)
		xm_peer_give_napi(p, ep, -1);
	p->fanout_stale = true;
	return memcmp(before, &ep->rec, sizeof(*before)) ? xm_endpoint_commit(p, ep, e) : 0;
}

int xm_sync_endpoint(struct xm_parent *p, struct xm_endpoint *ep, enum xm_carrier carrier,
		     struct xm_err *e)
{
	struct xm_endpoint_record before = ep->rec;
	struct xm_link host_end;
	int err, addresses;

	if (!sync_read_devices(p, ep, &host_end))
		return 0;
	sync_mtu(p, ep, &host_end);
	if (carrier == XM_CARRIER_FOLLOW && ep->rec.state == XM_ENDPOINT_READY)
		xm_carrier_correct(p, ep, &host_end);
	xm_host_end_attach_rx_first(p, ep, NULL);
	err = sync_record(p, ep, &before, e);
	if (err)
		return err;
	err = sync_mac(p, ep, e);
	addresses = xm_additional_macs_follow(p, ep, err ? NULL : e);
	if (err || addresses)
		return err ? err : addresses;
	return xm_host_end_verify_order(p, ep, &host_end, e);
}

int xm_sync_parent(struct xm_parent *p, bool whole, enum xm_carrier carrier, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_get(nl, XM_NSID_SELF, NULL, p->rec.parent_ifindex, &p->link);

	if (err)
		return xm_fail(e, err, "cannot examine %s: %s", xm_parent_name(p),
			       xm_nl_why(nl, err));
	if (whole)
		err = xm_vlans_sync(p, e);
	/* Another program may have deleted the TC filter, or the qdisc of a host end */
	if (!err && whole && p->count)
		err = xm_host_ends_rejoin(p, e);
	if (!err && whole && p->count)
		err = xm_host_end_programs_fill(p, e);
	if (!err && carrier == XM_CARRIER_FOLLOW)
		err = xm_carrier_set(p, p->link.flags & XM_LINK_CARRIER, e);
	return err;
}

int xm_sync_devices(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = xm_sync_parent(p, !ep, XM_CARRIER_KEEP, e);

	/* Errors of endpoints are ignored: one endpoint must not hide the others */
	if (!err && ep)
		xm_sync_endpoint(p, ep, XM_CARRIER_KEEP, NULL);
	for (size_t i = 0; i < p->count && !err && !ep; i++)
		xm_sync_endpoint(p, &p->endpoints[i], XM_CARRIER_KEEP, NULL);
	return err;
}
