// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net/ethtool.h"

int xm_ethtool_open(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int ethtool_value(int fd, uint32_t ifindex, struct ethtool_value *value)
{
	struct ifreq ifr = { .ifr_ifindex = ifindex };

	/* SIOCETHTOOL takes the name, which may change. The ifindex does not. */
	if (ioctl(fd, SIOCGIFNAME, &ifr))
		return -errno;
	ifr.ifr_data = (void *)value;
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

static int ethtool_set(int fd, uint32_t ifindex, uint32_t what, bool on)
{
	struct ethtool_value value = { .cmd = what, .data = on };

	return ethtool_value(fd, ifindex, &value);
}

int xm_ethtool_set_gro(int fd, uint32_t ifindex, bool on)
{
	return ethtool_set(fd, ifindex, ETHTOOL_SGRO, on);
}

int xm_ethtool_set_tso(int fd, uint32_t ifindex, bool on)
{
	return ethtool_set(fd, ifindex, ETHTOOL_STSO, on);
}

int xm_ethtool_has_gro(int fd, uint32_t ifindex)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GGRO };
	int err = ethtool_value(fd, ifindex, &value);

	return err ? err : !!value.data;
}

static int ethtool_has_flag(int fd, uint32_t ifindex, uint32_t flag)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	int err = ethtool_value(fd, ifindex, &value);

	return err ? err : !!(value.data & flag);
}

int xm_ethtool_has_lro(int fd, uint32_t ifindex)
{
	return ethtool_has_flag(fd, ifindex, ETH_FLAG_LRO);
}

/* ETHTOOL_SFLAGS sets several offloads at once */
int xm_ethtool_set_lro(int fd, uint32_t ifindex, bool on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	int err = ethtool_value(fd, ifindex, &value);

	if (err)
		return err;
	value.cmd = ETHTOOL_SFLAGS;
	value.data = on ? value.data | ETH_FLAG_LRO : value.data & ~ETH_FLAG_LRO;
	return ethtool_value(fd, ifindex, &value);
}

int xm_ethtool_strips_vlan(int fd, uint32_t ifindex)
{
	return ethtool_has_flag(fd, ifindex, ETH_FLAG_RXVLAN);
}
