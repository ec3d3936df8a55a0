// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pinned records written, and entries of maps that name a slot */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/record.h"

int xm_parent_save(struct xm_parent *p, struct xm_err *e)
{
	uint32_t key = 0;

	if (bpf_map_update_elem(p->maps[XM_MAP_META], &key, &p->meta, BPF_ANY))
		return xm_fail(e, errno, "cannot write the state of %s: %s", xm_parent_name(p),
			       strerror(errno));
	return 0;
}

int xm_endpoint_save(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	if (bpf_map_update_elem(p->maps[XM_MAP_ENDPOINTS], &ep->slot, &ep->rec, BPF_ANY))
		return xm_fail(e, errno, "cannot write the record of %s: %s", ep->rec.name,
			       strerror(errno));
	return 0;
}

int xm_endpoint_write_port(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	if (bpf_map_update_elem(p->maps[XM_MAP_PORTS], &ep->slot, &ep->rec.port, BPF_ANY))
		return xm_fail(e, errno, "cannot write the port of %s: %s", ep->rec.name,
			       strerror(errno));
	return 0;
}

int xm_endpoint_commit(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	bool ready = ep->rec.state == XM_ENDPOINT_READY;
	int err;

	/*
	 * Commands do not compare the port of a READY record: the record is not READY while they
	 * may differ
	 */
	if (ready)
		ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_endpoint_write_port(p, ep, e);
	if (!ready)
		return err;
	ep->rec.state = XM_ENDPOINT_READY;
	return err ? err : xm_endpoint_save(p, ep, e);
}

int xm_slot_has_device(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	uint32_t ifindex;

	if (!bpf_map_lookup_elem(p->maps[XM_MAP_TC_DEVICES], &slot, &ifindex))
		return 1;
	if (errno == ENOENT)
		return 0;
	return xm_fail(e, errno, "cannot read %s/%s: %s", p->dir, xm_map_names[XM_MAP_TC_DEVICES],
		       strerror(errno));
}

int xm_map_add(struct xm_parent *p, enum xm_map map, const void *key, const void *value,
	       const char *name, struct xm_err *e)
{
	if (!bpf_map_update_elem(p->maps[map], key, value, BPF_ANY))
		return 0;
	return xm_fail(e, errno, "cannot enter %s into %s: %s", name, xm_map_names[map],
		       errno == E2BIG ? "the map is full" : strerror(errno));
}

int xm_map_del(struct xm_parent *p, const struct xm_endpoint *ep, enum xm_map map, const void *key,
	       struct xm_err *e)
{
	uint32_t slot;
	int err = bpf_map_lookup_elem(p->maps[map], key, &slot) ? -errno : 0;

	if (!err && slot == ep->slot)
		err = bpf_map_delete_elem(p->maps[map], key) ? -errno : 0;
	if (!err || err == -ENOENT)
		return 0;
	return xm_fail(e, err, "cannot remove %s from %s: %s", ep->rec.name, xm_map_names[map],
		       strerror(-err));
}
