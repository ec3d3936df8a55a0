// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/monitor.h"

static const char *reason_text(uint32_t reason)
{
	return reason < XM_REASON_COUNT ? xm_reason_key(reason) : "?";
}

static void add_endpoint(json_t *event, const char *key, const struct xm_monitor_state *state,
			 uint32_t ifindex, uint32_t slot)
{
	const char *name = slot ? xm_monitor_endpoint(state, ifindex, slot) : NULL;

	if (name)
		json_object_set_new(event, key, json_string(name));
	else if (slot)
		json_object_set_new(event, key, json_sprintf("#%u", slot));
}

/* Addresses and EtherType, as far as they were captured */
static void add_frame(json_t *event, const struct xm_report *r)
{
	const struct ether_header *eth = (const void *)r->frame;
	const struct xm_event *ev = r->event;
	char mac[XM_MAC_TEXT];

	if (ev->cap_len >= sizeof(*eth)) {
		json_object_set_new(event, "src", json_string(xm_mac_text(eth->ether_shost, mac)));
		json_object_set_new(event, "dst", json_string(xm_mac_text(eth->ether_dhost, mac)));
		json_object_set_new(event, "ethertype",
				    json_sprintf("0x%02x%02x", r->frame[12], r->frame[13]));
	}
	if (ev->vlan_tpid)
		json_object_set_new(event, "vlan", json_integer(ev->vlan_tci & 0xfff));
	json_object_set_new(event, "length", json_integer(ev->len));
	if (ev->gso_size)
		json_object_set_new(event, "gso_size", json_integer(ev->gso_size));
}

json_t *xm_monitor_drop(const struct xm_monitor_state *state, const struct xm_report *r)
{
	const struct xm_event *ev = r->event;
	json_t *event = xm_monitor_event("drop", ev->time);

	add_endpoint(event, "endpoint", state, r->parent_ifindex, ev->slot);
	json_object_set_new(event, "parent",
			    json_string(xm_monitor_parent(state, r->parent_ifindex)));
	json_object_set_new(event, "reason", json_string(reason_text(ev->reason)));
	if (xm_origin_name(ev->origin))
		json_object_set_new(event, "origin", json_string(xm_origin_name(ev->origin)));
	add_frame(event, r);
	if (ev->is_xdp)
		json_object_set_new(event, "xdp", json_true());
	json_object_set_new(event, "suppressed", json_integer(r->more));
	return event;
}

json_t *xm_monitor_more(const struct xm_monitor_state *state, uint32_t parent_ifindex,
			uint32_t reason, uint64_t count)
{
	json_t *event = xm_monitor_event("drops", 0);

	json_object_set_new(event, "parent", json_string(xm_monitor_parent(state, parent_ifindex)));
	json_object_set_new(event, "reason", json_string(reason_text(reason)));
	json_object_set_new(event, "suppressed", json_integer(count));
	return event;
}
