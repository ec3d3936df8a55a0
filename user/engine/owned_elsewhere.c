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
#include <unistd.h>

#include "engine/abi_majors.h"
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

/* The maps endpoints and owners, of this or an older major version */
struct owned_maps {
	int owners, endpoints;
	void (*convert)(const void *from, void *to); /* a record; NULL: it is this version's */
};

static void owned_close(const struct owned_maps *m)
{
	if (m->owners >= 0)
		close(m->owners);
	if (m->endpoints >= 0)
		close(m->endpoints);
}

static bool record_fits(int endpoints)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(endpoints, &info, &len) && info.value_size <= XM_RECORD_MAX;
}

/* A row of another layout of owners has to convert them here too */
static int owned_open_major(const char *dir, const struct xm_major *major, struct owned_maps *ret)
{
	ret->convert = major ? major->convert[XM_MAP_ENDPOINTS] : NULL;
	ret->owners = xm_map_open_any(dir, XM_MAP_OWNERS);
	ret->endpoints = ret->convert ? xm_map_open_any_shape(dir, XM_MAP_ENDPOINTS)
				      : xm_map_open_any(dir, XM_MAP_ENDPOINTS);
	if (ret->owners >= 0 && ret->endpoints >= 0 && record_fits(ret->endpoints))
		return 0;
	owned_close(ret);
	return -EPROTO;
}

/* Returns 0; 1: the folder has been removed; or a negative errno and fills *e */
static int owned_open(const char *dir, struct owned_maps *ret, struct xm_err *e)
{
	struct xm_parent_record found;
	const struct xm_major *major = NULL;
	int err = xm_pins_version(dir, &found, e);

	if (err)
		return err;
	if (found.abi_major != XM_ABI_MAJOR)
		major = xm_major_find(found.abi_major);
	if (found.abi_major != XM_ABI_MAJOR && !major)
		return xm_fail(e, EPROTO,
			       "%s has ABI %u.%u, this xmacvlan has " XM_ABI_TEXT
			       ": its endpoints are left alone",
			       dir, found.abi_major, found.abi_minor);
	err = owned_open_major(dir, major, ret);
	return err ? xm_fail(e, err, "%s is damaged: its endpoints are left alone", dir) : 0;
}

static int elsewhere_visit_slot(const struct owned_maps *m, uint32_t slot,
				const struct elsewhere *w)
{
	uint8_t value[XM_RECORD_MAX];
	struct xm_endpoint_record rec = {};
	struct xm_endpoint_info info;
	struct xm_owner owner;

	if (xm_owner_lookup(m->owners, slot, &owner) ||
	    bpf_map_lookup_elem(m->endpoints, &slot, value))
		return 0;
	if (m->convert)
		m->convert(value, &rec);
	else
		memcpy(&rec, value, sizeof(rec));
	xm_record_describe(slot, &rec, &info);
	info.owner = &owner;
	return w->each(w->cookie, &info, w->data);
}

static int elsewhere_visit_folder(const char *dir, const struct elsewhere *w,
				  struct xm_err *skipped)
{
	uint32_t slot, *at = NULL;
	struct owned_maps m = { .owners = -1, .endpoints = -1 };
	int ret = 0;

	if (owned_open(dir, &m, skipped->exit_code ? NULL : skipped))
		return 0;
	while (!ret && !bpf_map_get_next_key(m.endpoints, at, &slot)) {
		ret = elsewhere_visit_slot(&m, slot, w);
		at = &slot;
	}
	owned_close(&m);
	return ret;
}

int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_info *info,
				   void *data),
		       void *data, struct xm_err *e)
{
	struct elsewhere w = { .each = each, .data = data };
	int ret = xm_netns_cookie(&w.home);
	uint32_t ifindex;
	struct xm_err skipped = {};
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
		ret = elsewhere_visit_folder(path, &w, &skipped);
	}
	closedir(d);
	if (!ret && skipped.exit_code)
		*e = skipped;
	return ret;
}
