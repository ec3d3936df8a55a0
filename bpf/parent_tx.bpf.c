// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TC egress on the parent, attached while an endpoint has host access: frames of its own stack */
#include "deliver.h"

/* A frame that endpoint_rx sends out of the parent was received on a host end */
static __always_inline bool xm_from_endpoint(struct __sk_buff *skb)
{
	__u32 iif = skb->ingress_ifindex;

	return iif && bpf_map_lookup_elem(&host_ends, &iif);
}

SEC("tc")
int parent_tx(struct __sk_buff *skb)
{
	struct xm_delivery a = { .skb = skb };
	struct xm_facts f = { .origin = XM_FROM_HOST };
	struct xm_config *c = xm_get_config();

	if (!c || !(c->uses & XM_USES_HOST_ACCESS) || xm_from_endpoint(skb))
		return TC_ACT_UNSPEC;
	if (xm_parse((void *)(long)skb->data, (void *)(long)skb->data_end, &a.frame))
		return TC_ACT_UNSPEC;
	a.parent = c->parent_ifindex;
	a.slots = c->slots;
	if (a.frame.proto == ETH_P_PAUSE)
		f.bits |= XM_FACT_PAUSE;
	if (xm_mac_is_group(a.frame.dst.mac)) {
		f.bits |= XM_FACT_GROUP;
	} else {
		f.dest_mode = xm_find_by_mac(&tc_devices, &a.frame.dst, &a.target);
		if (f.dest_mode && a.target.port && (a.target.port->flags & XM_PORT_HOST_ACCESS))
			f.bits |= XM_FACT_DEST_HOST;
	}
	a.verdict = xm_decide(&f);
	return xm_act(&a, false, false);
}

char _license[] SEC("license") = "Dual BSD/GPL";
