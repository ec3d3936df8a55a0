// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "cni/session.h"
#include "net/ipaddr.h"

static void session_leave(struct cni_session *s)
{
	if (s->entered)
		xm_netns_scope_leave(&s->scope);
	s->entered = false;
}

static int session_open(struct cni_session *s, int netns_fd,
			const struct xm_engine_options *options, struct cni_error *e)
{
	struct xm_err why = {};
	int err;

	*s = (struct cni_session){};
	if (netns_fd >= 0) {
		err = xm_netns_scope_enter(&s->scope, netns_fd);
		if (err)
			return cni_fail(e, CNI_E_REFUSED,
					"cannot enter the network namespace of the container: %s",
					xm_netns_why(err));
		s->entered = true;
	}
	err = xm_engine_open(options, &s->engine, &why);
	if (!err)
		err = xm_nl_open(&s->nl);
	if (!err)
		return 0;
	xm_engine_close(s->engine);
	session_leave(s);
	return cni_fail_engine(e, CNI_E_REFUSED, err, &why);
}

int cni_session_open(struct cni_session *s, int netns_fd, struct cni_error *e)
{
	return session_open(s, netns_fd, NULL, e);
}

int cni_session_open_reader(struct cni_session *s, int netns_fd, struct cni_error *e)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };

	return session_open(s, netns_fd, &reader, e);
}

void cni_session_close(struct cni_session *s)
{
	xm_nl_close(&s->nl);
	xm_engine_close(s->engine);
	session_leave(s);
}

static int session_read_configured(struct cni_session *s, const char *master, struct xm_link *ret,
				   struct cni_error *e)
{
	int err = xm_link_get(&s->nl, XM_NSID_SELF, master, 0, ret);

	return err ? cni_fail(e, CNI_E_CONFIG, "master '%s': %s", master, xm_nl_why(&s->nl, err))
		   : 0;
}

static int session_read_default(struct cni_session *s, struct xm_link *ret, struct cni_error *e)
{
	struct xm_nl *nl = &s->nl;
	int ifindex = xm_route_default(nl, AF_INET), err;

	if (!ifindex)
		ifindex = xm_route_default(nl, AF_INET6);
	if (ifindex < 0)
		return cni_fail(e, CNI_E_REFUSED, "cannot read the routes: %s",
				xm_nl_why(nl, ifindex));
	if (!ifindex)
		return cni_fail(e, CNI_E_CONFIG,
				"key 'master' is missing, and there is no default route");
	err = xm_link_get(nl, XM_NSID_SELF, NULL, ifindex, ret);
	return err ? cni_fail(e, CNI_E_CONFIG,
			      "key 'master' is missing, and the device of the default route "
			      "cannot be read: %s",
			      xm_nl_why(nl, err))
		   : 0;
}

int cni_session_master(struct cni_session *s, const struct cni_request *r, struct xm_link *ret,
		       struct cni_error *e)
{
	const char *master = r->config.master;
	uint32_t mtu = r->config.mtu;
	int err = master ? session_read_configured(s, master, ret, e)
			 : session_read_default(s, ret, e);

	if (!err && mtu && (mtu < ETH_MIN_MTU || mtu > ret->mtu))
		return cni_fail(e, CNI_E_CONFIG,
				"mtu %u is neither 0 nor in [%u, %u]; the maximum is the MTU of "
				"master %s",
				mtu, ETH_MIN_MTU, ret->mtu, ret->name);
	return err;
}

struct session_search {
	const struct cni_request *r;
	char *name;
	struct xm_endpoint_info *info;
	bool found;
};

static int session_compare(const struct xm_endpoint_info *info, void *data)
{
	struct session_search *s = data;

	if (strcmp(info->owner->container, s->r->env.container) ||
	    strcmp(info->ifname, s->r->env.ifname))
		return 0;
	snprintf(s->name, XM_NAME_LEN, "%s", info->name);
	if (s->info) {
		*s->info = *info;
		s->info->owner = NULL;
	}
	s->found = true;
	return 0;
}

int cni_session_find(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
		     struct xm_endpoint_info *ret, struct cni_error *e)
{
	struct session_search search = { .r = r, .name = name, .info = ret };
	struct xm_err why = {};
	int err = xm_engine_owned(s->engine, session_compare, &search, &why);

	if (search.found)
		return 1;
	/* Damaged pins, or those of another version, concern their parent alone */
	if (!err || err == -EPROTO)
		return 0;
	cni_fail_engine(e, CNI_E_REFUSED, err, &why);
	return -1;
}

int cni_session_del(struct cni_session *s, const char *name, struct cni_error *e)
{
	struct xm_err why = {};
	int err = xm_engine_del(s->engine, name, &why);

	return err && err != -ENOENT ? cni_fail_engine(e, CNI_E_REFUSED, err, &why) : 0;
}
