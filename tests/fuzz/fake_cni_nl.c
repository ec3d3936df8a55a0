// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fakes for the CNI plugin: rtnetlink inside the container */
#define FZ_HARNESS
#include "fakes_cni.h"

#include <errno.h>
#include <string.h>

#include "cni_world.h"

static struct nlmsghdr *begin(char *buf, const struct nlmsghdr *asked, uint16_t type)
{
	struct nlmsghdr *nlh = fz_msg(buf, type);

	nlh->nlmsg_seq = asked->nlmsg_seq;
	nlh->nlmsg_pid = FZ_PORTID;
	return nlh;
}

static void acknowledge(const struct nlmsghdr *asked, int error, uint16_t type)
{
	char buf[256];
	struct nlmsghdr *nlh = begin(buf, asked, type);
	struct nlmsgerr *err = fz_msg_header(nlh, sizeof(*err));

	err->error = error;
	err->msg = *asked;
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
}

static void tell_link(const struct nlmsghdr *asked)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	char buf[1024];
	struct nlmsghdr *nlh = begin(buf, asked, RTM_NEWLINK);
	struct ifinfomsg *ifi = fz_msg_header(nlh, sizeof(*ifi));
	struct nlattr *info;

	ifi->ifi_index = 3;
	ifi->ifi_flags = IFF_UP | (fz_cni.flags & WORLD_NO_CARRIER ? 0 : 0x10000);
	fz_put_text(nlh, IFLA_IFNAME, "eth0");
	fz_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	fz_put_u32(nlh, IFLA_MTU, 1500);
	fz_put_u8(nlh, IFLA_OPERSTATE, fz_cni.flags & WORLD_SLOW ? 2 : 6);
	info = fz_nest(nlh, IFLA_LINKINFO);
	fz_put_text(nlh, IFLA_INFO_KIND, "veth");
	fz_nest_end(nlh, info);
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
}

/* One address or route of the family, as often as one asks; or what the input has */
static void tell_all(const struct nlmsghdr *asked)
{
	bool route = asked->nlmsg_type == RTM_GETROUTE;
	uint8_t family = *(const uint8_t *)NLMSG_DATA(asked), six[16] = { 0xfd, 0x78, [15] = 2 };
	char buf[1024];
	struct nlmsghdr *nlh = begin(buf, asked, route ? RTM_NEWROUTE : RTM_NEWADDR);
	struct ifaddrmsg *ifa;
	struct rtmsg *rtm;

	if (fz_cni.flags & WORLD_RAW) {
		size_t len = fz_cni.raw_len < 512 ? fz_cni.raw_len : 512;

		memcpy(fz_msg_header(nlh, len), fz_cni.raw, len);
	} else if (route) {
		rtm = fz_msg_header(nlh, sizeof(*rtm));
		*rtm = (struct rtmsg){ .rtm_family = family,
				       .rtm_type = RTN_UNICAST,
				       .rtm_table = RT_TABLE_MAIN };
		fz_put_u32(nlh, RTA_OIF, 3);
		fz_put_u32(nlh, RTA_TABLE, RT_TABLE_MAIN);
	} else {
		ifa = fz_msg_header(nlh, sizeof(*ifa));
		*ifa = (struct ifaddrmsg){ .ifa_family = family,
					   .ifa_prefixlen = 64,
					   .ifa_index = 3 };
		fz_put(nlh, IFA_ADDRESS, family == AF_INET6 ? 16 : 4, six);
		fz_put_u32(nlh, IFA_FLAGS, fz_cni.flags & WORLD_TENTATIVE ? 0x40 : 0x80);
	}
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
	acknowledge(asked, 0, NLMSG_DONE);
}

void fz_cni_nl_answer(const void *request, size_t len)
{
	const struct nlmsghdr *asked = request;

	fz_check(len >= sizeof(*asked) && asked->nlmsg_len <= len, "a request of %zu octets", len);
	switch (asked->nlmsg_type) {
	case RTM_GETADDR:
	case RTM_GETROUTE:
		tell_all(asked);
		return;
	case RTM_GETLINK:
		tell_link(asked);
		acknowledge(asked, 0, NLMSG_ERROR);
		return;
	default:
		acknowledge(asked, ++fz_cni.changes == fz_cni.refuse ? -EEXIST : 0, NLMSG_ERROR);
	}
}
