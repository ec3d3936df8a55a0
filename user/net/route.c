// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Routes over rtnetlink, as the reference plugin sets them */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>
#include <sys/socket.h>

#include "net/route.h"

#define IP6_PRIORITY 1024 /* metric of an IPv6 route without one (IP6_RT_PRIO_USER) */
#define ADD_TRIES    5 /* a router advertisement may come in between */

static void put_metrics(struct xm_nl *nl, const struct xm_route *route)
{
	struct nlattr *metrics;

	if (!route->mtu && !route->advmss)
		return;
	metrics = xm_nl_nest(nl, RTA_METRICS);
	if (route->mtu)
		xm_nl_put_u32(nl, RTAX_MTU, route->mtu);
	if (route->advmss)
		xm_nl_put_u32(nl, RTAX_ADVMSS, route->advmss);
	xm_nl_nest_end(nl, metrics);
}

static int request_new(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	struct rtmsg *rtm;

	rtm = xm_nl_begin(nl, RTM_NEWROUTE, NLM_F_CREATE, sizeof(*rtm));
	rtm->rtm_family = route->dst.family;
	rtm->rtm_dst_len = route->dst.bits;
	rtm->rtm_table = route->table && route->table < 256 ? route->table : RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BOOT;
	rtm->rtm_scope = route->scope >= 0 ? route->scope : RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_flags = route->onlink ? RTNH_F_ONLINK : 0;
	if (route->dst.bits)
		xm_nl_put(nl, RTA_DST, route->dst.bytes, route->dst.len);
	if (route->gw.len)
		xm_nl_put(nl, RTA_GATEWAY, route->gw.bytes, route->gw.len);
	xm_nl_put_u32(nl, RTA_OIF, ifindex);
	if (route->table)
		xm_nl_put_u32(nl, RTA_TABLE, route->table);
	if (route->priority)
		xm_nl_put_u32(nl, RTA_PRIORITY, route->priority);
	put_metrics(nl, route);
	return xm_nl_talk(nl, NULL, NULL);
}

/* Returns false when the attribute is missing or has not the size of an address */
static bool copy_address(const void *data, size_t len, struct xm_prefix *ret)
{
	if (!data || (len != 4 && len != 16))
		return false;
	*ret = (struct xm_prefix){ .family = len == 4 ? AF_INET : AF_INET6,
				   .len = len,
				   .bits = len * 8 };
	memcpy(ret->bytes, data, len);
	return true;
}

static void copy_attribute(const struct nlattr *attr, struct xm_prefix *ret)
{
	if (attr)
		copy_address(nla_data(attr), nla_len(attr), ret);
}

/* Copies the gateway: RTA_GATEWAY, or RTA_VIA of an IPv4 route by an IPv6 gateway */
static void copy_gateway(struct nlattr *tb[], struct xm_prefix *ret)
{
	const struct rtvia *via = tb[RTA_VIA] ? nla_data(tb[RTA_VIA]) : NULL;

	copy_attribute(tb[RTA_GATEWAY], ret);
	if (via && (size_t)nla_len(tb[RTA_VIA]) > sizeof(*via))
		copy_address(via->rtvia_addr, nla_len(tb[RTA_VIA]) - sizeof(*via), ret);
}

struct hop_walk {
	int (*each)(const struct xm_hop *hop, void *data);
	void *data;
};

/* Walks RTA_MULTIPATH: a struct rtnexthop and its attributes for each hop */
static int walk_multipath(const struct nlattr *attr, struct xm_hop *hop, const struct hop_walk *w)
{
	const struct rtnexthop *nh = nla_data(attr);
	int left = nla_len(attr), err = 0;

	while (!err && left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) &&
	       nh->rtnh_len <= left) {
		struct nlattr *tb[RTA_MAX + 1];

		if (nla_parse(tb, RTA_MAX, (struct nlattr *)RTNH_DATA(nh),
			      nh->rtnh_len - sizeof(*nh), NULL))
			return -EBADMSG;
		hop->ifindex = nh->rtnh_ifindex;
		hop->onlink = nh->rtnh_flags & RTNH_F_ONLINK;
		hop->gw = (struct xm_prefix){};
		copy_gateway(tb, &hop->gw);
		err = w->each(hop, w->data);
		left -= RTNH_ALIGN(nh->rtnh_len);
		nh = RTNH_NEXT(nh);
	}
	return err;
}

static uint32_t read_mtu(struct nlattr *metrics)
{
	static const struct nla_policy policy[RTAX_MAX + 1] = {
		[RTAX_MTU] = { .type = NLA_U32 },
	};
	struct nlattr *tb[RTAX_MAX + 1];

	if (!metrics || nla_parse(tb, RTAX_MAX, nla_data(metrics), nla_len(metrics), policy))
		return 0;
	return xm_attr_u32(tb[RTAX_MTU]);
}

static int walk_route(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
		[RTA_TABLE] = { .type = NLA_U32 },
		[RTA_PRIORITY] = { .type = NLA_U32 },
		[RTA_NH_ID] = { .type = NLA_U32 },
	};
	const struct rtmsg *rtm = xm_nlmsg_header(nlh, sizeof(*rtm));
	struct hop_walk *w = data;
	struct nlattr *tb[RTA_MAX + 1];
	struct xm_hop hop = {};

	if (!rtm || xm_nlmsg_parse(nlh, sizeof(*rtm), tb, RTA_MAX, policy))
		return -EBADMSG;
	hop.type = rtm->rtm_type;
	hop.protocol = rtm->rtm_protocol;
	hop.onlink = rtm->rtm_flags & RTNH_F_ONLINK;
	hop.table = tb[RTA_TABLE] ? xm_attr_u32(tb[RTA_TABLE]) : rtm->rtm_table;
	hop.priority = xm_attr_u32(tb[RTA_PRIORITY]);
	hop.ifindex = xm_attr_u32(tb[RTA_OIF]);
	hop.mtu = read_mtu(tb[RTA_METRICS]);
	copy_attribute(tb[RTA_DST], &hop.dst);
	hop.dst.family = rtm->rtm_family;
	hop.dst.bits = rtm->rtm_dst_len;
	if (hop.dst.bits > hop.dst.len * 8)
		return -EBADMSG;
	if (tb[RTA_MULTIPATH])
		return walk_multipath(tb[RTA_MULTIPATH], &hop, w);
	hop.is_unknown = tb[RTA_NH_ID] && !hop.ifindex;
	copy_gateway(tb, &hop.gw);
	return w->each(&hop, w->data);
}

int xm_route_each(struct xm_nl *nl, int family, int (*each)(const struct xm_hop *hop, void *data),
		  void *data)
{
	struct hop_walk w = { .each = each, .data = data };
	struct rtmsg *rtm;
	int err;

	rtm = xm_nl_begin(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	rtm->rtm_family = family;
	err = xm_nl_talk(nl, walk_route, &w);
	/* A kernel without IPv6 has no IPv6 routes */
	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

static int take_device(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
	};
	struct nlattr *tb[RTA_MAX + 1];
	uint32_t *ifindex = data;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	if (xm_nlmsg_parse(nlh, sizeof(struct rtmsg), tb, RTA_MAX, policy))
		return -EBADMSG;
	*ifindex = xm_attr_u32(tb[RTA_OIF]);
	return 0;
}

int xm_route_device(struct xm_nl *nl, const struct xm_prefix *address, uint32_t *ifindex)
{
	struct rtmsg *rtm = xm_nl_begin(nl, RTM_GETROUTE, 0, sizeof(*rtm));

	rtm->rtm_family = address->family;
	rtm->rtm_dst_len = address->len * 8;
	xm_nl_put(nl, RTA_DST, address->bytes, address->len);
	*ifindex = 0;
	return xm_nl_talk(nl, take_device, ifindex);
}

bool xm_prefix_same_network(const struct xm_prefix *a, const struct xm_prefix *b)
{
	if (a->family != b->family || a->bits != b->bits)
		return false;
	for (unsigned int i = 0; i < a->bits; i++)
		if ((a->bytes[i / 8] ^ b->bytes[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

bool xm_prefix_same_address(const struct xm_prefix *a, const struct xm_prefix *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

struct same_search {
	const struct xm_route *route;
	uint32_t ifindex;
	bool found;
	struct xm_hop hop;
};

static int find_same(const struct xm_hop *hop, void *data)
{
	struct same_search *s = data;
	const struct xm_route *r = s->route;

	if (hop->ifindex == s->ifindex && xm_prefix_same_network(&hop->dst, &r->dst) &&
	    xm_prefix_same_address(&hop->gw, &r->gw) && hop->protocol == RTPROT_RA &&
	    hop->priority == (r->priority ? r->priority : IP6_PRIORITY) &&
	    hop->table == (r->table ? r->table : RT_TABLE_MAIN)) {
		s->found = true;
		s->hop = *hop;
	}
	return 0;
}

int xm_route_del_hop(struct xm_nl *nl, const struct xm_hop *hop)
{
	struct rtmsg *rtm;

	rtm = xm_nl_begin(nl, RTM_DELROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = hop->dst.family;
	rtm->rtm_dst_len = hop->dst.bits;
	rtm->rtm_table = RT_TABLE_UNSPEC;
	rtm->rtm_protocol = hop->protocol;
	rtm->rtm_scope = RT_SCOPE_NOWHERE;
	if (hop->dst.bits)
		xm_nl_put(nl, RTA_DST, hop->dst.bytes, hop->dst.len);
	if (hop->gw.len)
		xm_nl_put(nl, RTA_GATEWAY, hop->gw.bytes, hop->gw.len);
	xm_nl_put_u32(nl, RTA_OIF, hop->ifindex);
	xm_nl_put_u32(nl, RTA_TABLE, hop->table);
	xm_nl_put_u32(nl, RTA_PRIORITY, hop->priority);
	return xm_nl_talk(nl, NULL, NULL);
}

/*
 * The same route exists. One from a router advertisement would end with the router's lifetime, so
 * it is deleted: returns -EAGAIN, and the caller adds the route again. Returns 0 for another one,
 * which stays.
 */
static int take_over_route(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	struct same_search s = { .route = route, .ifindex = ifindex };
	int err = xm_route_each(nl, route->dst.family, find_same, &s);

	if (err || !s.found)
		return err;
	err = xm_route_del_hop(nl, &s.hop);
	return err && err != -ESRCH ? err : -EAGAIN;
}

int xm_route_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	int err = -EAGAIN;

	for (int tries = 0; err == -EAGAIN && tries < ADD_TRIES; tries++) {
		err = request_new(nl, ifindex, route);
		if (err == -EEXIST)
			err = take_over_route(nl, ifindex, route);
	}
	return err == -EAGAIN ? -EEXIST : err;
}

int xm_route_del(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	const struct xm_hop hop = { .dst = route->dst,
				    .gw = route->gw,
				    .ifindex = ifindex,
				    .table = RT_TABLE_MAIN,
				    .priority = route->priority };
	int err = xm_route_del_hop(nl, &hop);

	return err == -ESRCH ? 0 : err;
}

struct default_search {
	uint32_t ifindex; /* 0: none yet */
	uint32_t priority;
};

static int find_default(const struct xm_hop *hop, void *data)
{
	struct default_search *s = data;

	if (hop->dst.bits || !hop->ifindex || hop->type != RTN_UNICAST ||
	    hop->table != RT_TABLE_MAIN || (s->ifindex && hop->priority >= s->priority))
		return 0;
	if (hop->ifindex > INT32_MAX) /* xm_route_default() returns it as an int */
		return -EBADMSG;
	s->ifindex = hop->ifindex;
	s->priority = hop->priority;
	return 0;
}

int xm_route_default(struct xm_nl *nl, int family)
{
	struct default_search s = {};
	int err = xm_route_each(nl, family, find_default, &s);

	return err ? err : (int)s.ifindex;
}
