// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A library for LD_PRELOAD: the VLAN filter of device p0 can be changed, which that of no NIC of
 * QEMU can. Its state is the first octet of the file $XM_FAKE_FEATURES. Every request is sent to
 * the kernel too, so that a tracer sees it.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint8_t *filter_is_on; /* in the file; writing takes no system call */

__attribute__((constructor)) static void map_state(void)
{
	const char *path = getenv("XM_FAKE_FEATURES");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		filter_is_on = at;
}

#define MAX_FEATURES 256

/* The number of features of the kernel */
static uint32_t feature_count(int fd, struct ifreq ifr)
{
	/* struct ethtool_sset_info, then the number */
	uint32_t buffer[sizeof(struct ethtool_sset_info) / 4 + 1] = {};
	struct ethtool_sset_info info = { .cmd = ETHTOOL_GSSET_INFO,
					  .sset_mask = 1ull << ETH_SS_FEATURES };

	memcpy(buffer, &info, sizeof(info));
	ifr.ifr_data = (void *)buffer;
	return syscall(SYS_ioctl, fd, SIOCETHTOOL, &ifr) ? 0 : buffer[sizeof(info) / 4];
}

/* The number of rx-vlan-filter, -1: there is none */
static int filter_number(int fd, struct ifreq ifr)
{
	/* struct ethtool_gstrings, then the names */
	static char buffer[sizeof(struct ethtool_gstrings) + MAX_FEATURES * ETH_GSTRING_LEN];
	struct ethtool_gstrings head = { .cmd = ETHTOOL_GSTRINGS,
					 .string_set = ETH_SS_FEATURES,
					 .len = feature_count(fd, ifr) };

	memcpy(buffer, &head, sizeof(head));
	ifr.ifr_data = buffer;
	if (!head.len || head.len > MAX_FEATURES || syscall(SYS_ioctl, fd, SIOCETHTOOL, &ifr))
		return -1;
	for (uint32_t i = 0; i < head.len; i++)
		if (!strcmp(buffer + sizeof(head) + i * ETH_GSTRING_LEN, "rx-vlan-filter"))
			return i;
	return -1;
}

static void fake_get(struct ethtool_gfeatures *all, int number)
{
	struct ethtool_get_features_block *block = &all->features[number / 32];
	uint32_t bit = 1u << (number % 32);

	block->available |= bit;
	block->active = *filter_is_on ? block->active | bit : block->active & ~bit;
}

static void fake_set(const struct ethtool_sfeatures *set, int number)
{
	const struct ethtool_set_features_block *block = &set->features[number / 32];
	uint32_t bit = 1u << (number % 32);

	if (block->valid & bit)
		*filter_is_on = !!(block->requested & bit);
}

/* Behind a request that succeeded */
static void fake(struct ifreq *ifr, uint32_t command, int number)
{
	if (command == ETHTOOL_GFEATURES)
		fake_get((void *)ifr->ifr_data, number);
	else
		fake_set((void *)ifr->ifr_data, number);
}

int ioctl(int fd, unsigned long request, ...)
{
	uint32_t command = 0;
	struct ifreq *ifr;
	int ret, number = -1;
	va_list ap;

	va_start(ap, request);
	ifr = va_arg(ap, void *);
	va_end(ap);
	if (request == SIOCETHTOOL && filter_is_on && !strcmp(ifr->ifr_name, "p0"))
		memcpy(&command, ifr->ifr_data, sizeof(command));
	if (command == ETHTOOL_GFEATURES || command == ETHTOOL_SFEATURES)
		number = filter_number(fd, *ifr);
	ret = syscall(SYS_ioctl, fd, request, ifr);
	if (ret >= 0 && number >= 0)
		fake(ifr, command, number);
	return ret;
}
