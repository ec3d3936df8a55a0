// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses over rtnetlink, as the reference plugin sets them */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <netlink/attr.h>
#include <stdbool.h>
#include <string.h>

#include "net/ipaddr.h"
#include "net/link.h"

#define ADD_TRIES 5 /* a router advertisement may come in between */

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

/* seconds: 0: it stays */
static int request_address(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex,
			   const struct xm_prefix *address, uint32_t seconds)
{
	const struct ifa_cacheinfo times = { .ifa_prefered = seconds, .ifa_valid = seconds };
	struct ifaddrmsg *ifa;
	uint32_t broadcast;

	ifa = xm_nl_begin(nl, type, flags, sizeof(*ifa));
	ifa->ifa_family = address->family;
	ifa->ifa_prefixlen = address->bits;
	ifa->ifa_index = ifindex;
	xm_nl_put(nl, IFA_LOCAL, address->bytes, address->len);
	xm_nl_put(nl, IFA_ADDRESS, address->bytes, address->len);
	if (broadcast_of(address, &broadcast))
		xm_nl_put_u32(nl, IFA_BROADCAST, broadcast);
	if (seconds)
		xm_nl_put(nl, IFA_CACHEINFO, &times, sizeof(times));
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

	if (nlh->nlmsg_type != RTM_NEWADDR || (ifa && ifindex && ifa->ifa_index != ifindex))
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
	bool any_length; /* any prefix length is right */
	uint32_t flags; /* of `wanted` */
	uint8_t bits; /* its prefix length */
	bool found;
};

static int compare_address(const struct address *address, void *data)
{
	const struct xm_prefix *has = &address->prefix;
	struct address_search *s = data;

	if ((!s->any_length && has->bits != s->wanted->bits) || has->len != s->wanted->len ||
	    memcmp(has->bytes, s->wanted->bytes, has->len))
		return 0;
	s->found = true;
	s->bits = has->bits;
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

/*
 * The kernel has the address already, from a router advertisement or as the link-local one.
 * RTM_NEWADDR with NLM_F_REPLACE makes it permanent, but cannot change its prefix length.
 */
static int take_over_address(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address)
{
	struct address_search s = { .wanted = address, .any_length = true };
	struct address_walk walk = { .ifindex = ifindex, .each = compare_address, .data = &s };
	struct xm_prefix old = *address;
	int err = walk_addresses(nl, XM_NSID_SELF, address->family, &walk);

	if (err || !s.found)
		return err ? err : -EAGAIN;
	old.bits = s.bits;
	if (s.bits == address->bits)
		return request_address(nl, RTM_NEWADDR, NLM_F_REPLACE, ifindex, address, 0);
	err = request_address(nl, RTM_DELADDR, 0, ifindex, &old, 0);
	return err == -EADDRNOTAVAIL ? -EAGAIN : err ? err : -EAGAIN;
}

int xm_ipaddr_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address)
{
	int err = -EAGAIN;

	for (int tries = 0; err == -EAGAIN && tries < ADD_TRIES; tries++) {
		err = request_address(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, address,
				      0);
		if (err == -EEXIST)
			err = take_over_address(nl, ifindex, address);
	}
	return err == -EAGAIN ? -EEXIST : err;
}

int xm_ipaddr_lease(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address,
		    uint32_t seconds)
{
	return request_address(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, address,
			       seconds);
}

int xm_ipaddr_del(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address)
{
	int err = request_address(nl, RTM_DELADDR, 0, ifindex, address, 0);

	return err == -EADDRNOTAVAIL ? 0 : err;
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

static int pass_configured(const struct address *address, void *data)
{
	const struct usable_walk *w = data;
	const struct xm_prefix *p = &address->prefix;
	bool link_local = p->family == AF_INET6 && p->bytes[0] == 0xfe && p->bytes[1] >> 6 == 2;

	return address->flags & IFA_F_PERMANENT && !link_local ? w->each(p, w->data) : 0;
}

int xm_ipaddr_each_configured(struct xm_nl *nl, uint32_t ifindex, int family,
			      int (*each)(const struct xm_prefix *address, void *data), void *data)
{
	struct usable_walk configured = { .each = each, .data = data };
	struct address_walk walk = { .ifindex = ifindex,
				     .each = pass_configured,
				     .data = &configured };

	return walk_addresses(nl, XM_NSID_SELF, family, &walk);
}
