// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where XDP may be used, and why not */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/ethtool.h"
#include "pins/features.h"
#include "engine/internal.h"

void xm_xdp_reason(struct xm_parent *p, const char *fmt, ...)
{
	va_list ap;

	memset(p->meta.xdp_reason, 0, sizeof(p->meta.xdp_reason));
	va_start(ap, fmt);
	vsnprintf(p->meta.xdp_reason, sizeof(p->meta.xdp_reason), fmt, ap);
	va_end(ap);
}

/*
 * A frame that is an skb already may have its VLAN tag in metadata and a checksum that is partial, neither of
 * which survives as an XDP frame. Generic XDP keeps the skb.
 */
int xm_xdp_redirects(struct xm_parent *p, enum xm_xdp mode, struct xm_err *e)
{
	const char *kind = p->link.kind;
	int veth = xm_veth_features();

	if (veth < 0) {
		xm_xdp_reason(p, "cannot read the kernel's BTF: %s", strerror(-veth));
		return xm_fail(e, veth, "cannot attach XDP to %s: %s", p->link.name, p->meta.xdp_reason);
	}
	if (!(veth & XM_VETH_NAPI)) {
		xm_xdp_reason(p, "without redirects: this kernel's veth is not as expected");
		return 0;
	}
	if (mode == XM_XDP_SKB) {
		xm_xdp_reason(p, "generic XDP: slower than TC");
		return XM_FEATURE_XDP;
	}
	if (!strcmp(kind, "veth") && (veth & XM_VETH_SKB)) {
		xm_xdp_reason(p, "for what comes as XDP frames; veth's skbs go on to TC");
		return XM_FEATURE_XDP | XM_FEATURE_XDP_VETH;
	}
	if (!strcmp(kind, "veth")) {
		xm_xdp_reason(p, "without redirects: needs struct veth_xdp_buff (Linux 6.3)");
		return 0;
	}
	if (kind[0]) {
		xm_xdp_reason(p, "without redirects: %s hands over partial checksums and tags", kind);
		return 0;
	}
	if (xm_ethtool_strips_vlan(p->engine->ethtool, p->link.ifindex) != 0) {
		xm_xdp_reason(p, "without redirects: tags are stripped (ethtool -K %s rxvlan off)", p->link.name);
		return 0;
	}
	xm_xdp_reason(p, "hardware");
	return XM_FEATURE_XDP;
}

/* XDP is turned on by itself only where it cannot change what arrives, and is of use */
enum xm_xdp xm_xdp_decide(struct xm_parent *p)
{
	if (p->link.kind[0]) {
		xm_xdp_reason(p, "%s devices hand over frames with partial checksums", p->link.kind);
		return XM_XDP_OFF;
	}
	return xm_xdp_redirects(p, XM_XDP_NATIVE, NULL) > 0 ? XM_XDP_NATIVE : XM_XDP_OFF;
}
