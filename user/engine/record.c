// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pinned records written, and entries of maps that name a slot */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/parent_list.h"
#include "engine/record.h"
#include "pins/fanout_map.h"

static int config_save(struct xm_parent *p)
{
	uint32_t key = 0;

	p->config.parent_ifindex = p->rec.parent_ifindex;
	if (!memcmp(&p->config, &p->saved_config, sizeof(p->config)))
		return 0;
	/* After an error the contents of the map are unknown */
	memset(&p->saved_config, 0, sizeof(p->saved_config));
	if (bpf_map_update_elem(p->maps[XM_MAP_CONFIG], &key, &p->config, BPF_ANY))
		return -errno;
	p->saved_config = p->config;
	return 0;
}

/*
 * config is written before the record: an xdp_prog_id in the record means that config has what that
 * program uses. Each xm_parent_meet_needs() computes the rest of config again.
 */
int xm_parent_commit(struct xm_parent *p, struct xm_err *e)
{
	uint32_t key = 0;
	int err = config_save(p);

	if (!err && bpf_map_update_elem(p->maps[XM_MAP_PARENT], &key, &p->rec, BPF_ANY))
		err = -errno;
	if (err)
		return xm_fail(e, err, "cannot write the state of %s: %s", xm_parent_name(p),
			       strerror(-err));
	return 0;
}

/*
 * The record is written before new pins are made: then an older version leaves unknown pins alone
 */
int xm_parent_prepare_program(struct xm_parent *p, struct xm_err *e)
{
	const uint16_t ours = XM_ABI_MINOR;
	bool old_pins = p->rec.abi_minor<ours, new_programs = p->rec.programs_minor> ours;
	int err = 0;

	if (old_pins)
		p->rec.abi_minor = ours;
	if (new_programs)
		p->rec.programs_minor = ours;
	if (old_pins || new_programs)
		err = xm_parent_commit(p, e);
	if (err || xm_maps_are_complete(p->maps))
		return err;
	return xm_maps_complete(p->dir, p->maps, e);
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
	int err = 0;

	if (p->config.uses & XM_USES_FANOUT)
		err = xm_fanout_map_expect(p->maps, ep->slot);
	if (!err && bpf_map_update_elem(p->maps[XM_MAP_PORTS], &ep->slot, &ep->rec.port, BPF_ANY))
		err = -errno;
	if (err)
		return xm_fail(e, err, "cannot write the port of %s: %s", ep->rec.name,
			       strerror(-err));
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
