// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/veth.h>
#include <string.h>

#include "net/link.h"
#include "net/link_parse.h"

struct link_walk {
	struct xm_link *one;
	int (*each)(const struct xm_link *, void *);
	void *data;
};

static int take_link(const struct nlmsghdr *nlh, void *data)
{
	struct link_walk *walk = data;
	struct xm_link link;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	xm_link_parse(nlh, &link);
	if (!link.ifindex)
		return -EBADMSG;
	if (walk->each)
		return walk->each(&link, walk->data);
	*walk->one = link;
	return 0;
}

int xm_link_get(struct xm_nl *nl, int32_t nsid, const char *name, uint32_t ifindex,
		struct xm_link *ret)
{
	struct xm_link link = {};
	struct link_walk walk = { .one = &link };
	struct ifinfomsg *ifi;
	int err;

	nl->ack[0] = '\0';
	if (name && strlen(name) >= XM_ALTNAME_LEN)
		return -ENODEV;
	ifi = xm_nl_begin(nl, RTM_GETLINK, 0, sizeof(*ifi));
	/* The kernel looks for both kinds of names by either attribute; their sizes differ */
	if (name)
		xm_nl_put_text(nl, strlen(name) < XM_NAME_LEN ? IFLA_IFNAME : IFLA_ALT_IFNAME,
			       name);
	else
		ifi->ifi_index = ifindex;
	if (nsid != XM_NSID_SELF)
		xm_nl_put_u32(nl, IFLA_TARGET_NETNSID, nsid);
	err = xm_nl_talk(nl, take_link, &walk);
	if (!err && !link.ifindex)
		err = -ENODEV;
	if (!err)
		*ret = link;
	return err;
}

int xm_link_each(struct xm_nl *nl, int32_t nsid, const char *kind,
		 int (*each)(const struct xm_link *, void *), void *data)
{
	struct link_walk walk = { .each = each, .data = data };
	struct nlattr *info;

	xm_nl_begin(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	if (kind) {
		info = xm_nl_nest(nl, IFLA_LINKINFO);
		xm_nl_put_text(nl, IFLA_INFO_KIND, kind);
		xm_nl_nest_end(nl, info);
	}
	if (nsid != XM_NSID_SELF)
		xm_nl_put_u32(nl, IFLA_TARGET_NETNSID, nsid);
	return xm_nl_talk(nl, take_link, &walk);
}

/*
 * One queue, as macvlan has. By default a veth gets a queue for every possible CPU
 * (veth_get_num_queues) and uses one, unless `ethtool -L` asks for more: the others cost memory,
 * sysfs entries and a grace period for each end.
 */
static void put_queues(struct xm_nl *nl)
{
	xm_nl_put_u32(nl, IFLA_NUM_TX_QUEUES, 1);
	xm_nl_put_u32(nl, IFLA_NUM_RX_QUEUES, 1);
}

static void put_peer(struct xm_nl *nl, uint16_t attr, const struct xm_pair *pair)
{
	struct nlattr *peer = xm_nl_nest(nl, attr);

	xm_nl_put_header(nl, sizeof(struct ifinfomsg));
	xm_nl_put_text(nl, IFLA_IFNAME, pair->peer_name);
	put_queues(nl);
	xm_nl_put(nl, IFLA_ADDRESS, pair->peer_mac, XM_MAC_LEN);
	xm_nl_put_u32(nl, IFLA_MTU, pair->peer_mtu);
	if (pair->peer_netns_fd >= 0)
		xm_nl_put_u32(nl, IFLA_NET_NS_FD, pair->peer_netns_fd);
	xm_nl_nest_end(nl, peer);
}

/* Begins a request; the attributes of the kind follow, then add_pair() */
static void begin_pair(struct xm_nl *nl, const char *kind, const struct xm_pair *pair,
		       struct nlattr *nest[2])
{
	/* Since 6.2 the kernel answers NLM_F_ECHO with the new device */
	xm_nl_begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO,
		    sizeof(struct ifinfomsg));
	xm_nl_put_text(nl, IFLA_IFNAME, pair->host_name);
	put_queues(nl);
	xm_nl_put(nl, IFLA_ADDRESS, pair->host_mac, XM_MAC_LEN);
	xm_nl_put_u32(nl, IFLA_MTU, pair->host_mtu);
	xm_nl_put_u32(nl, IFLA_GROUP, pair->host_link_group);
	nest[0] = xm_nl_nest(nl, IFLA_LINKINFO);
	xm_nl_put_text(nl, IFLA_INFO_KIND, kind);
	nest[1] = xm_nl_nest(nl, IFLA_INFO_DATA);
}

static int add_pair(struct xm_nl *nl, struct nlattr *nest[2], struct xm_link *ret)
{
	struct link_walk walk = { .one = ret };

	ret->ifindex = 0;
	xm_nl_nest_end(nl, nest[1]);
	xm_nl_nest_end(nl, nest[0]);
	return xm_nl_talk(nl, take_link, &walk);
}

int xm_link_add_veth(struct xm_nl *nl, const struct xm_pair *pair, struct xm_link *ret)
{
	struct nlattr *nest[2];

	begin_pair(nl, "veth", pair, nest);
	put_peer(nl, VETH_INFO_PEER, pair);
	return add_pair(nl, nest, ret);
}

/* linux/if_link.h of Debian 12 is older than netkit */
enum {
	NETKIT_PEER_INFO = 1,
	NETKIT_PEER_POLICY = 4,
	NETKIT_MODE = 5,
};

#define NETKIT_POLICY_BLACKHOLE 2
#define NETKIT_MODE_L2		0

int xm_link_add_netkit(struct xm_nl *nl, const struct xm_pair *pair, struct xm_link *ret)
{
	struct nlattr *nest[2];

	begin_pair(nl, "netkit", pair, nest);
	xm_nl_put_u32(nl, NETKIT_MODE, NETKIT_MODE_L2);
	xm_nl_put_u32(nl, NETKIT_PEER_POLICY, NETKIT_POLICY_BLACKHOLE);
	put_peer(nl, NETKIT_PEER_INFO, pair);
	return add_pair(nl, nest, ret);
}

static struct ifinfomsg *begin_link(struct xm_nl *nl, uint16_t type, uint32_t ifindex)
{
	struct ifinfomsg *ifi = xm_nl_begin(nl, type, 0, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	return ifi;
}

int xm_link_del(struct xm_nl *nl, uint32_t ifindex)
{
	begin_link(nl, RTM_DELLINK, ifindex);
	return xm_nl_talk(nl, NULL, NULL);
}

static int request_u32(struct xm_nl *nl, uint16_t type, uint32_t ifindex, uint16_t attr,
		       uint32_t value)
{
	begin_link(nl, type, ifindex);
	xm_nl_put_u32(nl, attr, value);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_move(struct xm_nl *nl, uint32_t ifindex, int netns_fd, const char *name)
{
	begin_link(nl, RTM_NEWLINK, ifindex);
	xm_nl_put_u32(nl, IFLA_NET_NS_FD, netns_fd);
	xm_nl_put_text(nl, IFLA_IFNAME, name);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_set_group(struct xm_nl *nl, uint32_t ifindex, uint32_t group)
{
	return request_u32(nl, RTM_NEWLINK, ifindex, IFLA_GROUP, group);
}

int xm_link_configure(struct xm_nl *nl, uint32_t ifindex, uint32_t group, const uint8_t *mac,
		      uint32_t mtu)
{
	begin_link(nl, RTM_NEWLINK, ifindex);
	xm_nl_put_u32(nl, IFLA_GROUP, group);
	xm_nl_put(nl, IFLA_ADDRESS, mac, XM_MAC_LEN);
	xm_nl_put_u32(nl, IFLA_MTU, mtu);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_del_group(struct xm_nl *nl, uint32_t group)
{
	return request_u32(nl, RTM_DELLINK, 0, IFLA_GROUP, group);
}

int xm_link_set_flags(struct xm_nl *nl, uint32_t ifindex, uint32_t flags, uint32_t mask)
{
	struct ifinfomsg *ifi;

	ifi = begin_link(nl, RTM_NEWLINK, ifindex);
	ifi->ifi_flags = flags;
	ifi->ifi_change = mask;
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_set_carrier(struct xm_nl *nl, uint32_t ifindex, bool on)
{
	begin_link(nl, RTM_NEWLINK, ifindex);
	xm_nl_put_u8(nl, IFLA_CARRIER, on);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_set_mac(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	begin_link(nl, RTM_NEWLINK, ifindex);
	xm_nl_put(nl, IFLA_ADDRESS, mac, XM_MAC_LEN);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_set_mtu(struct xm_nl *nl, uint32_t ifindex, uint32_t mtu)
{
	return request_u32(nl, RTM_NEWLINK, ifindex, IFLA_MTU, mtu);
}

static void put_no_ipv6_address(struct xm_nl *nl)
{
	struct nlattr *spec, *inet6;

	spec = xm_nl_nest(nl, IFLA_AF_SPEC);
	inet6 = xm_nl_nest(nl, AF_INET6);
	xm_nl_put_u8(nl, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	xm_nl_nest_end(nl, inet6);
	xm_nl_nest_end(nl, spec);
}

int xm_link_silence(struct xm_nl *nl, uint32_t ifindex, bool up, const char *alias)
{
	const uint32_t flags = up ? IFF_UP : 0;
	struct ifinfomsg *ifi;
	int err;

	/* Two messages: of a single one the kernel handles the flags first */
	begin_link(nl, RTM_NEWLINK, ifindex);
	put_no_ipv6_address(nl);
	ifi = xm_nl_begin_second(nl, RTM_NEWLINK, 0, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = flags;
	ifi->ifi_change = IFF_UP;
	xm_nl_put_text(nl, IFLA_IFALIAS, alias);
	err = xm_nl_talk(nl, NULL, NULL);
	/* Without IPv6 the first message fails. The answer to the second one was not read. */
	return err == -EAFNOSUPPORT ? xm_link_set_flags(nl, ifindex, flags, IFF_UP) : err;
}

bool xm_link_is_pair(const struct xm_link *link)
{
	return !strcmp(link->kind, "veth") || !strcmp(link->kind, "netkit");
}

bool xm_link_is_macvlan(const struct xm_link *link)
{
	return !strcmp(link->kind, "macvlan") || !strcmp(link->kind, "macvtap");
}
