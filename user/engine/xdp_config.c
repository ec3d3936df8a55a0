// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The settings of `attach`: XDP, guard, neigh and fanout, applied together or not at all */
#include <errno.h>
#include <string.h>

#include "base/caps.h"
#include "engine/attach_xdp.h"
#include "engine/neigh_addresses.h"
#include "engine/parent_list.h"
#include "engine/parent_needs.h"
#include "engine/xdp_config.h"
#include "pins/kernel_features.h"
#include "pins/objects.h"

bool xm_xdp_is_current(const struct xm_parent *p)
{
	uint8_t requested = p->rec.xdp_requested, attached = p->rec.xdp;

	if (attached != XM_XDP_OFF && !p->rec.xdp_prog_id)
		return false;
	return requested == XM_XDP_AUTO ? attached != XM_XDP_SKB : attached == requested;
}

bool xm_xdp_was_detached(const struct xm_parent *p)
{
	return p->rec.xdp != XM_XDP_OFF && p->rec.xdp_prog_id && !p->link.xdp_prog_id;
}

struct xdp_request {
	uint8_t xdp; /* enum xm_xdp */
	bool guard, neigh, fanout;
};

static struct xdp_request request_of_record(const struct xm_parent_record *rec)
{
	return (struct xdp_request){ .xdp = rec->xdp_requested,
				     .guard = rec->state & XM_PARENT_GUARD,
				     .neigh = rec->state & XM_PARENT_NEIGH,
				     .fanout = rec->state & XM_PARENT_FANOUT };
}

static struct xdp_request request_of_before(uint8_t before)
{
	return (struct xdp_request){ .xdp = before & XM_BEFORE_XDP,
				     .guard = before & XM_BEFORE_GUARD,
				     .neigh = before & XM_BEFORE_NEIGH,
				     .fanout = before & XM_BEFORE_FANOUT };
}

static void request_write(struct xm_parent *p, struct xdp_request r)
{
	p->rec.xdp_requested = r.xdp;
	p->rec.state &= ~(XM_PARENT_GUARD | XM_PARENT_NEIGH | XM_PARENT_FANOUT);
	if (r.guard)
		p->rec.state |= XM_PARENT_GUARD;
	if (r.neigh)
		p->rec.state |= XM_PARENT_NEIGH;
	if (r.fanout)
		p->rec.state |= XM_PARENT_FANOUT;
}

/* The first write saves both requests, so the next command can finish what is killed here */
static int xdp_apply_request(struct xm_parent *p, bool attach, struct xm_err *e)
{
	bool guard = p->rec.state & XM_PARENT_GUARD;
	int err = 0;

	if (!guard)
		p->config.uses &= ~XM_USES_GUARD;
	if (attach)
		err = xm_xdp_apply(p, e);
	/* Without XDP no program would keep the guard's promise */
	if (!err && guard && p->rec.xdp == XM_XDP_OFF)
		err = xm_fail(e, EINVAL, "guard requires XDP, but xdp is off on %s: %s",
			      xm_parent_name(p), p->rec.xdp_reason);
	if (err)
		return err;
	p->rec.before = 0;
	return xm_parent_meet_needs(p, e);
}

/* Keeps the former request in rec.before until the new one is in force */
static void xdp_remember_request(struct xm_parent *p)
{
	struct xdp_request r = request_of_record(&p->rec);

	p->rec.before = XM_BEFORE_VALID | r.xdp;
	if (r.guard)
		p->rec.before |= XM_BEFORE_GUARD;
	if (r.neigh)
		p->rec.before |= XM_BEFORE_NEIGH;
	if (r.fanout)
		p->rec.before |= XM_BEFORE_FANOUT;
}

int xm_xdp_repair(struct xm_parent *p, struct xm_err *e)
{
	/* Without the capability, TC delivers all frames */
	bool detached = xm_xdp_was_detached(p) && xm_caps_may(XM_CAPS_XDP);
	uint8_t before = p->rec.before;
	struct xm_err why = {};
	int err;

	if (detached)
		p->rec.xdp_prog_id = 0;
	if (xm_xdp_is_current(p) && !before)
		return 0;
	err = xdp_apply_request(p, !xm_xdp_is_current(p), &why);
	if (!err && detached && p->rec.xdp != XM_XDP_OFF)
		p->reattached |= 1u << XM_PROG_PARENT_XDP;
	if (!err)
		return 0;
	if (before & XM_BEFORE_VALID) {
		/* The new request was refused: restore the former one */
		request_write(p, request_of_before(before));
		if (!xdp_apply_request(p, !xm_xdp_is_current(p), NULL))
			return 0;
	}
	return xm_fail(e, err, "%s", why.text);
}

static int guard_check(const struct xm_parent *p, uint8_t xdp, struct xm_err *e)
{
	if (xdp == XM_XDP_OFF)
		return xm_fail(e, EINVAL, "guard requires XDP, but xdp is off on %s",
			       xm_parent_name(p));
	if (!(p->rec.state & XM_PARENT_GUARD) && !xm_has_casts())
		return xm_fail(
			e, EOPNOTSUPP,
			"guard requires bpf_rdonly_cast() (Linux 6.2), which this kernel lacks");
	return 0;
}

static int programs_check(const struct xm_parent *p, const char *what, uint16_t minor,
			  struct xm_err *e)
{
	if (p->rec.abi_major != 1 || p->rec.programs_minor >= minor)
		return 0;
	return xm_fail(e, EOPNOTSUPP,
		       "%s requires programs of ABI 1.%u, those on %s are of ABI 1.%u: run "
		       "'xmacvlan upgrade'",
		       what, minor, xm_parent_name(p), p->rec.programs_minor);
}

static int fanout_check(const struct xm_parent *p, struct xm_err *e)
{
	if (!(p->rec.state & XM_PARENT_FANOUT) && !(xm_veth_layout() & XM_VETH_SKB))
		return xm_fail(e, EOPNOTSUPP,
			       "fanout requires struct veth_xdp_buff (Linux 6.3), which this "
			       "kernel lacks");
	return programs_check(p, "fanout on", XM_FANOUT_MINOR, e);
}

static int xdp_check_request(const struct xm_parent *p, struct xdp_request r, struct xm_err *e)
{
	int err = r.neigh ? programs_check(p, "neigh direct", XM_NEIGH_MINOR, e) : 0;

	if (!err && r.fanout)
		err = fanout_check(p, e);
	return !err && r.guard ? guard_check(p, r.xdp, e) : err;
}

/*
 * After a failure: what was requested before is requested again, and attached again where it is not
 */
static void xdp_roll_back(struct xm_parent *p, const struct xm_parent_record *before)
{
	bool same = p->rec.xdp == before->xdp && p->rec.xdp_prog_id == before->xdp_prog_id;

	request_write(p, request_of_record(before));
	if (same)
		memcpy(p->rec.xdp_reason, before->xdp_reason, sizeof(before->xdp_reason));
	xdp_apply_request(p, !same, NULL);
}

int xm_xdp_configure(struct xm_parent *p, const struct xm_attach *attach, struct xm_err *e)
{
	struct xm_parent_record before = p->rec;
	struct xdp_request r = request_of_record(&before);
	int err;

	if (!attach->has_xdp && !attach->has_guard && !attach->has_neigh && !attach->has_fanout)
		return 0;
	r.xdp = attach->has_xdp ? attach->xdp : r.xdp;
	r.guard = attach->has_guard ? attach->guard : r.guard;
	r.neigh = attach->has_neigh ? attach->neigh_direct : r.neigh;
	r.fanout = attach->has_fanout ? attach->fanout : r.fanout;
	err = xdp_check_request(p, r, e);
	if (err)
		return err;
	xdp_remember_request(p);
	request_write(p, r);
	err = xdp_apply_request(p, r.xdp != before.xdp_requested || !xm_xdp_is_current(p), e);
	if (err)
		xdp_roll_back(p, &before);
	if (!err && attach->has_neigh && !r.neigh)
		xm_neigh_clear_all(p, NULL); /* what stays only takes memory */
	return err;
}
