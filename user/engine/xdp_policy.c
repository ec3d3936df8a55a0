// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where XDP may be used, and why not */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/xdp_policy.h"
#include "net/ethtool.h"
#include "pins/kernel_features.h"

static void decision_reason(struct xm_xdp_decision *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void decision_reason(struct xm_xdp_decision *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->reason, sizeof(d->reason), fmt, ap);
	va_end(ap);
}

/*
 * Whether parent_xdp may redirect, natively. A frame that is an skb already may have its VLAN tag
 * in metadata and a partial checksum; neither survives as an XDP frame.
 */
static void decide_native_uses(const struct xm_parent *p, int veth, struct xm_xdp_decision *d)
{
	const char *kind = p->link.kind;

	if (!strcmp(kind, "veth") && (veth & XM_VETH_SKB)) {
		d->uses = XM_USES_XDP | XM_USES_XDP_VETH;
		decision_reason(d, "for what comes as XDP frames; veth's skbs go on to TC");
	} else if (!strcmp(kind, "veth")) {
		decision_reason(d, "without redirects: needs struct veth_xdp_buff (Linux 6.3)");
	} else if (kind[0]) {
		decision_reason(d, "without redirects: %s hands over partial checksums and tags",
				kind);
	} else if (xm_ethtool_strips_vlan(p->engine->ethtool, p->link.ifindex) != 0) {
		decision_reason(d,
				"without redirects: tags are stripped (ethtool -K %s rxvlan off)",
				p->link.name);
	} else {
		d->uses = XM_USES_XDP;
		decision_reason(d, "hardware");
	}
}

static void decide_uses(const struct xm_parent *p, struct xm_xdp_decision *d)
{
	int veth = xm_veth_layout();

	if (veth < 0) {
		d->err = veth;
		decision_reason(d, "cannot read the kernel's BTF: %s", strerror(-veth));
	} else if (!(veth & XM_VETH_NAPI)) {
		decision_reason(
			d, "without redirects: peer is not the first member of struct veth_priv");
	} else if (d->mode == XM_XDP_SKB) {
		d->uses = XM_USES_XDP | XM_USES_XDP_SKB;
		decision_reason(d, "generic XDP: slower than TC");
	} else {
		decide_native_uses(p, veth, d);
	}
}

/* `auto` turns XDP on only where it cannot change what arrives, and is of use */
static void decide_auto(const struct xm_parent *p, struct xm_xdp_decision *d)
{
	if (p->link.kind[0]) {
		decision_reason(d, "%s devices hand over frames with partial checksums",
				p->link.kind);
		return;
	}
	d->mode = XM_XDP_NATIVE;
	decide_uses(p, d);
	if (d->err || !d->uses)
		d->mode = XM_XDP_OFF;
	d->err = 0;
}

struct xm_xdp_decision xm_xdp_decide(const struct xm_parent *p, enum xm_xdp requested)
{
	struct xm_xdp_decision d = { .mode = requested };

	if (requested == XM_XDP_AUTO) {
		d.mode = XM_XDP_OFF;
		decide_auto(p, &d);
	} else if (requested == XM_XDP_OFF) {
		decision_reason(&d, "as asked for");
	} else {
		decide_uses(p, &d);
	}
	return d;
}
