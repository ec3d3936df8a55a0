// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CHECK: the device in the container, and all by which the datapath knows it */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/text.h"
#include "cni/cni.h"

/* Our interface in prevResult. *index: its place there. */
static json_t *find_interface(const struct cni_request *r, json_t *prev, int *index)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(prev, "interfaces"), i, one) {
		const char *name = json_string_value(cni_key(one, "name"));
		const char *sandbox = json_string_value(cni_key(one, "sandbox"));

		*index = i;
		if (name && sandbox && !strcmp(name, r->env.ifname) && sandbox[0])
			return one;
	}
	return NULL;
}

static int check_interface(const struct cni_request *r, json_t *ours, const struct xm_endpoint_info *rec,
			   const struct xm_link *link, struct cni_error *e)
{
	const char *sandbox = json_string_value(cni_key(ours, "sandbox"));
	const char *mac = json_string_value(cni_key(ours, "mac"));
	uint8_t bytes[XM_MAC_LEN];

	if (strcmp(sandbox, r->env.netns))
		return cni_fail(e, CNI_E_CHECK, "prevResult has '%s' in %s, not in CNI_NETNS %s", r->env.ifname,
				sandbox, r->env.netns);
	if (link->ifindex != rec->peer_ifindex || strcmp(link->kind, "veth"))
		return cni_fail(e, CNI_E_CHECK, "'%s' is another device than the endpoint's", r->env.ifname);
	if (!mac || xm_parse_mac(mac, bytes) || memcmp(bytes, link->mac, XM_MAC_LEN))
		return cni_fail(e, CNI_E_CHECK, "'%s' has not the MAC of prevResult, %s", r->env.ifname,
				mac ? mac : "none");
	if (memcmp(link->mac, rec->mac, XM_MAC_LEN))
		return cni_fail(e, CNI_E_CHECK, "'%s' has another MAC than the maps", r->env.ifname);
	if (r->mtu && link->mtu != r->mtu)
		return cni_fail(e, CNI_E_CHECK, "'%s' has an MTU of %u, not of %u", r->env.ifname, link->mtu, r->mtu);
	return 0;
}

/* What is asked for and what is there, of the endpoint's record and what goes with it */
struct comparison {
	const struct cni_request *r;
	struct xm_engine *engine;
	const char *name;
	uint32_t master; /* 0: none was asked for */
	struct cni_error *e;
};

static bool is_listed(const uint8_t (*macs)[XM_MAC_LEN], int count, const uint8_t *mac)
{
	while (count-- > 0)
		if (!memcmp(macs[count], mac, XM_MAC_LEN))
			return true;
	return false;
}

static int compare_sources(const struct xm_endpoint_info *info, const struct comparison *c)
{
	uint8_t (*macs)[XM_MAC_LEN] = NULL;
	struct xm_err why = {};
	int count = xm_engine_sources(c->engine, info->name, &macs, &why), err = 0;

	for (size_t i = 0; i < c->r->mac_count && !err && count >= 0; i++)
		if (!is_listed(macs, count, c->r->macs[i]))
			err = cni_fail(c->e, CNI_E_CHECK, "'%s' does not hear all of macaddr", c->r->env.ifname);
	if (!err && count >= 0 && (size_t)count > c->r->mac_count)
		err = cni_fail(c->e, CNI_E_CHECK, "'%s' hears more than macaddr", c->r->env.ifname);
	if (count < 0)
		err = cni_fail(c->e, CNI_E_CHECK, "the list of '%s' cannot be read: %s", c->r->env.ifname, why.text);
	free(macs);
	return err;
}

static int compare(const struct xm_endpoint_info *info, void *data)
{
	const struct comparison *c = data;
	const struct cni_request *r = c->r;

	if (strcmp(info->name, c->name))
		return 0;
	if (strcmp(info->owner->network, r->name))
		cni_fail(c->e, CNI_E_CHECK, "'%s' is of the network %s, not %s", r->env.ifname, info->owner->network, r->name);
	if (c->master && c->master != info->parent_ifindex)
		cni_fail(c->e, CNI_E_CHECK, "'%s' is on %s, not on master %s", r->env.ifname, info->parent, r->master);
	if (info->mode != r->mode)
		cni_fail(c->e, CNI_E_CHECK, "'%s' is in mode %s, not %s", r->env.ifname, xm_mode_name(info->mode),
			 xm_mode_name(r->mode));
	if (r->has_host && r->host != info->host)
		cni_fail(c->e, CNI_E_CHECK, "hostAccess of '%s' is %s", r->env.ifname, r->host ? "off" : "on");
	if (r->has_spoofchk && r->spoofchk != info->spoofchk)
		cni_fail(c->e, CNI_E_CHECK, "spoofCheck of '%s' is %s", r->env.ifname, r->spoofchk ? "off" : "on");
	if (r->mode == XM_MODE_SOURCE)
		compare_sources(info, c);
	return 0;
}

/* *rec: the endpoint's record */
static int check_endpoint(const struct cni_request *r, int netns_fd, struct xm_endpoint_info *rec, struct cni_error *e)
{
	struct cni_session s;
	struct xm_link master;
	struct xm_err why = {};
	char name[XM_NAME_LEN];
	struct comparison c = { .r = r, .name = name, .e = e };
	int found;

	if (cni_session_open(&s, r, r->in_container ? netns_fd : -1, e))
		return e->code;
	if (!cni_master(&s, r, &master, e) && xm_engine_may_attach(s.engine, &master, &why))
		cni_fail(e, CNI_E_CHECK, "%s", why.text);
	found = e->code ? -1 : cni_session_find(&s, r, name, rec, e);
	c.master = r->master && !e->code ? master.ifindex : 0;
	c.engine = s.engine;
	if (!found)
		cni_fail(e, CNI_E_CHECK, "container %s has no endpoint for '%s'", r->env.container, r->env.ifname);
	if (found > 0)
		xm_engine_owned(s.engine, compare, &c, NULL);
	if (found > 0 && xm_engine_verify(s.engine, name, &why))
		cni_fail(e, CNI_E_CHECK, "%s", why.text);
	cni_session_close(&s);
	return e->code;
}

static int check(const struct cni_request *r, int netns_fd, json_t *prev, struct cni_error *e)
{
	struct cni_layout layout = {};
	struct xm_endpoint_info rec;
	struct xm_link link;
	int index = 0, err;
	json_t *ours = find_interface(r, prev, &index);

	if (!ours)
		return cni_fail(e, CNI_E_CHECK, "prevResult has no interface '%s' in a container", r->env.ifname);
	err = cni_layout_read(prev, index, "prevResult", &layout, e);
	if (!err)
		err = check_endpoint(r, netns_fd, &rec, e);
	if (!err)
		err = cni_inside_check(r, netns_fd, &layout, &link, e);
	if (!err)
		err = check_interface(r, ours, &rec, &link, e);
	cni_layout_free(&layout);
	return err;
}

int cni_check(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	json_t *prev = NULL;
	int netns_fd, err;

	(void)ret;
	if (!r->prev)
		return cni_fail(e, CNI_E_CONFIG, "CHECK needs prevResult, and the configuration has none");
	err = cni_result_parse(r->prev, r->version, "prevResult", &prev, e);
	if (!err && r->ipam)
		err = cni_ipam_run(r, "CHECK", NULL, e);
	netns_fd = err ? -1 : cni_netns_open(r, e);
	if (netns_fd >= 0) {
		err = check(r, netns_fd, prev, e);
		close(netns_fd);
	}
	json_decref(prev);
	return e->code;
}
