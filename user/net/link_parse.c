// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipv6.h>
#include <netlink/attr.h>
#include <stddef.h>
#include <string.h>

#include "net/link_parse.h"
#include "net/tap.h"

/* IFLA_GSO_IPV4_MAX_SIZE and IFLA_GRO_IPV4_MAX_SIZE of Linux 6.3, which older headers lack */
enum { LINK_GSO_IPV4_MAX_SIZE = 63, LINK_GRO_IPV4_MAX_SIZE = 64, LINK_MAX = 64 };

/* linux/if_link.h: what rtnl_fill_ifinfo() puts into a message */
static const struct nla_policy link_policy[LINK_MAX + 1] = {
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
	[LINK_GSO_IPV4_MAX_SIZE] = { .type = NLA_U32 },
	[LINK_GRO_IPV4_MAX_SIZE] = { .type = NLA_U32 },
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
	[IFLA_XDP] = { .type = NLA_NESTED },
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

static const struct nla_policy tun_policy[IFLA_TUN_MAX + 1] = {
	[IFLA_TUN_OWNER] = { .type = NLA_U32 },
	[IFLA_TUN_GROUP] = { .type = NLA_U32 },
};

static int parse_tun(const struct nlattr *data, struct xm_link *l)
{
	struct nlattr *tb[IFLA_TUN_MAX + 1];

	if (xm_attr_parse(data, tb, IFLA_TUN_MAX, tun_policy))
		return -EBADMSG;
	l->tap_uid = tb[IFLA_TUN_OWNER] ? xm_attr_u32(tb[IFLA_TUN_OWNER]) : XM_TAP_NOBODY;
	l->tap_gid = tb[IFLA_TUN_GROUP] ? xm_attr_u32(tb[IFLA_TUN_GROUP]) : XM_TAP_NOBODY;
	return 0;
}

static int parse_info(const struct nlattr *info, struct xm_link *l)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1];

	if (xm_attr_parse(info, tb, IFLA_INFO_MAX, info_policy))
		return -EBADMSG;
	xm_attr_text(tb[IFLA_INFO_KIND], l->kind, sizeof(l->kind));
	if (!strcmp(l->kind, "tun"))
		return parse_tun(tb[IFLA_INFO_DATA], l);
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
	l->gso_ipv4_max_size = xm_attr_u32(tb[LINK_GSO_IPV4_MAX_SIZE]);
	l->gro_ipv4_max_size = xm_attr_u32(tb[LINK_GRO_IPV4_MAX_SIZE]);
}

/* A namespace without an id is one that has ended (peernet2id_alloc()) */
static int32_t nsid_or_self(const struct nlattr *attr)
{
	int32_t nsid = attr ? (int32_t)xm_attr_u32(attr) : XM_NSID_SELF;

	return attr && nsid < 0 ? XM_NSID_ENDED : nsid;
}

static int parse_xdp(const struct nlattr *xdp, struct xm_link *l)
{
	static const struct nla_policy policy[IFLA_XDP_MAX + 1] = {
		[IFLA_XDP_PROG_ID] = { .type = NLA_U32 },
	};
	struct nlattr *tb[IFLA_XDP_MAX + 1];

	if (xm_attr_parse(xdp, tb, IFLA_XDP_MAX, policy))
		return -EBADMSG;
	l->xdp_prog_id = xm_attr_u32(tb[IFLA_XDP_PROG_ID]);
	return 0;
}

static int parse_link(const struct nlmsghdr *nlh, struct xm_link *l)
{
	const struct ifinfomsg *ifi = xm_nlmsg_header(nlh, sizeof(*ifi));
	struct nlattr *tb[LINK_MAX + 1];

	if (!ifi || xm_nlmsg_parse(nlh, sizeof(*ifi), tb, LINK_MAX, link_policy))
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
	if (parse_inet6(tb[IFLA_AF_SPEC], l) || parse_xdp(tb[IFLA_XDP], l))
		return -EBADMSG;
	return parse_info(tb[IFLA_LINKINFO], l);
}

void xm_link_parse(const struct nlmsghdr *nlh, struct xm_link *ret)
{
	*ret = (struct xm_link){};
	if (parse_link(nlh, ret))
		*ret = (struct xm_link){ .lower_nsid = XM_NSID_SELF, .moved_nsid = XM_NSID_SELF };
}
