// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `show` as text that reads like `ip -d -s link` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/show.h"
#include "engine/settings.h"
#include "net/tap.h"

static void print_flag(const char *name, void *first)
{
	printf("%s%s", *(int *)first ? "" : ",", name);
	*(int *)first = 0;
}

/* Begins the next line of a record */
static void print_line(const struct xm_show_style *style)
{
	printf("%s    ", style->oneline ? "\\" : "\n");
}

static void print_state(const struct xm_show_style *style, const struct xm_link *l)
{
	char text[XM_SANITIZED_LEN];

	printf("> mtu %u qdisc %s state %s%s%s mode %s group ", l->mtu,
	       xm_sanitized(l->qdisc, text), xm_color_state(style, l->operstate),
	       xm_operstate_text(l->operstate), xm_color_end(style), xm_linkmode_text(l->linkmode));
	printf("%s", xm_link_group_text(l->group, text));
	if (l->txqlen)
		printf(" qlen %u", l->txqlen);
}

static void print_device(const struct xm_show_style *style, const struct xm_parent_info *p,
			 const struct xm_endpoint_info *ep)
{
	const struct xm_link *l = &ep->device;
	char parent[XM_SANITIZED_LEN];
	int first = 1;

	if (l->ifindex)
		printf("%u: ", l->ifindex);
	printf("%s%s@%s: %s<", xm_color_name(style), ep->name, xm_sanitized(p->link.name, parent),
	       xm_color_end(style));
	if (!l->ifindex) {
		printf(">");
		return;
	}
	xm_flags_each(l->flags, &p->link, print_flag, &first);
	print_state(style, l);
}

static void print_address(const struct xm_show_style *style, const struct xm_endpoint_info *ep)
{
	char mac[XM_MAC_TEXT], sanitized[XM_SANITIZED_LEN];
	const char *color = xm_color_mac(style), *end = xm_color_end(style);

	print_line(style);
	printf("link/ether %s%s%s brd %sff:ff:ff:ff:ff:ff%s", color, xm_mac_text(ep->mac, mac), end,
	       color, end);
	if (ep->netns)
		printf(" netns %s", xm_sanitized(ep->netns, sanitized));
	else if (ep->peer_nsid != XM_NSID_SELF)
		printf(" link-netnsid %d", ep->peer_nsid);
	if (ep->device.ifindex && strcmp(ep->device.name, ep->name))
		printf(" ifname %s", xm_sanitized(ep->device.name, sanitized));
	if (style->details && ep->device.ifindex)
		printf(" promiscuity %u allmulti %u minmtu %u maxmtu %u", ep->device.promiscuity,
		       ep->device.allmulti, ep->device.min_mtu, ep->device.max_mtu);
}

static void print_queues(const struct xm_link *l)
{
	const char *gen = xm_addr_gen_mode_text(l->addr_gen_mode);

	if (gen)
		printf(" addrgenmode %s", gen);
	printf(" numtxqueues %u numrxqueues %u gso_max_size %u gso_max_segs %u", l->tx_queues,
	       l->rx_queues, l->gso_max_size, l->gso_max_segs);
	if (l->tso_max_size)
		printf(" tso_max_size %u tso_max_segs %u", l->tso_max_size, l->tso_max_segs);
	if (l->gro_max_size)
		printf(" gro_max_size %u", l->gro_max_size);
	if (l->gso_ipv4_max_size)
		printf(" gso_ipv4_max_size %u gro_ipv4_max_size %u", l->gso_ipv4_max_size,
		       l->gro_ipv4_max_size);
}

static void print_sources(const struct xm_endpoint_info *ep)
{
	char mac[XM_MAC_TEXT];

	printf(" remotes (%zu)", ep->source_count);
	for (size_t i = 0; i < ep->source_count; i++)
		printf(" %s", xm_mac_text(ep->sources[i], mac));
}

/* Prints the additional addresses: "addresses own (1) 00:00:5e:00:01:33" */
static void print_addresses(const struct xm_endpoint_info *ep)
{
	char mac[XM_MAC_TEXT];

	printf(" addresses %s (%zu)", ep->follow ? "follow" : "own", ep->additional_mac_count);
	for (size_t i = 0; i < ep->additional_mac_count; i++)
		printf(" %s", xm_mac_text(ep->additional_macs[i].mac, mac));
}

/* With -d also why `type auto` has taken it: "type veth (auto: its parent has XDP)" */
static void print_type(const struct xm_show_style *style, const struct xm_endpoint_info *ep)
{
	const char *why = style->details ? xm_kind_why_text(ep->kind_why) : "";

	if (ep->kind != XM_KIND_VETH || *why)
		printf(" type %s", xm_kind_name(ep->kind));
	if (*why)
		printf(" (auto: %s)", why);
}

static void print_settings(const struct xm_show_style *style, const struct xm_parent_info *p,
			   const struct xm_endpoint_info *ep)
{
	print_line(style);
	printf("xmacvlan");
	print_type(style, ep);
	printf(" mode %s", xm_mode_name(ep->mode));
	if (ep->nopromisc)
		printf(" nopromisc");
	if (ep->nodst)
		printf(" nodst");
	printf(" bcqueuelen %u usedbcqueuelen %u", ep->bcqueuelen, p->used_bcqueuelen);
	if (ep->bclim != XM_BCLIM_DEFAULT)
		printf(" bclim %d", ep->bclim);
	printf(" host %s spoofchk %s trust %s", ep->host_access ? "on" : "off",
	       ep->spoofchk ? "on" : "off", ep->trust ? "on" : "off");
	if (ep->mode == XM_MODE_SOURCE)
		print_sources(ep);
	if (ep->additional_mac_count || ep->follow)
		print_addresses(ep);
	if (style->details && ep->device.ifindex)
		print_queues(&ep->device);
}

/* "tap user root queues 2", and the options by which QEMU opens the tap */
static void print_tap(const struct xm_show_style *style, const struct xm_endpoint_info *ep)
{
	char text[XM_QEMU_TEXT], sanitized[XM_SANITIZED_LEN];

	if (ep->kind != XM_KIND_TAP || !style->details)
		return;
	print_line(style);
	printf("tap");
	if (ep->device.ifindex && ep->device.tap_uid != XM_TAP_NOBODY)
		printf(" user %s", xm_sanitized(xm_user_text(ep->device.tap_uid, text), sanitized));
	if (ep->device.ifindex && ep->device.tap_gid != XM_TAP_NOBODY)
		printf(" group %s",
		       xm_sanitized(xm_group_text(ep->device.tap_gid, text), sanitized));
	printf(" queues %u", ep->queues);
	print_line(style);
	printf("qemu %s", xm_sanitized(xm_qemu_text(ep, text), sanitized));
}

static void print_owner(const struct xm_show_style *style, const struct xm_endpoint_info *ep)
{
	if (!ep->owner)
		return;
	print_line(style);
	xm_show_owner_text(ep);
}

static void print_stale(const struct xm_show_style *style, const char *stale)
{
	char sanitized[XM_SANITIZED_LEN];

	if (!stale[0])
		return;
	print_line(style);
	printf("stale: %s", xm_sanitized(stale, sanitized));
}

static void print_drops(const struct xm_show_style *style, const struct xm_stats *s)
{
	char text[XM_COUNT_TEXT];
	int any = 0;

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++) {
		if (!s->drops[i])
			continue;
		if (!any++) {
			print_line(style);
			printf("drops:");
		}
		printf(" %s %s", xm_reason_key(i), xm_count_text(style, s->drops[i], text));
	}
}

static void print_counts(const struct xm_show_style *style, const uint64_t counts[6])
{
	static const int widths[] = { 16, 11, 7, 8, 8, 8 };
	char text[XM_COUNT_TEXT];

	print_line(style);
	for (int i = 0; i < 6; i++)
		printf("%*s", widths[i], xm_count_text(style, counts[i], text));
}

static void print_stats(const struct xm_show_style *style, const struct xm_stats *s)
{
	const uint64_t rx[] = {
		s->rx_bytes, s->rx_packets, 0, xm_rx_dropped(s), 0, s->rx_multicast
	};
	const uint64_t tx[] = { s->tx_bytes, s->tx_packets, 0, xm_tx_dropped(s), 0, 0 };

	print_line(style);
	printf("RX: %12s %10s %6s %7s %7s %7s", "bytes", "packets", "errors", "dropped", "missed",
	       "mcast");
	print_counts(style, rx);
	print_line(style);
	printf("TX: %12s %10s %6s %7s %7s %7s", "bytes", "packets", "errors", "dropped", "carrier",
	       "collsns");
	print_counts(style, tx);
	print_drops(style, s);
}

void xm_show_endpoint_text(const struct xm_show_style *style, const struct xm_parent_info *p,
			   const struct xm_endpoint_info *ep)
{
	print_device(style, p, ep);
	print_address(style, ep);
	print_settings(style, p, ep);
	print_tap(style, ep);
	print_owner(style, ep);
	print_stale(style, ep->stale);
	if (ep->has_stats)
		print_stats(style, &ep->stats);
	putchar('\n');
}

/* Prints how the programs are attached: " tc tcx xdp off (auto: …), 1 endpoint" */
static void print_attachment(const struct xm_parent_info *p)
{
	char reason[XM_SANITIZED_LEN];

	printf(" tc %s xdp %s (%s: %s%s)%s%s%s, %zu endpoint%s", p->tcx ? "tcx" : "clsact",
	       xm_xdp_name(p->xdp), xm_xdp_name(p->xdp_requested),
	       xm_sanitized(p->xdp_reason, reason),
	       p->xdp_single ? "; alone, without libxdp's dispatcher" : "",
	       p->guard ? " guard on" : "", p->neigh_direct ? " neigh direct" : "",
	       p->fanout ? " fanout on" : "", p->endpoint_count, p->endpoint_count == 1 ? "" : "s");
}

/*
 * Prints a line for each TC program of others that may take the frames of endpoints: " before
 * parent_rx: NAME id 12"
 */
static void print_earlier(const struct xm_show_style *style, const struct xm_tc_earlier *earlier)
{
	char name[XM_SANITIZED_LEN];

	for (size_t i = 0; i < earlier->count; i++) {
		const struct xm_tc_program *program = &earlier->list[i];

		print_line(style);
		printf("before parent_%s: %s", program->ingress ? "rx" : "tx",
		       xm_sanitized(program->name, name));
		if (program->id)
			printf("%sid %u", name[0] ? " " : "", program->id);
	}
}

void xm_show_parent_text(const struct xm_show_style *style, const struct xm_parent_info *p)
{
	char name[XM_SANITIZED_LEN];

	printf("parent %s:", xm_sanitized(p->link.name, name));
	if (p->broken)
		printf(" broken: %s%s", p->broken, p->is_loaded ? ";" : "");
	if (p->is_loaded)
		print_attachment(p);
	print_earlier(style, &p->earlier);
	print_stale(style, p->stale);
	if (p->has_stats)
		print_drops(style, &p->stats);
	putchar('\n');
}
