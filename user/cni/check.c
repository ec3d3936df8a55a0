// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CHECK: the device in the container, its endpoint, and what the datapath has of it */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/text.h"
#include "cni/command.h"
#include "cni/container.h"
#include "cni/ipam.h"
#include "cni/json.h"
#include "cni/netns.h"
#include "cni/result.h"
#include "cni/session.h"
#include "mac.h"

/* This attachment's interface in prevResult and its *index in the list. NULL: there is none. */
static json_t *check_find_interface(const struct cni_request *r, const json_t *prev, int *index)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(prev, "interfaces"), i, entry) {
		const char *name = cni_json_text(entry, "name");
		const char *sandbox = cni_json_text(entry, "sandbox");

		*index = i;
		if (name && sandbox && !strcmp(name, r->env.ifname) && sandbox[0])
			return entry;
	}
	return NULL;
}

static int check_mac(const char *ifname, const char *prev, const uint8_t *mac,
		     const struct xm_endpoint_info *info, struct cni_error *e)
{
	char text[XM_MAC_TEXT], recorded[XM_MAC_TEXT];
	uint8_t bytes[XM_MAC_LEN];

	xm_mac_text(mac, text);
	if (!prev || xm_parse_mac(prev, bytes) || !xm_mac_equal(bytes, mac))
		return cni_fail(e, CNI_E_CHECK, "MAC of '%s' is %s, prevResult has %s", ifname,
				text, prev ? prev : "none");
	if (!xm_mac_equal(info->mac, mac))
		return cni_fail(e, CNI_E_CHECK, "MAC of '%s' is %s, the endpoint's record has %s",
				ifname, text, xm_mac_text(info->mac, recorded));
	return 0;
}

/* The device beside prevResult's interface, its endpoint and the configuration */
static int check_device(const struct cni_request *r, const json_t *interface,
			const struct xm_endpoint_info *info, const struct xm_link *link,
			struct cni_error *e)
{
	const char *sandbox = cni_json_text(interface, "sandbox");
	const char *ifname = r->env.ifname;
	json_t *prev_mtu = cni_json_get(interface, "mtu");
	/*
	 * A plugin behind this one (tuning) may have changed the MTU; the result then has the new
	 * one
	 */
	uint32_t mtu = r->config.mtu && json_is_integer(prev_mtu) ? json_integer_value(prev_mtu)
								  : r->config.mtu;

	if (strcmp(sandbox, r->env.netns))
		return cni_fail(e, CNI_E_CHECK,
				"sandbox of '%s' is CNI_NETNS %s, prevResult has %s", ifname,
				r->env.netns, sandbox);
	if (link->ifindex != info->peer_ifindex || strcmp(link->kind, "veth"))
		return cni_fail(
			e, CNI_E_CHECK,
			"'%s' is device %u of kind '%s', the endpoint has device %u of kind "
			"'veth'",
			ifname, link->ifindex, link->kind, info->peer_ifindex);
	if (check_mac(ifname, cni_json_text(interface, "mac"), link->mac, info, e))
		return e->code;
	if (mtu && link->mtu != mtu)
		return cni_fail(e, CNI_E_CHECK, "MTU of '%s' is %u, %s has %u", ifname, link->mtu,
				json_is_integer(prev_mtu) ? "prevResult" : "the configuration",
				mtu);
	return 0;
}

struct endpoint_check {
	const struct cni_request *r;
	struct xm_engine *engine;
	const char *name; /* of the endpoint */
	uint32_t master; /* ifindex; 0: none is configured */
	struct cni_error *e;
};

static bool check_is_listed(const uint8_t (*macs)[XM_MAC_LEN], int count, const uint8_t *mac)
{
	while (count-- > 0)
		if (xm_mac_equal(macs[count], mac))
			return true;
	return false;
}

static int check_sources(const struct endpoint_check *c)
{
	const struct xm_settings *s = &c->r->config.settings;
	const char *ifname = c->r->env.ifname;
	uint8_t(*macs)[XM_MAC_LEN] = NULL;
	struct xm_err why = {};
	int count = xm_engine_sources(c->engine, c->name, &macs, &why), err = 0;
	char text[XM_MAC_TEXT];

	if (count < 0)
		return cni_fail(c->e, CNI_E_CHECK, "cannot read macaddr of '%s': %s", ifname,
				why.text);
	for (size_t i = 0; i < s->mac_count && !err; i++)
		if (!check_is_listed(macs, count, s->macs[i]))
			err = cni_fail(c->e, CNI_E_CHECK,
				       "macaddr of '%s' lacks %s, the configuration has it", ifname,
				       xm_mac_text(s->macs[i], text));
	for (int i = 0; i < count && !err; i++)
		if (!check_is_listed(s->macs, s->mac_count, macs[i]))
			err = cni_fail(c->e, CNI_E_CHECK,
				       "macaddr of '%s' has %s, the configuration lacks it", ifname,
				       xm_mac_text(macs[i], text));
	free(macs);
	return err;
}

static void check_flag(const struct endpoint_check *c, const char *key, bool is, bool wanted)
{
	if (is != wanted)
		cni_fail(c->e, CNI_E_CHECK, "%s of '%s' is %s, the configuration has %s", key,
			 c->r->env.ifname, is ? "true" : "false", wanted ? "true" : "false");
}

static void check_fail_master(const struct endpoint_check *c, uint32_t ifindex)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "#%u", ifindex);
	cni_fail(c->e, CNI_E_CHECK, "master of '%s' is %s, the configuration has %s",
		 c->r->env.ifname, name, c->r->config.master);
}

/* The endpoint's record beside the configuration */
static int check_record(const struct xm_endpoint_info *info, void *data)
{
	const struct endpoint_check *c = data;
	const struct cni_config *config = &c->r->config;
	const struct xm_settings *s = &config->settings;
	const char *ifname = c->r->env.ifname;

	if (strcmp(info->name, c->name))
		return 0;
	if (strcmp(info->owner->network, config->network))
		cni_fail(c->e, CNI_E_CHECK, "network of '%s' is %s, the configuration has %s",
			 ifname, info->owner->network, config->network);
	if (c->master && c->master != info->parent_ifindex)
		check_fail_master(c, info->parent_ifindex);
	if (info->mode != s->mode)
		cni_fail(c->e, CNI_E_CHECK, "mode of '%s' is %s, the configuration has %s", ifname,
			 xm_mode_name(info->mode), xm_mode_name(s->mode));
	if (s->has_host_access)
		check_flag(c, "hostAccess", info->host_access, s->host_access);
	if (s->has_spoofchk)
		check_flag(c, "spoofCheck", info->spoofchk, s->spoofchk);
	if (s->has_trust)
		check_flag(c, "trust", info->trust, s->trust);
	if (s->has_follow)
		check_flag(c, "followAddresses", info->follow, s->follow);
	if (s->mode == XM_MODE_SOURCE)
		check_sources(c);
	return 0;
}

static int check_endpoint_in(struct cni_session *s, const struct cni_request *r,
			     struct xm_endpoint_info *ret, struct cni_error *e)
{
	char name[XM_NAME_LEN];
	struct endpoint_check c = { .r = r, .engine = s->engine, .name = name, .e = e };
	struct xm_err why = {};
	struct xm_link master;
	int found;

	if (cni_session_master(r, &master, e))
		return e->code;
	if (cni_session_parent(s, &master, &why))
		return cni_fail(e, CNI_E_CHECK, "%s", why.text);
	/* A macvlan as the master stands for its parent: `master` is the parent now */
	c.master = r->config.master ? master.ifindex : 0;
	found = cni_session_find(s, r, name, ret, e);
	if (!found)
		return cni_fail(e, CNI_E_CHECK, "container %s has no endpoint for '%s'",
				r->env.container, r->env.ifname);
	if (found < 0)
		return e->code;
	xm_engine_owned(s->engine, check_record, &c, NULL);
	if (xm_engine_verify(s->engine, name, &why))
		cni_fail(e, CNI_E_CHECK, "%s", why.text);
	return e->code;
}

static int check_endpoint(const struct cni_request *r, int netns_fd, struct xm_endpoint_info *ret,
			  struct cni_error *e)
{
	struct cni_session s;

	if (!cni_session_open_reader(&s, r->config.link_in_container ? netns_fd : -1, e)) {
		check_endpoint_in(&s, r, ret, e);
		cni_session_close(&s);
	}
	return e->code;
}

static int check_attachment(const struct cni_request *r, int netns_fd, const json_t *prev,
			    struct cni_error *e)
{
	struct cni_ip_config ip = {};
	struct xm_endpoint_info info;
	struct xm_link link;
	int index = 0, err;
	json_t *interface = check_find_interface(r, prev, &index);

	if (!interface)
		return cni_fail(e, CNI_E_CHECK, "prevResult has no interface '%s' in a container",
				r->env.ifname);
	err = cni_ip_config_read_check(prev, index, "prevResult", &ip, e);
	if (!err)
		err = check_endpoint(r, netns_fd, &info, e);
	if (!err)
		err = cni_container_check(r, netns_fd, &ip, &link, e);
	if (!err)
		err = check_device(r, interface, &info, &link, e);
	cni_ip_config_free(&ip);
	return err;
}

int cni_command_check(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	json_t *prev = NULL;
	int netns_fd, err;

	(void)ret;
	if (!r->config.prev_result)
		return cni_fail(e, CNI_E_CONFIG,
				"CHECK requires prevResult, the configuration has none");
	err = cni_result_parse(r->config.prev_result, r->input.version, "prevResult", &prev, e);
	if (!err && r->config.ipam_type)
		err = cni_ipam_run(r, "CHECK", NULL, e);
	if (!err)
		err = cni_netns_open(&r->env, &netns_fd, e);
	if (!err) {
		err = check_attachment(r, netns_fd, prev, e);
		close(netns_fd);
	}
	json_decref(prev);
	return err;
}
