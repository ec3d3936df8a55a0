// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The engine as the plugin uses it: where the master is, and never while another plugin runs */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "cni/cni.h"
#include "net/netns.h"

static bool overridden(void)
{
	const char *s = getenv("CNI_NETNS_OVERRIDE");

	return s && (!strcmp(s, "1") || !strcasecmp(s, "true"));
}

int cni_netns_open(const struct cni_request *r, struct cni_error *e)
{
	struct stat there, here;
	struct xm_err why = {};
	int fd;

	if (!strchr(r->env.netns, '/')) {
		cni_fail(e, CNI_E_NETNS, "CNI_NETNS '%s' is not a path", r->env.netns);
		return -1;
	}
	fd = xm_netns_open(r->env.netns, &why);
	if (fd < 0) {
		cni_fail(e, CNI_E_NETNS, "CNI_NETNS: %s", why.text);
		return -1;
	}
	if (!overridden() && !fstat(fd, &there) && !stat("/proc/self/ns/net", &here) &&
	    there.st_ino == here.st_ino && there.st_dev == here.st_dev) {
		cni_fail(e, CNI_E_NETNS, "CNI_NETNS '%s' is the plugin's own network namespace", r->env.netns);
		close(fd);
		return -1;
	}
	return fd;
}

static void come_home(struct cni_session *s)
{
	if (s->home < 0)
		return;
	xm_netns_return(s->home);
	close(s->home);
	s->home = -1;
}

int cni_session_open(struct cni_session *s, const struct cni_request *r, int netns_fd, struct cni_error *e)
{
	struct xm_err why = {};
	int err = 0;

	*s = (struct cni_session){ .home = -1 };
	if (netns_fd >= 0) {
		s->home = xm_netns_self();
		err = s->home < 0 ? s->home : xm_netns_enter(netns_fd, r->env.netns, &why);
	}
	if (!err)
		err = xm_engine_open(NULL, &s->engine, &why);
	if (!err)
		err = xm_nl_open(&s->nl);
	s->open = !err;
	if (!err)
		return 0;
	xm_engine_close(s->engine);
	come_home(s);
	return cni_fail_engine(e, CNI_E_REFUSED, err, &why);
}

void cni_session_close(struct cni_session *s)
{
	if (s->open) {
		xm_nl_close(&s->nl);
		xm_engine_close(s->engine);
	}
	s->open = false;
	come_home(s);
}

static int find_master(struct cni_session *s, const struct cni_request *r, struct xm_link *ret, struct cni_error *e)
{
	struct xm_nl *nl = &s->nl;
	int ifindex, err;

	if (r->master) {
		err = xm_link_get(nl, XM_NSID_SELF, r->master, 0, ret);
		return err ? cni_fail(e, CNI_E_CONFIG, "master '%s': %s", r->master, xm_nl_why(nl, err)) : 0;
	}
	ifindex = xm_route_default(nl, AF_INET);
	if (!ifindex)
		ifindex = xm_route_default(nl, AF_INET6);
	if (ifindex < 0)
		return cni_fail(e, CNI_E_REFUSED, "cannot read the routes: %s", xm_nl_why(nl, ifindex));
	if (!ifindex)
		return cni_fail(e, CNI_E_CONFIG, "no master is given, and there is no default route to take it from");
	err = xm_link_get(nl, XM_NSID_SELF, NULL, ifindex, ret);
	return err ? cni_fail(e, CNI_E_CONFIG, "no master is given, and the default route's device cannot be read: %s",
			      xm_nl_why(nl, err)) : 0;
}

int cni_master(struct cni_session *s, const struct cni_request *r, struct xm_link *ret, struct cni_error *e)
{
	int err = find_master(s, r, ret, e);

	if (!err && r->mtu && (r->mtu < ETH_MIN_MTU || r->mtu > ret->mtu))
		return cni_fail(e, CNI_E_CONFIG, "mtu %u is neither 0 nor in [%u, %u], up to the MTU of master %s", r->mtu,
				ETH_MIN_MTU, ret->mtu, ret->name);
	return err;
}

struct search {
	const struct cni_request *r;
	char *name;
	struct xm_endpoint_info *info;
	bool found;
};

static int compare(const struct xm_endpoint_info *info, void *data)
{
	struct search *s = data;

	if (strcmp(info->owner->container, s->r->env.container) || strcmp(info->ifname, s->r->env.ifname))
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
	struct search search = { .r = r, .name = name, .info = ret };
	struct xm_err why = {};
	int err = xm_engine_owned(s->engine, compare, &search, &why);

	if (search.found)
		return 1;
	/* Pins that are damaged or of another version are their parent's matter */
	if (err == -EPROTO)
		return 0;
	return err ? cni_fail_engine(e, CNI_E_REFUSED, err, &why), -1 : 0;
}

int cni_session_del(struct cni_session *s, const char *name, struct cni_error *e)
{
	struct xm_err why = {};
	int err = xm_engine_del(s->engine, name, &why);

	return err && err != -ENOENT ? cni_fail_engine(e, CNI_E_REFUSED, err, &why) : 0;
}
