// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A parent destroyed: everything of it is removed, when no endpoint needs it or when a user says so
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/attach_tc.h"
#include "engine/attach_xdp.h"
#include "engine/endpoint_remove.h"
#include "engine/fanout.h"
#include "engine/parent_broken.h"
#include "engine/parent_destroy.h"
#include "engine/parent_needs.h"
#include "engine/record.h"
#include "engine/slot_device.h"
#include "pins/pin_dir.h"

static int parent_remove_endpoints(struct xm_parent *p, struct xm_err *e)
{
	enum xm_delete_how how = p->count > 1 ? XM_DELETE_PENDING : XM_DELETE_NOW;
	int err = 0;

	while (p->count && !err)
		err = xm_endpoint_remove(p, &p->endpoints[p->count - 1], how, e);
	if (!err)
		err = xm_endpoint_remove_pending(p, e);
	return err ? err : xm_parent_meet_needs(p, e);
}

/* Removes the folder of pins in one step. What a kill leaves of it is swept by the next command. */
static int parent_remove_pins(struct xm_parent *p, struct xm_err *e)
{
	int ret = xm_pin_dir_end(p->dir);

	p->destroyed = ret >= 0;
	if (ret < 0)
		return xm_fail(e, ret, "cannot remove %s: %s", p->dir, strerror(-ret));
	return ret ? xm_fail(e, EBUSY, "%s was removed, but some of its pins could not be removed",
			     p->dir)
		   : 0;
}

int xm_parent_destroy(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_xdp_may_detach(p, e);

	if (err)
		return err;
	p->rec.state &= ~XM_PARENT_READY;
	xm_parent_commit(p, NULL);
	err = parent_remove_endpoints(p, e);
	/* The parent is broken: the device refuses its former MAC or flags */
	if (!err)
		err = xm_parent_check_broken(p, e);
	if (!err && p->alive)
		err = xm_xdp_detach(p, e);
	if (err) {
		/* Still attached, and complete but for what was removed */
		p->rec.state |= XM_PARENT_READY;
		xm_parent_commit(p, NULL);
		return err;
	}
	/*
	 * What fails from here on is left without XM_PARENT_READY: the next command goes on with it
	 */
	err = xm_fanout_remove(p, e);
	if (!err && p->alive)
		err = xm_tc_detach(p, e);
	return err ? err : parent_remove_pins(p, e);
}

bool xm_parent_stays(const struct xm_parent *p)
{
	/* The pins of a broken parent stay, because they record what has to be undone */
	return (p->rec.state & XM_PARENT_EXPLICIT) || p->broken.exit_code ||
	       xm_xdp_may_detach(p, NULL);
}

int xm_parent_destroy_unused(struct xm_parent *p, struct xm_err *e)
{
	int err = 0;

	if (p->destroyed || xm_parent_stays(p))
		return 0;
	/* One living endpoint is enough. Those without a device do not count. */
	while (!err && p->count && !xm_slot_has_device(p, p->endpoints[p->count - 1].slot, NULL))
		err = xm_endpoint_remove(p, &p->endpoints[p->count - 1],
					 xm_endpoint_delete_how(p->engine), e);
	return err || p->count ? err : xm_parent_destroy(p, e);
}
