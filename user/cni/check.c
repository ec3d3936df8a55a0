// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CHECK: the device in the container, and all by which the datapath knows it */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cmdline.h"
#include "cni.h"

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

static int check_interface(const struct cni_request *r, json_t *ours, const struct xm_endpoint *rec,
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
	if (memcmp(link->mac, rec->port.mac, XM_MAC_LEN))
		return cni_fail(e, CNI_E_CHECK, "'%s' has another MAC than the maps", r->env.ifname);
	if (r->mtu && link->mtu != r->mtu)
		return cni_fail(e, CNI_E_CHECK, "'%s' has an MTU of %u, not of %u", r->env.ifname, link->mtu, r->mtu);
	return 0;
}

/* *rec: the endpoint's record */
static int check_endpoint(const struct cni_request *r, int netns_fd, struct xm_endpoint *rec, struct cni_error *e)
{
	struct cni_session s;
	struct xm_link master;
	struct xm_err why = {};
	char name[XM_NAME_LEN];
	int err = cni_session_open(&s, r, r->in_container ? netns_fd : -1, e), found;

	if (err)
		return err;
	err = cni_master(&s, r, &master, e);
	found = err ? -1 : cni_session_find(&s, r, name, rec, e);
	if (!found)
		err = cni_fail(e, CNI_E_CHECK, "container %s has no endpoint for '%s'", r->env.container,
			       r->env.ifname);
	if (found > 0 && rec->port.mode != r->mode)
		err = cni_fail(e, CNI_E_CHECK, "'%s' is in mode %s, not %s", r->env.ifname,
			       xm_mode_name(rec->port.mode), xm_mode_name(r->mode));
	else if (found > 0 && xm_engine_verify(&s.engine, name, &why))
		err = cni_fail(e, CNI_E_CHECK, "%s", why.text);
	cni_session_close(&s);
	return found < 0 ? e->code : err;
}

static int check(const struct cni_request *r, int netns_fd, json_t *prev, struct cni_error *e)
{
	struct cni_layout layout = {};
	struct xm_endpoint rec;
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
