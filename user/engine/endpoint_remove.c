// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An endpoint removed. The entry in mac_table goes first, then the port: without it a hint does not
 * lead to the endpoint either. The record goes last, so that whatever a killed command leaves is
 * named by a record.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/endpoint_remove.h"
#include "engine/endpoint_table.h"
#include "engine/fanout.h"
#include "engine/host_end.h"
#include "engine/mac_table.h"
#include "engine/neigh_addresses.h"
#include "engine/owner.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/source_list.h"
#include "engine/uc_entries.h"

static int endpoint_del_from_maps(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	static const struct xm_port no_port;
	int err = xm_mac_table_del(p, ep, ep->rec.port.mac, e);

	xm_fanout_forget(p, ep->slot);
	if (!err)
		err = xm_mac_table_del(p, ep, ep->rec.other_mac, e);
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS && !err; i++)
		err = xm_mac_table_del(p, ep, ep->rec.additional_macs[i].mac, e);
	if (err)
		return err;
	if (bpf_map_update_elem(p->maps[XM_MAP_PORTS], &ep->slot, &no_port, BPF_ANY))
		return xm_fail(e, errno, "cannot clear the port of %s: %s", ep->rec.name,
			       strerror(errno));
	return xm_map_del(p, ep, XM_MAP_HOST_ENDS, &ep->rec.host_ifindex, e);
}

static int endpoint_delete_devices(struct xm_parent *p, const struct xm_endpoint *ep,
				   struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link host_end;
	int err = xm_host_end_find(p, ep, &host_end);

	if (!err)
		err = xm_link_del(nl, host_end.ifindex);
	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot delete the devices of %s: %s", ep->rec.name,
			       xm_nl_why(nl, err));
	return 0;
}

/* Deletes everything that has the slot as its key, the record last */
static int slot_delete_entries(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	static const enum xm_map maps[] = { XM_MAP_TC_DEVICES, XM_MAP_XDP_DEVICES,
					    XM_MAP_ENDPOINTS };
	int err = xm_owner_del(p, slot, e);

	if (!err)
		err = xm_neigh_clear(p, slot, e);
	if (err)
		return err;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
		if (bpf_map_delete_elem(p->maps[maps[i]], &slot) && errno != ENOENT)
			return xm_fail(e, errno, "cannot delete slot %u of %s: %s", slot,
				       xm_map_names[maps[i]], strerror(errno));
	return 0;
}

/*
 * Puts the host end into the link group that one request deletes. After an error the host end has
 * to be deleted by a request of its own.
 */
static int endpoint_set_pending(struct xm_parent *p, const struct xm_endpoint *ep)
{
	uint32_t *more = realloc(p->pending_delete, (p->pending_delete_count + 1) * sizeof(*more));
	struct xm_link host_end;
	int err;

	if (!more)
		return -ENOMEM;
	p->pending_delete = more;
	err = xm_host_end_find(p, ep, &host_end);
	if (!err)
		err = xm_link_set_group(&p->engine->nl, host_end.ifindex,
					XM_LINK_GROUP_PENDING_DELETE);
	if (!err)
		p->pending_delete[p->pending_delete_count++] = ep->slot;
	return err;
}

int xm_endpoint_remove_pending(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = p->pending_delete_count ? xm_link_del_group(nl, XM_LINK_GROUP_PENDING_DELETE) : 0;

	/* -ENODEV: the link group is empty, because the call for another parent has deleted it */
	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot delete %zu endpoints of %s: %s",
			       p->pending_delete_count, xm_parent_name(p), xm_nl_why(nl, err));
	while (p->pending_delete_count) {
		err = slot_delete_entries(p, p->pending_delete[p->pending_delete_count - 1], e);
		if (err)
			return err;
		p->pending_delete_count--;
	}
	return 0;
}

enum xm_delete_how xm_endpoint_delete_how(const struct xm_engine *engine)
{
	return engine->options.batching ? XM_DELETE_PENDING : XM_DELETE_NOW;
}

int xm_endpoint_remove(struct xm_parent *p, struct xm_endpoint *ep, enum xm_delete_how how,
		       struct xm_err *e)
{
	bool may_have_sources =
		ep->rec.port.mode == XM_MODE_SOURCE || ep->rec.state != XM_ENDPOINT_READY;
	int err;

	ep->rec.state = XM_ENDPOINT_PARTIAL;
	err = xm_endpoint_save(p, ep, e);
	if (err)
		return err;
	err = endpoint_del_from_maps(p, ep, e);
	if (!err && may_have_sources)
		err = xm_source_list_clear(p, ep->slot, e);
	if (!err && p->alive)
		err = xm_uc_entries_del(p, ep, e);
	if (err)
		return err;
	if (how == XM_DELETE_NOW || endpoint_set_pending(p, ep)) {
		err = endpoint_delete_devices(p, ep, e);
		if (!err)
			err = slot_delete_entries(p, ep->slot, e);
		if (err)
			return err;
	}
	xm_endpoint_table_del(p, ep);
	p->block_filled &= p->count > 0; /* the kernel removes the block with its last host end */
	return 0;
}
