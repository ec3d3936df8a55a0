// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docker/address.h"
#include "net/link.h"
#include "net/prefix.h"
#include "plugin/log.h"

struct address_search {
	struct docker_driver *d;
	struct xm_engine *engine;
	struct xm_nl *nl;
	const struct docker_endpoint *wanted;
	bool address_is_dockers;
};

/* Texts such as "192.0.2.5/24": whether both are the same address */
static bool address_is_same(const char *a, const char *b)
{
	struct xm_prefix x, y;

	return a[0] && b[0] && xm_prefix_parse(a, &x) && xm_prefix_parse(b, &y) &&
	       x.family == y.family && !memcmp(x.bytes, y.bytes, x.len);
}

/* Returns the address that both have, or NULL */
static const char *address_common(const struct docker_endpoint *a, const struct docker_endpoint *b)
{
	if (address_is_same(a->ipv4, b->ipv4))
		return a->ipv4;
	return address_is_same(a->ipv6, b->ipv6) ? a->ipv6 : NULL;
}

/* Whether Docker does not count on the endpoint, although the kernel has it */
static bool address_is_lost(const struct address_search *s, const struct docker_endpoint *other)
{
	if (docker_owner_has_ended(s->nl, other) ||
	    docker_unjoined_is_old(s->d, s->nl, other->name))
		return true;
	/* Docker's address management knows who has an address of the network */
	return s->address_is_dockers && !strcmp(other->network, s->wanted->network);
}

static int address_take(const struct address_search *s, const struct docker_endpoint *other,
			const char *address, struct xm_err *e)
{
	int len = strcspn(address, "/");
	struct xm_err why = {};
	int err;

	if (!address_is_lost(s, other))
		return xm_fail(e, EADDRINUSE,
			       "address %.*s is in use by endpoint %s of network %.12s; if Docker "
			       "has lost it, 'xmacvlan del %s' removes it",
			       len, address, other->name, other->network, other->name);
	err = xm_engine_del(s->engine, other->name, &why);
	if (err && err != -ENOENT)
		return xm_fail(e, err, "address %.*s is in use by endpoint %s: %s", len, address,
			       other->name, why.text);
	plugin_log("Docker gave the address %.*s of endpoint %s to another one: removed", len,
		   address, other->name);
	return 0;
}

int docker_address_free(struct docker_driver *d, struct xm_engine *engine, const char *parent,
			const struct docker_endpoint *wanted, bool address_is_dockers,
			struct xm_err *e)
{
	struct xm_nl nl;
	struct address_search s = { d, engine, &nl, wanted, address_is_dockers };
	struct docker_endpoint *list = NULL;
	struct xm_link link;
	const char *address;
	int count, err = xm_nl_open(&nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = xm_link_get(&nl, XM_NSID_SELF, parent, 0, &link);
	if (err)
		xm_fail(e, err, "parent '%s': %s", parent, xm_nl_why(&nl, err));
	count = err ? err : docker_owner_list(engine, NULL, &list, e);
	for (int i = 0; i < count && !err; i++) {
		address = list[i].parent_ifindex == link.ifindex &&
					  strcmp(list[i].endpoint, wanted->endpoint)
				  ? address_common(&list[i], wanted)
				  : NULL;
		if (address)
			err = address_take(&s, &list[i], address, e);
	}
	free(list);
	xm_nl_close(&nl);
	return count < 0 ? count : err;
}
