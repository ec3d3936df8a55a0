// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cni/session.h"
#include "mac.h"
#include "runtime/parent.h"

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
		return 0;
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
	xm_engine_close(s->engine);
	session_leave(s);
}

static int session_read_configured(struct xm_nl *nl, const char *master, struct xm_link *ret,
				   struct cni_error *e)
{
	int err = xm_link_get(nl, XM_NSID_SELF, master, 0, ret);

	return err ? cni_fail(e, CNI_E_CONFIG, "master '%s': %s", master, xm_nl_why(nl, err)) : 0;
}

static int session_read_default(struct xm_nl *nl, struct xm_link *ret, struct cni_error *e)
{
	struct xm_err why = {};

	return xm_default_parent(nl, ret, &why)
		       ? cni_fail(e, CNI_E_CONFIG, "key 'master' is missing, and %s", why.text)
		       : 0;
}

int cni_session_master(const struct cni_request *r, struct xm_link *ret, struct cni_error *e)
{
	const char *master = r->config.master;
	struct xm_err why = {};
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err) {
		xm_fail(&why, err, "cannot open rtnetlink: %s", strerror(-err));
		return cni_fail_engine(e, CNI_E_REFUSED, err, &why);
	}
	err = master ? session_read_configured(&nl, master, ret, e)
		     : session_read_default(&nl, ret, e);
	xm_nl_close(&nl);
	return err;
}

int cni_session_parent(struct cni_session *s, struct xm_link *master, struct xm_err *why)
{
	return xm_engine_may_attach(s->engine, master, why);
}

int cni_session_check_settings(const struct cni_request *r, const struct xm_link *parent,
			       struct cni_error *e)
{
	const struct xm_settings *settings = &r->config.settings;
	uint32_t mtu = r->config.mtu;
	char mac[XM_MAC_TEXT];

	if (mtu && (mtu < ETH_MIN_MTU || mtu > parent->mtu))
		return cni_fail(e, CNI_E_CONFIG,
				"mtu %u is neither 0 nor in [%u, %u]; the maximum is the MTU of "
				"master %s",
				mtu, ETH_MIN_MTU, parent->mtu, parent->name);
	if (settings->has_address && settings->mode != XM_MODE_PASSTHRU &&
	    xm_mac_equal(settings->address, parent->mac))
		return cni_fail(e, CNI_E_CONFIG, "mac: address %s is that of master %s",
				xm_mac_text(settings->address, mac), parent->name);
	return 0;
}

bool cni_request_owns(const struct cni_request *r, const struct xm_endpoint_info *info)
{
	return !strcmp(info->owner->network, r->config.network) &&
	       !strcmp(info->owner->container, r->env.container) &&
	       !strcmp(info->requested_ifname, r->env.ifname);
}

struct session_search {
	const struct cni_request *r;
	bool own_network;
	char *name;
	struct xm_endpoint_info *info;
	bool found;
};

static int session_compare(const struct xm_endpoint_info *info, void *data)
{
	struct session_search *s = data;

	if (s->own_network ? !cni_request_owns(s->r, info)
			   : strcmp(info->owner->container, s->r->env.container) ||
				     strcmp(info->requested_ifname, s->r->env.ifname))
		return 0;
	snprintf(s->name, XM_NAME_LEN, "%s", info->name);
	if (s->info) {
		*s->info = *info;
		s->info->owner = NULL;
	}
	s->found = true;
	return 0;
}

static int session_search(struct cni_session *s, struct session_search *search, struct cni_error *e)
{
	struct xm_err why = {};
	int err = xm_engine_owned(s->engine, session_compare, search, &why);

	if (search->found)
		return 1;
	if (!err)
		return 0;
	cni_fail_engine(e, CNI_E_REFUSED, err, &why);
	return -1;
}

int cni_session_find(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
		     struct xm_endpoint_info *ret, struct cni_error *e)
{
	struct session_search search = { .r = r, .name = name, .info = ret };

	return session_search(s, &search, e);
}

int cni_session_find_own(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
			 struct cni_error *e)
{
	struct session_search search = { .r = r, .own_network = true, .name = name };

	return session_search(s, &search, e);
}

int cni_session_del(struct cni_session *s, const char *name, struct cni_error *e)
{
	struct xm_err why = {};
	int err = xm_engine_del(s->engine, name, &why);

	return err && err != -ENOENT ? cni_fail_engine(e, CNI_E_REFUSED, err, &why) : 0;
}
