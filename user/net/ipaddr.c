// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses and routes over rtnetlink, as the reference plugin gives them */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ipaddr.h"

/* What ip and the reference plugin compute; a /31 and a /32 have none */
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
	struct xm_req req;

	ifa = xm_nl_begin(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa));
	ifa->ifa_family = address->family;
	ifa->ifa_prefixlen = address->bits;
	ifa->ifa_index = ifindex;
	mnl_attr_put(req.nlh, IFA_LOCAL, address->len, address->bytes);
	mnl_attr_put(req.nlh, IFA_ADDRESS, address->len, address->bytes);
	if (broadcast_of(address, &broadcast))
		mnl_attr_put_u32(req.nlh, IFA_BROADCAST, broadcast);
	return xm_nl_talk(nl, &req, NULL, NULL);
}

struct address_search {
	uint32_t ifindex, flags;
	const struct xm_prefix *wanted; /* NULL: only `tentative` is asked for */
	bool same, found; /* same: the message's address */
	uint32_t seen; /* its flags */
	bool tentative; /* one of the device's is being tested */
};

static int address_attr(const struct nlattr *attr, void *data)
{
	struct address_search *s = data;
	uint16_t type = mnl_attr_get_type(attr);

	/* IFA_LOCAL of IPv4 is the address itself; IPv6 has IFA_ADDRESS alone unless there is a peer */
	if (s->wanted && type == (s->wanted->family == AF_INET ? IFA_LOCAL : IFA_ADDRESS))
		s->same = mnl_attr_get_payload_len(attr) == s->wanted->len &&
			  !memcmp(mnl_attr_get_payload(attr), s->wanted->bytes, s->wanted->len);
	if (type == IFA_FLAGS)
		s->seen = xm_attr_number(attr);
	return MNL_CB_OK;
}

static int address_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct address_search *s = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) || ifa->ifa_index != s->ifindex)
		return MNL_CB_OK;
	s->same = false;
	s->seen = ifa->ifa_flags;
	mnl_attr_parse(nlh, sizeof(*ifa), address_attr, s);
	s->tentative |= (s->seen & IFA_F_TENTATIVE) && !(s->seen & IFA_F_DADFAILED);
	if (s->same && ifa->ifa_prefixlen == s->wanted->bits) {
		s->found = true;
		s->flags = s->seen;
	}
	return MNL_CB_OK;
}

static int search_address(struct xm_nl *nl, int family, struct address_search *s)
{
	struct ifaddrmsg *ifa;
	struct xm_req req;

	ifa = xm_nl_begin(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	ifa->ifa_family = family;
	return xm_nl_talk(nl, &req, address_message, s);
}

int xm_ipaddr_has(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address, uint32_t *flags)
{
	struct address_search s = { .ifindex = ifindex, .wanted = address };
	int err = search_address(nl, address->family, &s);

	if (!err && s.found)
		*flags = s.flags;
	return err ? err : s.found;
}

int xm_ipaddr_tentative(struct xm_nl *nl, uint32_t ifindex)
{
	struct address_search s = { .ifindex = ifindex };
	int err = search_address(nl, AF_INET6, &s);

	return err ? err : s.tentative;
}

struct address_walk {
	uint32_t ifindex;
	struct xm_prefix address; /* of the message */
	uint32_t flags; /* IFA_F_* of the message */
	int (*each)(const struct xm_prefix *address, void *data);
	void *data;
};

static int address_walk_attr(const struct nlattr *attr, void *data)
{
	struct address_walk *w = data;
	uint16_t type = mnl_attr_get_type(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	/* IFA_LOCAL is the own address where IFA_ADDRESS is the other end's */
	if ((type == IFA_LOCAL || (type == IFA_ADDRESS && !w->address.len)) && len <= sizeof(w->address.bytes)) {
		w->address.len = len;
		memcpy(w->address.bytes, mnl_attr_get_payload(attr), len);
	}
	if (type == IFA_FLAGS)
		w->flags = xm_attr_number(attr);
	return MNL_CB_OK;
}

static int address_walk_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct address_walk *w = data;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
	    ifa->ifa_index != w->ifindex)
		return MNL_CB_OK;
	w->address = (struct xm_prefix){ .family = ifa->ifa_family };
	w->flags = ifa->ifa_flags;
	mnl_attr_parse(nlh, sizeof(*ifa), address_walk_attr, w);
	if (w->address.len != (ifa->ifa_family == AF_INET ? 4 : 16) || w->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return MNL_CB_OK;
	return w->each(&w->address, w->data);
}

int xm_ipaddr_each(struct xm_nl *nl, int32_t nsid, uint32_t ifindex, int family,
		   int (*each)(const struct xm_prefix *address, void *data), void *data)
{
	struct address_walk walk = { .ifindex = ifindex, .each = each, .data = data };
	struct ifaddrmsg *ifa;
	struct xm_req req;

	ifa = xm_nl_begin(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	ifa->ifa_family = family;
	ifa->ifa_index = ifindex;
	if (nsid >= 0)
		mnl_attr_put_u32(req.nlh, IFA_TARGET_NETNSID, nsid);
	return xm_nl_talk(nl, &req, address_walk_message, &walk);
}

int xm_route_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route)
{
	struct rtmsg *rtm;
	struct xm_req req;

	rtm = xm_nl_begin(&req, RTM_NEWROUTE, NLM_F_CREATE, sizeof(*rtm));
	rtm->rtm_family = route->dst.family;
	rtm->rtm_dst_len = route->dst.bits;
	rtm->rtm_table = route->table && route->table < 256 ? route->table : RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BOOT;
	rtm->rtm_scope = route->scope >= 0 ? route->scope : RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	if (route->dst.bits)
		mnl_attr_put(req.nlh, RTA_DST, route->dst.len, route->dst.bytes);
	if (route->gw.len)
		mnl_attr_put(req.nlh, RTA_GATEWAY, route->gw.len, route->gw.bytes);
	mnl_attr_put_u32(req.nlh, RTA_OIF, ifindex);
	if (route->table)
		mnl_attr_put_u32(req.nlh, RTA_TABLE, route->table);
	if (route->priority)
		mnl_attr_put_u32(req.nlh, RTA_PRIORITY, route->priority);
	if (route->mtu || route->advmss) {
		struct nlattr *metrics = mnl_attr_nest_start(req.nlh, RTA_METRICS);

		if (route->mtu)
			mnl_attr_put_u32(req.nlh, RTAX_MTU, route->mtu);
		if (route->advmss)
			mnl_attr_put_u32(req.nlh, RTAX_ADVMSS, route->advmss);
		mnl_attr_nest_end(req.nlh, metrics);
	}
	return xm_nl_talk(nl, &req, NULL, NULL);
}

struct route_seen {
	uint32_t oif, table, priority;
	struct xm_prefix dst, gw;
};

struct route_search {
	const struct xm_route *wanted; /* NULL: a default route of any device */
	uint32_t ifindex;
	uint32_t found; /* ifindex */
	uint32_t priority; /* of what was found */
	struct route_seen seen;
};

static void take_bytes(const struct nlattr *attr, struct xm_prefix *to)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len > sizeof(to->bytes))
		return;
	to->len = len;
	memcpy(to->bytes, mnl_attr_get_payload(attr), len);
}

static int route_attr(const struct nlattr *attr, void *data)
{
	struct route_seen *s = data;

	switch (mnl_attr_get_type(attr)) {
	case RTA_OIF:
		s->oif = xm_attr_number(attr);
		break;
	case RTA_TABLE:
		s->table = xm_attr_number(attr);
		break;
	case RTA_PRIORITY:
		s->priority = xm_attr_number(attr);
		break;
	case RTA_DST:
		take_bytes(attr, &s->dst);
		break;
	case RTA_GATEWAY:
		take_bytes(attr, &s->gw);
		break;
	}
	return MNL_CB_OK;
}

/* Hosts' bits of a destination are no part of the route that the kernel has */
static bool same_network(const struct xm_prefix *a, const struct xm_prefix *b)
{
	for (unsigned int i = 0; i < a->bits; i++)
		if ((a->bytes[i / 8] ^ b->bytes[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

static bool is_wanted(const struct route_search *s, uint8_t bits)
{
	const struct xm_route *w = s->wanted;

	if (!w)
		return !bits && s->seen.oif && s->seen.table == RT_TABLE_MAIN &&
		       (!s->found || s->seen.priority < s->priority);
	return s->seen.oif == s->ifindex && bits == w->dst.bits && same_network(&w->dst, &s->seen.dst) &&
	       s->seen.table == (w->table ? w->table : RT_TABLE_MAIN) && s->seen.gw.len == w->gw.len &&
	       !memcmp(s->seen.gw.bytes, w->gw.bytes, w->gw.len);
}

static int route_message(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct route_search *s = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) || rtm->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	s->seen = (struct route_seen){ .table = rtm->rtm_table };
	mnl_attr_parse(nlh, sizeof(*rtm), route_attr, &s->seen);
	if (is_wanted(s, rtm->rtm_dst_len)) {
		s->found = s->seen.oif;
		s->priority = s->seen.priority;
	}
	return MNL_CB_OK;
}

static int search_route(struct xm_nl *nl, int family, struct route_search *s)
{
	struct rtmsg *rtm;
	struct xm_req req;
	int err;

	rtm = xm_nl_begin(&req, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	rtm->rtm_family = family;
	err = xm_nl_talk(nl, &req, route_message, s);
	/* A kernel without IPv6 has no routes of it */
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
