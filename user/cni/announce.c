// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tells the neighbours who has an address now, lest they send to the MAC of who had it before. arp_notify and
 * ndisc_notify do so when a device comes up, and ours is up before it has an address.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce.h"
#include "caps.h"
#include "cni.h"

int cni_announce(uint32_t ifindex, const uint8_t mac[XM_MAC_LEN], const struct cni_prefix *address)
{
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_NET_RAW));
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), err = fd < 0 ? -errno : 0;

	xm_caps_lower(raised);
	if (!err)
		err = xm_announce(fd, ifindex, mac, address->family, address->bytes);
	if (fd >= 0)
		close(fd);
	return err;
}
