// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is pinned is checked before it is believed: names without an end would be read beyond it, a slot
 * number is an index. Who can write there is root, but another program's mistake shall be told, not followed.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "engine/internal.h"

#define BATCH 1024

/* NULL, or what is wrong */
static const char *wrong_meta(const struct xm_parent *p, uint32_t ifindex)
{
	const struct xm_meta *m = &p->meta;

	bool moving = m->state & XM_PARENT_MOVING; /* then it tells where it comes from */

	if (!moving && (m->parent_ifindex != ifindex || m->netns_cookie != p->engine->netns_cookie))
		return "of another parent";
	if (!xm_xdp_name(m->xdp) || m->xdp == XM_XDP_AUTO || !xm_xdp_name(m->xdp_requested))
		return "with an unknown way of XDP";
	if (!memchr(m->xdp_reason, 0, sizeof(m->xdp_reason)))
		return "with a text that has no end";
	return NULL;
}

static bool is_name(const char name[XM_NAME_LEN])
{
	return memchr(name, 0, XM_NAME_LEN) && !xm_check_ifname("name", name, NULL);
}

static const char *wrong_record(struct xm_parent *p, uint32_t slot, const struct xm_endpoint_record *rec)
{
	if (slot == XM_SLOT_PARENT || slot >= XM_MAX_SLOTS)
		return "out of range";
	if (!is_name(rec->name) || !is_name(rec->ifname))
		return "without a name";
	if (!xm_mode_name(rec->port.mode))
		return "in an unknown mode";
	if (rec->state < XM_ENDPOINT_PARTIAL || rec->state > XM_ENDPOINT_CHANGING)
		return "in an unknown state";
	if (xm_endpoint_by_name(p, rec->name))
		return "with another's name";
	return NULL;
}

static int take(struct xm_parent *p, uint32_t slot, const struct xm_endpoint_record *rec, struct xm_err *e)
{
	const char *wrong = wrong_record(p, slot, rec);

	if (wrong)
		return xm_fail(e, EPROTO, "%s/endpoints has a record (%u) %s: move or remove %s", p->dir, slot,
			       wrong, p->dir);
	return xm_endpoint_push(p, slot, rec) ? 0 : xm_fail(e, ENOMEM, "out of memory");
}

static int take_all(struct xm_parent *p, struct xm_endpoint_record *values, struct xm_err *e)
{
	uint32_t keys[BATCH] = {}, at = 0, n;
	void *in = NULL;
	int err = 0, last = 0;

	while (!err && !last) {
		n = BATCH;
		if (bpf_map_lookup_batch(p->maps[XM_MAP_ENDPOINTS], in, &at, keys, values, &n, NULL)) {
			if (errno != ENOENT)
				return xm_fail(e, errno, "cannot read %s/endpoints: %s", p->dir,
					       strerror(errno));
			last = 1;
		}
		for (uint32_t i = 0; i < n && !err; i++)
			err = take(p, keys[i], &values[i], e);
		in = &at;
	}
	return err;
}

int xm_records_read(struct xm_parent *p, uint32_t ifindex, struct xm_err *e)
{
	struct xm_endpoint_record *values;
	const char *wrong;
	uint32_t key = 0;
	int err;

	if (bpf_map_lookup_elem(p->maps[XM_MAP_META], &key, &p->meta))
		return xm_fail(e, errno, "cannot read %s/meta: %s", p->dir, strerror(errno));
	wrong = wrong_meta(p, ifindex);
	if (wrong)
		return xm_fail(e, EPROTO, "%s/meta is %s: move or remove %s", p->dir, wrong, p->dir);
	values = calloc(BATCH, sizeof(*values));
	err = values ? take_all(p, values, e) : xm_fail(e, ENOMEM, "out of memory");
	free(values);
	return err;
}
