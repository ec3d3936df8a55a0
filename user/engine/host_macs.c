// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * MACs that this machine receives on the parent besides the parent's own: entries of the parent's
 * unicast filter that belong to no endpoint, as a kernel macvlan makes them. mac_table has them
 * with the parent's slot, so that endpoints with host access reach them through the parent's
 * receive path.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/additional_mac_list.h"
#include "engine/host_macs.h"
#include "engine/mac_table.h"
#include "engine/record.h"
#include "mac.h"
#include "net/uc_filter.h"

struct mac_list {
	struct xm_parent *p;
	struct xm_mac_key *keys; /* allocated */
	size_t count;
};

static int mac_list_add(struct mac_list *list, const struct xm_mac_key *key)
{
	struct xm_mac_key *more = realloc(list->keys, (list->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->keys = more;
	list->keys[list->count++] = *key;
	return 0;
}

/* Returns whether mac_table has the MAC, and fills *slot */
static bool table_has(const struct xm_parent *p, const struct xm_mac_key *key, uint32_t *slot)
{
	return !bpf_map_lookup_elem(p->maps[XM_MAP_MAC_TABLE], key, slot);
}

/* Whether the MAC is an endpoint's, also of one that is being added, which mac_table lacks yet */
static bool is_endpoints(const struct xm_parent *p, const uint8_t *mac)
{
	for (size_t i = 0; i < p->count; i++)
		if (xm_endpoint_has_mac(&p->endpoints[i], mac))
			return true;
	return false;
}

static int take_unicast(const uint8_t *mac, void *data)
{
	struct mac_list *list = data;
	struct xm_mac_key key;
	uint32_t slot;

	xm_mac_key_set(&key, mac);
	if ((table_has(list->p, &key, &slot) && slot != XM_SLOT_PARENT) ||
	    is_endpoints(list->p, mac))
		return 0;
	return mac_list_add(list, &key);
}

/* Reads the MACs that mac_table has with the parent's slot */
static int read_entered(struct mac_list *list)
{
	const int fd = list->p->maps[XM_MAP_MAC_TABLE];
	struct xm_mac_key key;
	void *at = NULL;
	uint32_t slot;
	int err = 0;

	while (!err && !bpf_map_get_next_key(fd, at, &key)) {
		if (table_has(list->p, &key, &slot) && slot == XM_SLOT_PARENT)
			err = mac_list_add(list, &key);
		at = &key;
	}
	return err;
}

static bool mac_list_has(const struct mac_list *list, const struct xm_mac_key *key)
{
	for (size_t i = 0; i < list->count; i++)
		if (!memcmp(&list->keys[i], key, sizeof(*key)))
			return true;
	return false;
}

static int enter(struct xm_parent *p, const struct xm_mac_key *key)
{
	uint32_t slot = XM_SLOT_PARENT;

	return xm_mac_table_keep_hint(p, key->mac) ||
			       (bpf_map_update_elem(p->maps[XM_MAP_MAC_TABLE], key, &slot,
						    BPF_NOEXIST) &&
				errno != EEXIST)
		       ? -errno
		       : 0;
}

static int set_use(struct xm_parent *p, bool on, struct xm_err *e)
{
	if (on == !!(p->config.uses & XM_USES_HOST_MACS))
		return 0;
	p->config.uses ^= XM_USES_HOST_MACS;
	return xm_parent_commit(p, e);
}

/*
 * XM_USES_HOST_MACS is set before the first entry and cleared after the last, so that no entry is
 * left without it
 */
static int replace(struct xm_parent *p, const struct mac_list *now, const struct mac_list *entered,
		   struct xm_err *e)
{
	int err = now->count ? set_use(p, true, e) : 0;

	for (size_t i = 0; i < entered->count && !err; i++)
		if (!mac_list_has(now, &entered->keys[i]) &&
		    bpf_map_delete_elem(p->maps[XM_MAP_MAC_TABLE], &entered->keys[i]) &&
		    errno != ENOENT)
			err = xm_fail(e, errno, "cannot change mac_table of %s: %s", p->link.name,
				      strerror(errno));
	for (size_t i = 0; i < now->count && !err; i++) {
		err = enter(p, &now->keys[i]);
		if (err)
			xm_fail(e, err, "cannot change mac_table of %s: %s", p->link.name,
				strerror(-err));
	}
	return err || now->count ? err : set_use(p, false, e);
}

int xm_host_macs_sync(struct xm_parent *p, struct xm_err *e)
{
	struct mac_list now = { .p = p }, entered = { .p = p };
	struct xm_nl *nl = &p->engine->nl;
	int err = 0;

	if (!p->index.host_access && !(p->config.uses & XM_USES_HOST_MACS))
		return 0;
	if (p->index.host_access)
		err = xm_uc_filter_each(nl, p->link.ifindex, take_unicast, &now);
	if (!err && p->config.uses & XM_USES_HOST_MACS)
		err = read_entered(&entered);
	if (err)
		xm_fail(e, err, "cannot read the unicast filter of %s: %s", p->link.name,
			xm_nl_why(nl, err));
	else
		err = replace(p, &now, &entered, e);
	free(now.keys);
	free(entered.keys);
	return err;
}
