// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an interrupted command left of a parent and its endpoints is completed or undone */
#include <string.h>

#include "engine/attach_tc.h"
#include "engine/carrier.h"
#include "engine/endpoint_remove.h"
#include "engine/endpoint_repair.h"
#include "engine/host_end_programs.h"
#include "engine/host_macs.h"
#include "engine/parent_needs.h"
#include "engine/parent_repair.h"
#include "engine/parent_upgrade.h"
#include "engine/pins_restore.h"
#include "engine/record.h"
#include "engine/slot_device.h"
#include "engine/tc_order.h"
#include "engine/xdp_config.h"

/* Returns 1 when the endpoint was removed, 0, or a negative errno */
static int repair_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int ret;

	if (ep->rec.state == XM_ENDPOINT_READY)
		return 0;
	ret = ep->rec.state == XM_ENDPOINT_PARTIAL ? 0 : xm_slot_has_device(p, ep->slot, e);
	if (ret < 0)
		return ret;
	if (ret)
		return xm_endpoint_repair(p, ep, e);
	/* a killed batch may have left many */
	ret = xm_endpoint_remove(p, ep, XM_DELETE_PENDING, e);
	return ret ? ret : 1;
}

/* Goes on with the other endpoints after an error. Returns the first error. */
static int repair_endpoints(struct xm_parent *p, struct xm_err *e)
{
	int ret = 0, err;

	for (size_t i = 0; i < p->count;) {
		err = repair_endpoint(p, &p->endpoints[i], e);
		i += err <= 0;
		ret = err < 0 && !ret ? err : ret;
	}
	err = xm_endpoint_remove_pending(p, e);
	return ret ? ret : err;
}

/* Tries every step, also after one that the kernel refused. Returns the first error. */
static int repair_steps(struct xm_parent *p, struct xm_err *e)
{
	int err, ret = xm_parent_upgrade_undo(p, e);

	err = xm_tc_reattach(p, e);
	ret = ret ? ret : err;
	err = xm_xdp_repair(p, e);
	ret = ret ? ret : err;
	err = repair_endpoints(p, e);
	ret = ret ? ret : err;
	/* A watcher that was killed while the parent had no carrier has left the host ends down */
	err = p->link.flags & XM_LINK_CARRIER ? xm_carrier_set(p, true, e) : 0;
	ret = ret ? ret : err;
	if (!(p->config.uses & XM_USES_PASSTHRU))
		memcpy(p->config.parent_mac, p->link.mac, XM_MAC_LEN);
	err = xm_parent_meet_needs(p, e);
	/*
	 * Others may have created or deleted macvlans. Errors are ignored: the MACs that are known
	 * stay.
	 */
	xm_host_macs_sync(p, NULL);
	return ret ? ret : err;
}

/* What somebody has removed by hand; xm_tc_reattach() has the links */
static int repair_pins(struct xm_parent *p, struct xm_err *e)
{
	if (xm_pins_lack_counters(p->dir, p->index.end))
		xm_pins_restore(p->dir); /* refused: what needs the counters says so */
	return xm_host_end_programs_restore_pins(p, e);
}

int xm_parent_repair(struct xm_parent *p, struct xm_err *e)
{
	int err, ret;

	xm_host_end_programs_sweep(p);
	/*
	 * Errors are ignored: the programs work at their former places, and xm_tc_verify_order()
	 * and `show` name what runs before them
	 */
	xm_tc_move_first(p, NULL);
	err = repair_pins(p, e);
	xm_host_end_programs_reattach(p);
	ret = repair_steps(p, err ? NULL : e);
	err = err ? err : ret;
	if (err || p->broken.exit_code || !p->rec.broken[0])
		return err;
	memset(p->rec.broken, 0, sizeof(p->rec.broken));
	return xm_parent_commit(p, e);
}
