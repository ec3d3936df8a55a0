// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/cleanup.h"
#include "cni/session.h"
#include "net/netns.h"

struct cleanup {
	const struct cni_request *r;
	cni_endpoint_match *match;
	bool only_beside_parent; /* only endpoints in the network namespace of their parent */
	char (*names)[XM_NAME_LEN]; /* in one network namespace */
	size_t name_count;
	uint64_t *cookies; /* of the other network namespaces that have some */
	size_t cookie_count;
	struct cni_error *e;
};

/*
 * With linkInContainer an endpoint is beside its parent. An endpoint in a third namespace belongs
 * to a runtime inside the container.
 */
static bool cleanup_selects(const struct cleanup *c, const struct xm_endpoint_info *info)
{
	return (!c->only_beside_parent || info->peer_nsid == XM_NSID_SELF) && c->match(c->r, info);
}

static int cleanup_collect(const struct xm_endpoint_info *info, void *data)
{
	struct cleanup *c = data;

	if (!cleanup_selects(c, info))
		return 0;
	c->names = cni_realloc(c->names, c->name_count + 1, sizeof(*c->names));
	memcpy(c->names[c->name_count++], info->name, XM_NAME_LEN);
	return 0;
}

/* In the network namespace of the descriptor; -1: in the current one */
static void cleanup_netns(struct cleanup *c, int netns_fd)
{
	struct cni_session session;
	struct xm_err why = {};
	int err;

	if (cni_session_open(&session, netns_fd, c->e))
		return;
	err = xm_engine_owned(session.engine, cleanup_collect, c, &why);
	if (err)
		cni_fail_engine(c->e, CNI_E_REFUSED, err, &why);
	for (size_t i = 0; i < c->name_count; i++)
		cni_session_del(&session, c->names[i], c->e);
	cni_session_close(&session);
	free(c->names);
	c->names = NULL;
	c->name_count = 0;
}

static bool cleanup_has_cookie(const struct cleanup *c, uint64_t cookie)
{
	for (size_t i = 0; i < c->cookie_count; i++)
		if (c->cookies[i] == cookie)
			return true;
	return false;
}

static int cleanup_collect_cookie(uint64_t cookie, const struct xm_endpoint_info *info, void *data)
{
	struct cleanup *c = data;

	if (!cleanup_selects(c, info) || cleanup_has_cookie(c, cookie))
		return 0;
	c->cookies = cni_realloc(c->cookies, c->cookie_count + 1, sizeof(*c->cookies));
	c->cookies[c->cookie_count++] = cookie;
	return 0;
}

static int cleanup_visit(int fd, uint64_t cookie, void *data)
{
	struct cleanup *c = data;

	if (cleanup_has_cookie(c, cookie))
		cleanup_netns(c, fd);
	return 0;
}

int cni_cleanup(const struct cni_request *r, cni_endpoint_match *match, struct cni_error *e)
{
	struct cleanup c = { .r = r, .match = match, .e = e };

	cleanup_netns(&c, -1);
	return e->code;
}

int cni_cleanup_containers(const struct cni_request *r, cni_endpoint_match *match,
			   struct cni_error *e)
{
	struct cleanup c = { .r = r, .match = match, .only_beside_parent = true, .e = e };
	struct xm_err why = {};
	int err = xm_owned_elsewhere(cleanup_collect_cookie, &c, &why);

	if (err)
		cni_fail_engine(e, CNI_E_REFUSED, err, &why);
	else if (why.exit_code)
		fprintf(stderr, "xmacvlan: %s\n", why.text);
	/*
	 * A namespace that is not found is no error: it is about to end, with its endpoints, or
	 * nothing leads to it
	 */
	if (c.cookie_count)
		xm_netns_each(cleanup_visit, &c);
	free(c.cookies);
	return e->code;
}
