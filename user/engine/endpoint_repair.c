// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An interrupted change of an endpoint completed */
#include "engine/additional_macs.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_repair.h"
#include "engine/record.h"
#include "engine/source_list.h"

int xm_endpoint_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err;

	/*
	 * The record first: a sweep must not find what the record in memory says but the pinned one
	 * does not
	 */
	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_endpoint_mac_repair(p, ep, e);
	if (!err)
		err = xm_additional_macs_sweep(p, ep, e);
	ep->rec.state = XM_ENDPOINT_CHANGING; /* only the MAC may be done yet */
	if (!err)
		err = xm_endpoint_write_port(p, ep, e);
	if (!err)
		err = xm_source_list_sweep(p, ep->slot, e);
	if (err)
		return err;
	ep->rec.state = XM_ENDPOINT_READY;
	return xm_endpoint_save(p, ep, e);
}
