// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checks that everything of an endpoint is there and agrees. Repairs nothing. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/additional_mac_list.h"
#include "engine/carrier.h"
#include "engine/endpoint_verify.h"
#include "engine/host_end.h"
#include "engine/host_end_order.h"
#include "engine/host_end_programs.h"
#include "engine/parent_sweep.h"
#include "engine/tc_verify.h"
#include "mac.h"
#include "net/tc_blocks.h"

/* Checks that the map has this number under that key */
static int verify_entry(struct xm_parent *p, const struct xm_endpoint *ep, enum xm_map map,
			const void *key, uint32_t number, struct xm_err *e)
{
	uint32_t value;

	if (bpf_map_lookup_elem(p->maps[map], key, &value))
		return errno == ENOENT ? xm_fail(e, ENOLINK, "%s is not in the map %s",
						 ep->rec.name, xm_map_names[map])
				       : xm_fail(e, errno, "cannot read %s/%s: %s", p->dir,
						 xm_map_names[map], strerror(errno));
	return value == number ? 0
			       : xm_fail(e, ENOLINK, "%s is in the map %s as another's",
					 ep->rec.name, xm_map_names[map]);
}

static int verify_port(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_port port;

	if (bpf_map_lookup_elem(p->maps[XM_MAP_PORTS], &ep->slot, &port))
		return xm_fail(e, errno, "cannot read %s/ports: %s", p->dir, strerror(errno));
	if (memcmp(&port, &ep->rec.port, sizeof(port)))
		return xm_fail(e, ENOLINK, "the map ports and the record of %s differ",
			       ep->rec.name);
	return 0;
}

static int verify_macs(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_mac_key key;
	int err;

	xm_mac_key_set(&key, ep->rec.port.mac);
	err = verify_entry(p, ep, XM_MAP_MAC_TABLE, &key, ep->slot, e);
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS && !err; i++) {
		xm_mac_key_set(&key, ep->rec.additional_macs[i].mac);
		if (xm_additional_mac_in_force(&ep->rec.additional_macs[i]))
			err = verify_entry(p, ep, XM_MAP_MAC_TABLE, &key, ep->slot, e);
	}
	return err;
}

static int verify_maps(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_err *e)
{
	int err = verify_port(p, ep, e);

	if (!err)
		err = verify_macs(p, ep, e);
	if (!err)
		err = verify_entry(p, ep, XM_MAP_HOST_ENDS, &ep->rec.host_ifindex, ep->slot, e);
	if (!err)
		err = verify_entry(p, ep, XM_MAP_TC_DEVICES, &ep->slot, ep->rec.host_ifindex, e);
	return err ? err
		   : verify_entry(p, ep, XM_MAP_XDP_DEVICES, &ep->slot, ep->rec.host_ifindex, e);
}

static int verify_host_end(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link host_end;
	int ret = xm_host_end_find(p, ep, &host_end);

	if (ret)
		return xm_fail(e, ret, "the host end of %s cannot be found: %s", ep->rec.name,
			       xm_nl_why(nl, ret));
	if (xm_carrier_is_wrongly_down(p, ep, &host_end))
		return xm_fail(e, ENETDOWN, "the host end of %s (%s) is down", ep->rec.name,
			       host_end.name);
	ret = xm_tc_in_block(nl, host_end.ifindex, XM_TC_RX_BLOCK(p->rec.parent_ifindex));
	if (ret < 0)
		return xm_fail(e, ret, "cannot read the TC filters of %s: %s", host_end.name,
			       xm_nl_why(nl, ret));
	return ret ? xm_host_end_verify_order(p, ep, &host_end, e)
		   : xm_fail(e, ENOLINK, "endpoint_rx is not attached to %s", host_end.name);
}

int xm_endpoint_verify(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err =
		xm_endpoint_has_ended(p, ep)
			? xm_fail(e, ENODEV, "the network namespace of %s has ended", ep->rec.name)
			: verify_host_end(p, ep, e);

	if (!err)
		err = verify_maps(p, ep, e);
	if (!err)
		err = xm_host_end_programs_verify(p, e);
	return err ? err : xm_tc_verify(p, e);
}
