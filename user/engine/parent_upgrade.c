// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs of a parent replaced by this binary's */
#include "engine/attach_tc.h"
#include "engine/attach_xdp.h"
#include "engine/parent_upgrade.h"
#include "engine/record.h"
#include "engine/xdp_config.h"

/*
 * Programs of all minor versions work with the same maps, so programs of two versions may be
 * attached at the same time. The record says that all are new when they are.
 */
int xm_parent_upgrade(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_tc_upgrade(p, e);

	/* Without an id the programs of ours are found by their name, and attached anew */
	if (!err)
		err = xm_xdp_is_current(p) ? xm_xdp_upgrade(p, e) : xm_xdp_repair(p, e);
	if (err)
		return err;
	p->rec.programs_minor = XM_ABI_MINOR;
	return xm_parent_commit(p, e);
}

/*
 * A newer major version has begun to take the parent over: its programs may be attached. They know
 * only maps that were removed with its pins. An XDP program is attached anew by xm_xdp_repair().
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
