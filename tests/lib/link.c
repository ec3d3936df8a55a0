// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Devices in the test's namespaces. See link.h. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include "link.h"
#include "run.h"

void xmt_veth(const struct xmt_ns *a, const char *name_a, const char *mac_a, const struct xmt_ns *b,
	      const char *name_b, const char *mac_b)
{
	xmt_must("ip -n %s link add %s %s %s type veth peer name %s netns %s %s %s && "
		 "ip -n %s link set %s addrgenmode none up && "
		 "ip -n %s link set %s addrgenmode none up",
		 a->name, name_a, mac_a ? "address" : "", mac_a ?: "", name_b, b->name,
		 mac_b ? "address" : "", mac_b ?: "", a->name, name_a, b->name, name_b);
}

/* One ioctl on a socket of the namespace. Returns 0 or a negative errno. */
static int ns_ioctl(const struct xmt_ns *ns, unsigned long what, struct ifreq *ifr)
{
	int fd, err = 0;

	xmt_ns_enter(ns);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, what, ifr))
		err = -errno;
	if (fd >= 0)
		close(fd);
	xmt_ns_enter(NULL);
	return err;
}

bool xmt_has_netkit(void)
{
	if (xmt_run("ip link add xmnk%d type netkit", getpid()))
		return false;
	xmt_must("ip link del xmnk%d", getpid());
	return true;
}

unsigned int xmt_ifindex(const struct xmt_ns *ns, const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ns_ioctl(ns, SIOCGIFINDEX, &ifr) ? 0 : ifr.ifr_ifindex;
}

int xmt_link_mac(const struct xmt_ns *ns, const char *name, uint8_t ret_mac[6])
{
	struct ifreq ifr = {};
	int err;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	err = ns_ioctl(ns, SIOCGIFHWADDR, &ifr);
	if (!err)
		memcpy(ret_mac, ifr.ifr_hwaddr.sa_data, 6);
	return err;
}

int xmt_link_gro(const struct xmt_ns *ns, const char *name, int on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = on };
	struct ifreq ifr = { .ifr_data = (void *)&value };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ns_ioctl(ns, SIOCETHTOOL, &ifr);
}

int xmt_link_running(const struct xmt_ns *ns, const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ns_ioctl(ns, SIOCGIFFLAGS, &ifr) ?: !!(ifr.ifr_flags & IFF_RUNNING);
}

long xmt_link_attr(const struct xmt_ns *ns, const char *name, const char *attr)
{
	/* /sys shows the namespace in which it was mounted; `ip netns exec` mounts a new one. */
	if (xmt_run("ip netns exec %s cat /sys/class/net/%s/%s", ns->name, name, attr))
		return -1;
	return atol(xmt_output());
}

struct request {
	struct nlmsghdr nh;
	struct ifinfomsg ifi;
	char attrs[128];
};

static struct nlattr *request_put(struct request *req, uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)((char *)req + NLMSG_ALIGN(req->nh.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	req->nh.nlmsg_len = NLMSG_ALIGN(req->nh.nlmsg_len) + NLA_ALIGN(attr->nla_len);
	return attr;
}

static void request_end_nest(struct request *req, struct nlattr *nest)
{
	nest->nla_len = (char *)req + NLMSG_ALIGN(req->nh.nlmsg_len) - (char *)nest;
}

static int request_send(struct request *req)
{
	struct {
		struct nlmsghdr nh;
		struct nlmsgerr err;
		char more[512];
	} answer;
	int fd, err = 0;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	if (send(fd, req, req->nh.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		err = -errno;
	else
		err = answer.nh.nlmsg_type == NLMSG_ERROR ? answer.err.error : -EPROTO;
	close(fd);
	return err;
}

static int macvlan_set_attr(const struct xmt_ns *ns, const char *name, const char *kind,
			    uint16_t type, const void *data, size_t len)
{
	struct request req = {
		.nh =
			{
				.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
				.nlmsg_type = RTM_NEWLINK,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			},
	};
	struct nlattr *info, *nest;
	int err;

	req.ifi.ifi_index = xmt_ifindex(ns, name);
	if (!req.ifi.ifi_index)
		return -ENODEV;
	info = request_put(&req, IFLA_LINKINFO, NULL, 0);
	request_put(&req, IFLA_INFO_KIND, kind, strlen(kind));
	nest = request_put(&req, IFLA_INFO_DATA, NULL, 0);
	request_put(&req, type, data, len);
	request_end_nest(&req, nest);
	request_end_nest(&req, info);
	xmt_ns_enter(ns);
	err = request_send(&req);
	xmt_ns_enter(NULL);
	return err;
}

int xmt_macvlan_bclim(const struct xmt_ns *ns, const char *name, const char *kind, int32_t bclim)
{
	/* IFLA_MACVLAN_BC_CUTOFF is newer than Debian 12's headers. */
	return macvlan_set_attr(ns, name, kind, 9, &bclim, sizeof(bclim));
}

int xmt_macvlan_flags(const struct xmt_ns *ns, const char *name, uint16_t flags)
{
	return macvlan_set_attr(ns, name, "macvlan", IFLA_MACVLAN_FLAGS, &flags, sizeof(flags));
}
