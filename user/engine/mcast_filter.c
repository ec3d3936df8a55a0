// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/mcast_filter.h"
#include "engine/state.h"
#include "mac.h"

struct xm_mcast_filter {
	int groups, valid; /* maps */
	uint32_t groups_id;
};

/* 0: the descriptor is no map's */
static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

struct xm_mcast_filter *xm_mcast_filter_open(const struct xm_parent *p)
{
	struct xm_mcast_filter *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->groups = fcntl(p->maps[XM_MAP_MCAST_GROUPS], F_DUPFD_CLOEXEC, 0);
	f->valid = fcntl(p->maps[XM_MAP_GROUPS_VALID], F_DUPFD_CLOEXEC, 0);
	if (f->groups < 0 || f->valid < 0) {
		int err = errno;

		xm_mcast_filter_close(f);
		errno = err;
		return NULL;
	}
	f->groups_id = map_id(f->groups);
	return f;
}

void xm_mcast_filter_close(struct xm_mcast_filter *f)
{
	if (!f)
		return;
	if (f->groups >= 0)
		close(f->groups);
	if (f->valid >= 0)
		close(f->valid);
	free(f);
}

bool xm_mcast_filter_is_of(const struct xm_mcast_filter *f, const struct xm_parent *p)
{
	return f->groups_id == map_id(p->maps[XM_MAP_MCAST_GROUPS]);
}

int xm_mcast_filter_add(struct xm_mcast_filter *f, uint32_t slot, const uint8_t mac[XM_MAC_LEN])
{
	struct xm_mcast_group_key key;
	uint32_t joined = 1;

	xm_mcast_group_key_set(&key, mac, slot);
	return bpf_map_update_elem(f->groups, &key, &joined, BPF_ANY) ? -errno : 0;
}

int xm_mcast_filter_del(struct xm_mcast_filter *f, uint32_t slot, const uint8_t mac[XM_MAC_LEN])
{
	struct xm_mcast_group_key key;

	xm_mcast_group_key_set(&key, mac, slot);
	return bpf_map_delete_elem(f->groups, &key) && errno != ENOENT ? -errno : 0;
}

int xm_mcast_filter_each(struct xm_mcast_filter *f,
			 int (*each)(uint32_t slot, const uint8_t *mac, void *data), void *data)
{
	struct xm_mcast_group_key key, *at = NULL;
	int ret = 0;

	while (!ret && !bpf_map_get_next_key(f->groups, at, &key)) {
		ret = each(key.slot, key.mac, data);
		at = &key;
	}
	return ret;
}

void xm_mcast_filter_valid_until(struct xm_mcast_filter *f, uint64_t until)
{
	struct xm_groups_valid valid = { .until = until };
	uint32_t key = 0;

	bpf_map_update_elem(f->valid, &key, &valid, BPF_ANY);
}
