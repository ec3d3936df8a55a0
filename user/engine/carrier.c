// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Endpoints without a carrier while their parent has none. A veth has a carrier while both of its
 * ends are up: the host end gives it and takes it. A tap is the device that administrator and
 * hypervisor see: whether it is up is theirs, and it gets and loses the carrier itself
 * (tun_net_change_carrier()).
 */
#include <errno.h>

#include "engine/carrier.h"
#include "engine/kinds.h"
#include "engine/record.h"
#include "engine/slot_device.h"

static int host_end_set_carrier(struct xm_parent *p, const struct xm_endpoint *ep,
				uint32_t host_end, bool on)
{
	struct xm_nl *nl = &p->engine->nl;
	int err;

	if (xm_kind_of(ep)->has_peer)
		return xm_link_set_flags(nl, host_end, on ? IFF_UP : 0, IFF_UP);
	err = xm_link_set_carrier(nl, host_end, on);
	return err == -EPERM && on ? 0 : err; /* a tap that nobody has open has no carrier */
}

static int endpoint_set_carrier(struct xm_parent *p, const struct xm_endpoint *ep, bool down,
				struct xm_err *e)
{
	int err;

	if (ep->rec.state != XM_ENDPOINT_READY || xm_slot_has_device(p, ep->slot, NULL) != 1)
		return 0;
	err = host_end_set_carrier(p, ep, ep->rec.host_ifindex, !down);
	if (!err || err == -ENODEV)
		return 0;
	return xm_fail(e, err, "cannot %s %s the carrier: %s", down ? "take from" : "give",
		       ep->rec.name, xm_nl_why(&p->engine->nl, err));
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

/* A tap that is opened while the parent has no carrier gets one (tun_set_iff()) */
void xm_carrier_correct(struct xm_parent *p, const struct xm_endpoint *ep,
			const struct xm_link *host_end)
{
	bool down = p->rec.state & XM_PARENT_CARRIER_DOWN, has_peer = xm_kind_of(ep)->has_peer;
	bool on = host_end->flags & (has_peer ? (uint32_t)IFF_UP : XM_LINK_CARRIER);

	if (on == down && (has_peer || down))
		host_end_set_carrier(p, ep, host_end->ifindex, !down);
}
