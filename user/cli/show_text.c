// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `show` as text that reads like `ip -d -s link` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/show.h"
#include "engine/settings.h"

static void print_flag(const char *name, void *first)
{
	printf("%s%s", *(int *)first ? "" : ",", name);
	*(int *)first = 0;
}

static void print_device(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	const struct xm_link *l = &ep->device;
	char parent[XM_SANITIZED_LEN], qdisc[XM_SANITIZED_LEN];
	int first = 1;

	xm_sanitized(p->link.name, parent);
	if (!l->ifindex) {
		printf("%s@%s: <>\n", ep->name, parent);
		return;
	}
	printf("%u: %s@%s: <", l->ifindex, ep->name, parent);
	xm_flags_each(l->flags, print_flag, &first);
	printf("> mtu %u qdisc %s state %s\n", l->mtu, xm_sanitized(l->qdisc, qdisc),
	       xm_operstate_text(l->operstate));
}

static void print_address(const struct xm_endpoint_info *ep)
{
	char mac[XM_MAC_TEXT], sanitized[XM_SANITIZED_LEN];

	printf("    link/ether %s brd ff:ff:ff:ff:ff:ff", xm_mac_text(ep->mac, mac));
	if (ep->netns)
		printf(" netns %s", xm_sanitized(ep->netns, sanitized));
	else if (ep->peer_nsid != XM_NSID_SELF)
		printf(" link-netnsid %d", ep->peer_nsid);
	if (ep->device.ifindex && strcmp(ep->device.name, ep->name))
		printf(" ifname %s", xm_sanitized(ep->device.name, sanitized));
	putchar('\n');
}

static void print_sources(const struct xm_endpoint_info *ep)
{
	char mac[XM_MAC_TEXT];

	printf(" remotes (%zu)", ep->source_count);
	for (size_t i = 0; i < ep->source_count; i++)
		printf(" %s", xm_mac_text(ep->sources[i], mac));
}

static void print_settings(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	printf("    xmacvlan mode %s", xm_mode_name(ep->mode));
	if (ep->nopromisc)
		printf(" nopromisc");
	if (ep->nodst)
		printf(" nodst");
	printf(" bcqueuelen %u usedbcqueuelen %u", ep->bcqueuelen, p->used_bcqueuelen);
	if (ep->bclim != XM_BCLIM_DEFAULT)
		printf(" bclim %d", ep->bclim);
	printf(" host %s spoofchk %s", ep->host ? "on" : "off", ep->spoofchk ? "on" : "off");
	if (ep->mode == XM_MODE_SOURCE)
		print_sources(ep);
	putchar('\n');
}

static void print_owner(const struct xm_endpoint_info *ep)
{
	char network[XM_SANITIZED_LEN], container[XM_SANITIZED_LEN], ifname[XM_SANITIZED_LEN];

	if (ep->owner)
		printf("    cni network %s container %s ifname %s\n",
		       xm_sanitized(ep->owner->network, network),
		       xm_sanitized(ep->owner->container, container),
		       xm_sanitized(ep->ifname, ifname));
}

static void print_stale(const char *stale)
{
	char sanitized[XM_SANITIZED_LEN];

	if (stale[0])
		printf("    stale: %s\n", xm_sanitized(stale, sanitized));
}

static void print_drops(const struct xm_stats *s)
{
	int any = 0;

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		if (s->drops[i])
			printf("%s %s %llu", any++ ? "" : "    drops:", xm_reason_key(i),
			       s->drops[i]);
	if (any)
		putchar('\n');
}

static void print_stats(const struct xm_stats *s)
{
	printf("    RX: %12s %10s %6s %7s %7s %7s\n", "bytes", "packets", "errors", "dropped",
	       "missed", "mcast");
	printf("    %16llu %10llu %6d %7llu %7d %7llu\n", s->rx_bytes, s->rx_packets, 0,
	       (unsigned long long)xm_rx_dropped(s), 0, s->rx_multicast);
	printf("    TX: %12s %10s %6s %7s %7s %7s\n", "bytes", "packets", "errors", "dropped",
	       "carrier", "collsns");
	printf("    %16llu %10llu %6d %7llu %7d %7d\n", s->tx_bytes, s->tx_packets, 0,
	       (unsigned long long)xm_tx_dropped(s), 0, 0);
	print_drops(s);
}

void xm_show_endpoint_text(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	print_device(p, ep);
	print_address(ep);
	print_settings(p, ep);
	print_owner(ep);
	print_stale(ep->stale);
	if (ep->has_stats)
		print_stats(&ep->stats);
}

/* " tc tcx xdp off (auto: …), 1 endpoint": how the programs are attached */
static void print_attachment(const struct xm_parent_info *p)
{
	char reason[XM_SANITIZED_LEN];

	printf(" tc %s xdp %s (%s: %s%s)%s, %zu endpoint%s", p->tcx ? "tcx" : "clsact",
	       xm_xdp_name(p->xdp), xm_xdp_name(p->xdp_requested),
	       xm_sanitized(p->xdp_reason, reason),
	       p->xdp_single ? "; alone, without libxdp's dispatcher" : "",
	       p->guard ? " guard on" : "", p->endpoint_count, p->endpoint_count == 1 ? "" : "s");
}

/* "    before parent_rx: NAME id 12": what may take the frames of the endpoints */
static void print_earlier(const struct xm_tc_earlier *earlier)
{
	char name[XM_SANITIZED_LEN];

	for (size_t i = 0; i < earlier->count; i++) {
		const struct xm_tc_program *program = &earlier->list[i];

		printf("    before parent_%s: %s", program->ingress ? "rx" : "tx",
		       xm_sanitized(program->name, name));
		if (program->id)
			printf("%sid %u", name[0] ? " " : "", program->id);
		putchar('\n');
	}
}

void xm_show_parent_text(const struct xm_parent_info *p)
{
	char name[XM_SANITIZED_LEN];

	printf("parent %s:", xm_sanitized(p->link.name, name));
	if (p->broken)
		printf(" broken: %s%s", p->broken, p->is_loaded ? ";" : "");
	if (p->is_loaded)
		print_attachment(p);
	printf("\n");
	print_earlier(&p->earlier);
	print_stale(p->stale);
	if (p->has_stats)
		print_drops(&p->stats);
}
