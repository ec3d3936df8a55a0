// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>

#include "net/link.h"

static void copy_name(char *to, const struct nlattr *attr)
{
	xm_attr_text(attr, to, XM_NAME_LEN);
}

static int vlan_attr(const struct nlattr *attr, void *data)
{
	struct xm_link *l = data;

	if (mnl_attr_get_type(attr) == IFLA_VLAN_ID)
		l->vlan_id = xm_attr_number(attr);
	if (mnl_attr_get_type(attr) == IFLA_VLAN_PROTOCOL)
		l->vlan_proto = ntohs(xm_attr_number(attr));
	return MNL_CB_OK;
}

/* The kernel puts IFLA_INFO_KIND before IFLA_INFO_DATA */
static int info_attr(const struct nlattr *attr, void *data)
{
	struct xm_link *l = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		copy_name(l->kind, attr);
	if (mnl_attr_get_type(attr) == IFLA_INFO_DATA && !strcmp(l->kind, "vlan"))
		mnl_attr_parse_nested(attr, vlan_attr, l);
	return MNL_CB_OK;
}

/* Its alignment in the message is that of 32 bits */
static void copy_stats(struct xm_link *l, const struct nlattr *attr)
{
	struct rtnl_link_stats64 s = {};
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&s, mnl_attr_get_payload(attr), len < sizeof(s) ? len : sizeof(s));
	l->rx_dropped = s.rx_dropped;
	l->tx_dropped = s.tx_dropped;
}

static int link_attr(const struct nlattr *attr, void *data)
{
	struct xm_link *l = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		copy_name(l->name, attr);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == XM_MAC_LEN)
			memcpy(l->mac, mnl_attr_get_payload(attr), XM_MAC_LEN);
		break;
	case IFLA_MTU:
		l->mtu = xm_attr_number(attr);
		break;
	case IFLA_MAX_MTU:
		l->max_mtu = xm_attr_number(attr);
		break;
	case IFLA_GROUP:
		l->group = xm_attr_number(attr);
		break;
	case IFLA_MASTER:
		l->master = xm_attr_number(attr);
		break;
	case IFLA_LINK:
		l->lower = xm_attr_number(attr);
		break;
	case IFLA_LINK_NETNSID:
		l->lower_nsid = (int32_t)xm_attr_number(attr);
		break;
	case IFLA_OPERSTATE:
		l->operstate = xm_attr_number(attr);
		break;
	case IFLA_STATS64:
		copy_stats(l, attr);
		break;
	case IFLA_QDISC:
		copy_name(l->qdisc, attr);
		break;
	case IFLA_PROMISCUITY:
		l->promiscuity = xm_attr_number(attr);
		break;
	case IFLA_ALLMULTI:
		l->allmulti = xm_attr_number(attr);
		break;
	case IFLA_EVENT:
		l->event = xm_attr_number(attr);
		break;
	case IFLA_NEW_IFINDEX:
		l->moved_ifindex = xm_attr_number(attr);
		break;
	case IFLA_NEW_NETNSID:
		l->moved_nsid = (int32_t)xm_attr_number(attr);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, info_attr, l);
		break;
	}
	return MNL_CB_OK;
}

struct link_walk {
	struct xm_link *one;
	int (*each)(const struct xm_link *, void *);
	void *data;
};

void xm_link_parse(const struct nlmsghdr *nlh, struct xm_link *ret)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	*ret = (struct xm_link){ .lower_nsid = XM_NSID_SELF, .moved_nsid = XM_NSID_SELF };
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return;
	ret->ifindex = ifi->ifi_index;
	ret->flags = ifi->ifi_flags;
	ret->type = ifi->ifi_type;
	mnl_attr_parse(nlh, sizeof(*ifi), link_attr, ret);
}

static int link_message(const struct nlmsghdr *nlh, void *data)
{
	struct link_walk *walk = data;
	struct xm_link link;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	xm_link_parse(nlh, &link);
	if (!link.ifindex)
		return -EBADMSG;
	if (walk->each)
		return walk->each(&link, walk->data);
	*walk->one = link;
	return MNL_CB_OK;
}

int xm_link_get(struct xm_nl *nl, int32_t nsid, const char *name, uint32_t ifindex, struct xm_link *ret)
{
	struct xm_link link = {};
	struct link_walk walk = { .one = &link };
	struct ifinfomsg *ifi;
	struct xm_req req;
	int err;

	nl->ack[0] = '\0';
	if (name && strlen(name) >= XM_NAME_LEN)
		return -ENODEV;
	ifi = xm_nl_begin(&req, RTM_GETLINK, 0, sizeof(*ifi));
	if (name)
		mnl_attr_put_strz(req.nlh, IFLA_IFNAME, name);
	else
		ifi->ifi_index = ifindex;
	if (nsid != XM_NSID_SELF)
		mnl_attr_put_u32(req.nlh, IFLA_TARGET_NETNSID, nsid);
	err = xm_nl_talk(nl, &req, link_message, &walk);
	if (!err && !link.ifindex)
		err = -ENODEV;
	if (!err)
		*ret = link;
	return err;
}

int xm_link_each(struct xm_nl *nl, int32_t nsid, int (*each)(const struct xm_link *, void *), void *data)
{
	struct link_walk walk = { .each = each, .data = data };
	struct xm_req req;

	xm_nl_begin(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	if (nsid != XM_NSID_SELF)
		mnl_attr_put_u32(req.nlh, IFLA_TARGET_NETNSID, nsid);
	return xm_nl_talk(nl, &req, link_message, &walk);
}

/*
 * One queue, as macvlan has. A veth uses no more unless `ethtool -L` asks for them, but it makes the
 * others, for every possible CPU (veth_get_num_queues): memory, sysfs entries and, to put them out of
 * use, a grace period for each end.
 */
static void put_queues(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, 1);
}

static void put_peer(struct nlmsghdr *nlh, const struct xm_veth *veth)
{
	struct nlattr *peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, veth->peer_name);
	put_queues(nlh);
	mnl_attr_put(nlh, IFLA_ADDRESS, XM_MAC_LEN, veth->peer_mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, veth->peer_mtu);
	if (veth->peer_netns_fd >= 0)
		mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, veth->peer_netns_fd);
	mnl_attr_nest_end(nlh, peer);
}

int xm_link_add_veth(struct xm_nl *nl, const struct xm_veth *veth, struct xm_link *ret)
{
	struct link_walk walk = { .one = ret };
	struct nlattr *info, *data;
	struct xm_req req;

	ret->ifindex = 0;
	/* Since 6.2 the kernel answers NLM_F_ECHO with the device it made */
	xm_nl_begin(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(req.nlh, IFLA_IFNAME, veth->host_name);
	put_queues(req.nlh);
	mnl_attr_put_u32(req.nlh, IFLA_MTU, veth->host_mtu);
	mnl_attr_put_u32(req.nlh, IFLA_GROUP, veth->host_group);
	info = mnl_attr_nest_start(req.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(req.nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(req.nlh, IFLA_INFO_DATA);
	put_peer(req.nlh, veth);
	mnl_attr_nest_end(req.nlh, data);
	mnl_attr_nest_end(req.nlh, info);
	return xm_nl_talk(nl, &req, link_message, &walk);
}

static struct ifinfomsg *begin_link(struct xm_req *req, uint16_t type, uint32_t ifindex)
{
	struct ifinfomsg *ifi = xm_nl_begin(req, type, 0, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	return ifi;
}

int xm_link_del(struct xm_nl *nl, uint32_t ifindex)
{
	struct xm_req req;

	begin_link(&req, RTM_DELLINK, ifindex);
	return xm_nl_talk(nl, &req, NULL, NULL);
}

static int request_u32(struct xm_nl *nl, uint16_t type, uint32_t ifindex, uint16_t attr, uint32_t value)
{
	struct xm_req req;

	begin_link(&req, type, ifindex);
	mnl_attr_put_u32(req.nlh, attr, value);
	return xm_nl_talk(nl, &req, NULL, NULL);
}

int xm_link_move(struct xm_nl *nl, uint32_t ifindex, int netns_fd, const char *name)
{
	struct xm_req req;

	begin_link(&req, RTM_NEWLINK, ifindex);
	mnl_attr_put_u32(req.nlh, IFLA_NET_NS_FD, netns_fd);
	mnl_attr_put_strz(req.nlh, IFLA_IFNAME, name);
	return xm_nl_talk(nl, &req, NULL, NULL);
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
	struct xm_req req;

	ifi = begin_link(&req, RTM_NEWLINK, ifindex);
	ifi->ifi_flags = flags;
	ifi->ifi_change = mask;
	return xm_nl_talk(nl, &req, NULL, NULL);
}

int xm_link_set_mac(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	struct xm_req req;

	begin_link(&req, RTM_NEWLINK, ifindex);
	mnl_attr_put(req.nlh, IFLA_ADDRESS, XM_MAC_LEN, mac);
	return xm_nl_talk(nl, &req, NULL, NULL);
}

int xm_link_set_mtu(struct xm_nl *nl, uint32_t ifindex, uint32_t mtu)
{
	return request_u32(nl, RTM_NEWLINK, ifindex, IFLA_MTU, mtu);
}

static void put_silence(struct nlmsghdr *nlh)
{
	struct nlattr *spec, *inet6;

	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
}

int xm_link_up_silent(struct xm_nl *nl, uint32_t ifindex)
{
	struct ifinfomsg *ifi;
	struct xm_req req;
	int err;

	/* Of one message the kernel would do the flags first */
	begin_link(&req, RTM_NEWLINK, ifindex);
	put_silence(req.nlh);
	ifi = xm_nl_next(&req, RTM_NEWLINK, 0, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = ifi->ifi_change = IFF_UP;
	err = xm_nl_talk(nl, &req, NULL, NULL);
	/* A kernel booted without IPv6 is silent anyway, but whether the device is up we have not heard */
	return err == -EAFNOSUPPORT ? xm_link_set_flags(nl, ifindex, IFF_UP, IFF_UP) : err;
}

bool xm_link_is_macvlan(const struct xm_link *link)
{
	return !strcmp(link->kind, "macvlan") || !strcmp(link->kind, "macvtap");
}

static int unicast(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex, const uint8_t *mac)
{
	struct ndmsg *ndm;
	struct xm_req req;

	ndm = xm_nl_begin(&req, type, flags, sizeof(*ndm));
	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_flags = NTF_SELF;
	mnl_attr_put(req.nlh, NDA_LLADDR, XM_MAC_LEN, mac);
	return xm_nl_talk(nl, &req, NULL, NULL);
}

int xm_link_add_unicast(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	return unicast(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, ifindex, mac);
}

int xm_link_del_unicast(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	return unicast(nl, RTM_DELNEIGH, 0, ifindex, mac);
}
