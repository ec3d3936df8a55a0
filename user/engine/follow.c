// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The watcher's session with the engine */
#include "engine/internal.h"

/* Whether the watcher has the endpoint's groups in the map */
static int believe_groups(struct xm_parent *p, struct xm_endpoint *ep, bool known, struct xm_err *e)
{
	if (known == !!(ep->rec.port.flags & XM_PORT_GROUPS))
		return 0;
	ep->rec.port.flags ^= XM_PORT_GROUPS;
	return xm_endpoint_store(p, ep, e);
}

static int follow_endpoint(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_follow *f, struct xm_err *e)
{
	struct xm_err refused = {};
	int err = xm_sync_endpoint(p, ep, &refused);

	return believe_groups(p, ep, f->seen(p, ep, err ? &refused : NULL, f->data), e);
}

static int follow_parent(struct xm_parent *p, const struct xm_follow *f, struct xm_err *e)
{
	enum xm_follow_how how = f->how(p, f->data);
	int err = how == XM_FOLLOW_NOT ? 0 : xm_engine_sweep(p, e);

	if (err || p->gone || how == XM_FOLLOW_NOT)
		return err;
	err = xm_sync_parent(p, how == XM_FOLLOW_ALL, e);
	for (size_t i = 0; i < p->count && !err; i++)
		if (how == XM_FOLLOW_ALL || f->wanted(p, &p->slots[i], f->data))
			err = follow_endpoint(p, &p->slots[i], f, e);
	if (!err)
		f->done(p, f->data);
	return err;
}

int xm_engine_follow(struct xm_engine *engine, const struct xm_follow *follow, struct xm_err *e)
{
	int ret = xm_engine_start(engine, e);

	/* What fails with one parent shall not keep the others behind */
	for (struct xm_parent *p = ret ? NULL : engine->parents; p; p = p->next) {
		int err = p->gone ? 0 : follow_parent(p, follow, ret ? NULL : e);

		ret = ret ? ret : err;
	}
	xm_engine_reap(engine, false);
	return ret;
}

static int unfollow_parent(struct xm_parent *p, struct xm_err *e)
{
	return xm_sync_carrier(p, false, e);
}

int xm_engine_unfollow(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);

	return err ? err : xm_engine_for_each(engine, unfollow_parent, e);
}
