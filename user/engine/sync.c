// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Follows what others did to the devices: an endpoint's own MAC, MTU, namespace; VLAN devices */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "mac.h"

/*
 * Passthru: whichever side changed, the other follows. Else the endpoint's change counts unless
 * macvlan would have refused it: then the address stays what it was, and spoofchk stops the frames.
 */
static int follow_mac(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	const uint8_t *mac = ep->peer.mac;

	if (ep->rec.port.mode == XM_MODE_PASSTHRU && memcmp(p->link.mac, p->meta.parent_mac, XM_MAC_LEN))
		return xm_endpoint_mac_change(p, ep, p->link.mac, true, e);
	if (!memcmp(mac, ep->rec.port.mac, XM_MAC_LEN))
		return 0;
	if (ep->rec.port.mode != XM_MODE_PASSTHRU) {
		int err = xm_endpoint_mac_check(p, ep, mac, e);

		if (err)
			return err;
	}
	return xm_endpoint_mac_change(p, ep, mac, false, e);
}

/* A veth has a carrier while both its ends are up: the host end gives it and takes it */
static int set_carrier(struct xm_parent *p, uint32_t host_end, bool on)
{
	return xm_link_set_flags(&p->engine->nl, host_end, on ? IFF_UP : 0, IFF_UP);
}

/* Written down before the first and after the last host end, so that one of them is never forgotten */
int xm_sync_carrier(struct xm_parent *p, bool dark, struct xm_err *e)
{
	int err = 0;

	if (dark == !!(p->meta.state & XM_PARENT_CARRIER_DOWN))
		return 0;
	if (dark) {
		p->meta.state |= XM_PARENT_CARRIER_DOWN;
		err = xm_parent_save(p, e);
	}
	for (size_t i = 0; i < p->count && !err; i++) {
		const struct xm_endpoint *ep = &p->slots[i];

		if (ep->rec.state != XM_ENDPOINT_READY || xm_parent_has_device(p, ep->slot, NULL) != 1)
			continue;
		err = set_carrier(p, ep->rec.host_ifindex, !dark);
		if (err == -ENODEV)
			err = 0;
		else if (err)
			xm_fail(e, err, "cannot set the host end of %s %s: %s", ep->rec.name,
				dark ? "down" : "up", xm_nl_why(&p->engine->nl, err));
	}
	if (dark || err)
		return err;
	p->meta.state &= ~XM_PARENT_CARRIER_DOWN;
	return xm_parent_save(p, e);
}

/*
 * The host end takes what the parent takes; an endpoint's MTU is clamped when the parent's shrinks and
 * left alone when it grows, as macvlan's (macvlan_device_event, NETDEV_CHANGEMTU).
 */
static void follow_mtu(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_link *host)
{
	if (host->mtu != p->link.mtu)
		xm_link_set_mtu(&p->engine->nl, host->ifindex, p->link.mtu);
	if (ep->peer.mtu > p->link.mtu && !xm_peer_set_mtu(p, ep, p->link.mtu, NULL))
		ep->peer.mtu = p->link.mtu;
}

/* 1: the pair is not there (any more), so there is nothing to follow */
static int look(struct xm_parent *p, struct xm_endpoint *ep)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link host;

	if (xm_link_get(nl, XM_NSID_SELF, NULL, ep->rec.host_ifindex, &host))
		return 1;
	ep->host_rx_dropped = host.rx_dropped;
	ep->host_tx_dropped = host.tx_dropped;
	ep->rec.peer_ifindex = host.lower;
	ep->rec.peer_nsid = host.lower_nsid;
	if (xm_link_get(nl, host.lower_nsid, NULL, host.lower, &ep->peer))
		return 1;
	follow_mtu(p, ep, &host);
	if (p->engine->watching && ep->rec.state == XM_ENDPOINT_READY &&
	    !(host.flags & IFF_UP) != !!(p->meta.state & XM_PARENT_CARRIER_DOWN))
		set_carrier(p, host.ifindex, !(p->meta.state & XM_PARENT_CARRIER_DOWN));
	return 0;
}

int xm_sync_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_endpoint_record before = ep->rec;
	int err;

	if (look(p, ep))
		return 0;
	ep->rec.port.mtu = ep->peer.mtu > 0xffff ? 0xffff : ep->peer.mtu;
	/* Its user may have taken GRO, and with it NAPI, from it (then XDP frames would be lost), or given it */
	if (p->meta.xdp != XM_XDP_OFF) {
		bool gro = xm_peer_has_gro(p, ep);

		ep->rec.port.flags &= ~XM_PORT_NAPI;
		if (gro)
			ep->rec.port.flags |= XM_PORT_NAPI;
	}
	ep->rec.port.flags &= ~XM_PORT_PEER;
	if (ep->rec.peer_nsid != XM_NSID_SELF)
		ep->rec.port.flags |= XM_PORT_PEER;
	if ((ep->rec.port.flags ^ before.port.flags) & XM_PORT_PEER)
		xm_peer_give_napi(p, ep, -1);
	if (memcmp(&before, &ep->rec, sizeof(before))) {
		err = xm_endpoint_store(p, ep, e);
		if (err)
			return err;
	}
	return follow_mac(p, ep, e);
}

struct vlans {
	bool any;
	uint64_t words[XM_VLAN_WORDS];
};

static int note_vlan(const struct xm_link *link, void *data)
{
	struct xm_vlans *all = data;
	struct xm_vlan *more;

	if (!link->vlan_proto || link->lower_nsid != XM_NSID_SELF)
		return MNL_CB_OK;
	more = realloc(all->list, (all->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	all->list = more;
	more += all->count++;
	more->parent = link->lower;
	more->bit = xm_vlan_bit(link->vlan_proto, link->vlan_id);
	return MNL_CB_OK;
}

void xm_vlans_forget(struct xm_engine *engine)
{
	free(engine->vlans.list);
	engine->vlans = (struct xm_vlans){};
}

int xm_vlans_read(struct xm_engine *engine, struct xm_err *e)
{
	int err;

	xm_vlans_forget(engine);
	err = xm_link_each(&engine->nl, XM_NSID_SELF, note_vlan, &engine->vlans);
	if (err)
		return xm_fail(e, err, "cannot list the devices: %s", xm_nl_why(&engine->nl, err));
	engine->vlans.known = true;
	return 0;
}

/* Those of the parent; read for it alone unless they are known */
static int collect_vlans(struct xm_parent *p, struct vlans *ret, struct xm_err *e)
{
	struct xm_vlans *all = &p->engine->vlans;
	bool known = all->known;
	int err = known ? 0 : xm_vlans_read(p->engine, e);

	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].parent != p->link.ifindex)
			continue;
		ret->words[all->list[i].bit / 64] |= 1ull << (all->list[i].bit % 64);
		ret->any = true;
	}
	if (!known)
		xm_vlans_forget(p->engine);
	return err;
}

static int write_vlans(struct xm_parent *p, const struct vlans *v)
{
	for (uint32_t i = 0; i < XM_VLAN_WORDS; i++)
		if (bpf_map_update_elem(p->maps[XM_MAP_VLANS], &i, &v->words[i], BPF_ANY))
			return -errno;
	return 0;
}

/* The parent's VLAN devices take their frames before us, as they do before macvlan's rx_handler */
int xm_sync_vlans(struct xm_parent *p, struct xm_err *e)
{
	struct vlans v = {};
	int err = collect_vlans(p, &v, e);

	if (err)
		return err;
	if (!v.any && !(p->meta.features & XM_FEATURE_VLANS))
		return 0;
	err = write_vlans(p, &v);
	if (err)
		return xm_fail(e, err, "cannot write the VLANs of %s: %s", xm_parent_name(p), strerror(-err));
	p->meta.features &= ~XM_FEATURE_VLANS;
	if (v.any)
		p->meta.features |= XM_FEATURE_VLANS;
	return xm_parent_save(p, e);
}

int xm_sync_parent(struct xm_parent *p, bool whole, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_get(nl, XM_NSID_SELF, NULL, p->meta.parent_ifindex, &p->link);

	if (err)
		return xm_fail(e, err, "cannot examine %s: %s", xm_parent_name(p), xm_nl_why(nl, err));
	if (whole)
		err = xm_sync_vlans(p, e);
	if (!err && whole && p->count)
		err = xm_tc_fill_block(p, e); /* somebody may have deleted the filter */
	if (!err && p->engine->watching)
		err = xm_sync_carrier(p, !(p->link.flags & XM_LINK_CARRIER), e);
	return err;
}

int xm_sync(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = xm_sync_parent(p, !ep, e);

	/* What cannot be followed of one endpoint shall not hide the others; it stays as it was */
	if (!err && ep)
		xm_sync_endpoint(p, ep, NULL);
	for (size_t i = 0; i < p->count && !err && !ep; i++)
		xm_sync_endpoint(p, &p->slots[i], NULL);
	return err;
}
