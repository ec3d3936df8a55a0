// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/caps.h"
#include "net/link_events.h"
#include "net/link_parse.h"

int xm_link_events_open(bool all_netns)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	/* The kernel looks at the capabilities with which the socket was opened */
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_NET_BROADCAST));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int on = 1, group = RTNLGRP_LINK, err = -errno;

	if (fd >= 0 && all_netns)
		setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on));
	xm_caps_lower(raised);
	if (fd < 0)
		return err;
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void take_datagram(const char *datagram, int len,
			  void (*each)(const struct xm_link *link, bool deleted, void *data),
			  void *data)
{
	const struct nlmsghdr *nlh = (const void *)datagram;

	for (; xm_nlmsg_ok(nlh, len); nlh = xm_nlmsg_next(nlh, &len)) {
		const struct ifinfomsg *ifi = xm_nlmsg_header(nlh, sizeof(*ifi));
		struct xm_link link;

		/* A bridge sends the same messages about its ports */
		if (!ifi || ifi->ifi_family != AF_UNSPEC ||
		    (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK))
			continue;
		xm_link_parse(nlh, &link);
		if (link.ifindex)
			each(&link, nlh->nlmsg_type == RTM_DELLINK, data);
	}
}

bool xm_link_events_take(int fd, void (*each)(const struct xm_link *link, bool deleted, void *data),
			 void *data)
{
	char datagram[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool any = false;
	ssize_t len;

	/* ENOBUFS: the kernel has left some out */
	while ((len = recv(fd, datagram, sizeof(datagram), 0)) > 0 || errno == ENOBUFS ||
	       errno == EINTR) {
		any = true;
		if (len > 0 && each)
			take_datagram(datagram, len, each, data);
	}
	return any;
}
