// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The settings of `attach`: XDP and guard, applied together or not at all */
#include <errno.h>
#include <string.h>

#include "base/caps.h"
#include "engine/attach_xdp.h"
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

static void xdp_request(struct xm_parent *p, uint8_t xdp, bool guard)
{
	p->rec.xdp_requested = xdp;
	p->rec.state &= ~XM_PARENT_GUARD;
	if (guard)
		p->rec.state |= XM_PARENT_GUARD;
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
	p->rec.before = XM_BEFORE_VALID | p->rec.xdp_requested;
	if (p->rec.state & XM_PARENT_GUARD)
		p->rec.before |= XM_BEFORE_GUARD;
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
		xdp_request(p, before & XM_BEFORE_XDP, before & XM_BEFORE_GUARD);
		if (!xdp_apply_request(p, !xm_xdp_is_current(p), NULL))
			return 0;
	}
	return xm_fail(e, err, "%s", why.text);
}

static int xdp_check_request(const struct xm_parent *p, uint8_t xdp, bool guard, struct xm_err *e)
{
	if (guard && xdp == XM_XDP_OFF)
		return xm_fail(e, EINVAL, "guard requires XDP, but xdp is off on %s",
			       xm_parent_name(p));
	if (guard && !(p->rec.state & XM_PARENT_GUARD) && !xm_has_casts())
		return xm_fail(
			e, EOPNOTSUPP,
			"guard requires bpf_rdonly_cast() (Linux 6.2), which this kernel lacks");
	return 0;
}

/*
 * After a failure: what was requested before is requested again, and attached again where it is not
 */
static void xdp_roll_back(struct xm_parent *p, const struct xm_parent_record *before)
{
	bool same = p->rec.xdp == before->xdp && p->rec.xdp_prog_id == before->xdp_prog_id;

	xdp_request(p, before->xdp_requested, before->state & XM_PARENT_GUARD);
	if (same)
		memcpy(p->rec.xdp_reason, before->xdp_reason, sizeof(before->xdp_reason));
	xdp_apply_request(p, !same, NULL);
}

int xm_xdp_configure(struct xm_parent *p, const struct xm_attach *attach, struct xm_err *e)
{
	struct xm_parent_record before = p->rec;
	uint8_t xdp = attach->has_xdp ? attach->xdp : before.xdp_requested;
	bool guard = attach->has_guard ? attach->guard : before.state & XM_PARENT_GUARD;
	int err;

	if (!attach->has_xdp && !attach->has_guard)
		return 0;
	err = xdp_check_request(p, xdp, guard, e);
	if (err)
		return err;
	xdp_remember_request(p);
	xdp_request(p, xdp, guard);
	err = xdp_apply_request(p, xdp != before.xdp_requested || !xm_xdp_is_current(p), e);
	if (err)
		xdp_roll_back(p, &before);
	return err;
}
