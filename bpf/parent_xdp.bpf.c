// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * XDP on the parent: unicast UDP straight into the endpoint's XDP ring. All the rest goes on to TC:
 * group frames (an XDP broadcast would take them from the host), TCP (GRO makes it faster there), tagged
 * frames (VLAN devices), passthru and source mode (copies). The path depends on a frame's protocol
 * alone, so no flow is reordered.
 */
#define XM_DEVICES devmap
#include "lookup.h"
#include "stats.h"

static __always_inline bool xm_xdp_profits(const struct xm_meta *m, void *data, void *end, __u16 proto)
{
	enum xm_l4 l4;

	if (m->features & (XM_FEATURE_PASSTHRU | XM_FEATURE_SOURCES))
		return false;
	l4 = xm_parse_l4(data, end, proto);
	return l4 == XM_L4_UDP || (l4 == XM_L4_UDP_PARTIAL && !(m->features & XM_FEATURE_PARTIAL));
}

SEC("xdp")
int parent_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct xm_facts f = { .origin = XM_FROM_WIRE };
	struct xm_meta *m = xm_get_meta();
	__u32 len = end - data;
	struct xm_target dest;
	struct xm_frame frame;

	if (!m || xm_parse(data, end, &frame) || xm_mac_group(frame.dst.mac))
		return XDP_PASS;
	if (!xm_xdp_profits(m, data, end, frame.proto))
		return XDP_PASS;
	f.dest = xm_find_mac(&frame.dst, &dest);
	if ((xm_decide(&f) & XM_V_ACTION) != XM_TO_DEST || !f.dest || !dest.port)
		return XDP_PASS;
	if (!(dest.port->flags & XM_PORT_NAPI) || len > dest.port->mtu + sizeof(struct ethhdr))
		return XDP_PASS;
	xm_count_rx(dest.slot, len, false);
	return bpf_redirect_map(&devmap, dest.slot, XDP_PASS);
}

char _license[] SEC("license") = "Dual BSD/GPL";
