// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Features of the parent that are off while it has endpoints. See parent_offloads.h.
 *
 * LRO merges received frames into ones that cannot be forwarded, and a container may forward. For a
 * macvlan the kernel turns LRO off when its namespace forwards (dev_disable_lro()).
 *
 * A VLAN filter drops tagged frames of VIDs that nobody has entered. A VLAN device on a macvlan
 * enters its VID into the filter of the real device (vlan_vid_add()). Nothing enters the VID of a
 * VLAN device on an endpoint: user space can do that only by a VLAN device on the parent, which
 * would own the frames.
 */
#include <errno.h>
#include <string.h>

#include "engine/parent_offloads.h"
#include "engine/record.h"
#include "net/ethtool.h"

#define VLAN_FILTERS (XM_FEATURE_VLAN_FILTER | XM_FEATURE_STAG_FILTER)

static const struct {
	uint32_t feature; /* enum xm_feature */
	uint32_t ours; /* enum xm_parent_state: xmacvlan has turned it off */
} held[] = {
	{ XM_FEATURE_LRO, XM_PARENT_LRO },
	{ XM_FEATURE_VLAN_FILTER, XM_PARENT_VLAN_FILTER },
	{ XM_FEATURE_STAG_FILTER, XM_PARENT_STAG_FILTER },
};

#define HELD (sizeof(held) / sizeof(held[0]))

static uint32_t features_into_state(uint32_t features)
{
	uint32_t state = 0;

	for (size_t i = 0; i < HELD; i++)
		if (features & held[i].feature)
			state |= held[i].ours;
	return state;
}

static uint32_t features_of_state(uint32_t state)
{
	uint32_t features = 0;

	for (size_t i = 0; i < HELD; i++)
		if (state & held[i].ours)
			features |= held[i].feature;
	return features;
}

static int features_commit(struct xm_parent *p, uint32_t state, struct xm_err *e)
{
	if (state == p->rec.state)
		return 0;
	p->rec.state = state;
	return xm_parent_commit(p, e);
}

static int find_port(const struct xm_link *link, void *data)
{
	const uint32_t *ifindex = data;

	return link->master == *ifindex ? -EBUSY : 0;
}

/*
 * Whether the device filters by itself. The filter of a bond, a team or a failover device says only
 * whether VIDs are passed on to the devices below it: turned off, these drop the frames of the
 * host's own VLAN devices too (bond_vlan_rx_kill_vid()). A failover device has no kind, but ports.
 */
static bool filter_is_own(struct xm_parent *p)
{
	return !p->link.kind[0] &&
	       !xm_link_each(&p->engine->nl, XM_NSID_SELF, NULL, find_port, &p->link.ifindex);
}

static uint32_t features_to_turn_off(struct xm_parent *p, const struct xm_features *f)
{
	/* Other features are read too: those stay as they are */
	uint32_t off = f->on & f->changeable & features_of_state(~0u);

	return off & VLAN_FILTERS && !filter_is_own(p) ? off & ~VLAN_FILTERS : off;
}

static int features_read(struct xm_parent *p, struct xm_features *ret, struct xm_err *e)
{
	int err = xm_ethtool_read_features(p->engine->ethtool, p->link.ifindex, ret);

	return err ? xm_fail(e, err, "cannot read the offloads of %s: %s", p->link.name,
			     strerror(-err))
		   : 0;
}

/*
 * Reads what is left on into *f. Saves the state before it turns anything off, so that a kill
 * leaves nothing off without its bit.
 */
static int features_turn_off(struct xm_parent *p, struct xm_features *f, struct xm_err *e)
{
	uint32_t off = features_to_turn_off(p, f);
	int err;

	if (!off)
		return 0;
	err = features_commit(p, p->rec.state | features_into_state(off), e);
	if (err)
		return err;
	/* A driver that refuses keeps the feature on */
	xm_ethtool_set_features(p->engine->ethtool, p->link.ifindex, off, false);
	return features_read(p, f, e);
}

static int features_restore(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_restore_offloads(p);

	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot turn offloads of %s on again: %s", p->link.name,
			       strerror(-err));
	return features_commit(p, p->rec.state & ~features_into_state(~0u), e);
}

int xm_parent_restore_offloads(struct xm_parent *p)
{
	uint32_t ours = features_of_state(p->rec.state);

	return ours ? xm_ethtool_set_features(p->engine->ethtool, p->link.ifindex, ours, true) : 0;
}

int xm_parent_hold_offloads(struct xm_parent *p, struct xm_err *e)
{
	struct xm_features f;
	uint32_t state;
	int err;

	if (!p->count)
		return features_restore(p, e);
	err = features_read(p, &f, e);
	if (!err)
		err = features_turn_off(p, &f, e);
	if (err)
		return err;
	state = p->rec.state & ~XM_PARENT_FIXED_VLAN_FILTER;
	if (f.on & VLAN_FILTERS)
		state |= XM_PARENT_FIXED_VLAN_FILTER;
	return features_commit(p, state, e);
}
