// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An endpoint unmade: the entry in mac_table goes first, then the port, with which it is no longer reachable
 * by a hint either, the record last, so that a killed command leaves nothing that no record names.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

static int leave_maps(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	static const struct xm_port nothing;
	uint32_t slot;
	int err = xm_endpoint_mac_leave(p, ep, ep->rec.port.mac, e);

	if (!err)
		err = xm_endpoint_mac_leave(p, ep, ep->rec.other_mac, e);
	if (err)
		return err;
	if (bpf_map_update_elem(p->maps[XM_MAP_PORTS], &ep->slot, &nothing, BPF_ANY))
		return xm_fail(e, errno, "cannot clear the port of %s: %s", ep->rec.name, strerror(errno));
	if (!bpf_map_lookup_elem(p->maps[XM_MAP_HOST_ENDS], &ep->rec.host_ifindex, &slot)) {
		if (slot != ep->slot || !bpf_map_delete_elem(p->maps[XM_MAP_HOST_ENDS], &ep->rec.host_ifindex))
			return 0;
	}
	if (errno == ENOENT)
		return 0;
	return xm_fail(e, errno, "cannot take %s out of host_ends: %s", ep->rec.name, strerror(errno));
}

static int delete_veth(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link host;
	int err = xm_endpoint_host_end(p, ep, &host);

	if (!err)
		err = xm_link_del(nl, host.ifindex);
	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot delete the devices of %s: %s", ep->rec.name,
			       xm_nl_why(nl, err));
	return 0;
}

static int forget(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	static const enum xm_map maps[] = { XM_MAP_TC_DEVICES, XM_MAP_XDP_DEVICES, XM_MAP_ENDPOINTS };
	int err = xm_owner_forget(p, slot, e);

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
		if (bpf_map_delete_elem(p->maps[maps[i]], &slot) && errno != ENOENT)
			return xm_fail(e, errno, "cannot delete slot %u of %s: %s", slot, xm_map_names[maps[i]],
				       strerror(errno));
	return 0;
}

/* The devices into the group of the pending_delete. -errno: they have to go one by one. */
static int doom(struct xm_parent *p, const struct xm_endpoint *ep)
{
	uint32_t *more = realloc(p->pending_delete, (p->pending_delete_count + 1) * sizeof(*more));
	struct xm_link host;
	int err;

	if (!more)
		return -ENOMEM;
	p->pending_delete = more;
	err = xm_endpoint_host_end(p, ep, &host);
	if (!err)
		err = xm_link_set_group(&p->engine->nl, host.ifindex, XM_GROUP_PENDING_DELETE);
	if (!err)
		p->pending_delete[p->pending_delete_count++] = ep->slot;
	return err;
}

int xm_parent_delete_pending(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = p->pending_delete_count ? xm_link_del_group(nl, XM_GROUP_PENDING_DELETE) : 0;

	/* no such device: another parent's flush took them along */
	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot delete %zu endpoints of %s: %s", p->pending_delete_count,
			       xm_parent_name(p), xm_nl_why(nl, err));
	while (p->pending_delete_count) {
		err = forget(p, p->pending_delete[p->pending_delete_count - 1], e);
		if (err)
			return err;
		p->pending_delete_count--;
	}
	return 0;
}

int xm_endpoint_remove(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	bool listed = ep->rec.port.mode == XM_MODE_SOURCE || ep->rec.state != XM_ENDPOINT_READY;
	int err;

	ep->rec.state = XM_ENDPOINT_PARTIAL;
	err = xm_endpoint_save(p, ep, e);
	if (err)
		return err;
	err = leave_maps(p, ep, e);
	if (!err && listed)
		err = xm_source_list_clear(p, ep->slot, e);
	if (!err && p->alive)
		err = xm_endpoint_mac_filter(p, ep, false, e);
	if (err)
		return err;
	if (!p->engine->gather || doom(p, ep)) {
		err = delete_veth(p, ep, e);
		if (!err)
			err = forget(p, ep->slot, e);
		if (err)
			return err;
	}
	xm_endpoint_drop(p, ep);
	p->block_filled &= p->count > 0; /* the block goes with its last host end */
	return 0;
}
