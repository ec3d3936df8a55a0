// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What `attach` asks for: XDP and the guard, both or none */
#include <errno.h>
#include <string.h>

#include "pins/features.h"
#include "engine/internal.h"

bool xm_xdp_is_current(const struct xm_parent *p)
{
	uint8_t wish = p->meta.xdp_requested, is = p->meta.xdp;

	if (is != XM_XDP_OFF && !p->meta.xdp_prog_id)
		return false;
	return wish == XM_XDP_AUTO ? is != XM_XDP_SKB : is == wish;
}

/* Both wishes are in the record, and written by the first write of it: all else may be done by the next command */
static int fulfil(struct xm_parent *p, bool anew, struct xm_err *e)
{
	bool guard = p->meta.state & XM_PARENT_GUARD;
	int err = 0;

	if (!guard)
		p->meta.features &= ~XM_FEATURE_GUARD;
	if (anew)
		err = xm_xdp_attach(p, e);
	/* Without XDP the guard would be a promise that nobody keeps */
	if (!err && guard && p->meta.xdp == XM_XDP_OFF)
		err = xm_fail(e, EINVAL, "guard needs XDP on %s, which is off: %s", xm_parent_name(p),
			      p->meta.xdp_reason);
	return err ? err : xm_parent_update(p, e);
}

static void wish(struct xm_parent *p, uint8_t xdp, bool guard)
{
	p->meta.xdp_requested = xdp;
	p->meta.state &= ~XM_PARENT_GUARD;
	if (guard)
		p->meta.state |= XM_PARENT_GUARD;
}

int xm_xdp_configure(struct xm_parent *p, int xdp, int guard, struct xm_err *e)
{
	struct xm_meta was = p->meta;
	bool had = was.state & XM_PARENT_GUARD, guarded = guard < 0 ? had : guard;
	uint8_t want = xdp < 0 ? was.xdp_requested : xdp;
	int err;

	if (xdp < 0 && guard < 0)
		return 0;
	if (guarded && want == XM_XDP_OFF)
		return xm_fail(e, EINVAL, "guard needs XDP on %s, which is off: as asked for", xm_parent_name(p));
	if (guarded && !had && !xm_has_casts())
		return xm_fail(e, EOPNOTSUPP, "guard needs bpf_rdonly_cast() (Linux 6.2), which this kernel lacks");
	wish(p, want, guarded);
	err = fulfil(p, want != was.xdp_requested || !xm_xdp_is_current(p), e);
	if (!err)
		return 0;
	wish(p, was.xdp_requested, had);
	if (p->meta.xdp == was.xdp && p->meta.xdp_prog_id == was.xdp_prog_id) {
		memcpy(p->meta.xdp_reason, was.xdp_reason, sizeof(was.xdp_reason));
		fulfil(p, false, NULL);
	} else {
		fulfil(p, true, NULL);
	}
	return err;
}
