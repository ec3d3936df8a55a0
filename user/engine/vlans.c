// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parent's VLAN devices take their frames before parent_rx does, as they do before macvlan's
 * rx_handler
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/attach_tc.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/vlans.h"
#include "mac.h"

/* What the map vlans is to have */
struct vlan_bits {
	bool any;
	uint64_t words[XM_VLAN_WORDS];
};

int xm_vlans_take(const struct xm_link *link, struct xm_vlan_list *list)
{
	struct xm_vlan *more;

	if (!link->vlan_proto || link->lower_nsid != XM_NSID_SELF)
		return 0;
	more = realloc(list->list, (list->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->list = more;
	more += list->count++;
	more->parent = link->lower;
	more->bit = xm_vlan_bit(link->vlan_proto, link->vlan_id);
	return 0;
}

static int vlan_list_add(const struct xm_link *link, void *data)
{
	return xm_vlans_take(link, data);
}

void xm_vlans_forget(struct xm_engine *engine)
{
	free(engine->vlans.list);
	engine->vlans = (struct xm_vlan_list){};
}

int xm_vlans_read(struct xm_engine *engine, struct xm_err *e)
{
	int err;

	xm_vlans_forget(engine);
	/* Of one kind: a list of all is interrupted by each device that comes or goes */
	err = xm_link_each(&engine->nl, XM_NSID_SELF, "vlan", vlan_list_add, &engine->vlans);
	/* A kernel without VLAN devices lists all; none of those that stayed is one */
	if (err == -EAGAIN && !engine->vlans.count)
		err = 0;
	if (err)
		return xm_fail(e, err, "cannot list the devices: %s", xm_nl_why(&engine->nl, err));
	engine->vlans.known = true;
	return 0;
}

/* Those of the parent; read for it alone unless the list is known */
static int vlan_bits_collect(struct xm_parent *p, struct vlan_bits *ret, struct xm_err *e)
{
	struct xm_vlan_list *list = &p->engine->vlans;
	bool known = list->known;
	int err = known ? 0 : xm_vlans_read(p->engine, e);

	for (size_t i = 0; i < list->count; i++) {
		if (list->list[i].parent != p->link.ifindex)
			continue;
		ret->words[list->list[i].bit / 64] |= 1ull << (list->list[i].bit % 64);
		ret->any = true;
	}
	if (!known)
		xm_vlans_forget(p->engine);
	return err;
}

static int vlan_bits_write(struct xm_parent *p, const struct vlan_bits *v)
{
	for (uint32_t i = 0; i < XM_VLAN_WORDS; i++)
		if (bpf_map_update_elem(p->maps[XM_MAP_VLANS], &i, &v->words[i], BPF_ANY))
			return -errno;
	return 0;
}

int xm_vlans_sync(struct xm_parent *p, struct xm_err *e)
{
	struct vlan_bits v = {};
	int err = vlan_bits_collect(p, &v, e);

	if (err)
		return err;
	if (!v.any && !(p->config.uses & XM_USES_VLANS))
		return 0;
	err = v.any ? xm_tc_use_full(p, e) : 0;
	if (err)
		return err;
	err = vlan_bits_write(p, &v);
	if (err)
		return xm_fail(e, err, "cannot write the VLANs of %s: %s", xm_parent_name(p),
			       strerror(-err));
	p->config.uses &= ~XM_USES_VLANS;
	if (v.any)
		p->config.uses |= XM_USES_VLANS;
	return xm_parent_commit(p, e);
}

bool xm_vlans_differ(struct xm_parent *p)
{
	struct vlan_bits v = {};
	uint64_t word;

	if (vlan_bits_collect(p, &v, NULL) || (!v.any && !(p->config.uses & XM_USES_VLANS)))
		return false;
	for (uint32_t i = 0; i < XM_VLAN_WORDS; i++)
		if (!bpf_map_lookup_elem(p->maps[XM_MAP_VLANS], &i, &word) && word != v.words[i])
			return true;
	return v.any != !!(p->config.uses & XM_USES_VLANS);
}
