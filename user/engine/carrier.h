/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: host ends whose parent has no carrier. Functions return 0 or a negative
 * errno and fill *e, unless their comment says more.
 */
#ifndef XM_CARRIER_H
#define XM_CARRIER_H

#include "engine/state.h"

/* on: gives the endpoints their carrier back, else takes it from them */
int xm_carrier_set(struct xm_parent *p, bool on, struct xm_err *e);
/* Gives one endpoint its carrier or takes it, as the parent's state CARRIER_DOWN says */
void xm_carrier_correct(struct xm_parent *p, const struct xm_endpoint *ep,
			const struct xm_link *host_end);
/* Whether a new host end is to be set up: while the parent has no carrier it may have to be down */
bool xm_carrier_wants_up(const struct xm_parent *p, const struct xm_endpoint *ep);
/* Whether the host end is down although nobody but xmacvlan sets it down, and it should be up */
bool xm_carrier_is_wrongly_down(const struct xm_parent *p, const struct xm_endpoint *ep,
				const struct xm_link *host_end);

#endif
