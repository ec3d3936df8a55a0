// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "netavark/endpoint.h"
#include "runtime/bpffs.h"
#include "runtime/parent.h"

struct endpoint_search {
	const struct xm_attachment *attachment;
	char name[XM_NAME_LEN];
	bool found;
};

static int endpoint_compare(const struct xm_endpoint_info *info, void *data)
{
	struct endpoint_search *s = data;

	if (strcmp(info->owner->network, s->attachment->network) ||
	    strcmp(info->owner->container, s->attachment->container) ||
	    strcmp(info->requested_ifname, s->attachment->ifname))
		return 0;
	snprintf(s->name, sizeof(s->name), "%s", info->name);
	s->found = true;
	return 0;
}

/* An endpoint that lost its entry in the map `owners` still has its name */
static int endpoint_remove_in(struct xm_engine *engine, const struct netavark_request *r,
			      struct xm_err *e)
{
	struct endpoint_search search = { .attachment = &r->attachment };
	int err = xm_engine_owned(engine, endpoint_compare, &search, e);

	if (err && !search.found)
		return err;
	if (!search.found)
		xm_attachment_name(&r->attachment, 'p', search.name);
	err = xm_engine_del(engine, search.name, search.found ? e : NULL);
	if (search.found && err && err != -ENOENT)
		return err;
	return !err;
}

int netavark_endpoint_remove(const struct netavark_request *r, struct xm_err *e)
{
	struct xm_engine *engine;
	int ret;

	if (xm_bpffs_missing())
		return 0;
	ret = xm_engine_open(NULL, &engine, e);
	if (ret)
		return ret;
	ret = endpoint_remove_in(engine, r, e);
	xm_engine_close(engine);
	return ret;
}

static int endpoint_read_parent(const struct netavark_request *r, struct xm_link *ret,
				struct xm_err *e)
{
	const char *name = r->network.parent;
	struct xm_err why = {};
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	if (name[0])
		err = xm_link_get(&nl, XM_NSID_SELF, name, 0, ret);
	else
		err = xm_default_parent(&nl, ret, &why);
	if (err && name[0])
		xm_fail(e, err, "parent '%s': %s", name, xm_nl_why(&nl, err));
	else if (err)
		xm_fail(e, err, "the network has no parent, and %s", why.text);
	xm_nl_close(&nl);
	return err;
}

/* attached: the parent itself, where `parent` is a macvlan or an endpoint on top of it */
static int endpoint_add(struct xm_engine *engine, const struct netavark_request *r,
			const struct xm_link *parent, const struct xm_link *attached,
			uint8_t mac[XM_MAC_LEN], struct xm_err *e)
{
	struct xm_attachment_host host;
	char name[XM_NAME_LEN];
	struct xm_owner owner = {};
	struct xm_add add = {
		.name = name,
		.link = parent->name,
		.netns = r->netns,
		.ifname = r->attachment.ifname,
		.mtu = r->network.options.mtu,
		.owner = &owner,
		.settings = r->network.options.settings,
	};
	bool draws = !r->has_mac && add.settings.mode != XM_MODE_PASSTHRU;
	unsigned int attempt = 0;
	struct xm_err why;
	int err;

	xm_attachment_name(&r->attachment, 'p', name);
	snprintf(owner.network, sizeof(owner.network), "%s", r->attachment.network);
	snprintf(owner.container, sizeof(owner.container), "%s", r->attachment.container);
	memcpy(host.mac, attached->mac, XM_MAC_LEN);
	xm_machine_id(host.machine_id);
	add.settings.has_address = r->has_mac || draws;
	memcpy(add.settings.address, r->mac, XM_MAC_LEN);
	do {
		why = (struct xm_err){};
		if (draws)
			xm_attachment_mac(&r->attachment, &host, attempt, add.settings.address);
		err = xm_engine_add(engine, &add, &why);
	} while (err == -EADDRINUSE && draws && ++attempt < XM_MAC_ATTEMPTS);
	memcpy(mac, add.settings.has_address ? add.settings.address : attached->mac, XM_MAC_LEN);
	return err ? xm_fail(e, err, "%s", why.text) : 0;
}

static int endpoint_make(struct xm_engine *engine, const struct netavark_request *r,
			 struct xm_link *parent, uint8_t mac[XM_MAC_LEN], struct xm_err *e)
{
	struct xm_err why = {};
	struct xm_link attached;
	int err = endpoint_read_parent(r, parent, e);

	if (err)
		return err;
	attached = *parent;
	err = xm_engine_may_attach(engine, &attached, &why);
	if (err)
		return xm_fail(e, err, "parent '%s': %s", parent->name, why.text);
	err = endpoint_remove_in(engine, r, e);
	if (err >= 0)
		err = endpoint_add(engine, r, parent, &attached, mac, e);
	*parent = attached;
	return err;
}

int netavark_endpoint_make(const struct netavark_request *r, struct xm_link *parent,
			   uint8_t mac[XM_MAC_LEN], struct xm_err *e)
{
	struct xm_engine *engine;
	int err = xm_bpffs_mount(e);

	if (!err)
		err = xm_engine_open(NULL, &engine, e);
	if (err)
		return err;
	err = endpoint_make(engine, r, parent, mac, e);
	xm_engine_close(engine);
	return err;
}
