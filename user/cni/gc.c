// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* GC: of this network, what the runtime does not call valid is removed, past whatever cannot be */
#include <stdlib.h>
#include <string.h>

#include "cni.h"

struct garbage {
	const struct cni_request *r;
	char (*names)[XM_NAME_LEN];
	size_t count;
	bool full; /* no memory for more */
};

static bool is_valid(const struct cni_request *r, const char *container, const char *ifname)
{
	json_t *one;
	size_t i;

	json_array_foreach(r->valid, i, one)
		if (!strcmp(json_string_value(cni_key(one, "containerID")), container) &&
		    !strcmp(json_string_value(cni_key(one, "ifname")), ifname))
			return true;
	return false;
}

static int collect(struct xm_parent *p, const struct xm_slot *ep, const struct xm_owner *owner, void *data)
{
	struct garbage *g = data;
	void *more;

	(void)p;
	if (strcmp(owner->network, g->r->name) || is_valid(g->r, owner->container, ep->rec.ifname))
		return 0;
	more = realloc(g->names, (g->count + 1) * sizeof(*g->names));
	if (!more) {
		g->full = true;
		return 0;
	}
	g->names = more;
	memcpy(g->names[g->count++], ep->rec.name, XM_NAME_LEN);
	return 0;
}

int cni_gc(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	struct garbage g = { .r = r };
	struct xm_err why = {};
	struct cni_session s;
	int err;

	(void)ret;
	if (!cni_session_open(&s, r, -1, e)) {
		err = xm_engine_owned(&s.engine, collect, &g, &why);
		if (err)
			cni_fail_engine(e, CNI_E_REFUSED, err, &why);
		for (size_t i = 0; i < g.count; i++)
			cni_session_del(&s, g.names[i], e);
		cni_session_close(&s);
	}
	if (g.full)
		cni_fail(e, CNI_E_IO, "out of memory");
	free(g.names);
	if (r->ipam)
		cni_ipam_run(r, "GC", NULL, e);
	return e->code;
}
