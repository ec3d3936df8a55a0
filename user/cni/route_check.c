// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <stdlib.h>

#include "cni/alloc.h"
#include "cni/json.h"
#include "cni/route_check.h"
#include "net/prefix.h"

struct route_check {
	const struct cni_request *r;
	const struct cni_ip_config *ip;
	uint32_t ifindex;
	bool *found; /* for each route of ip: it is in the container */
	bool *is_own; /* for each route of ip: `ipam` of the configuration has its destination */
};

/*
 * Whether `ipam` of the configuration has the destination. host-local and static copy it into their
 * results.
 */
static bool route_is_configured(const struct cni_request *r, const struct xm_prefix *dst)
{
	json_t *ipam = cni_json_get(r->input.document, "ipam"), *route;
	struct xm_prefix prefix;
	size_t i;

	json_array_foreach(cni_json_get(ipam, "routes"), i, route)
		if (xm_prefix_parse(cni_json_text(route, "dst"), &prefix) &&
		    xm_prefix_same_network(&prefix, dst))
			return true;
	return false;
}

static bool route_is_gateway(const struct cni_ip_config *ip, const struct xm_prefix *gw)
{
	for (size_t i = 0; i < ip->gateway_count; i++)
		if (xm_prefix_same_address(&ip->gateways[i], gw))
			return true;
	return false;
}

/*
 * Whether the hop may be the route. A table or a metric that prevResult names has to match; without
 * one any value is right.
 */
static bool route_may_be(const struct xm_route *route, const struct xm_hop *hop)
{
	bool any_table = !route->table || route->table == RT_TABLE_MAIN;

	return hop->type == RTN_UNICAST && xm_prefix_same_network(&route->dst, &hop->dst) &&
	       (any_table ? hop->table != RT_TABLE_LOCAL : hop->table == route->table) &&
	       (!route->priority || hop->priority == route->priority);
}

static bool route_is_there(const struct route_check *c, size_t i, const struct xm_hop *hop)
{
	const struct xm_route *route = &c->ip->routes[i];

	if (!route_may_be(route, hop))
		return false;
	if (hop->is_unknown)
		return true;
	if (route->gw.len)
		return xm_prefix_same_address(&route->gw, &hop->gw);
	return !c->is_own[i] ||
	       (hop->ifindex == c->ifindex && (!hop->gw.len || route_is_gateway(c->ip, &hop->gw)));
}

static int route_note(const struct xm_hop *hop, void *data)
{
	struct route_check *c = data;

	for (size_t i = 0; i < c->ip->route_count; i++)
		c->found[i] |= route_is_there(c, i, hop);
	return 0;
}

static void route_fail(const struct route_check *c, const struct xm_route *route,
		       struct cni_error *e)
{
	char dst[INET6_ADDRSTRLEN] = "?", gw[INET6_ADDRSTRLEN] = "?";

	inet_ntop(route->dst.family, route->dst.bytes, dst, sizeof(dst));
	inet_ntop(route->gw.family, route->gw.bytes, gw, sizeof(gw));
	cni_fail(e, CNI_E_CHECK,
		 "the container of '%s' no longer has the route %s/%u%s%s of prevResult",
		 c->r->env.ifname, dst, route->dst.bits, route->gw.len ? " via " : "",
		 route->gw.len ? gw : "");
}

static int route_check_all(struct route_check *c, struct xm_nl *nl, struct cni_error *e)
{
	int err = xm_route_each(nl, AF_INET, route_note, c);

	if (!err)
		err = xm_route_each(nl, AF_INET6, route_note, c);
	if (err)
		return cni_fail(e, CNI_E_REFUSED, "cannot read the routes in the container: %s",
				xm_nl_why(nl, err));
	for (size_t i = 0; i < c->ip->route_count; i++)
		if (!c->found[i])
			route_fail(c, &c->ip->routes[i], e);
	return e->code;
}

int cni_routes_check(const struct cni_request *r, struct xm_nl *nl, uint32_t ifindex,
		     const struct cni_ip_config *ip, struct cni_error *e)
{
	struct route_check c = { .r = r, .ip = ip, .ifindex = ifindex };

	if (!ip->route_count)
		return 0;
	c.found = cni_calloc(ip->route_count, sizeof(*c.found));
	c.is_own = cni_calloc(ip->route_count, sizeof(*c.is_own));
	for (size_t i = 0; i < ip->route_count; i++)
		c.is_own[i] = route_is_configured(r, &ip->routes[i].dst);
	route_check_all(&c, nl, e);
	free(c.found);
	free(c.is_own);
	return e->code;
}
