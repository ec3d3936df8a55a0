// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Endpoints without a carrier while their parent has none */
#include <errno.h>

#include "engine/carrier.h"
#include "engine/kinds.h"
#include "engine/record.h"
#include "engine/slot_device.h"

static int endpoint_set_carrier(struct xm_parent *p, const struct xm_endpoint *ep, bool on,
				struct xm_err *e)
{
	int err;

	if (ep->rec.state != XM_ENDPOINT_READY || xm_slot_has_device(p, ep->slot, NULL) != 1)
		return 0;
	err = xm_kind_of(ep)->set_carrier(&p->engine->nl, ep->rec.host_ifindex, on);
	if (!err || err == -ENODEV)
		return 0;
	return xm_fail(e, err, "cannot %s %s the carrier: %s", on ? "give" : "take from",
		       ep->rec.name, xm_nl_why(&p->engine->nl, err));
}

/*
 * The state is saved before the first host end goes down and after the last is up: none is ever
 * forgotten
 */
int xm_carrier_set(struct xm_parent *p, bool on, struct xm_err *e)
{
	int err = 0;

	if (on == !(p->rec.state & XM_PARENT_CARRIER_DOWN))
		return 0;
	if (!on) {
		p->rec.state |= XM_PARENT_CARRIER_DOWN;
		err = xm_parent_commit(p, e);
	}
	for (size_t i = 0; i < p->count && !err; i++)
		err = endpoint_set_carrier(p, &p->endpoints[i], on, e);
	if (!on || err)
		return err;
	p->rec.state &= ~XM_PARENT_CARRIER_DOWN;
	return xm_parent_commit(p, e);
}

void xm_carrier_correct(struct xm_parent *p, const struct xm_endpoint *ep,
			const struct xm_link *host_end)
{
	const struct xm_kind *kind = xm_kind_of(ep);
	bool down = p->rec.state & XM_PARENT_CARRIER_DOWN;

	if (kind->carrier_differs(host_end, down))
		kind->set_carrier(&p->engine->nl, host_end->ifindex, !down);
}

bool xm_carrier_wants_up(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	return !xm_kind_of(ep)->up_is_carrier || !(p->rec.state & XM_PARENT_CARRIER_DOWN);
}

bool xm_carrier_is_wrongly_down(const struct xm_parent *p, const struct xm_endpoint *ep,
				const struct xm_link *host_end)
{
	return xm_kind_of(ep)->up_is_carrier && !(host_end->flags & IFF_UP) &&
	       xm_carrier_wants_up(p, ep);
}
