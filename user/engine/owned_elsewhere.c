// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Read-only view of endpoints with owners in other network namespaces: their pins are read, no
 * namespace is entered
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/owner.h"
#include "engine/snapshot_record.h"
#include "net/netns.h"
#include "pins/pin_dir.h"
#include "pins/pin_names.h"

struct elsewhere {
	uint64_t cookie, home;
	int (*each)(uint64_t cookie, const struct xm_endpoint_info *info, void *data);
	void *data;
};

static int elsewhere_visit_slot(const int *maps, uint32_t slot, const struct elsewhere *w)
{
	struct xm_endpoint_record rec;
	struct xm_endpoint_info info;
	struct xm_owner owner;

	if (xm_owner_lookup(maps[XM_MAP_OWNERS], slot, &owner) ||
	    bpf_map_lookup_elem(maps[XM_MAP_ENDPOINTS], &slot, &rec))
		return 0;
	xm_record_describe(slot, &rec, &info);
	info.owner = &owner;
	return w->each(w->cookie, &info, w->data);
}

/* Pins of another ABI are skipped: xm_maps_open() refuses them */
static int elsewhere_visit_folder(const char *dir, const struct elsewhere *w)
{
	uint32_t slot, *at = NULL;
	int maps[XM_MAP_COUNT], ret = 0;

	if (xm_maps_open(dir, maps, NULL))
		return 0;
	while (!ret && !bpf_map_get_next_key(maps[XM_MAP_ENDPOINTS], at, &slot)) {
		ret = elsewhere_visit_slot(maps, slot, w);
		at = &slot;
	}
	xm_maps_close(maps);
	return ret;
}

int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_info *info,
				   void *data),
		       void *data, struct xm_err *e)
{
	struct elsewhere w = { .each = each, .data = data };
	int ret = xm_netns_cookie(&w.home);
	uint32_t ifindex;
	struct dirent *de;
	char path[1024];
	DIR *d;

	if (ret)
		return xm_fail(e, ret, "cannot identify the network namespace: %s", strerror(-ret));
	ret = xm_pin_root_read(&d, e);
	if (!d)
		return ret;
	while (!ret && (de = readdir(d))) {
		if (!xm_pin_dir_parse(de->d_name, &w.cookie, &ifindex) || w.cookie == w.home)
			continue;
		snprintf(path, sizeof(path), XM_PIN_ROOT "/%s", de->d_name);
		ret = elsewhere_visit_folder(path, &w);
	}
	closedir(d);
	return ret;
}
