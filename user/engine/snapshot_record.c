// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "engine/additional_mac_list.h"
#include "engine/snapshot_record.h"

void xm_record_describe(uint32_t slot, const struct xm_endpoint_record *rec,
			struct xm_endpoint_info *ret)
{
	*ret = (struct xm_endpoint_info){
		.slot = slot,
		.kind = rec->kind,
		.kind_why = rec->kind_why,
		.queues = rec->queues ? rec->queues : 1,
		.applied = rec->applied,
		.mode = rec->port.mode,
		.nopromisc = rec->nopromisc,
		.nodst = rec->port.flags & XM_PORT_NODST,
		.host_access = rec->port.flags & XM_PORT_HOST_ACCESS,
		.spoofchk = rec->port.flags & XM_PORT_SPOOFCHK,
		.trust = !rec->untrusted,
		.follow = rec->follows_peer_macs,
		.mtu = rec->port.mtu,
		.requested_mtu = rec->requested_mtu,
		.bcqueuelen = rec->bcqueuelen,
		.bclim = rec->bclim,
		.host_ifindex = rec->host_ifindex,
		.peer_ifindex = rec->peer_ifindex,
		.peer_nsid = rec->peer_nsid,
	};
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++)
		if (xm_additional_mac_in_force(&rec->additional_macs[i]))
			ret->additional_macs[ret->additional_mac_count++] = rec->additional_macs[i];
	memcpy(ret->name, rec->name, XM_NAME_LEN - 1);
	memcpy(ret->requested_ifname, rec->requested_ifname, XM_NAME_LEN - 1);
	memcpy(ret->mac, rec->port.mac, XM_MAC_LEN);
}
