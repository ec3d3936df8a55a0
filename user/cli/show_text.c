// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `show` as text that reads like `ip -d -s link` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/describe.h"

static void print_flag(const char *name, void *first)
{
	printf("%s%s", *(int *)first ? "" : ",", name);
	*(int *)first = 0;
}

static void print_device(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	const struct xm_link *l = &ep->peer;
	char parent[XM_SANITIZED_LEN], qdisc[XM_SANITIZED_LEN];
	int first = 1;

	xm_sanitized(p->link.name, parent);
	if (!l->ifindex) {
		printf("%s@%s: <>\n", ep->rec.name, parent);
		return;
	}
	printf("%u: %s@%s: <", l->ifindex, ep->rec.name, parent);
	xm_flags_each(l->flags, print_flag, &first);
	printf("> mtu %u qdisc %s state %s\n", l->mtu, xm_sanitized(l->qdisc, qdisc),
	       xm_operstate_text(l->operstate));
}

static void print_address(struct xm_parent *p, const struct xm_endpoint *ep)
{
	char mac[XM_MAC_TEXT], plain[XM_SANITIZED_LEN];
	const char *netns;

	printf("    link/ether %s brd ff:ff:ff:ff:ff:ff", xm_mac_text(ep->rec.port.mac, mac));
	if (ep->rec.peer_nsid != XM_NSID_SELF) {
		netns = xm_netns_name(&p->engine->nl, ep->rec.peer_nsid);
		if (netns)
			printf(" netns %s", xm_sanitized(netns, plain));
		else
			printf(" link-netnsid %d", ep->rec.peer_nsid);
	}
	if (ep->peer.ifindex && strcmp(ep->peer.name, ep->rec.name))
		printf(" ifname %s", xm_sanitized(ep->peer.name, plain));
	putchar('\n');
}

static void print_sources(struct xm_parent *p, const struct xm_endpoint *ep)
{
	uint8_t(*macs)[XM_MAC_LEN];
	int n = xm_source_list_read(p, ep, &macs);
	char mac[XM_MAC_TEXT];

	printf(" remotes (%d)", n > 0 ? n : 0);
	for (int i = 0; i < n; i++)
		printf(" %s", xm_mac_text(macs[i], mac));
	free(macs);
}

static void print_settings(struct xm_parent *p, const struct xm_endpoint *ep)
{
	const struct xm_endpoint_record *rec = &ep->rec;

	printf("    xmacvlan mode %s", xm_mode_name(rec->port.mode));
	if (rec->nopromisc)
		printf(" nopromisc");
	if (rec->port.flags & XM_PORT_NODST)
		printf(" nodst");
	printf(" bcqueuelen %u usedbcqueuelen %u", rec->bcqueuelen, p->used_bcqueuelen);
	if (rec->bclim != XM_BCLIM_DEFAULT)
		printf(" bclim %d", rec->bclim);
	printf(" host %s spoofchk %s", rec->port.flags & XM_PORT_HOST ? "on" : "off",
	       rec->port.flags & XM_PORT_SPOOFCHK ? "on" : "off");
	if (rec->port.mode == XM_MODE_SOURCE)
		print_sources(p, ep);
	putchar('\n');
}

static void print_owner(struct xm_parent *p, const struct xm_endpoint *ep)
{
	char network[XM_SANITIZED_LEN], container[XM_SANITIZED_LEN], ifname[XM_SANITIZED_LEN];
	struct xm_owner owner;

	if (xm_owner_read(p, ep->slot, &owner, NULL) > 0)
		printf("    cni network %s container %s ifname %s\n", xm_sanitized(owner.network, network),
		       xm_sanitized(owner.container, container), xm_sanitized(ep->rec.ifname, ifname));
}

static void print_drops(const struct xm_stats *s)
{
	int any = 0;

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		if (s->drops[i])
			printf("%s %s %llu", any++ ? "" : "    drops:", xm_reason_key(i), s->drops[i]);
	if (any)
		putchar('\n');
}

static void print_stats(const struct xm_stats *s)
{
	printf("    RX: %12s %10s %6s %7s %7s %7s\n", "bytes", "packets", "errors", "dropped", "missed",
	       "mcast");
	printf("    %16llu %10llu %6d %7llu %7d %7llu\n", s->rx_bytes,
	       s->rx_packets, 0, (unsigned long long)xm_rx_dropped(s), 0, s->rx_multicast);
	printf("    TX: %12s %10s %6s %7s %7s %7s\n", "bytes", "packets", "errors", "dropped", "carrier",
	       "collsns");
	printf("    %16llu %10llu %6d %7llu %7d %7d\n", s->tx_bytes, s->tx_packets, 0,
	       (unsigned long long)xm_tx_dropped(s), 0, 0);
	print_drops(s);
}

void xm_endpoint_print(struct xm_parent *p, const struct xm_endpoint *ep, bool stats)
{
	struct xm_stats s;

	print_device(p, ep);
	print_address(p, ep);
	print_settings(p, ep);
	print_owner(p, ep);
	if (stats && !xm_endpoint_stats(p, ep, &s))
		print_stats(&s);
}

void xm_parent_print(struct xm_parent *p, bool stats)
{
	char text[256], plain[XM_SANITIZED_LEN];
	struct xm_stats s;

	xm_parent_attach_text(p, text, sizeof(text));
	printf("parent %s: %s, %zu endpoint%s\n", xm_sanitized(p->link.name, plain), text, p->count, p->count == 1 ? "" : "s");
	if (stats && !xm_parent_stats(p, XM_SLOT_PARENT, &s))
		print_drops(&s);
}
