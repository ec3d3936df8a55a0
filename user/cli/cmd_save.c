// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `save`: prints what there is as a file for `apply`, but for endpoints of container runtimes */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/text.h"
#include "cli/command.h"
#include "net/netns.h"
#include "net/prefix.h"
#include "net/route.h"
#include "net/sysctl.h"
#include "net/tap.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static json_t *mac_json(const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	return json_string(xm_mac_text(mac, text));
}

static int append_address(const struct xm_prefix *a, void *data)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(a->family, a->bytes, address, sizeof(address));
	json_array_append_new(data, json_sprintf("%s/%u", address, a->bits));
	return 0;
}

/* Routes without a gateway come first: the kernel asks for a way to each gateway */
struct route_list {
	uint32_t ifindex;
	json_t *direct, *list;
};

/* A route that somebody has configured: not of the kernel, a router or a daemon */
static int append_route(const struct xm_hop *hop, void *data)
{
	const struct route_list *r = data;
	char text[INET6_ADDRSTRLEN] = "";
	json_t *route;

	if (hop->ifindex != r->ifindex || hop->type != RTN_UNICAST || hop->is_unknown ||
	    (hop->protocol != RTPROT_BOOT && hop->protocol != RTPROT_STATIC) ||
	    (hop->gw.len && hop->gw.family != hop->dst.family))
		return 0;
	route = json_object();
	inet_ntop(hop->dst.family, hop->dst.bytes, text, sizeof(text));
	json_object_set_new(route, "to",
			    hop->dst.bits || !hop->gw.len
				    ? json_sprintf("%s/%u", text, hop->dst.bits)
				    : json_string("default"));
	if (hop->gw.len)
		set_text(route, "via",
			 inet_ntop(hop->gw.family, hop->gw.bytes, text, sizeof(text)));
	if (hop->onlink)
		json_object_set_new(route, "onlink", json_true());
	if (hop->priority && !(hop->dst.family == AF_INET6 && hop->priority == 1024))
		json_object_set_new(route, "metric", json_integer(hop->priority));
	if (hop->table != RT_TABLE_MAIN)
		json_object_set_new(route, "table", json_integer(hop->table));
	if (hop->mtu)
		json_object_set_new(route, "mtu", json_integer(hop->mtu));
	json_array_append_new(hop->gw.len ? r->list : r->direct, route);
	return 0;
}

/* Takes the reference. An empty list or object is left out. */
static void set_filled(json_t *object, const char *key, json_t *value)
{
	if (json_array_size(value) || json_object_size(value))
		json_object_set(object, key, value);
	json_decref(value);
}

struct sysctl_list {
	const char *ifname;
	json_t *object;
};

/*
 * Adds a sysctl that is a number and differs from that of a new device. The kernel sets the MTU of
 * IPv6 to the device's.
 */
static int append_sysctl(const char *family, const char *key, void *data)
{
	const struct sysctl_list *s = data;
	char now[24] = "", usual[24] = "", name[80], *end;
	json_t *number;

	snprintf(name, sizeof(name), "%s.%s", family, key);
	if (!strcmp(name, "ipv6.mtu") || xm_sysctl_get(family, s->ifname, key, now, sizeof(now)) ||
	    xm_sysctl_get(family, "default", key, usual, sizeof(usual)) || !strcmp(now, usual))
		return 0;
	number = json_integer(strtol(now, &end, 10));
	if (end != now && !*end)
		json_object_set(s->object, name, number);
	json_decref(number);
	return 0;
}

static json_t *sysctls_json(const char *ifname)
{
	json_t *ret = json_object();
	struct sysctl_list list = { ifname, ret };

	/* A kernel without IPv6 has none of it */
	xm_sysctl_each("ipv4", ifname, append_sysctl, &list);
	xm_sysctl_each("ipv6", ifname, append_sysctl, &list);
	return ret;
}

/* The thread is in the peer end's namespace */
static int save_inside_here(const struct xm_link *device, json_t *inside)
{
	struct route_list routes = { device->ifindex, json_array(), json_array() };
	json_t *addresses = json_array();
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	for (int i = 0; i < 2 && !err; i++) {
		int family = i ? AF_INET6 : AF_INET;

		err = xm_ipaddr_each_configured(&nl, device->ifindex, family, append_address,
						addresses);
		if (!err)
			err = xm_route_each(&nl, family, append_route, &routes);
	}
	if (!(device->flags & IFF_UP))
		json_object_set_new(inside, "up", json_false());
	set_filled(inside, "addresses", addresses);
	json_array_extend(routes.direct, routes.list);
	json_decref(routes.list);
	set_filled(inside, "routes", routes.direct);
	set_filled(inside, "sysctls", sysctls_json(device->name));
	xm_nl_close(&nl);
	return err;
}

static int save_inside(struct xm_nl *nl, const struct xm_endpoint_info *ep, json_t *object,
		       struct xm_err *e)
{
	json_t *inside = json_object();
	struct xm_netns_scope scope;
	int fd, err;

	fd = ep->peer_nsid == XM_NSID_SELF ? xm_netns_self()
					   : xm_netns_open_nsid(nl, ep->peer_nsid);
	err = fd < 0 ? fd : xm_netns_scope_enter(&scope, fd);
	if (fd >= 0)
		close(fd);
	if (!err) {
		err = save_inside_here(&ep->device, inside);
		xm_netns_scope_leave(&scope);
	}
	set_filled(object, "inside", inside);
	return err ? xm_fail(e, err, "cannot read the addresses and routes of %s: %s", ep->name,
			     xm_netns_why(err))
		   : 0;
}

static void save_tap(const struct xm_endpoint_info *ep, json_t *object)
{
	set_text(object, "type", xm_kind_name(ep->kind));
	/* root is the default, but not of a tap with a group */
	if (ep->device.tap_uid != XM_TAP_NOBODY &&
	    (ep->device.tap_uid || ep->device.tap_gid != XM_TAP_NOBODY))
		json_object_set_new(object, "user", json_sprintf("%u", ep->device.tap_uid));
	if (ep->device.tap_gid != XM_TAP_NOBODY)
		json_object_set_new(object, "group", json_sprintf("%u", ep->device.tap_gid));
	if (ep->queues > 1)
		json_object_set_new(object, "queues", json_integer(ep->queues));
}

static int compare_macs(const void *a, const void *b)
{
	return memcmp(a, b, XM_MAC_LEN);
}

/* In order, which the kernel's map does not have */
static void save_macs(const struct xm_endpoint_info *ep, json_t *object)
{
	json_t *sources = json_array(), *additional = json_array();

	if (ep->source_count)
		qsort(ep->sources, ep->source_count, XM_MAC_LEN, compare_macs);
	for (size_t i = 0; i < ep->source_count; i++)
		json_array_append_new(sources, mac_json(ep->sources[i]));
	set_filled(object, "macaddr", sources);
	for (size_t i = 0; i < ep->additional_mac_count; i++)
		if (!(ep->additional_macs[i].flags & XM_ADDITIONAL_MAC_FOLLOWED))
			json_array_append_new(additional, mac_json(ep->additional_macs[i].mac));
	if (ep->follow) {
		set_text(object, "addresses", "follow");
		json_decref(additional);
	} else {
		set_filled(object, "addresses", additional);
	}
}

/* What differs from the default; the MAC always */
static void save_settings(const struct xm_endpoint_info *ep, json_t *object)
{
	bool passthru = ep->mode == XM_MODE_PASSTHRU;

	if (ep->mode != XM_MODE_DEFAULT)
		set_text(object, "mode", xm_mode_name(ep->mode));
	if (!passthru)
		json_object_set_new(object, "address", mac_json(ep->mac));
	if (ep->nopromisc && passthru)
		json_object_set_new(object, "nopromisc", json_true());
	if (ep->nodst)
		json_object_set_new(object, "nodst", json_true());
	if (ep->host_access)
		json_object_set_new(object, "host", json_true());
	if (ep->spoofchk != (!passthru || !ep->trust))
		json_object_set_new(object, "spoofchk", json_boolean(ep->spoofchk));
	if (!ep->trust && ep->kind != XM_KIND_TAP)
		json_object_set_new(object, "trust", json_false());
	if (ep->requested_mtu)
		json_object_set_new(object, "mtu", json_integer(ep->requested_mtu));
	if (ep->bcqueuelen != XM_BCQUEUELEN_DEFAULT)
		json_object_set_new(object, "bcqueuelen", json_integer(ep->bcqueuelen));
	if (ep->bclim != XM_BCLIM_DEFAULT)
		json_object_set_new(object, "bclim", json_integer(ep->bclim));
	save_macs(ep, object);
}

static int save_endpoint(struct xm_nl *nl, const struct xm_endpoint_info *ep, json_t *endpoints,
			 struct xm_err *e)
{
	/* Its user may have renamed it */
	const char *ifname = ep->device.ifindex ? ep->device.name : ep->requested_ifname;
	json_t *object = json_object();

	json_object_set_new(endpoints, ep->name, object);
	set_text(object, "link", ep->parent);
	if (ep->kind == XM_KIND_TAP) {
		save_tap(ep, object);
		save_settings(ep, object);
		return 0;
	}
	if (ep->kind_why)
		set_text(object, "type", "auto");
	else if (ep->kind != XM_KIND_VETH)
		set_text(object, "type", xm_kind_name(ep->kind));
	save_settings(ep, object);
	if (ep->netns)
		set_text(object, "netns", ep->netns);
	else if (ep->peer_nsid != XM_NSID_SELF)
		fprintf(stderr,
			"xmacvlan: save: the namespace of %s has no name: without 'netns'\n",
			ep->name);
	if (strcmp(ifname, ep->name) != 0)
		set_text(object, "ifname", ifname);
	return save_inside(nl, ep, object, e);
}

static void save_parent(const struct xm_parent_info *p, json_t *parents)
{
	json_t *object = json_object();

	if (p->xdp_requested != XM_XDP_AUTO)
		set_text(object, "xdp", xm_xdp_name(p->xdp_requested));
	if (p->guard)
		json_object_set_new(object, "guard", json_true());
	if (p->neigh_direct)
		set_text(object, "neigh", "direct");
	if (p->fanout)
		json_object_set_new(object, "fanout", json_true());
	if (json_object_size(object) || !p->endpoint_count)
		json_object_set(parents, p->link.name, object);
	json_decref(object);
}

/* One endpoint that nobody has deleted yet does not keep the others from being saved */
static bool has_ended(struct xm_nl *nl, const struct xm_endpoint_info *ep)
{
	const char *why = ep->gone ? "its device has gone" : NULL;
	int fd = ep->kind == XM_KIND_TAP || ep->peer_nsid == XM_NSID_SELF
			 ? -EINVAL
			 : xm_netns_open_nsid(nl, ep->peer_nsid);

	if (!why && fd == -ENOENT && xm_caps_may(XM_CAPS_FIND))
		why = xm_netns_why(fd);
	if (fd >= 0)
		close(fd);
	if (why)
		fprintf(stderr, "xmacvlan: save: %s is left out: %s\n", ep->name, why);
	return why;
}

static int save_all(const struct xm_snapshot *s, struct xm_nl *nl, json_t *ret, struct xm_err *e)
{
	json_t *parents = json_object(), *endpoints = json_object();
	int err = 0;

	json_object_set_new(ret, "parents", parents);
	json_object_set_new(ret, "endpoints", endpoints);
	for (size_t i = 0; i < s->count && !err; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		if (p->broken)
			return xm_fail(e, EPROTO, "%s is broken: %s", p->link.name, p->broken);
		save_parent(p, parents);
		for (size_t j = 0; j < p->count && !err; j++)
			if (!p->endpoints[j].owner && !has_ended(nl, &p->endpoints[j]))
				err = save_endpoint(nl, &p->endpoints[j], endpoints, e);
	}
	return err;
}

int xm_command_save(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const struct xm_snapshot_request everything = {};
	json_t *document = json_object();
	struct xm_snapshot snapshot = {};
	struct xm_nl nl;
	int err = argc ? xm_fail_usage(e, "save: unknown word '%s'", argv[0])
		       : xm_snapshot_take(&everything, &snapshot, e);

	if (!err) {
		err = xm_nl_open(&nl);
		if (err)
			xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	}
	if (!err) {
		err = save_all(&snapshot, &nl, document, e);
		xm_nl_close(&nl);
	}
	if (!err) {
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	(void)ctx;
	json_decref(document);
	xm_snapshot_free(&snapshot);
	return err;
}
