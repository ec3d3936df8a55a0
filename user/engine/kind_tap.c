// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mac_random.h"
#include "engine/kind_tap.h"
#include "net/link.h"
#include "net/tap.h"
#include "net/tc.h"
#include "net/tc_blocks.h"

/* A hypervisor opens the tap by its name, so the tap keeps it wherever its parent moves */
static void tap_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN])
{
	(void)parent;
	snprintf(ret, XM_NAME_LEN, "%s", ep->rec.name);
}

static int tap_fail_create(int err, const struct xm_endpoint *ep, struct xm_err *e)
{
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -ENOTTY)
		return xm_fail(e, err,
			       "cannot create '%s': /dev/net/tun: %s (the kernel's module tun)",
			       ep->rec.name, strerror(-err));
	if (err == -EBUSY || err == -EINVAL) /* -EINVAL: a device that is no tap */
		return xm_fail(e, EEXIST,
			       "cannot create '%s': a device of the name '%s' exists already",
			       ep->rec.name, ep->rec.name);
	return xm_fail(e, err, "cannot create '%s': %s", ep->rec.name, strerror(-err));
}

/*
 * Before the device is persistent it is in its link group, by which xm_host_end_find() finds it,
 * and in the blocks of its parent, by which `detach force` finds it without records.
 */
static int tap_configure(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *made,
			 struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	uint8_t mac[XM_MAC_LEN];
	int err = xm_mac_random(mac);

	if (err)
		return xm_fail(e, err, "cannot get random bytes for an address");
	err = xm_link_get(nl, XM_NSID_SELF, ep->rec.name, 0, made);
	if (!err)
		err = xm_link_configure(nl, made->ifindex, XM_LINK_GROUP_BASE + ep->slot, mac,
					ep->rec.port.mtu);
	if (!err)
		err = xm_tc_join_blocks(nl, made->ifindex, XM_TC_RX_BLOCK(p->rec.parent_ifindex),
					XM_TC_TX_BLOCK(p->rec.parent_ifindex));
	if (err)
		return xm_fail(e, err, "cannot configure '%s': %s", ep->rec.name,
			       xm_nl_why(nl, err));
	made->group = XM_LINK_GROUP_BASE + ep->slot;
	return 0;
}

static int tap_create(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		      int netns_fd, struct xm_link *made, struct xm_err *e)
{
	struct xm_tap tap = {
		.name = ep->rec.name,
		.uid = xm_add_tap_user(add),
		.gid = xm_add_tap_group(add),
		.multi_queue = add->queues > 1,
	};
	int fd, err;

	(void)netns_fd;
	fd = xm_tap_create(&tap);
	if (fd < 0)
		return tap_fail_create(fd, ep, e);
	err = tap_configure(p, ep, made, e);
	if (!err) {
		err = xm_tap_keep(fd);
		if (err)
			xm_fail(e, err, "cannot keep '%s': %s", ep->rec.name, strerror(-err));
	}
	close(fd);
	return err;
}

/*
 * A queue in front of the tap's ring would only cost time: the tap drops what does not fit into the
 * ring, and never stops a queue
 */
static void tap_prepare(struct xm_parent *p, const struct xm_endpoint *ep)
{
	xm_tc_set_noqueue(&p->engine->nl, ep->rec.host_ifindex);
}

/*
 * A tap is the device that administrator and hypervisor see: whether it is up is theirs, and it
 * gets and loses the carrier itself (tun_net_change_carrier()). A tap that nobody has open has no
 * carrier.
 */
static int tap_set_carrier(struct xm_nl *nl, uint32_t host_end, bool on)
{
	int err = xm_link_set_carrier(nl, host_end, on);

	return err == -EPERM && on ? 0 : err;
}

/* A tap that is opened while the parent has no carrier gets one (tun_set_iff()) */
static bool tap_carrier_differs(const struct xm_link *host_end, bool down)
{
	return down && host_end->flags & XM_LINK_CARRIER;
}

/*
 * The tap's ring drops frames for the endpoint, which the tap counts as tx_dropped. It counts
 * frames of the endpoint that it refuses as rx_dropped.
 */
static void tap_add_drops(const struct xm_endpoint *ep, struct xm_stats *ret)
{
	ret->drops[XM_REASON_VETH_DROPPED] =
		xm_kind_excess(ep->host_tx_dropped, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->host_rx_dropped;
}

const struct xm_kind xm_kind_tap = {
	.link_kind = "tun",
	.port_flags = XM_PORT_TAP,
	.create = tap_create,
	.prepare = tap_prepare,
	.set_carrier = tap_set_carrier,
	.carrier_differs = tap_carrier_differs,
	.add_drops = tap_add_drops,
	.host_end_name = tap_name,
};
