// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TC egress on the parent, attached while an endpoint has host access: frames of its own stack */
#define XM_ORIGIN XM_FROM_HOST
#include "copies.h"

/*
 * A frame that endpoint_rx sends out of the parent was received on a host end. That of a netkit was
 * received on no device: endpoint_rx has marked it (xm_mark_sent()).
 */
static __always_inline bool xm_from_endpoint(struct __sk_buff *skb)
{
	__u32 iif = skb->ingress_ifindex;

	if (iif)
		return bpf_map_lookup_elem(&host_ends, &iif);
	if (skb->tc_index != XM_TC_INDEX_SENT)
		return false;
	skb->tc_index = 0;
	return true;
}

SEC("tc")
int parent_tx(struct __sk_buff *skb)
{
	struct xm_facts f = { .origin = XM_FROM_HOST };
	struct xm_config *c = xm_get_config();
	struct xm_target dest = {};
	struct xm_frame frame;
	__u32 verdict;

	if (!c || !(c->uses & XM_USES_HOST_ACCESS) || xm_from_endpoint(skb))
		return TC_ACT_UNSPEC;
	if (xm_parse_skb(skb, &frame))
		return TC_ACT_UNSPEC;
	if (frame.proto == ETH_P_PAUSE)
		f.bits |= XM_FACT_PAUSE;
	if (xm_mac_is_group(frame.dst.mac)) {
		f.bits |= XM_FACT_GROUP;
	} else {
		f.dest_mode = xm_find_by_mac(&tc_devices, &frame.dst, &dest);
		if (f.dest_mode && dest.port && (dest.port->flags & XM_PORT_HOST_ACCESS))
			f.bits |= XM_FACT_DEST_HOST;
	}
	verdict = xm_decide(&f);
	xm_copy_group(skb, c, verdict, XM_SLOT_PARENT, XM_NEIGH_OUTSIDE);
	return xm_finish_traced(
		skb, c, &dest,
		(struct xm_last_step){ verdict, XM_SLOT_PARENT, c->parent_ifindex, false, false });
}

char _license[] SEC("license") = "Dual BSD/GPL";
