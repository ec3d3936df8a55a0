// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is sent to endpoints: TC egress on every host end. Frames that the other programs send to an
 * endpoint have the tc_index XM_TC_INDEX_ENDPOINT. Every other frame comes from the host's own
 * stack and is dropped. Frames that are redirected to the peer end (bpf_redirect_peer(), XDP) do
 * not run through this program.
 */
#include <linux/pkt_cls.h>

#define XM_ORIGIN XM_FROM_HOST
#include "events.h"

SEC("tc")
int endpoint_tx(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex, *slot;

	if (skb->tc_index == XM_TC_INDEX_ENDPOINT) {
		skb->tc_index = 0;
		return TC_ACT_UNSPEC;
	}
	slot = bpf_map_lookup_elem(&host_ends, &ifindex);
	xm_drop(skb, slot ? XM_DROP_SLOTS(*slot, *slot) : XM_SLOT_PARENT,
		xm_verdict_drop(XM_REASON_HOST_STACK));
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
