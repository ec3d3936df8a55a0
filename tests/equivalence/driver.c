// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes one endpoint: by `ip link` for the kernel's macvlan, else by `xmacvlan`. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "eq.h"
#include "link.h"
#include "run.h"

static const struct xmt_ns *ep_ns(const struct side *s, unsigned int i, const struct ep *ep)
{
	return ep->beside ? &s->host : &s->ep_ns[i];
}

const char *change_text(const struct change *c)
{
	static const char *const text[] = {
		[EP_ADD] = "add",
		[EP_DEL] = "del",
		[EP_UP] = "up",
		[EP_DOWN] = "down",
		[EP_ADDRESS] = "address",
		[EP_MODE] = "mode",
		[EP_NODST] = "nodst",
		[EP_NOPROMISC] = "nopromisc",
		[EP_SOURCE_ADD] = "macaddr add",
		[EP_SOURCE_DEL] = "macaddr del",
		[EP_SOURCE_SET] = "macaddr set",
		[EP_SOURCE_FLUSH] = "macaddr flush",
	};
	static char line[48];

	snprintf(line, sizeof(line), "e%u %s", c->ep, text[c->what]);
	return line;
}

/* Run a command. Returns 0, or -1 with a message printed. */
static int driver_run(const struct side *s, const char *fmt, ...) XMT_PRINTF(2, 3);

static int driver_run(const struct side *s, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	int code;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	code = xmt_run("%s", line);
	if (opt.verbose)
		printf("  %s: %s\n", s->id == LEFT ? "left" : "right", line);
	if (!code)
		return 0;
	printf("  %s: `%s` returned %d: %s\n", s->id == LEFT ? "left" : "right", line, code,
	       xmt_output());
	return -1;
}

static const char *sources_text(const struct ep *ep)
{
	static char text[32 + 18 * (SOURCE_MAX + 1)];
	unsigned int i;
	int n;

	n = snprintf(text, sizeof(text), "macaddr set %s", xmt_mac_text(sentinel_listed));
	for (i = 0; i < ep->n_sources; i++)
		n += snprintf(text + n, sizeof(text) - n, " %s", xmt_mac_text(ep->sources[i]));
	return text;
}

static const char *mode_options(const struct ep *ep)
{
	static char text[256];

	snprintf(text, sizeof(text), "mode %s %s %s %s", mode_text(ep->mode),
		 ep->nodst ? "nodst" : "", ep->nopromisc ? "nopromisc" : "",
		 ep->mode == SOURCE ? sources_text(ep) : "");
	return text;
}

static const char *address_option(const struct ep *ep)
{
	static char text[32];

	if (ep->mode == PASSTHRU)
		return "";
	snprintf(text, sizeof(text), "address %s", xmt_mac_text(ep->mac));
	return text;
}

int driver_attach(struct side *s)
{
	/*
	 * macvlan_open() loses the allmulticast flag of a passthru nopromisc endpoint that was set
	 * while the endpoint was down. With an allmulticast parent joined groups do not matter.
	 */
	if (s->driver == MACVLAN)
		return driver_run(s, "ip -n %s link set p0 allmulticast on", s->host.name);
	if (!opt.parent_opts[0])
		return 0;
	return driver_run(s, "timeout 30 %s -n %s attach p0 %s", opt.xmacvlan, s->host.name,
			  opt.parent_opts);
}

static const char *macvlan_kind(const struct ep *ep)
{
	return ep->tap ? "macvtap" : "macvlan";
}

static int macvlan_add(struct side *s, const struct ep *ep, unsigned int i)
{
	const struct xmt_ns *ns = ep_ns(s, i, ep);
	int err;

	err = driver_run(s,
			 "ip -n %s link add %s link p0 netns %s %s mtu %u type %s %s && "
			 "ip -n %s link set %s allmulticast on",
			 s->host.name, ep->name, ns->name, address_option(ep), ep->mtu,
			 macvlan_kind(ep), mode_options(ep), ns->name, ep->name);
	/* Without bclim -1 a kernel worker delivers broadcast, which changes the order. */
	if (!err && xmt_macvlan_bclim(ns, ep->name, macvlan_kind(ep), -1)) {
		printf("  cannot set bclim of %s\n", ep->name);
		err = -1;
	}
	return err;
}

static int macvlan_apply(struct side *s, const struct ep *ep, const struct change *c)
{
	const struct xmt_ns *ns = ep_ns(s, c->ep, ep);
	char link[96], set[128];

	snprintf(link, sizeof(link), "ip -n %s link set %s", ns->name, ep->name);
	snprintf(set, sizeof(set), "%s type %s", link, macvlan_kind(ep));
	switch (c->what) {
	case EP_ADD:
		return macvlan_add(s, ep, c->ep);
	case EP_DEL:
		return driver_run(s, "ip -n %s link del %s", ns->name, ep->name);
	case EP_ADDRESS:
		return driver_run(s, "%s address %s", link, xmt_mac_text(ep->mac));
	case EP_MODE:
		return driver_run(s, "%s mode %s %s", set, mode_text(ep->mode),
				  ep->mode == SOURCE ? sources_text(ep) : "");
	case EP_NODST:
		return driver_run(s, "%s mode source flag %s", set, ep->nodst ? "nodst" : "null");
	case EP_NOPROMISC:
		return driver_run(s, "%s mode passthru flag %s", set,
				  ep->nopromisc ? "nopromisc" : "null");
	case EP_SOURCE_ADD:
		return driver_run(s, "%s macaddr add %s", set, xmt_mac_text(c->mac));
	case EP_SOURCE_DEL:
		return driver_run(s, "%s macaddr del %s", set, xmt_mac_text(c->mac));
	case EP_SOURCE_SET:
		return driver_run(s, "%s %s", set, sources_text(ep));
	case EP_SOURCE_FLUSH:
		return driver_run(s, "%s macaddr flush && %s macaddr add %s", set, set,
				  xmt_mac_text(sentinel_listed));
	default:
		return -1;
	}
}

static int xmacvlan_add(struct side *s, const struct ep *ep, unsigned int i)
{
	const struct xmt_ns *ns = ep_ns(s, i, ep);

	const char *type = ep->tap ? "type tap" : ep->netkit ? "type netkit" : "";

	return driver_run(
		s, "timeout 30 %s -n %s add %s link p0 %s %s mtu %u %s %s %s spoofchk off host off",
		opt.xmacvlan, s->host.name, ep->name, type, address_option(ep), ep->mtu,
		ep->beside ? "" : "netns", ep->beside ? "" : ns->name, mode_options(ep));
}

static int xmacvlan_apply(struct side *s, const struct ep *ep, const struct change *c)
{
	char set[320];

	snprintf(set, sizeof(set), "timeout 30 %s -n %s set %s", opt.xmacvlan, s->host.name,
		 ep->name);
	switch (c->what) {
	case EP_ADD:
		return xmacvlan_add(s, ep, c->ep);
	case EP_DEL:
		return driver_run(s, "timeout 30 %s -n %s del %s", opt.xmacvlan, s->host.name,
				  ep->name);
	case EP_ADDRESS:
		return driver_run(s, "%s address %s", set, xmt_mac_text(ep->mac));
	case EP_MODE:
		return driver_run(s, "%s mode %s %s", set, mode_text(ep->mode),
				  ep->mode == SOURCE ? sources_text(ep) : "");
	case EP_NODST:
		return driver_run(s, "%s %s", set, ep->nodst ? "nodst" : "dst");
	case EP_NOPROMISC:
		return driver_run(s, "%s %s", set, ep->nopromisc ? "nopromisc" : "promisc");
	case EP_SOURCE_ADD:
		return driver_run(s, "%s macaddr add %s", set, xmt_mac_text(c->mac));
	case EP_SOURCE_DEL:
		return driver_run(s, "%s macaddr del %s", set, xmt_mac_text(c->mac));
	case EP_SOURCE_SET:
		return driver_run(s, "%s %s", set, sources_text(ep));
	case EP_SOURCE_FLUSH:
		return driver_run(s, "%s macaddr flush && %s macaddr add %s", set, set,
				  xmt_mac_text(sentinel_listed));
	default:
		return -1;
	}
}

int driver_apply(struct side *s, const struct ep *ep, const struct change *c)
{
	if (c->what == EP_UP || c->what == EP_DOWN)
		return driver_run(s, "ip -n %s link set %s %s", ep_ns(s, c->ep, ep)->name, ep->name,
				  c->what == EP_UP ? "up" : "down");
	if (s->driver == MACVLAN)
		return macvlan_apply(s, ep, c);
	return xmacvlan_apply(s, ep, c);
}
