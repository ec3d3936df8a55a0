// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <stddef.h>
#include <string.h>

#include "net/link.h"

/* linux/if_link.h: what rtnl_fill_ifinfo() puts into a message */
static const struct nla_policy link_policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = { .type = NLA_STRING },
	[IFLA_MTU] = { .type = NLA_U32 },
	[IFLA_MIN_MTU] = { .type = NLA_U32 },
	[IFLA_MAX_MTU] = { .type = NLA_U32 },
	[IFLA_TXQLEN] = { .type = NLA_U32 },
	[IFLA_NUM_TX_QUEUES] = { .type = NLA_U32 },
	[IFLA_NUM_RX_QUEUES] = { .type = NLA_U32 },
	[IFLA_GSO_MAX_SIZE] = { .type = NLA_U32 },
	[IFLA_GSO_MAX_SEGS] = { .type = NLA_U32 },
	[IFLA_TSO_MAX_SIZE] = { .type = NLA_U32 },
	[IFLA_TSO_MAX_SEGS] = { .type = NLA_U32 },
	[IFLA_GRO_MAX_SIZE] = { .type = NLA_U32 },
	[IFLA_LINKMODE] = { .type = NLA_U8 },
	[IFLA_AF_SPEC] = { .type = NLA_NESTED },
	[IFLA_GROUP] = { .type = NLA_U32 },
	[IFLA_MASTER] = { .type = NLA_U32 },
	[IFLA_LINK] = { .type = NLA_U32 },
	[IFLA_LINK_NETNSID] = { .type = NLA_U32 },
	[IFLA_OPERSTATE] = { .type = NLA_U8 },
	[IFLA_STATS64] = { .minlen = offsetof(struct rtnl_link_stats64, multicast) },
	[IFLA_QDISC] = { .type = NLA_STRING },
	[IFLA_IFALIAS] = { .type = NLA_STRING },
	[IFLA_PROMISCUITY] = { .type = NLA_U32 },
	[IFLA_ALLMULTI] = { .type = NLA_U32 },
	[IFLA_EVENT] = { .type = NLA_U32 },
	[IFLA_NEW_IFINDEX] = { .type = NLA_U32 },
	[IFLA_NEW_NETNSID] = { .type = NLA_U32 },
	[IFLA_LINKINFO] = { .type = NLA_NESTED },
};

static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = { .type = NLA_STRING },
	[IFLA_INFO_DATA] = { .type = NLA_NESTED },
};

static const struct nla_policy vlan_policy[IFLA_VLAN_MAX + 1] = {
	[IFLA_VLAN_ID] = { .type = NLA_U16 },
	[IFLA_VLAN_PROTOCOL] = { .type = NLA_U16 },
};

static int parse_vlan(const struct nlattr *data, struct xm_link *l)
{
	struct nlattr *tb[IFLA_VLAN_MAX + 1];

	if (xm_attr_parse(data, tb, IFLA_VLAN_MAX, vlan_policy))
		return -EBADMSG;
	l->vlan_id = xm_attr_u16(tb[IFLA_VLAN_ID]);
	l->vlan_proto = ntohs(xm_attr_u16(tb[IFLA_VLAN_PROTOCOL]));
	return 0;
}

static int parse_info(const struct nlattr *info, struct xm_link *l)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1];

	if (xm_attr_parse(info, tb, IFLA_INFO_MAX, info_policy))
		return -EBADMSG;
	xm_attr_text(tb[IFLA_INFO_KIND], l->kind, sizeof(l->kind));
	return strcmp(l->kind, "vlan") ? 0 : parse_vlan(tb[IFLA_INFO_DATA], l);
}

/* rtnl_link_stats64 grows with the kernel, and a message aligns it to 32 bits only */
static void copy_stats(const struct nlattr *attr, struct xm_link *l)
{
	struct rtnl_link_stats64 s = {};

	if (attr)
		nla_memcpy(&s, attr, sizeof(s));
	l->rx_dropped = s.rx_dropped;
	l->tx_dropped = s.tx_dropped;
}

/* Devices other than Ethernet have addresses of other sizes */
static void copy_mac(const struct nlattr *attr, struct xm_link *l)
{
	if (attr && nla_len(attr) == XM_MAC_LEN)
		nla_memcpy(l->mac, attr, XM_MAC_LEN);
}

static const struct nla_policy inet6_policy[IFLA_INET6_MAX + 1] = {
	[IFLA_INET6_ADDR_GEN_MODE] = { .type = NLA_U8 },
	/* an array of numbers, which grows with the kernel */
	[IFLA_INET6_CONF] = { .minlen = (DEVCONF_FORWARDING + 1) * sizeof(uint32_t) },
};

/* Inside AF_SPEC the type of an attribute is an address family */
static int parse_inet6(const struct nlattr *spec, struct xm_link *l)
{
	struct nlattr *inet6 = spec ? nla_find(nla_data(spec), nla_len(spec), AF_INET6) : NULL;
	struct nlattr *tb[IFLA_INET6_MAX + 1];
	uint32_t conf[DEVCONF_FORWARDING + 1] = {};

	l->addr_gen_mode = XM_NO_IPV6;
	if (!inet6)
		return 0;
	if (xm_attr_parse(inet6, tb, IFLA_INET6_MAX, inet6_policy))
		return -EBADMSG;
	if (tb[IFLA_INET6_ADDR_GEN_MODE])
		l->addr_gen_mode = xm_attr_u8(tb[IFLA_INET6_ADDR_GEN_MODE]);
	if (tb[IFLA_INET6_CONF])
		nla_memcpy(conf, tb[IFLA_INET6_CONF], sizeof(conf));
	l->router = conf[DEVCONF_FORWARDING];
	return 0;
}

static void copy_queues(struct nlattr *const *tb, struct xm_link *l)
{
	l->txqlen = xm_attr_u32(tb[IFLA_TXQLEN]);
	l->tx_queues = xm_attr_u32(tb[IFLA_NUM_TX_QUEUES]);
	l->rx_queues = xm_attr_u32(tb[IFLA_NUM_RX_QUEUES]);
	l->gso_max_size = xm_attr_u32(tb[IFLA_GSO_MAX_SIZE]);
	l->gso_max_segs = xm_attr_u32(tb[IFLA_GSO_MAX_SEGS]);
	l->tso_max_size = xm_attr_u32(tb[IFLA_TSO_MAX_SIZE]);
	l->tso_max_segs = xm_attr_u32(tb[IFLA_TSO_MAX_SEGS]);
	l->gro_max_size = xm_attr_u32(tb[IFLA_GRO_MAX_SIZE]);
}

/* A namespace without an id is one that has ended (peernet2id_alloc()) */
static int32_t nsid_or_self(const struct nlattr *attr)
{
	int32_t nsid = attr ? (int32_t)xm_attr_u32(attr) : XM_NSID_SELF;

	return attr && nsid < 0 ? XM_NSID_ENDED : nsid;
}

static int parse_link(const struct nlmsghdr *nlh, struct xm_link *l)
{
	const struct ifinfomsg *ifi = xm_nlmsg_header(nlh, sizeof(*ifi));
	struct nlattr *tb[IFLA_MAX + 1];

	if (!ifi || xm_nlmsg_parse(nlh, sizeof(*ifi), tb, IFLA_MAX, link_policy))
		return -EBADMSG;
	l->ifindex = ifi->ifi_index;
	l->flags = ifi->ifi_flags;
	l->type = ifi->ifi_type;
	l->mtu = xm_attr_u32(tb[IFLA_MTU]);
	l->min_mtu = xm_attr_u32(tb[IFLA_MIN_MTU]);
	l->max_mtu = xm_attr_u32(tb[IFLA_MAX_MTU]);
	l->group = xm_attr_u32(tb[IFLA_GROUP]);
	l->master = xm_attr_u32(tb[IFLA_MASTER]);
	l->lower = xm_attr_u32(tb[IFLA_LINK]);
	l->lower_nsid = nsid_or_self(tb[IFLA_LINK_NETNSID]);
	l->linkmode = xm_attr_u8(tb[IFLA_LINKMODE]);
	l->operstate = xm_attr_u8(tb[IFLA_OPERSTATE]);
	l->promiscuity = xm_attr_u32(tb[IFLA_PROMISCUITY]);
	l->allmulti = xm_attr_u32(tb[IFLA_ALLMULTI]);
	l->event = xm_attr_u32(tb[IFLA_EVENT]);
	l->moved_ifindex = xm_attr_u32(tb[IFLA_NEW_IFINDEX]);
	l->moved_nsid = nsid_or_self(tb[IFLA_NEW_NETNSID]);
	xm_attr_text(tb[IFLA_IFNAME], l->name, sizeof(l->name));
	xm_attr_text(tb[IFLA_QDISC], l->qdisc, sizeof(l->qdisc));
	xm_attr_text(tb[IFLA_IFALIAS], l->alias, sizeof(l->alias));
	copy_mac(tb[IFLA_ADDRESS], l);
	copy_stats(tb[IFLA_STATS64], l);
	copy_queues(tb, l);
	if (parse_inet6(tb[IFLA_AF_SPEC], l))
		return -EBADMSG;
	return parse_info(tb[IFLA_LINKINFO], l);
}

void xm_link_parse(const struct nlmsghdr *nlh, struct xm_link *ret)
{
	*ret = (struct xm_link){};
	if (parse_link(nlh, ret))
		*ret = (struct xm_link){ .lower_nsid = XM_NSID_SELF, .moved_nsid = XM_NSID_SELF };
}

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

int xm_link_each(struct xm_nl *nl, int32_t nsid, int (*each)(const struct xm_link *, void *),
		 void *data)
{
	struct link_walk walk = { .each = each, .data = data };

	xm_nl_begin(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
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

static void put_peer(struct xm_nl *nl, const struct xm_veth *veth)
{
	struct nlattr *peer = xm_nl_nest(nl, VETH_INFO_PEER);

	xm_nl_put_header(nl, sizeof(struct ifinfomsg));
	xm_nl_put_text(nl, IFLA_IFNAME, veth->peer_name);
	put_queues(nl);
	xm_nl_put(nl, IFLA_ADDRESS, veth->peer_mac, XM_MAC_LEN);
	xm_nl_put_u32(nl, IFLA_MTU, veth->peer_mtu);
	if (veth->peer_netns_fd >= 0)
		xm_nl_put_u32(nl, IFLA_NET_NS_FD, veth->peer_netns_fd);
	xm_nl_nest_end(nl, peer);
}

int xm_link_add_veth(struct xm_nl *nl, const struct xm_veth *veth, struct xm_link *ret)
{
	struct link_walk walk = { .one = ret };
	struct nlattr *info, *data;

	ret->ifindex = 0;
	/* Since 6.2 the kernel answers NLM_F_ECHO with the new device */
	xm_nl_begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO,
		    sizeof(struct ifinfomsg));
	xm_nl_put_text(nl, IFLA_IFNAME, veth->host_name);
	put_queues(nl);
	xm_nl_put(nl, IFLA_ADDRESS, veth->host_mac, XM_MAC_LEN);
	xm_nl_put_u32(nl, IFLA_MTU, veth->host_mtu);
	xm_nl_put_u32(nl, IFLA_GROUP, veth->host_group);
	info = xm_nl_nest(nl, IFLA_LINKINFO);
	xm_nl_put_text(nl, IFLA_INFO_KIND, "veth");
	data = xm_nl_nest(nl, IFLA_INFO_DATA);
	put_peer(nl, veth);
	xm_nl_nest_end(nl, data);
	xm_nl_nest_end(nl, info);
	return xm_nl_talk(nl, take_link, &walk);
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

bool xm_link_is_macvlan(const struct xm_link *link)
{
	return !strcmp(link->kind, "macvlan") || !strcmp(link->kind, "macvtap");
}

static int request_unicast(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex,
			   const uint8_t *mac)
{
	struct ndmsg *ndm;

	ndm = xm_nl_begin(nl, type, flags, sizeof(*ndm));
	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_flags = NTF_SELF;
	xm_nl_put(nl, NDA_LLADDR, mac, XM_MAC_LEN);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_add_unicast(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	return request_unicast(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, ifindex, mac);
}

struct unicast_walk {
	uint32_t ifindex;
	int (*each)(const uint8_t *mac, void *data);
	void *data;
};

/* The filter is what belongs to the device itself; a bridge also lists where its MACs are */
static int take_unicast(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[NDA_MAX + 1] = {
		[NDA_LLADDR] = { .minlen = XM_MAC_LEN },
	};
	const struct ndmsg *ndm = xm_nlmsg_header(nlh, sizeof(*ndm));
	struct unicast_walk *walk = data;
	struct nlattr *tb[NDA_MAX + 1];
	const uint8_t *mac;

	if (nlh->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (!ndm || xm_nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX, policy))
		return -EBADMSG;
	if ((uint32_t)ndm->ndm_ifindex != walk->ifindex || !(ndm->ndm_flags & NTF_SELF) ||
	    !tb[NDA_LLADDR] || nla_len(tb[NDA_LLADDR]) != XM_MAC_LEN)
		return 0;
	mac = nla_data(tb[NDA_LLADDR]);
	return mac[0] & 1 ? 0 : walk->each(mac, walk->data);
}

int xm_link_each_unicast(struct xm_nl *nl, uint32_t ifindex,
			 int (*each)(const uint8_t *mac, void *data), void *data)
{
	struct unicast_walk walk = { .ifindex = ifindex, .each = each, .data = data };
	struct ndmsg *ndm = xm_nl_begin(nl, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*ndm));

	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = ifindex;
	return xm_nl_talk(nl, take_unicast, &walk);
}

int xm_link_del_unicast(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	return request_unicast(nl, RTM_DELNEIGH, 0, ifindex, mac);
}
