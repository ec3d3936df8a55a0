// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mac.h"
#include "net/mcast.h"

/* "2    eth0            1     0     01005e000001": net/core/net-procfs.c, dev_mc_seq_show() */
static int group_parse(const char *line, struct xm_mcast_group *ret)
{
	unsigned int ifindex, mac[XM_MAC_LEN];
	int end = 0;

	if (sscanf(line, "%u %*s %*d %*d %2x%2x%2x%2x%2x%2x%n", &ifindex, &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5], &end) != 7 ||
	    (line[end] && line[end] != '\n'))
		return -1; /* not an Ethernet address */
	ret->ifindex = ifindex;
	for (int i = 0; i < XM_MAC_LEN; i++)
		ret->mac[i] = mac[i];
	return 0;
}

static int group_compare(const void *a, const void *b)
{
	const struct xm_mcast_group *one = a, *other = b;

	if (one->ifindex != other->ifindex)
		return one->ifindex < other->ifindex ? -1 : 1;
	return memcmp(one->mac, other->mac, XM_MAC_LEN);
}

static int groups_read(FILE *f, struct xm_mcast_groups *ret)
{
	size_t room = 0;
	char line[256];

	while (fgets(line, sizeof(line), f)) {
		if (ret->count == XM_MCAST_READ_MAX)
			return -E2BIG;
		if (ret->count == room) {
			struct xm_mcast_group *more =
				realloc(ret->list, (room + 64) * 2 * sizeof(*more));

			if (!more)
				return -ENOMEM;
			ret->list = more;
			room = (room + 64) * 2;
		}
		ret->count += !group_parse(line, &ret->list[ret->count]);
	}
	return ferror(f) ? -EIO : 0;
}

int xm_mcast_read(struct xm_mcast_groups *ret)
{
	struct xm_mcast_groups fresh = {};
	/* Not /proc/net: the first thread of the process may be in another namespace */
	FILE *f = fopen("/proc/thread-self/net/dev_mcast", "re");
	int err;

	if (!f)
		return -errno;
	err = groups_read(f, &fresh);
	fclose(f);
	if (err) {
		free(fresh.list);
		return err;
	}
	if (fresh.count)
		qsort(fresh.list, fresh.count, sizeof(*fresh.list), group_compare);
	*ret = fresh;
	return 0;
}

void xm_mcast_free(struct xm_mcast_groups *groups)
{
	free(groups->list);
	*groups = (struct xm_mcast_groups){};
}

const struct xm_mcast_group *xm_mcast_of(const struct xm_mcast_groups *groups, uint32_t ifindex,
					 size_t *count)
{
	size_t low = 0, high = groups->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (groups->list[middle].ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < groups->count && groups->list[end].ifindex == ifindex; end++)
		;
	*count = end - low;
	return groups->list ? groups->list + low : NULL;
}
