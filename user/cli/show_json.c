// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `show -j`: iproute2's keys where it has them */
#include <stdlib.h>

#include "base/json_text.h"
#include "base/text.h"
#include "cli/show.h"
#include "engine/settings.h"
#include "net/tap.h"

static void append_flag(const char *name, void *array)
{
	json_array_append_new(array, json_string(name));
}

static json_t *flags_json(const struct xm_link *l, const struct xm_link *lower)
{
	json_t *array = json_array();

	xm_flags_each(l->flags, lower, append_flag, array);
	return array;
}

static json_t *mac_json(const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	return json_string(xm_mac_text(mac, text));
}

static void add_stale(json_t *object, const char *stale)
{
	json_object_set_new(object, "stale", xm_json_text_or_null(stale));
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
	json_t *rx = json_pack("{s:I, s:I, s:i, s:I, s:i, s:I}", "bytes", (json_int_t)s->rx_bytes,
			       "packets", (json_int_t)s->rx_packets, "errors", 0, "dropped",
			       (json_int_t)xm_rx_dropped(s), "over_errors", 0, "multicast",
			       (json_int_t)s->rx_multicast);
	json_t *tx = json_pack("{s:I, s:I, s:i, s:I, s:i, s:i}", "bytes", (json_int_t)s->tx_bytes,
			       "packets", (json_int_t)s->tx_packets, "errors", 0, "dropped",
			       (json_int_t)xm_tx_dropped(s), "carrier_errors", 0, "collisions", 0);

	json_object_set_new(object, "stats64", json_pack("{s:o, s:o}", "rx", rx, "tx", tx));
	add_drops(object, s);
}

static void add_sources(json_t *info, const struct xm_endpoint_info *ep)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ep->source_count; i++)
		json_array_append_new(array, mac_json(ep->sources[i]));
	json_object_set_new(info, "macaddr_count", json_integer(ep->source_count));
	json_object_set_new(info, "macaddr_data", array);
}

/* Beside the endpoint's own address */
static json_t *addresses_json(const struct xm_endpoint_info *ep)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ep->additional_mac_count; i++)
		json_array_append_new(array, mac_json(ep->additional_macs[i].mac));
	return array;
}

/* The keys of macvlan's linkinfo (iproute2, iplink_macvlan.c), then those of xmacvlan */
static json_t *settings_json(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	json_t *info = json_object();

	json_object_set_new(info, "type", json_string(xm_kind_name(ep->kind)));
	if (ep->kind_why)
		json_object_set_new(info, "type_auto", json_string(xm_kind_why_text(ep->kind_why)));
	json_object_set_new(info, "mode", json_string(xm_mode_name(ep->mode)));
	if (ep->nopromisc)
		json_object_set_new(info, "nopromisc", json_true());
	if (ep->nodst)
		json_object_set_new(info, "nodst", json_true());
	json_object_set_new(info, "bcqueuelen", json_integer(ep->bcqueuelen));
	json_object_set_new(info, "usedbcqueuelen", json_integer(p->used_bcqueuelen));
	if (ep->bclim != XM_BCLIM_DEFAULT)
		json_object_set_new(info, "bclim", json_integer(ep->bclim));
	if (ep->mode == XM_MODE_SOURCE)
		add_sources(info, ep);
	json_object_set_new(info, "host", json_boolean(ep->host_access));
	json_object_set_new(info, "spoofchk", json_boolean(ep->spoofchk));
	json_object_set_new(info, "trust", json_boolean(ep->trust));
	json_object_set_new(info, "addresses", addresses_json(ep));
	json_object_set_new(info, "follow_addresses", json_boolean(ep->follow));
	return info;
}

static json_t *id_json(const struct xm_link *device, uint32_t id)
{
	return device->ifindex && id != XM_TAP_NOBODY ? json_integer(id) : json_null();
}

/* Numbers of the user and of the group that may open the tap, and the options for QEMU */
static void add_tap(json_t *object, const struct xm_endpoint_info *ep)
{
	char qemu[XM_QEMU_TEXT];

	if (ep->kind == XM_KIND_TAP)
		json_object_set_new(object, "tap",
				    json_pack("{s:o, s:o, s:i, s:o}", "user",
					      id_json(&ep->device, ep->device.tap_uid), "group",
					      id_json(&ep->device, ep->device.tap_gid), "queues",
					      ep->queues, "qemu",
					      xm_json_text(xm_qemu_text(ep, qemu))));
}

/* The keys of the device, in the order of `ip -d` */
static const char *const device_keys[] = {
	"flags",
	"mtu",
	"qdisc",
	"operstate",
	"linkmode",
	"group",
	"txqlen",
	"promiscuity",
	"allmulti",
	"min_mtu",
	"max_mtu",
	"inet6_addr_gen_mode",
	"num_tx_queues",
	"num_rx_queues",
	"gso_max_size",
	"gso_max_segs",
	"tso_max_size",
	"tso_max_segs",
	"gro_max_size",
	"gso_ipv4_max_size",
	"gro_ipv4_max_size",
};

/* A number that is never 0: 0 means that the kernel does not report it, and becomes null */
static json_t *size_json(uint32_t size)
{
	return size ? json_integer(size) : json_null();
}

static void add_device_details(json_t *object, const struct xm_link *l)
{
	const char *gen = xm_addr_gen_mode_text(l->addr_gen_mode);

	json_object_set_new(object, "promiscuity", json_integer(l->promiscuity));
	json_object_set_new(object, "allmulti", json_integer(l->allmulti));
	json_object_set_new(object, "min_mtu", json_integer(l->min_mtu));
	json_object_set_new(object, "max_mtu", json_integer(l->max_mtu));
	json_object_set_new(object, "inet6_addr_gen_mode", xm_json_text_or_null(gen));
	json_object_set_new(object, "num_tx_queues", size_json(l->tx_queues));
	json_object_set_new(object, "num_rx_queues", size_json(l->rx_queues));
	json_object_set_new(object, "gso_max_size", size_json(l->gso_max_size));
	json_object_set_new(object, "gso_max_segs", size_json(l->gso_max_segs));
	json_object_set_new(object, "tso_max_size", size_json(l->tso_max_size));
	json_object_set_new(object, "tso_max_segs", size_json(l->tso_max_segs));
	json_object_set_new(object, "gro_max_size", size_json(l->gro_max_size));
	json_object_set_new(object, "gso_ipv4_max_size", size_json(l->gso_ipv4_max_size));
	json_object_set_new(object, "gro_ipv4_max_size", size_json(l->gro_ipv4_max_size));
}

/*
 * Adds all keys of the device. They are null when the device was not found, for example while it is
 * moved. lower: the device below; NULL: there is none.
 */
static void add_device(json_t *object, const struct xm_link *l, const struct xm_link *lower)
{
	char group[XM_NAME_LEN];

	json_object_set_new(object, "ifindex", size_json(l->ifindex));
	if (!l->type) { /* every device that was found has a type (ARPHRD_ETHER) */
		for (size_t i = 0; i < sizeof(device_keys) / sizeof(*device_keys); i++)
			json_object_set_new(object, device_keys[i], json_null());
		return;
	}
	json_object_set_new(object, "flags", flags_json(l, lower));
	json_object_set_new(object, "mtu", json_integer(l->mtu));
	json_object_set_new(object, "qdisc", xm_json_text(l->qdisc));
	json_object_set_new(object, "operstate", json_string(xm_operstate_text(l->operstate)));
	json_object_set_new(object, "linkmode", json_string(xm_linkmode_text(l->linkmode)));
	json_object_set_new(object, "group", json_string(xm_link_group_text(l->group, group)));
	json_object_set_new(object, "txqlen", json_integer(l->txqlen));
	add_device_details(object, l);
}

static void add_netns(json_t *object, const struct xm_endpoint_info *ep)
{
	if (ep->peer_nsid == XM_NSID_SELF)
		return;
	json_object_set_new(object, "link_netnsid", json_integer(ep->peer_nsid));
	if (ep->netns)
		json_object_set_new(object, "netns", xm_json_text(ep->netns));
}

json_t *xm_show_endpoint_json(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	json_t *object = json_object(), *settings = settings_json(p, ep);

	json_object_set_new(object, "name", json_string(ep->name));
	json_object_set_new(
		object, "ifname",
		xm_json_text(ep->device.ifindex ? ep->device.name : ep->requested_ifname));
	json_object_set_new(object, "link", xm_json_text(p->link.name));
	add_device(object, &ep->device, &p->link);
	json_object_set_new(object, "link_type", json_string("ether"));
	json_object_set_new(object, "address", mac_json(ep->mac));
	json_object_set_new(object, "broadcast", json_string("ff:ff:ff:ff:ff:ff"));
	add_netns(object, ep);
	add_tap(object, ep);
	xm_show_owner_json(object, ep);
	json_object_update(object, settings);
	json_object_set_new(
		object, "linkinfo",
		json_pack("{s:s, s:o}", "info_kind", "xmacvlan", "info_data", settings));
	add_stale(object, ep->stale);
	if (ep->has_stats)
		add_stats(object, &ep->stats);
	return object;
}

/*
 * The device's own counters: among them are the frames that the programs redirect to it and it
 * drops
 */
static void add_parent_stats(json_t *object, const struct xm_link *l)
{
	json_object_set_new(object, "stats64",
			    json_pack("{s:{s:I}, s:{s:I}}", "rx", "dropped",
				      (json_int_t)l->rx_dropped, "tx", "dropped",
				      (json_int_t)l->tx_dropped));
}

/* Adds the TC programs of others that may take the frames of endpoints */
static void add_earlier(json_t *object, const struct xm_tc_earlier *earlier)
{
	json_t *array = json_array();

	for (size_t i = 0; i < earlier->count; i++) {
		const struct xm_tc_program *program = &earlier->list[i];

		json_array_append_new(array, json_pack("{s:s, s:o, s:I}", "hook",
						       program->ingress ? "ingress" : "egress",
						       "name", xm_json_text(program->name), "id",
						       (json_int_t)program->id));
	}
	json_object_set_new(object, "earlier_programs", array);
}

static json_t *abi_json(unsigned int minor)
{
	return json_sprintf("%d.%u", XM_ABI_MAJOR, minor);
}

/* Adds what the pinned record of the parent has; null for what could not be read */
static void add_parent_record(json_t *object, const struct xm_parent_info *p)
{
	static const char *const keys[] = { "endpoints", "abi",	   "programs",
					    "tc",	 "xdp",	   "guard",
					    "neigh",	 "fanout", "earlier_programs" };

	for (size_t i = 0; !p->is_loaded && i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set_new(object, keys[i], json_null());
	if (!p->is_loaded)
		return;
	json_object_set_new(object, "endpoints", json_integer(p->endpoint_count));
	json_object_set_new(object, "abi", abi_json(p->abi_minor));
	json_object_set_new(object, "programs", abi_json(p->programs_minor));
	json_object_set_new(object, "tc", json_string(p->tcx ? "tcx" : "clsact"));
	json_object_set_new(object, "xdp",
			    json_pack("{s:s, s:s, s:o, s:b}", "mode", xm_xdp_name(p->xdp), "wish",
				      xm_xdp_name(p->xdp_requested), "reason",
				      xm_json_text(p->xdp_reason), "dispatcher",
				      p->xdp != XM_XDP_OFF && !p->xdp_single));
	json_object_set_new(object, "guard", json_boolean(p->guard));
	json_object_set_new(object, "neigh", json_string(p->neigh_direct ? "direct" : "flood"));
	json_object_set_new(object, "fanout", json_boolean(p->fanout));
	add_earlier(object, &p->earlier);
}

json_t *xm_show_parent_json(const struct xm_parent_info *p)
{
	json_t *object = json_object();

	json_object_set_new(object, "ifname", xm_json_text(p->link.name));
	json_object_set_new(object, "parent", json_true());
	add_device(object, &p->link, NULL);
	json_object_set_new(object, "link_type", json_string("ether"));
	json_object_set_new(object, "address", mac_json(p->link.mac));
	add_parent_record(object, p);
	json_object_set_new(object, "broken", xm_json_text_or_null(p->broken));
	add_stale(object, p->stale);
	if (p->has_stats) {
		add_parent_stats(object, &p->link);
		add_drops(object, &p->stats);
	}
	return object;
}

json_t *xm_show_brief_json(json_t *object)
{
	static const char *const keys[] = { "name",	 "link",    "ifname", "parent",
					    "operstate", "address", "flags",  "broken" };
	json_t *brief = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set(brief, keys[i], json_object_get(object, keys[i]));
	json_decref(object);
	return brief;
}
