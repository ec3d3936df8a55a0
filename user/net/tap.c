// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/tap.h"

static int tap_set_owner(int fd, const struct xm_tap *tap)
{
	if (tap->uid != XM_TAP_NOBODY && ioctl(fd, TUNSETOWNER, (unsigned long)tap->uid))
		return -errno;
	if (tap->gid != XM_TAP_NOBODY && ioctl(fd, TUNSETGROUP, (unsigned long)tap->gid))
		return -errno;
	return 0;
}

int xm_tap_create(const struct xm_tap *tap)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL };
	int err, fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (tap->multi_queue)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", tap->name);
	err = ioctl(fd, TUNSETIFF, &ifr) ? -errno : tap_set_owner(fd, tap);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int xm_tap_keep(int fd)
{
	return ioctl(fd, TUNSETPERSIST, 1ul) ? -errno : 0;
}
