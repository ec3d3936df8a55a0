// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Removes endpoints by whose they are, here or in the namespaces of containers. Which namespaces these are,
 * the pins tell (a cookie); a way into them, mounts and processes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/cni.h"

struct sweep {
	const struct cni_request *r;
	cni_doomed *pending_delete;
	bool beside; /* only those that lie beside their parent */
	char (*names)[XM_NAME_LEN];
	size_t count;
	uint64_t *cookies; /* of the namespaces that have some */
	size_t places;
	struct cni_error *e;
};

/*
 * An endpoint of linkInContainer is beside its parent. One that is not, in another namespace, is of a runtime
 * that is at home there.
 */
static bool is_doomed(const struct sweep *s, const struct xm_endpoint_info *info)
{
	return (!s->beside || info->peer_nsid == XM_NSID_SELF) && s->pending_delete(s->r, info);
}

static int collect(const struct xm_endpoint_info *info, void *data)
{
	struct sweep *s = data;

	if (!is_doomed(s, info))
		return 0;
	s->names = cni_realloc(s->names, s->count + 1, sizeof(*s->names));
	memcpy(s->names[s->count++], info->name, XM_NAME_LEN);
	return 0;
}

/* In the namespace of the descriptor, or ours; past whatever cannot be removed */
static void sweep_place(struct sweep *s, int netns_fd)
{
	struct cni_session session;
	struct xm_err why = {};
	int err;

	if (cni_session_open(&session, s->r, netns_fd, s->e))
		return;
	err = xm_engine_owned(session.engine, collect, s, &why);
	if (err)
		cni_fail_engine(s->e, CNI_E_REFUSED, err, &why);
	for (size_t i = 0; i < s->count; i++)
		cni_session_del(&session, s->names[i], s->e);
	cni_session_close(&session);
	free(s->names);
	s->names = NULL;
	s->count = 0;
}

static bool is_listed(const struct sweep *s, uint64_t cookie)
{
	for (size_t i = 0; i < s->places; i++)
		if (s->cookies[i] == cookie)
			return true;
	return false;
}

static int list_place(uint64_t cookie, const struct xm_endpoint_info *info, void *data)
{
	struct sweep *s = data;

	if (!is_doomed(s, info) || is_listed(s, cookie))
		return 0;
	s->cookies = cni_realloc(s->cookies, s->places + 1, sizeof(*s->cookies));
	s->cookies[s->places++] = cookie;
	return 0;
}

static int visit(int fd, uint64_t cookie, void *data)
{
	struct sweep *s = data;

	if (is_listed(s, cookie))
		sweep_place(s, fd);
	return 0;
}

int cni_cleanup(const struct cni_request *r, cni_doomed *pending_delete, struct cni_error *e)
{
	struct sweep s = { .r = r, .pending_delete = pending_delete, .e = e };

	sweep_place(&s, -1);
	return e->code;
}

int cni_cleanup_containers(const struct cni_request *r, cni_doomed *pending_delete, struct cni_error *e)
{
	struct sweep s = { .r = r, .pending_delete = pending_delete, .beside = true, .e = e };
	struct xm_err why = {};
	int err = xm_owned_elsewhere(list_place, &s, &why);

	if (err)
		cni_fail_engine(e, CNI_E_REFUSED, err, &why);
	/* One that is not found is about to die, and what it has with it; or nothing leads there */
	if (s.places)
		xm_netns_each(visit, &s);
	free(s.cookies);
	return e->code;
}
