// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds out what is out of line with the devices, for readers. The watcher and commands that change
 * something repair it.
 */
#include <bpf/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/carrier.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_table.h"
#include "engine/host_end.h"
#include "engine/host_end_order.h"
#include "engine/host_end_programs.h"
#include "engine/kinds.h"
#include "engine/parent_list.h"
#include "engine/parent_needs.h"
#include "engine/record_read.h"
#include "engine/stale.h"
#include "engine/tc_verify.h"
#include "engine/vlans.h"
#include "engine/xdp_config.h"
#include "mac.h"
#include "net/tc_blocks.h"
#include "pins/pin_dir.h"

static void stale_set(char ret[XM_STALE_LEN], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void stale_set(char ret[XM_STALE_LEN], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret, XM_STALE_LEN, fmt, ap);
	va_end(ap);
}

/* Whether the parent's device has changed since it was read */
static bool link_differs(const struct xm_parent *p)
{
	struct xm_link now;

	return p->alive &&
	       (xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, p->link.ifindex, &now) ||
		now.flags != p->link.flags || now.xdp_prog_id != p->link.xdp_prog_id);
}

static bool endpoint_differs(const struct xm_endpoint_record *read,
			     const struct xm_endpoint_record *now)
{
	return now->state != read->state || memcmp(&now->port, &read->port, sizeof(now->port)) ||
	       strcmp(now->name, read->name);
}

/*
 * Whether the endpoints differ from those that were read. The parent's record alone does not tell:
 * it is the same again after a command has added an endpoint and another one has deleted it.
 */
static bool endpoints_differ(const struct xm_parent *p)
{
	struct xm_parent now;
	bool differ = xm_parent_load_pins(p->engine, p->rec.parent_ifindex, &now, NULL) != 0 ||
		      now.count != p->count;

	for (size_t i = 0; !differ && i < p->count; i++) {
		const struct xm_endpoint *ep = xm_endpoint_by_slot(&now, p->endpoints[i].slot);

		differ = !ep || endpoint_differs(&p->endpoints[i].rec, &ep->rec);
	}
	xm_parent_close(&now);
	return differ;
}

/* Whether the record of the endpoint differs from what was read. ep NULL: those of all */
static bool records_differ(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	struct xm_endpoint_record endpoint;
	struct xm_parent_record parent;
	struct xm_config config;
	uint32_t key = 0;

	if (bpf_map_lookup_elem(p->maps[XM_MAP_PARENT], &key, &parent) ||
	    bpf_map_lookup_elem(p->maps[XM_MAP_CONFIG], &key, &config) ||
	    memcmp(&parent, &p->rec, sizeof(parent)) || config.uses != p->config.uses)
		return true;
	if (!ep)
		return endpoints_differ(p);
	return bpf_map_lookup_elem(p->maps[XM_MAP_ENDPOINTS], &ep->slot, &endpoint) ||
	       endpoint_differs(&ep->rec, &endpoint);
}

/*
 * Whether a command is working on the parent, or has since its records were read: then what was
 * read does not fit together. A command may begin between the look at the lock and that at the
 * records, or end between those in the other order; therefore twice.
 */
static bool is_being_changed(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	for (int i = 0; i < 2; i++)
		if (access(p->dir, F_OK) || xm_lock_is_held(p->dir) || records_differ(p, ep) ||
		    link_differs(p))
			return true;
	return false;
}

static void conclude(const struct xm_parent *p, const struct xm_endpoint *ep,
		     char ret[XM_STALE_LEN])
{
	bool partial = ep && ep->rec.state == XM_ENDPOINT_PARTIAL;

	if (ret[0] && is_being_changed(p, ep))
		stale_set(ret, "is being %s", partial ? "added or deleted" : "changed");
}

/* Whether no command was killed while it changed the parent */
static bool parent_is_complete(const struct xm_parent *p)
{
	return p->rec.state & XM_PARENT_READY && !(p->rec.state & XM_PARENT_TX_PARTIAL) &&
	       !p->rec.before && xm_xdp_is_current(p) && xm_parent_endpoints_needs_are_met(p);
}

/*
 * Whether programs of the host ends are missing somewhere. When the last host end has gone, the
 * kernel has removed their blocks: xm_endpoint_why_stale() then says what has gone.
 */
static bool host_ends_lack_programs(struct xm_parent *p, struct xm_err *why)
{
	struct xm_link host_end;

	if (!p->count || !xm_host_end_programs_verify(p, why))
		return false;
	for (size_t i = 0; i < p->count; i++)
		if (!xm_host_end_find(p, &p->endpoints[i], &host_end))
			return true;
	return false;
}

void xm_parent_why_stale(struct xm_parent *p, char ret[XM_STALE_LEN])
{
	struct xm_err why = {};

	ret[0] = '\0';
	if (p->broken.exit_code)
		return; /* that text says more */
	if (p->rec.state & XM_PARENT_MOVING) {
		stale_set(ret, "is moving to another network namespace");
		return;
	}
	if (!p->alive)
		stale_set(ret, "the device has gone");
	else if (!parent_is_complete(p))
		stale_set(ret, "a killed command left it half changed");
	else if (xm_tc_verify(p, &why) || host_ends_lack_programs(p, &why))
		stale_set(ret, "%.120s", why.text);
	else if (xm_xdp_was_detached(p))
		stale_set(ret, "parent_xdp is not attached to %s", xm_parent_name(p));
	else if (p->rec.state & XM_PARENT_CARRIER_DOWN && p->link.flags & XM_LINK_CARRIER)
		stale_set(ret, "has a carrier, its endpoints have none");
	else if (p->engine->vlans.known && xm_vlans_differ(p))
		stale_set(ret, "its VLAN devices have changed");
	else if (xm_parent_is_traced_by_nobody(p))
		stale_set(ret, "a trace was killed, the programs still report frames");
	conclude(p, NULL, ret);
}

static void endpoint_stale_mtu(const struct xm_parent *p, const struct xm_endpoint *ep,
			       const struct xm_link *host_end, char ret[XM_STALE_LEN])
{
	if (xm_kind_of(ep)->has_peer && host_end->mtu != p->link.mtu)
		stale_set(ret, "mtu of the host end is %u, of %s %u", host_end->mtu,
			  xm_parent_name(p), p->link.mtu);
	else if (ep->device.mtu > p->link.mtu)
		stale_set(ret, "mtu is %u, of %s %u", ep->device.mtu, xm_parent_name(p),
			  p->link.mtu);
	else if (ep->device.mtu != ep->rec.port.mtu && ep->device.mtu <= 0xffff)
		stale_set(ret, "mtu is %u, the record has %u", ep->device.mtu, ep->rec.port.mtu);
}

static void endpoint_stale_mac(const struct xm_parent *p, const struct xm_endpoint *ep,
			       char ret[XM_STALE_LEN])
{
	bool passthru = ep->rec.port.mode == XM_MODE_PASSTHRU;
	char is[XM_MAC_TEXT], recorded[XM_MAC_TEXT];

	if (passthru && !xm_mac_equal(p->link.mac, p->config.parent_mac))
		stale_set(ret, "address of %s is %s, the record has %s", xm_parent_name(p),
			  xm_mac_text(p->link.mac, is),
			  xm_mac_text(p->config.parent_mac, recorded));
	else if (xm_kind_of(ep)->has_peer && !xm_mac_equal(ep->device.mac, ep->rec.port.mac))
		stale_set(ret, "address of the device is %s", xm_mac_text(ep->device.mac, is));
	else if (xm_endpoint_shares_mac(p, ep))
		stale_set(ret, "address %s is also that of the parent %s",
			  xm_mac_text(p->link.mac, is), xm_parent_name(p));
}

/* Whether frames of the endpoint run through endpoint_rx; true also when that cannot be read */
static bool host_end_is_in_block(struct xm_parent *p, const struct xm_link *host_end)
{
	const struct xm_link_table *t = &p->engine->links;
	uint32_t block = XM_TC_RX_BLOCK(p->rec.parent_ifindex);
	const struct xm_tc_blocks *has;

	if (!t->count)
		return xm_tc_in_block(&p->engine->nl, host_end->ifindex, block);
	has = xm_tc_blocks_find(t->blocks, t->block_count, host_end->ifindex);
	return has && has->ingress == block;
}

void xm_endpoint_why_stale(struct xm_parent *p, const struct xm_endpoint *ep,
			   const struct xm_link *host_end, char ret[XM_STALE_LEN])
{
	bool elsewhere = ep->rec.peer_nsid != XM_NSID_SELF;
	struct xm_err why = {};

	ret[0] = '\0';
	if (ep->rec.state == XM_ENDPOINT_PARTIAL)
		stale_set(ret, "a killed command left it half added or deleted");
	else if (ep->rec.state == XM_ENDPOINT_CHANGING)
		stale_set(ret, "a killed command left it half changed");
	else if (p->rec.state & XM_PARENT_MOVING || !p->alive)
		stale_set(ret, "%s", p->alive ? "its parent is moving" : "its parent has gone");
	else if (!host_end)
		stale_set(ret, "the device has gone");
	else if (xm_carrier_is_wrongly_down(p, ep, host_end))
		stale_set(ret, "the host end (%s) is down", host_end->name);
	else if (elsewhere != !!(ep->rec.port.flags & XM_PORT_OTHER_NETNS))
		stale_set(ret, "was moved to another network namespace");
	if (!ret[0] && host_end)
		endpoint_stale_mac(p, ep, ret);
	if (!ret[0] && host_end)
		endpoint_stale_mtu(p, ep, host_end, ret);
	if (!ret[0] && host_end && !host_end_is_in_block(p, host_end))
		stale_set(ret, "endpoint_rx is not attached to %s", host_end->name);
	if (!ret[0] && host_end && xm_host_end_verify_order(p, ep, host_end, &why))
		stale_set(ret, "%.120s", why.text);
	if (!(p->rec.state & XM_PARENT_MOVING))
		conclude(p, ep, ret);
}
