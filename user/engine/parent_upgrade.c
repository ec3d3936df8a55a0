// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Replaces the programs of a parent by those of this binary */
#include "engine/attach_tc.h"
#include "engine/attach_xdp.h"
#include "engine/fanout.h"
#include "engine/parent_upgrade.h"
#include "engine/record.h"
#include "engine/xdp_config.h"

/*
 * Programs of all minor versions work with the same maps, so programs of two versions may be
 * attached at the same time. The record gets the new version after the last one was replaced.
 */
int xm_parent_upgrade(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_tc_upgrade(p, e);

	/*
	 * Without an id xmacvlan's XDP programs are found by their names, and one is attached again
	 */
	if (!err)
		err = xm_xdp_is_current(p) ? xm_xdp_upgrade(p, e) : xm_xdp_repair(p, e);
	if (err)
		return err;
	p->rec.programs_minor = XM_ABI_MINOR;
	p->fanout_stale = true; /* made again with this binary's programs */
	err = xm_fanout_remove(p, e);
	return err ? err : xm_parent_commit(p, e);
}

/*
 * A newer major version has begun to take the parent over, and its programs may be attached. Their
 * maps are those of a folder that was removed. The XDP program is attached again by
 * xm_xdp_repair().
 */
int xm_parent_upgrade_undo(struct xm_parent *p, struct xm_err *e)
{
	int err;

	if (!(p->rec.state & XM_PARENT_UPGRADING))
		return 0;
	err = xm_tc_upgrade(p, e);
	if (err)
		return err;
	p->rec.xdp_prog_id = 0;
	p->rec.programs_minor = XM_ABI_MINOR;
	p->rec.state &= ~XM_PARENT_UPGRADING;
	return xm_parent_commit(p, e);
}
