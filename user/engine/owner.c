// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which container runtime's request an endpoint belongs to */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/owner.h"

static struct xm_owner_key owner_key(uint32_t slot)
{
	return (struct xm_owner_key){ .bits = 32, .slot = slot };
}

int xm_owner_save(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_owner *owner,
		  struct xm_err *e)
{
	struct xm_owner_key key = owner_key(ep->slot);

	if (bpf_map_update_elem(p->maps[XM_MAP_OWNERS], &key, owner, BPF_ANY))
		return xm_fail(e, errno, "cannot write the owner of %s: %s", ep->rec.name,
			       strerror(errno));
	return 0;
}

int xm_owner_lookup(int map, uint32_t slot, struct xm_owner *ret)
{
	struct xm_owner_key key = owner_key(slot);

	if (bpf_map_lookup_elem(map, &key, ret))
		return -errno;
	ret->network[XM_OWNER_TEXT - 1] = ret->container[XM_OWNER_TEXT - 1] = '\0';
	return 0;
}

int xm_owner_read(struct xm_parent *p, uint32_t slot, struct xm_owner *ret, struct xm_err *e)
{
	int err = xm_owner_lookup(p->maps[XM_MAP_OWNERS], slot, ret);

	if (!err || err == -ENOENT)
		return !err;
	return xm_fail(e, err, "cannot read %s/owners: %s", p->dir, strerror(-err));
}

int xm_owner_del(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	struct xm_owner_key key = owner_key(slot);

	if (bpf_map_delete_elem(p->maps[XM_MAP_OWNERS], &key) && errno != ENOENT)
		return xm_fail(e, errno, "cannot delete the owner of slot %u: %s", slot,
			       strerror(errno));
	return 0;
}
