// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See gone.h */
#include <errno.h>

#include "engine/gone.h"
#include "engine/parent_list.h"
#include "net/link.h"

static bool device_has_gone(struct xm_parent *p, uint32_t ifindex)
{
	struct xm_link link;

	return ifindex &&
	       xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, ifindex, &link) == -ENODEV;
}

static int replace_error(struct xm_err *e, const char *what, const char *name)
{
	*e = (struct xm_err){};
	return xm_fail(
		e, ENODEV,
		"%s%s has gone: it was deleted, or moved to another network namespace, while "
		"the command worked on it",
		what, name);
}

int xm_gone_parent(struct xm_parent *p, int err, struct xm_err *e)
{
	if (err >= 0 || !e || !e->exit_code || !device_has_gone(p, p->link.ifindex))
		return err;
	return replace_error(e, "", xm_parent_name(p));
}

int xm_gone_endpoint(struct xm_parent *p, const struct xm_endpoint *ep, int err, struct xm_err *e)
{
	if (err >= 0 || !e || !e->exit_code)
		return err;
	if (device_has_gone(p, p->link.ifindex))
		return replace_error(e, "", xm_parent_name(p));
	if (device_has_gone(p, ep->rec.host_ifindex))
		return replace_error(e, "the device of endpoint ", ep->rec.name);
	return err;
}
