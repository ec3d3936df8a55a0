// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "base/json_text.h"
#include "base/text.h"
#include "metrics/reasons.h"
#include "metrics/state.h"

/* Without memory jansson leaves members out: the answer is no answer then */
static bool lacking;

static void *state_alloc(size_t size)
{
	void *block = malloc(size ? size : 1);

	if (!block)
		lacking = true;
	return block;
}

static json_t *mac_json(const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	return json_string(xm_mac_text(mac, text));
}

static json_t *number_json(uint64_t number)
{
	return json_integer((json_int_t)number);
}

static bool is_up(const struct xm_link *l)
{
	return (l->flags & IFF_UP) && (l->flags & IFF_RUNNING);
}

/* Those that are not 0 */
static json_t *drops_json(const struct xm_stats *s)
{
	json_t *drops = json_object();

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		if (s->drops[i])
			json_object_set_new(drops, xm_reason_key(i), number_json(s->drops[i]));
	return drops;
}

static json_t *addresses_json(const struct xm_endpoint_info *ep)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ep->additional_mac_count; i++)
		json_array_append_new(array, mac_json(ep->additional_macs[i].mac));
	return array;
}

static json_t *owner_json(const struct xm_owner *owner)
{
	if (!owner)
		return json_null();
	return json_pack("{s:o, s:o}", "network", xm_json_text(owner->network), "container",
			 xm_json_text(owner->container));
}

static void add_counters(json_t *object, const struct xm_stats *s)
{
	json_object_set_new(object, "receive",
			    json_pack("{s:o, s:o, s:o}", "packets", number_json(s->rx_packets),
				      "bytes", number_json(s->rx_bytes), "multicast",
				      number_json(s->rx_multicast)));
	json_object_set_new(object, "transmit",
			    json_pack("{s:o, s:o}", "packets", number_json(s->tx_packets), "bytes",
				      number_json(s->tx_bytes)));
	json_object_set_new(object, "drops", drops_json(s));
}

static json_t *endpoint_json(const struct xm_endpoint_info *ep)
{
	/* The name of the device is not that of the endpoint after a rename */
	const char *ifname = ep->device.ifindex ? ep->device.name : ep->requested_ifname;
	json_t *object = json_pack(
		"{s:o, s:o, s:o, s:s?, s:s?, s:o, s:o, s:I, s:b, s:o, s:b, s:b, s:b, s:o}", "name",
		xm_json_text(ep->name), "ifname", xm_json_text(ifname), "netns",
		xm_json_text_or_null(ep->netns), "type", xm_kind_name(ep->kind), "mode",
		xm_mode_name(ep->mode), "address", mac_json(ep->mac), "addresses",
		addresses_json(ep), "mtu", (json_int_t)ep->mtu, "up", is_up(&ep->device), "stale",
		xm_json_text_or_null(ep->stale), "host", ep->host_access, "spoofchk", ep->spoofchk,
		"trust", ep->trust, "cni", owner_json(ep->owner));

	if (ep->mode == XM_MODE_SOURCE)
		json_object_set_new(object, "sources", json_integer(ep->source_count));
	if (ep->has_stats)
		add_counters(object, &ep->stats);
	return object;
}

static json_t *maps_json(const struct xm_usage *u)
{
	json_t *maps = json_object();

	for (size_t i = 0; i < u->map_count; i++)
		json_object_set_new(maps, u->maps[i].name,
				    json_pack("{s:I, s:I}", "used", (json_int_t)u->maps[i].used,
					      "max", (json_int_t)u->maps[i].max));
	return maps;
}

static void add_parent_record(json_t *object, const struct xm_parent_info *p)
{
	json_object_set_new(object, "tc", json_string(p->tcx ? "tcx" : "clsact"));
	json_object_set_new(object, "xdp", json_string(xm_xdp_name(p->xdp)));
	json_object_set_new(object, "xdp_reason", xm_json_text_or_null(p->xdp_reason));
	json_object_set_new(object, "guard", json_boolean(p->guard));
	json_object_set_new(object, "neigh", json_string(p->neigh_direct ? "direct" : "flood"));
	json_object_set_new(object, "fanout", json_boolean(p->fanout));
	json_object_set_new(object, "earlier_programs", json_integer(p->earlier.count));
	json_object_set_new(object, "maps", maps_json(&p->usage));
}

/* Without its endpoints, which are written one by one */
static json_t *parent_json(const struct xm_parent_info *p)
{
	const struct xm_link *l = &p->link;
	json_t *object = json_pack(
		"{s:o, s:o, s:I, s:b, s:o, s:o, s:o, s:o}", "name", xm_json_text(l->name),
		"address", mac_json(l->mac), "mtu", (json_int_t)l->mtu, "up", is_up(l), "broken",
		xm_json_text_or_null(p->broken), "stale", xm_json_text_or_null(p->stale),
		"device_receive_dropped", number_json(l->rx_dropped), "device_transmit_dropped",
		number_json(l->tx_dropped));

	if (p->is_loaded)
		add_parent_record(object, p);
	if (p->has_stats)
		json_object_set_new(object, "drops", drops_json(&p->stats));
	return object;
}

static json_t *reasons_json(void)
{
	json_t *reasons = json_object();

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		json_object_set_new(reasons, xm_reason_key(i), json_string(xm_reason_words(i)));
	return reasons;
}

static json_t *host_json(const struct xm_collection *c)
{
	char hostname[256] = "";

	gethostname(hostname, sizeof(hostname) - 1);
	return json_pack("{s:s, s:s, s:o, s:o, s:I, s:b, s:o}", "version", XM_VERSION, "abi",
			 XM_ABI_TEXT, "hostname", xm_json_text(hostname), "netns",
			 xm_json_text(c->netns), "time_ms", (json_int_t)c->now_ms, "watcher",
			 c->watcher, "reasons", reasons_json());
}

/*
 * Writes the object without its closing brace when `open`, and takes it over. What jansson could
 * not allocate is noticed by `lacking`.
 */
static void write_object(FILE *to, json_t *object, bool open)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (text)
		fwrite(text, 1, strlen(text) - open, to);
	free(text);
}

/* The endpoints one by one: the trees of thousands would take much memory */
static void write_parent(FILE *to, const struct xm_parent_info *p)
{
	write_object(to, parent_json(p), true);
	fputs(",\"endpoints\":[", to);
	for (size_t i = 0; i < p->count; i++) {
		fputs(i ? "," : "", to);
		write_object(to, endpoint_json(&p->endpoints[i]), false);
	}
	fputs("]}", to);
}

int xm_state_write(const struct xm_collection *c, FILE *to)
{
	json_malloc_t before_malloc;
	json_free_t before_free;

	lacking = false;
	json_get_alloc_funcs(&before_malloc, &before_free);
	json_set_alloc_funcs(state_alloc, free);
	write_object(to, host_json(c), true);
	fputs(",\"parents\":[", to);
	for (size_t i = 0; i < c->snapshot.count; i++) {
		fputs(i ? "," : "", to);
		write_parent(to, &c->snapshot.parents[i]);
	}
	fputs("]}\n", to);
	json_set_alloc_funcs(before_malloc, before_free);
	return lacking ? -ENOMEM : 0;
}
