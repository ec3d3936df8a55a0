// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A parent kept true to what its endpoints need, and unmade when none needs it */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/internal.h"

static int restore_mac(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = 0;

	if (!(p->meta.state & XM_PARENT_MAC))
		return 0;
	if (memcmp(p->link.mac, p->meta.saved_mac, XM_MAC_LEN))
		err = xm_link_set_mac(nl, p->link.ifindex, p->meta.saved_mac);
	if (err)
		return xm_fail(e, err, "cannot give %s its address back: %s", p->link.name, xm_nl_why(nl, err));
	memcpy(p->link.mac, p->meta.saved_mac, XM_MAC_LEN);
	memcpy(p->meta.parent_mac, p->link.mac, XM_MAC_LEN);
	p->meta.state &= ~XM_PARENT_MAC;
	return 0;
}

static int set_flag(struct xm_parent *p, uint32_t flag, bool on, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_set_flags(nl, p->link.ifindex, on ? flag : 0, flag);

	if (err)
		return xm_fail(e, err, "cannot make %s %s%s: %s", p->link.name, on ? "" : "no longer ",
			       flag == IFF_PROMISC ? "promiscuous" : "allmulticast", xm_nl_why(nl, err));
	p->link.flags = on ? p->link.flags | flag : p->link.flags & ~flag;
	return 0;
}

/*
 * One of the parent's flags. Ours only when nobody had set it; put back only then. The state is saved
 * before the flag is set and after it is put back, so that a flag of ours is never forgotten.
 */
static int hold_flag(struct xm_parent *p, bool need, uint32_t flag, uint32_t ours, struct xm_err *e)
{
	int err;

	if (need && !(p->link.flags & flag)) {
		p->meta.state |= ours;
		err = xm_parent_save(p, e);
		return err ? err : set_flag(p, flag, true, e);
	}
	if (!need && (p->meta.state & ours)) {
		err = set_flag(p, flag, false, e);
		if (err)
			return err;
		p->meta.state &= ~ours;
		return xm_parent_save(p, e);
	}
	return 0;
}

/* What the endpoints ask of the parent */
struct needs {
	uint32_t features, slots, passthru_slot;
	bool promisc;
};

static struct needs sum_up(const struct xm_parent *p)
{
	struct needs n = { .slots = p->index.end ? p->index.end : 1 };
	const struct xm_endpoint *sole = p->slots;

	if (p->index.hosts)
		n.features |= XM_FEATURE_HOST;
	if (p->index.sources)
		n.features |= XM_FEATURE_SOURCES;
	if (p->count && sole->rec.port.mode == XM_MODE_PASSTHRU) {
		n.features |= XM_FEATURE_PASSTHRU;
		n.passthru_slot = sole->slot;
		n.promisc = !sole->rec.nopromisc;
	} else if (p->count) {
		n.promisc = p->meta.state & XM_PARENT_UNFILTERED;
	}
	return n;
}

int xm_parent_update(struct xm_parent *p, struct xm_err *e)
{
	struct needs n = sum_up(p);
	int err;

	p->meta.features &= XM_FEATURE_VLANS | XM_FEATURE_XDP | XM_FEATURE_XDP_VETH;
	p->meta.features |= n.features;
	if (p->meta.state & XM_PARENT_GUARD)
		p->meta.features |= XM_FEATURE_GUARD;
	p->meta.slots = n.slots;
	p->meta.passthru_slot = n.passthru_slot;
	err = xm_parent_save(p, e);
	if (err || !p->alive)
		return err;
	if (!(n.features & XM_FEATURE_PASSTHRU) && (p->meta.state & XM_PARENT_MAC)) {
		err = restore_mac(p, e);
		if (!err)
			err = xm_parent_save(p, e);
		if (err)
			return err;
	}
	err = xm_tc_attach_tx(p, n.features & XM_FEATURE_HOST, e);
	if (!err)
		err = hold_flag(p, p->count > 0, IFF_ALLMULTI, XM_PARENT_ALLMULTI, e);
	if (!err)
		err = hold_flag(p, n.promisc, IFF_PROMISC, XM_PARENT_PROMISC, e);
	return err;
}

int xm_parent_destroy(struct xm_parent *p, struct xm_err *e)
{
	bool gather = p->engine->gather;
	char gone[128];
	int err = xm_xdp_may_detach(p, e);

	if (err)
		return err;
	p->meta.state &= ~XM_PARENT_READY;
	xm_parent_save(p, NULL);
	p->engine->gather = p->count > 1;
	while (p->count && !err)
		err = xm_endpoint_remove(p, &p->slots[p->count - 1], e);
	p->engine->gather = gather;
	if (!err)
		err = xm_parent_delete_pending(p, e);
	if (!err)
		err = xm_parent_update(p, e);
	if (!err && p->alive)
		err = xm_xdp_detach(p, e);
	if (err) {
		/* still attached, and whole but for what is gone */
		p->meta.state |= XM_PARENT_READY;
		xm_parent_save(p, NULL);
		return err;
	}
	/* What fails from here on is left in state !READY, and the next command goes on */
	err = p->alive ? xm_tc_detach(p, e) : 0;
	if (err)
		return err;
	/* Away in one step; what a kill leaves of the folder is swept by the next command */
	snprintf(gone, sizeof(gone), XM_PIN_ROOT "/new-%u-gone", p->meta.parent_ifindex);
	if (rename(p->dir, gone))
		return xm_fail(e, errno, "cannot remove %s: %s", p->dir, strerror(errno));
	p->gone = true;
	err = xm_pin_dir_remove(gone);
	return err ? xm_fail(e, err, "cannot remove %s: %s", gone, strerror(-err)) : 0;
}

/* One that may not be detached yet waits for a command that may */
bool xm_parent_kept(const struct xm_parent *p)
{
	return (p->meta.state & XM_PARENT_EXPLICIT) || xm_xdp_may_detach(p, NULL);
}

int xm_parent_release(struct xm_parent *p, struct xm_err *e)
{
	int err = 0;

	if (p->gone || xm_parent_kept(p))
		return 0;
	/* One living endpoint is enough; those that lost their devices do not count */
	while (!err && p->count && !xm_parent_has_device(p, p->slots[p->count - 1].slot, NULL))
		err = xm_endpoint_remove(p, &p->slots[p->count - 1], e);
	return err || p->count ? err : xm_parent_destroy(p, e);
}
