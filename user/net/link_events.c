// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/caps.h"
#include "net/link_events.h"

int xm_link_events_open(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	/* The kernel looks at the capabilities with which the socket was opened */
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_NET_BROADCAST));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int on = 1, group = RTNLGRP_LINK, err = -errno;

	if (fd >= 0)
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

bool xm_link_events_take(int fd)
{
	char datagram[8192];
	bool any = false;

	/* ENOBUFS: the kernel has left some out */
	while (recv(fd, datagram, sizeof(datagram), 0) > 0 || errno == ENOBUFS || errno == EINTR)
		any = true;
	return any;
}
