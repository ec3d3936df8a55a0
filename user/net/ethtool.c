// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net/ethtool.h"

int xm_ethtool_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* data: a struct of linux/ethtool.h, which begins with the command */
static int ethtool_call(int fd, uint32_t ifindex, void *data)
{
	struct ifreq ifr = { .ifr_ifindex = ifindex };

	/* SIOCETHTOOL takes the name, which may change. The ifindex does not. */
	if (ioctl(fd, SIOCGIFNAME, &ifr))
		return -errno;
	ifr.ifr_data = data;
	/* ETHTOOL_SFEATURES returns flags */
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static int ethtool_set(int fd, uint32_t ifindex, uint32_t what, bool on)
{
	struct ethtool_value value = { .cmd = what, .data = on };

	return ethtool_call(fd, ifindex, &value);
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
	int err = ethtool_call(fd, ifindex, &value);

	return err ? err : !!value.data;
}

static int ethtool_has_flag(int fd, uint32_t ifindex, uint32_t flag)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	int err = ethtool_call(fd, ifindex, &value);

	return err ? err : !!(value.data & flag);
}

int xm_ethtool_strips_vlan(int fd, uint32_t ifindex)
{
	return ethtool_has_flag(fd, ifindex, ETH_FLAG_RXVLAN);
}

/* The names in the kernel (netdev_features_strings), in the order of enum xm_feature */
static const char feature_names[][ETH_GSTRING_LEN] = {
	"rx-lro",	    "rx-vlan-filter",	 "rx-vlan-stag-filter",	   "tx-checksum-ip-generic",
	"tx-checksum-sctp", "tx-vlan-hw-insert", "tx-vlan-stag-hw-insert",
};

#define FEATURE_COUNT (sizeof(feature_names) / sizeof(feature_names[0]))

/* The kernel's numbers of its features are no part of its ABI, their names are */
struct feature_numbers {
	uint32_t all; /* number of features of this kernel; 0: not known yet */
	int number[FEATURE_COUNT]; /* -1: this kernel has no such feature */
};

static int feature_count(int fd, uint32_t ifindex, uint32_t *ret)
{
	struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(*ret));
	int err;

	if (!info)
		return -ENOMEM;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ull << ETH_SS_FEATURES;
	err = ethtool_call(fd, ifindex, info);
	*ret = info->data[0];
	free(info);
	return err;
}

static int feature_number(const struct ethtool_gstrings *names, const char *name)
{
	for (uint32_t i = 0; i < names->len; i++)
		if (!strncmp((const char *)names->data + i * ETH_GSTRING_LEN, name,
			     ETH_GSTRING_LEN))
			return i;
	return -1;
}

static int feature_read_numbers(int fd, uint32_t ifindex, struct feature_numbers *ret)
{
	struct ethtool_gstrings *names;
	uint32_t all = 0;
	int err = feature_count(fd, ifindex, &all);

	if (err)
		return err;
	names = calloc(1, sizeof(*names) + (size_t)all * ETH_GSTRING_LEN);
	if (!names)
		return -ENOMEM;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = all;
	err = ethtool_call(fd, ifindex, names);
	for (size_t i = 0; i < FEATURE_COUNT && !err; i++)
		ret->number[i] = feature_number(names, feature_names[i]);
	if (!err)
		ret->all = all;
	free(names);
	return err;
}

/* Reads them once per process. Returns NULL and sets *err when they cannot be read. */
static const struct feature_numbers *feature_numbers(int fd, uint32_t ifindex, int *err)
{
	static struct feature_numbers known;

	*err = known.all ? 0 : feature_read_numbers(fd, ifindex, &known);
	return *err ? NULL : &known;
}

static uint32_t feature_words(const struct feature_numbers *n)
{
	return (n->all + 31) / 32;
}

static bool feature_is_in(uint32_t word, int number)
{
	return word >> (number % 32) & 1;
}

int xm_ethtool_read_features(int fd, uint32_t ifindex, struct xm_features *ret)
{
	int err;
	const struct feature_numbers *n = feature_numbers(fd, ifindex, &err);
	struct ethtool_gfeatures *all;

	if (!n)
		return err;
	all = calloc(1, sizeof(*all) + feature_words(n) * sizeof(all->features[0]));
	if (!all)
		return -ENOMEM;
	all->cmd = ETHTOOL_GFEATURES;
	all->size = feature_words(n);
	err = ethtool_call(fd, ifindex, all);
	*ret = (struct xm_features){};
	for (size_t i = 0; i < FEATURE_COUNT && !err; i++) {
		int number = n->number[i];
		const struct ethtool_get_features_block *block = &all->features[number / 32];

		if (number < 0)
			continue;
		if (feature_is_in(block->active, number))
			ret->on |= 1u << i;
		if (feature_is_in(block->available, number))
			ret->changeable |= 1u << i;
	}
	free(all);
	return err;
}

int xm_ethtool_set_features(int fd, uint32_t ifindex, uint32_t which, bool on)
{
	int err;
	const struct feature_numbers *n = feature_numbers(fd, ifindex, &err);
	struct ethtool_sfeatures *set;

	if (!n)
		return err;
	set = calloc(1, sizeof(*set) + feature_words(n) * sizeof(set->features[0]));
	if (!set)
		return -ENOMEM;
	set->cmd = ETHTOOL_SFEATURES;
	set->size = feature_words(n);
	for (size_t i = 0; i < FEATURE_COUNT; i++) {
		int number = n->number[i];

		if (number < 0 || !(which & 1u << i))
			continue;
		set->features[number / 32].valid |= 1u << (number % 32);
		if (on)
			set->features[number / 32].requested |= 1u << (number % 32);
	}
	err = ethtool_call(fd, ifindex, set);
	free(set);
	return err;
}
