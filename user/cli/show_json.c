// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `show -j`: iproute2's keys where it has them */
#include <stdlib.h>

#include "base/text.h"
#include "cli/describe.h"

/* The kernel takes any octets for a name: what is no UTF-8 becomes '?' */
static json_t *text_json(const char *text)
{
	json_t *string = json_string(text);
	char plain[XM_SANITIZED_LEN];

	return string ? string : json_string(xm_sanitized(text, plain));
}

static void append_flag(const char *name, void *array)
{
	json_array_append_new(array, json_string(name));
}

static json_t *flags_json(uint32_t flags)
{
	json_t *array = json_array();

	xm_flags_each(flags, append_flag, array);
	return array;
}

static json_t *mac_json(const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	return json_string(xm_mac_text(mac, text));
}

static void add_drops(json_t *object, const struct xm_stats *s)
{
	json_t *drops = json_object();

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		json_object_set_new(drops, xm_reason_key(i), json_integer(s->drops[i]));
	json_object_set_new(object, "drops", drops);
}

static void add_stats(json_t *object, const struct xm_stats *s)
{
	json_t *rx = json_pack("{s:I, s:I, s:i, s:I, s:i, s:I}", "bytes", (json_int_t)s->rx_bytes, "packets",
			       (json_int_t)s->rx_packets, "errors", 0, "dropped",
			       (json_int_t)xm_rx_dropped(s), "over_errors", 0, "multicast",
			       (json_int_t)s->rx_multicast);
	json_t *tx = json_pack("{s:I, s:I, s:i, s:I, s:i, s:i}", "bytes", (json_int_t)s->tx_bytes, "packets",
			       (json_int_t)s->tx_packets, "errors", 0, "dropped",
			       (json_int_t)xm_tx_dropped(s), "carrier_errors", 0, "collisions", 0);

	json_object_set_new(object, "stats64", json_pack("{s:o, s:o}", "rx", rx, "tx", tx));
	add_drops(object, s);
}

static void add_sources(json_t *info, const struct xm_parent *p, const struct xm_endpoint *ep)
{
	uint8_t(*macs)[XM_MAC_LEN];
	int n = xm_source_list_read(p, ep, &macs);
	json_t *array = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(array, mac_json(macs[i]));
	free(macs);
	json_object_set_new(info, "macaddr_count", json_integer(n > 0 ? n : 0));
	json_object_set_new(info, "macaddr_data", array);
}

/* The keys of macvlan's linkinfo (iplink_macvlan.c), then ours */
static json_t *settings_json(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	const struct xm_endpoint_record *rec = &ep->rec;
	json_t *info = json_object();

	json_object_set_new(info, "mode", json_string(xm_mode_name(rec->port.mode)));
	if (rec->nopromisc)
		json_object_set_new(info, "nopromisc", json_true());
	if (rec->port.flags & XM_PORT_NODST)
		json_object_set_new(info, "nodst", json_true());
	json_object_set_new(info, "bcqueuelen", json_integer(rec->bcqueuelen));
	json_object_set_new(info, "usedbcqueuelen", json_integer(p->used_bcqueuelen));
	if (rec->bclim != XM_BCLIM_DEFAULT)
		json_object_set_new(info, "bclim", json_integer(rec->bclim));
	if (rec->port.mode == XM_MODE_SOURCE)
		add_sources(info, p, ep);
	json_object_set_new(info, "host", json_boolean(rec->port.flags & XM_PORT_HOST));
	json_object_set_new(info, "spoofchk", json_boolean(rec->port.flags & XM_PORT_SPOOFCHK));
	return info;
}

/* What the runtime calls an endpoint that the CNI plugin made; its ifname may be another one by now */
static void add_owner(json_t *object, struct xm_parent *p, const struct xm_endpoint *ep)
{
	struct xm_owner owner;

	if (xm_owner_read(p, ep->slot, &owner, NULL) > 0)
		json_object_set_new(object, "cni",
				    json_pack("{s:o, s:o, s:o}", "network", text_json(owner.network), "container",
					      text_json(owner.container), "ifname", text_json(ep->rec.ifname)));
}

static void add_device(json_t *object, const struct xm_endpoint *ep)
{
	const struct xm_link *l = &ep->peer;

	if (!l->ifindex)
		return;
	json_object_set_new(object, "ifindex", json_integer(l->ifindex));
	json_object_set_new(object, "flags", flags_json(l->flags));
	json_object_set_new(object, "mtu", json_integer(l->mtu));
	json_object_set_new(object, "qdisc", text_json(l->qdisc));
	json_object_set_new(object, "operstate", json_string(xm_operstate_text(l->operstate)));
}

json_t *xm_endpoint_json(struct xm_parent *p, const struct xm_endpoint *ep, bool stats)
{
	json_t *object = json_object(), *settings = settings_json(p, ep);
	const char *ifname = ep->peer.ifindex ? ep->peer.name : ep->rec.ifname;
	const char *netns;
	struct xm_stats s;

	json_object_set_new(object, "name", json_string(ep->rec.name));
	json_object_set_new(object, "ifname", text_json(ifname));
	json_object_set_new(object, "link", text_json(p->link.name));
	add_device(object, ep);
	json_object_set_new(object, "link_type", json_string("ether"));
	json_object_set_new(object, "address", mac_json(ep->rec.port.mac));
	json_object_set_new(object, "broadcast", json_string("ff:ff:ff:ff:ff:ff"));
	if (ep->rec.peer_nsid != XM_NSID_SELF) {
		json_object_set_new(object, "link_netnsid", json_integer(ep->rec.peer_nsid));
		netns = xm_netns_name(&p->engine->nl, ep->rec.peer_nsid);
		if (netns)
			json_object_set_new(object, "netns", text_json(netns));
	}
	add_owner(object, p, ep);
	json_object_update(object, settings);
	json_object_set_new(object, "linkinfo",
			    json_pack("{s:s, s:o}", "info_kind", "xmacvlan", "info_data", settings));
	if (stats && !xm_endpoint_stats(p, ep, &s))
		add_stats(object, &s);
	return object;
}

json_t *xm_parent_json(struct xm_parent *p, bool stats)
{
	const struct xm_meta *m = &p->meta;
	json_t *object = json_object();
	struct xm_stats s;

	json_object_set_new(object, "ifindex", json_integer(p->link.ifindex));
	json_object_set_new(object, "ifname", text_json(p->link.name));
	json_object_set_new(object, "parent", json_true());
	json_object_set_new(object, "flags", flags_json(p->link.flags));
	json_object_set_new(object, "mtu", json_integer(p->link.mtu));
	json_object_set_new(object, "operstate", json_string(xm_operstate_text(p->link.operstate)));
	json_object_set_new(object, "link_type", json_string("ether"));
	json_object_set_new(object, "address", mac_json(p->link.mac));
	json_object_set_new(object, "endpoints", json_integer(p->count));
	json_object_set_new(object, "tc", json_string(m->state & XM_PARENT_TCX ? "tcx" : "clsact"));
	json_object_set_new(object, "xdp",
			    json_pack("{s:s, s:s, s:o, s:b}", "mode", xm_xdp_name(m->xdp), "wish",
				      xm_xdp_name(m->xdp_requested), "reason", text_json(m->xdp_reason), "dispatcher",
				      m->xdp != XM_XDP_OFF && !m->xdp_single));
	json_object_set_new(object, "guard", json_boolean(m->state & XM_PARENT_GUARD));
	if (!stats)
		return object;
	/* The device's own: what the programs redirect to it and it drops, among the rest */
	json_object_set_new(object, "stats64",
			    json_pack("{s:{s:I}, s:{s:I}}", "rx", "dropped", (json_int_t)p->link.rx_dropped,
				      "tx", "dropped", (json_int_t)p->link.tx_dropped));
	if (!xm_parent_stats(p, XM_SLOT_PARENT, &s))
		add_drops(object, &s);
	return object;
}
