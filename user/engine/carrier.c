// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Endpoints without a carrier while their parent has none. A veth has a carrier while both of its
 * ends are up: the host end gives it and takes it.
 */
#include <errno.h>

#include "engine/carrier.h"
#include "engine/record.h"

static int host_end_set_up(struct xm_parent *p, uint32_t host_end, bool up)
{
	return xm_link_set_flags(&p->engine->nl, host_end, up ? IFF_UP : 0, IFF_UP);
}

static int endpoint_set_carrier(struct xm_parent *p, const struct xm_endpoint *ep, bool down,
				struct xm_err *e)
{
	int err;

	if (ep->rec.state != XM_ENDPOINT_READY || xm_slot_has_device(p, ep->slot, NULL) != 1)
		return 0;
	err = host_end_set_up(p, ep->rec.host_ifindex, !down);
	if (!err || err == -ENODEV)
		return 0;
	return xm_fail(e, err, "cannot set the host end of %s %s: %s", ep->rec.name,
		       down ? "down" : "up", xm_nl_why(&p->engine->nl, err));
}

/*
 * The state is saved before the first host end goes down and after the last is up: none is ever
 * forgotten
 */
int xm_carrier_set_down(struct xm_parent *p, bool down, struct xm_err *e)
{
	int err = 0;

	if (down == !!(p->rec.state & XM_PARENT_CARRIER_DOWN))
		return 0;
	if (down) {
		p->rec.state |= XM_PARENT_CARRIER_DOWN;
		err = xm_parent_commit(p, e);
	}
	for (size_t i = 0; i < p->count && !err; i++)
		err = endpoint_set_carrier(p, &p->endpoints[i], down, e);
	if (down || err)
		return err;
	p->rec.state &= ~XM_PARENT_CARRIER_DOWN;
	return xm_parent_commit(p, e);
}

void xm_carrier_correct(struct xm_parent *p, const struct xm_link *host_end)
{
	bool down = p->rec.state & XM_PARENT_CARRIER_DOWN;

	if (!(host_end->flags & IFF_UP) != down)
		host_end_set_up(p, host_end->ifindex, !down);
}
