// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pair of netkit devices. endpoint_rx runs in the transmit of the peer end, attached there
 * without a link: it goes with the pair, keeps running while the pair moves to another namespace,
 * and needs no pin. While it is missing, the pair drops what the endpoint sends (policy
 * blackhole). The host end is in the blocks of its parent all the same: endpoint_tx guards its
 * transmit, and frames that are received on it first meet endpoint_rx.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "engine/kind_netkit.h"
#include "engine/kind_pair.h"
#include "net/netkit.h"
#include "pins/programs.h"

static int netkit_create(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
			 int netns_fd, struct xm_link *made, struct xm_err *e)
{
	struct xm_err why = {};
	int err = xm_kind_pair_create(p, ep, netns_fd, xm_link_add_netkit, made, &why);

	(void)add;
	if (err == -EOPNOTSUPP && strstr(why.text, XM_LINK_UNKNOWN_KIND))
		return xm_fail(e, err,
			       "cannot create '%s': the kernel has no netkit (Linux 6.7, "
			       "CONFIG_NETKIT)",
			       ep->rec.name);
	if (err && e)
		*e = why;
	return err;
}

/* Detaches every other endpoint_rx: an upgrade or a removed pin has left it. Returns how many. */
static int netkit_detach_others(uint32_t host_end, uint32_t keep)
{
	uint32_t ids[XM_NETKIT_MAX];
	int ret = 0, n = xm_netkit_list(host_end, true, ids);

	for (int i = 0; i < n; i++) {
		int fd = ids[i] != keep && xm_program_is(ids[i], XM_PROG_ENDPOINT_RX)
				 ? xm_program_open_id(ids[i])
				 : -1;

		if (fd < 0)
			continue;
		ret += !xm_netkit_detach(fd, host_end);
		close(fd);
	}
	return ret;
}

static bool netkit_is_attached(uint32_t host_end, uint32_t prog_id)
{
	uint32_t ids[XM_NETKIT_MAX];

	return xm_netkit_list(host_end, true, ids) && ids[0] == prog_id;
}

/*
 * The new program comes before the old one, and always ends the frame: none is lost. Where another
 * program has come before the current one, the pair drops what is sent between detach and attach.
 */
static int netkit_attach(uint32_t host_end, int prog_fd, uint32_t prog_id, bool *was_missing)
{
	bool first = netkit_is_attached(host_end, prog_id);
	int err = 0;

	*was_missing = false;
	if (!first) {
		*was_missing = xm_netkit_detach(prog_fd, host_end);
		err = xm_netkit_attach(prog_fd, host_end);
	}
	if (!err && netkit_detach_others(host_end, prog_id))
		*was_missing = false;
	return err;
}

static int netkit_verify(const struct xm_link *host_end, uint32_t prog_id, struct xm_err *e)
{
	uint32_t ids[XM_NETKIT_MAX];
	char name[BPF_OBJ_NAME_LEN] = "";
	int n = xm_netkit_list(host_end->ifindex, true, ids);

	if (n && (ids[0] == prog_id || xm_program_is(ids[0], XM_PROG_ENDPOINT_RX)))
		n = xm_netkit_list(host_end->ifindex, false, ids);
	else if (!n)
		return xm_fail(e, ENOLINK, "endpoint_rx is not attached to the peer of %s",
			       host_end->name);
	if (!n)
		return 0;
	xm_program_name(ids[0], name);
	return xm_fail(e, EBUSY, "the netkit program '%s' (id %u) runs before xmacvlan's on %s",
		       name, ids[0], host_end->name);
}

/*
 * The host end counts frames that it sends to the endpoint and that the CPU's backlog refuses. It
 * also counts those that are received on it first. Drops that the program was told of are among
 * them. The peer end counts what it refuses before a program sees it.
 */
static void netkit_add_drops(const struct xm_endpoint *ep, struct xm_stats *ret)
{
	uint64_t lost = ep->host_tx_dropped + ep->host_rx_dropped;

	ret->drops[XM_REASON_VETH_DROPPED] =
		xm_kind_excess(lost, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->device.tx_dropped;
}

const struct xm_kind xm_kind_netkit = {
	.link_kind = "netkit",
	.has_peer = true,
	.up_is_carrier = true,
	.port_flags = XM_PORT_NETKIT,
	.create = netkit_create,
	.attach = netkit_attach,
	.is_attached = netkit_is_attached,
	.verify = netkit_verify,
	.set_carrier = xm_kind_pair_set_carrier,
	.carrier_differs = xm_kind_pair_carrier_differs,
	.add_drops = netkit_add_drops,
	.host_end_name = xm_kind_pair_name,
	.host_end_second_name = xm_kind_pair_second_name,
};
