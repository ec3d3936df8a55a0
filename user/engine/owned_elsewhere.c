// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the pins tell of endpoints in other namespaces, without entering one: to change anything a session is opened there */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pins/pin_names.h"
#include "engine/internal.h"

struct look {
	uint64_t cookie, home;
	int (*each)(uint64_t cookie, const struct xm_endpoint_record *rec, const struct xm_owner *owner, void *data);
	void *data;
};

static int look_at(const int *maps, uint32_t slot, const struct look *l)
{
	struct xm_owner_key key = { .bits = 32, .slot = slot };
	struct xm_endpoint_record rec;
	struct xm_owner owner;

	if (bpf_map_lookup_elem(maps[XM_MAP_OWNERS], &key, &owner) ||
	    bpf_map_lookup_elem(maps[XM_MAP_ENDPOINTS], &slot, &rec))
		return 0;
	owner.network[XM_OWNER_TEXT - 1] = owner.container[XM_OWNER_TEXT - 1] = '\0';
	rec.name[XM_NAME_LEN - 1] = rec.ifname[XM_NAME_LEN - 1] = '\0';
	return l->each(l->cookie, &rec, &owner, l->data);
}

/* Pins of another ABI cannot be told, half-made ones are nobody's yet */
static int look_into(const char *dir, const struct look *l)
{
	uint32_t slot, *at = NULL, key = 0;
	int maps[XM_MAP_COUNT], ret = 0;
	struct xm_meta meta;

	if (xm_maps_open(dir, maps, NULL))
		return 0;
	if (!bpf_map_lookup_elem(maps[XM_MAP_META], &key, &meta) && meta.abi == XM_ABI_VERSION)
		while (!ret && !bpf_map_get_next_key(maps[XM_MAP_ENDPOINTS], at, &slot)) {
			ret = look_at(maps, slot, l);
			at = &slot;
		}
	xm_maps_close(maps);
	return ret;
}

int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_record *rec, const struct xm_owner *owner, void *data),
		    void *data, struct xm_err *e)
{
	struct look l = { .each = each, .data = data };
	int ret = xm_netns_cookie(&l.home);
	uint32_t ifindex;
	struct dirent *de;
	char path[1024];
	DIR *d;

	if (ret)
		return xm_fail(e, ret, "cannot tell the network namespace: %s", strerror(-ret));
	d = opendir(XM_PIN_ROOT);
	if (!d)
		return errno == ENOENT ? 0 : xm_fail(e, errno, "cannot read " XM_PIN_ROOT ": %s", strerror(errno));
	while (!ret && (de = readdir(d))) {
		if (!xm_pin_dir_parse(de->d_name, &l.cookie, &ifindex) || l.cookie == l.home)
			continue;
		snprintf(path, sizeof(path), XM_PIN_ROOT "/%s", de->d_name);
		ret = look_into(path, &l);
	}
	closedir(d);
	return ret;
}
