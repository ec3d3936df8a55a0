// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whose an endpoint is: written behind its record and deleted before it, so that no owner is without one */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/internal.h"

static struct xm_owner_key key_of(uint32_t slot)
{
	return (struct xm_owner_key){ .bits = 32, .slot = slot };
}

int xm_owner_save(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_owner *owner, struct xm_err *e)
{
	struct xm_owner_key key = key_of(ep->slot);

	if (bpf_map_update_elem(p->maps[XM_MAP_OWNERS], &key, owner, BPF_ANY))
		return xm_fail(e, errno, "cannot write the owner of %s: %s", ep->rec.name, strerror(errno));
	return 0;
}

int xm_owner_read(struct xm_parent *p, uint32_t slot, struct xm_owner *ret, struct xm_err *e)
{
	struct xm_owner_key key = key_of(slot);

	if (bpf_map_lookup_elem(p->maps[XM_MAP_OWNERS], &key, ret)) {
		if (errno == ENOENT)
			return 0;
		return xm_fail(e, errno, "cannot read %s/owners: %s", p->dir, strerror(errno));
	}
	ret->network[XM_OWNER_TEXT - 1] = ret->container[XM_OWNER_TEXT - 1] = '\0';
	return 1;
}

int xm_owner_forget(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	struct xm_owner_key key = key_of(slot);

	if (bpf_map_delete_elem(p->maps[XM_MAP_OWNERS], &key) && errno != ENOENT)
		return xm_fail(e, errno, "cannot delete the owner of slot %u: %s", slot, strerror(errno));
	return 0;
}
