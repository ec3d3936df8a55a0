// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Broken parents. When the pins, the device, the driver or a missing capability refuse something of
 * one parent, that parent becomes broken; commands for other parents do not fail.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

#include "engine/endpoint_table.h"
#include "engine/parent_broken.h"
#include "engine/parent_list.h"
#include "engine/state.h"
#include "engine/watcher_calls.h"

/*
 * Writes the reason into the pinned record, for readers, which repair nothing. Only this field is
 * written, because the record in memory may contain changes that were refused.
 */
static void broken_save(struct xm_parent *p)
{
	struct xm_parent_record pinned;
	uint32_t key = 0;

	snprintf(p->rec.broken, sizeof(p->rec.broken), "%.95s", p->broken.text);
	if (bpf_map_lookup_elem(p->maps[XM_MAP_PARENT], &key, &pinned) ||
	    !strcmp(pinned.broken, p->rec.broken))
		return;
	memcpy(pinned.broken, p->rec.broken, sizeof(pinned.broken));
	bpf_map_update_elem(p->maps[XM_MAP_PARENT], &key, &pinned, BPF_ANY);
}

void xm_parent_set_broken(struct xm_parent *p, int err, const struct xm_err *why)
{
	p->broken = (struct xm_err){};
	p->broken_err = err;
	xm_fail(&p->broken, err, "%s", why->text[0] ? why->text : strerror(-err));
	if (p->loaded)
		broken_save(p);
}

void xm_parent_set_broken_unloaded(struct xm_parent *p, uint32_t ifindex, int err,
				   const struct xm_err *why)
{
	struct xm_link link;

	if (!p->loaded) {
		xm_endpoints_free(p);
		p->rec = (struct xm_parent_record){};
		p->config = (struct xm_config){};
	}
	p->rec.parent_ifindex = ifindex;
	p->alive = !xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, ifindex, &link);
	if (p->alive)
		p->link = link;
	else if (!p->link.name[0]) /* it was never found */
		snprintf(p->link.name, sizeof(p->link.name), "#%u", ifindex);
	p->link.ifindex = ifindex;
	xm_parent_set_broken(p, err, why);
}

int xm_parent_check_broken(const struct xm_parent *p, struct xm_err *e)
{
	if (!p->broken.exit_code)
		return 0;
	return xm_fail(e, p->broken_err, "%s is broken: %s", xm_parent_name(p), p->broken.text);
}

const char *xm_parent_broken(const struct xm_parent *p)
{
	return p->broken.exit_code ? p->broken.text : NULL;
}

int xm_parents_check_unloaded(const struct xm_engine *engine, struct xm_err *e)
{
	for (const struct xm_parent *p = engine->parents; p; p = p->next)
		if (!p->destroyed && !p->loaded)
			return xm_parent_check_broken(p, e);
	return 0;
}
