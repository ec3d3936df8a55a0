// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses and routes over rtnetlink, as the reference plugin sets them */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ipaddr.h"
#include "net/link.h"

/* As ip and the reference plugin compute it. A /31 and a /32 have none. */
static bool broadcast_of(const struct xm_prefix *a, uint32_t *ret)
{
	uint32_t address;

	if (a->family != AF_INET || a->bits > 30)
		return false;
	memcpy(&address, a->bytes, 4);
	*ret = address | htonl(0xffffffffu >> a->bits);
	return true;
}

int xm_ipaddr_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address)
{
	struct ifaddrmsg *ifa;
	uint32_t broadcast;

	ifa = xm_nl_begin(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa));
	ifa->ifa_family = address->family;
	ifa->ifa_prefixlen = address->bits;
	ifa->ifa_index = ifindex;
	xm_nl_put(nl, IFA_LOCAL, address->bytes, address->len);
	xm_nl_put(nl, IFA_ADDRESS, address->bytes, address->len);
	if (broadcast_of(address, &broadcast))
		xm_nl_put_u32(nl, IFA_BROADCAST, broadcast);
	return xm_nl_talk(nl, NULL, NULL);
}

struct address {
	struct xm_prefix prefix;
	uint32_t flags; /* IFA_F_* */
};

/* Returns false when the attribute is missing or has no address's size */
static bool copy_address(const struct nlattr *attr, int family, struct xm_prefix *ret)
{
	size_t len = family == AF_INET ? 4 : 16;

	if (!attr || (size_t)nla_len(attr) != len)
		return false;
	ret->len = len;
	nla_memcpy(ret->bytes, attr, len);
	return true;
}

/* Returns 1 and fills *ret, 0 when the message has no address of the device, or -EBADMSG */
static int parse_address(const struct nlmsghdr *nlh, uint32_t ifindex, struct address *ret)
{
	static const struct nla_policy policy[IFA_MAX + 1] = {
		[IFA_FLAGS] = { .type = NLA_U32 },
	};
	const struct ifaddrmsg *ifa = xm_nlmsg_header(nlh, sizeof(*ifa));
	struct nlattr *tb[IFA_MAX + 1];

	if (nlh->nlmsg_type != RTM_NEWADDR || (ifa && ifa->ifa_index != ifindex))
		return 0;
	if (!ifa || xm_nlmsg_parse(nlh, sizeof(*ifa), tb, IFA_MAX, policy))
		return -EBADMSG;
	*ret = (struct address){ .prefix = { .family = ifa->ifa_family,
					     .bits = ifa->ifa_prefixlen } };
	/* IFA_FLAGS has the flags above 0xff too */
	ret->flags = tb[IFA_FLAGS] ? xm_attr_u32(tb[IFA_FLAGS]) : ifa->ifa_flags;
	/* With a peer IFA_ADDRESS is the peer's. IPv6 has no IFA_LOCAL without one. */
	return copy_address(tb[tb[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], ifa->ifa_family,
			    &ret->prefix);
}

struct address_walk {
	uint32_t ifindex;
	int (*each)(const struct address *address, void *data);
	void *data;
};

static int walk_address(const struct nlmsghdr *nlh, void *data)
{
	struct address_walk *w = data;
	struct address address;
	int ret = parse_address(nlh, w->ifindex, &address);

	return ret > 0 ? w->each(&address, w->data) : ret;
}

static int walk_addresses(struct xm_nl *nl, int32_t nsid, int family, struct address_walk *walk)
{
	struct ifaddrmsg *ifa;

	ifa = xm_nl_begin(nl, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	ifa->ifa_family = family;
	ifa->ifa_index = walk->ifindex;
	if (nsid >= 0)
		xm_nl_put_u32(nl, IFA_TARGET_NETNSID, nsid);
	return xm_nl_talk(nl, walk_address, walk);
}

struct address_search {
	const struct xm_prefix *wanted;
	uint32_t flags; /* of `wanted` */
	bool found;
};

static int compare_address(const struct address *address, void *data)
{
	const struct xm_prefix *has = &address->prefix;
	struct address_search *s = data;

	if (has->bits != s->wanted->bits || has->len != s->wanted->len ||
	    memcmp(has->bytes, s->wanted->bytes, has->len))
		return 0;
	s->found = true;
	s->flags = address->flags;
	return 0;
}

int xm_ipaddr_has(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address,
		  uint32_t *flags)
{
	struct address_search s = { .wanted = address };
	struct address_walk walk = { .ifindex = ifindex, .each = compare_address, .data = &s };
	int err = walk_addresses(nl, XM_NSID_SELF, address->family, &walk);

	if (!err && s.found)
		*flags = s.flags;
	return err ? err : s.found;
}

static int find_tentative(const struct address *address, void *data)
{
	bool *found = data;

	*found |= (address->flags & IFA_F_TENTATIVE) && !(address->flags & IFA_F_DADFAILED);
	return 0;
}

int xm_ipaddr_tentative(struct xm_nl *nl, uint32_t ifindex)
{
	bool found = false;
	struct address_walk walk = { .ifindex = ifindex, .each = find_tentative, .data = &found };
	int err = walk_addresses(nl, XM_NSID_SELF, AF_INET6, &walk);

	return err ? err : found;
}

struct usable_walk {
	int (*each)(const struct xm_prefix *address, void *data);
	void *data;
};

static int pass_usable(const struct address *address, void *data)
{
	const struct usable_walk *w = data;
	struct xm_prefix prefix = address->prefix;

	if (address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return 0;
	prefix.bits = 0;
	return w->each(&prefix, w->data);
}

int xm_ipaddr_each(struct xm_nl *nl, int32_t nsid, uint32_t ifindex, int family,
		   int (*each)(const struct xm_prefix *address, void *data), void *data)
{
	struct usable_walk usable = { .each = each, .data = data };
	struct address_walk walk = { .ifindex = ifindex, .each = pass_usable, .data = &usable };

	return walk_addresses(nl, nsid, family, &walk);
}

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

int xm_route_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	struct rtmsg *rtm;

	rtm = xm_nl_begin(nl, RTM_NEWROUTE, NLM_F_CREATE, sizeof(*rtm));
	rtm->rtm_family = route->dst.family;
	rtm->rtm_dst_len = route->dst.bits;
	rtm->rtm_table = route->table && route->table < 256 ? route->table : RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BOOT;
	rtm->rtm_scope = route->scope >= 0 ? route->scope : RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
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

struct route_seen {
	uint32_t oif, table, priority;
	uint8_t bits;
	struct xm_prefix dst, gw;
};

struct route_search {
	const struct xm_route *wanted; /* NULL: a default route of any device */
	uint32_t ifindex;
	uint32_t found; /* ifindex */
	uint32_t priority; /* of the route that was found */
};

/* The kernel's route has no host bits in its destination */
static bool same_network(const struct xm_prefix *a, const struct xm_prefix *b)
{
	for (unsigned int i = 0; i < a->bits; i++)
		if ((a->bytes[i / 8] ^ b->bytes[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

static bool is_wanted(const struct route_search *s, const struct route_seen *seen)
{
	const struct xm_route *w = s->wanted;

	if (!w)
		return !seen->bits && seen->oif && seen->table == RT_TABLE_MAIN &&
		       (!s->found || seen->priority < s->priority);
	return seen->oif == s->ifindex && seen->bits == w->dst.bits &&
	       same_network(&w->dst, &seen->dst) &&
	       seen->table == (w->table ? w->table : RT_TABLE_MAIN) && seen->gw.len == w->gw.len &&
	       !memcmp(seen->gw.bytes, w->gw.bytes, w->gw.len);
}

/* Returns 1 and fills *ret, 0 when it is no unicast route, or -EBADMSG */
static int parse_route(const struct nlmsghdr *nlh, struct route_seen *ret)
{
	static const struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
		[RTA_TABLE] = { .type = NLA_U32 },
		[RTA_PRIORITY] = { .type = NLA_U32 },
	};
	const struct rtmsg *rtm = xm_nlmsg_header(nlh, sizeof(*rtm));
	struct nlattr *tb[RTA_MAX + 1];

	if (!rtm || xm_nlmsg_parse(nlh, sizeof(*rtm), tb, RTA_MAX, policy))
		return -EBADMSG;
	*ret = (struct route_seen){ .bits = rtm->rtm_dst_len };
	ret->oif = xm_attr_u32(tb[RTA_OIF]);
	ret->table = tb[RTA_TABLE] ? xm_attr_u32(tb[RTA_TABLE]) : rtm->rtm_table;
	ret->priority = xm_attr_u32(tb[RTA_PRIORITY]);
	copy_address(tb[RTA_DST], rtm->rtm_family, &ret->dst);
	copy_address(tb[RTA_GATEWAY], rtm->rtm_family, &ret->gw);
	if (ret->oif > INT32_MAX) /* xm_route_default() returns it as an int */
		return -EBADMSG;
	return rtm->rtm_type == RTN_UNICAST;
}

static int compare_route(const struct nlmsghdr *nlh, void *data)
{
	struct route_search *s = data;
	struct route_seen seen;
	int ret = parse_route(nlh, &seen);

	if (ret > 0 && is_wanted(s, &seen)) {
		s->found = seen.oif;
		s->priority = seen.priority;
	}
	return ret < 0 ? ret : 0;
}

static int search_route(struct xm_nl *nl, int family, struct route_search *s)
{
	struct rtmsg *rtm;
	int err;

	rtm = xm_nl_begin(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	rtm->rtm_family = family;
	err = xm_nl_talk(nl, compare_route, s);
	/* A kernel without IPv6 has no IPv6 routes */
	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

int xm_route_has(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	struct route_search s = { .wanted = route, .ifindex = ifindex };
	int err = search_route(nl, route->dst.family, &s);

	return err ? err : !!s.found;
}

int xm_route_default(struct xm_nl *nl, int family)
{
	struct route_search s = {};
	int err = search_route(nl, family, &s);

	return err ? err : (int)s.found;
}
