// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ADD: the endpoint, up; then IPAM, so that a DHCP client has something to ask by; then addresses and routes.
 * Whatever fails, all of it is taken back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cni/cni.h"

#define MAC_TRIES 8

struct adding {
	const struct cni_request *r;
	int netns_fd;
	struct xm_link link; /* in the container */
	json_t *result; /* prevResult, to which ours is added */
	struct cni_error *e;
	bool made, leased;
};

static void fill(const struct adding *a, const char *name, const char *master, const struct xm_owner *owner,
		 struct xm_add *ret)
{
	const struct cni_request *r = a->r;
	struct xm_settings *s = &ret->settings;

	*ret = (struct xm_add){
		.name = name,
		.link = master,
		.netns = r->in_container ? NULL : r->env.netns,
		.ifname = r->env.ifname,
		.mtu = r->mtu,
		.owner = owner,
	};
	s->has_mode = true;
	s->mode = r->mode;
	s->has_bcqueuelen = r->bcqueuelen;
	s->bcqueuelen = r->bcqueuelen;
	s->has_host = r->has_host;
	s->host = r->host;
	s->has_spoofchk = r->has_spoofchk;
	s->spoofchk = r->spoofchk;
	if (r->mac_count) {
		s->macaddr = XM_MACADDR_SET;
		s->macs = r->macs;
		s->mac_count = r->mac_count;
	}
	/* A passthru endpoint has its parent's, whatever is asked for: so does macvlan's */
	s->has_address = r->mode != XM_MODE_PASSTHRU;
	memcpy(s->address, r->mac, XM_MAC_LEN);
}

static int add_endpoint(struct adding *a, struct cni_session *s, const char *master)
{
	const struct cni_request *r = a->r;
	char name[XM_NAME_LEN];
	struct xm_owner owner;
	struct xm_add add;
	struct xm_err why;
	unsigned int try = 0;
	int err;

	cni_endpoint_name(r, name);
	cni_owner(r, &owner);
	fill(a, name, master, &owner, &add);
	do {
		why = (struct xm_err){};
		if (!r->has_mac)
			cni_default_mac(r, try, add.settings.address);
		err = xm_engine_add(s->engine, &add, &why);
	} while (err == -EADDRINUSE && !r->has_mac && add.settings.has_address && ++try < MAC_TRIES);
	if (!err)
		return 0;
	if (r->has_mac && (err == -EADDRINUSE || err == -EADDRNOTAVAIL))
		return cni_fail(a->e, CNI_E_CONFIG, "mac: %s", why.text);
	return cni_fail_engine(a->e, CNI_E_REFUSED, err, &why);
}

/* Neither the container nor this request may have an endpoint already: it is not ours to take back */
static int check_free(struct adding *a, struct cni_session *s)
{
	const struct cni_request *r = a->r;
	char name[XM_NAME_LEN];
	struct xm_endpoint_info info;
	int found = cni_session_find(s, r, name, &info, a->e);

	if (found < 0)
		return a->e->code;
	if (found && xm_engine_verify(s->engine, name, NULL) == -ENODEV)
		return cni_session_del(s, name, a->e); /* what is left of one whose namespace died */
	return found ? cni_fail(a->e, CNI_E_REFUSED, "container %s has an interface %s already (endpoint %s)",
				r->env.container, r->env.ifname, name) : 0;
}

/* One that can be no parent is the configuration's fault, damaged pins are not */
static int check_master(struct adding *a, struct cni_session *s, const struct xm_link *master)
{
	struct xm_link real = *master;
	struct xm_err why = {};
	int err = xm_engine_may_attach(s->engine, &real, &why);

	if (err == -EBUSY || err == -EINVAL)
		return cni_fail(a->e, CNI_E_CONFIG, "master '%s': %s", master->name, why.text);
	return err ? cni_fail_engine(a->e, CNI_E_REFUSED, err, &why) : 0;
}

static int make(struct adding *a)
{
	struct cni_session s;
	struct xm_link master;
	int err = cni_bpffs_need(a->e);

	if (!err)
		err = cni_session_open(&s, a->r, a->r->in_container ? a->netns_fd : -1, a->e);
	if (err)
		return err;
	err = cni_master(&s, a->r, &master, a->e);
	if (!err)
		err = check_master(a, &s, &master);
	if (!err)
		err = check_free(a, &s);
	if (!err)
		err = add_endpoint(a, &s, master.name);
	a->made = !err;
	cni_session_close(&s);
	return err;
}

/* Our part of the result, behind what came before us */
static void extend(struct adding *a, json_t *ipam)
{
	json_t *interfaces = json_object_get(a->result, "interfaces"), *ip, *ours;
	char mac[XM_MAC_TEXT];
	size_t i, index = json_array_size(interfaces);

	ours = json_pack("{s:s, s:s, s:s, s:i}", "name", a->r->env.ifname, "mac",
			 xm_mac_text(a->link.mac, mac), "sandbox", a->r->env.netns, "mtu", (int)a->link.mtu);
	json_array_append_new(interfaces, ours);
	json_array_foreach(json_object_get(ipam, "ips"), i, ip)
		json_object_set_new(ip, "interface", json_integer(index));
	json_array_extend(json_object_get(a->result, "ips"), json_object_get(ipam, "ips"));
	json_array_extend(json_object_get(a->result, "routes"), json_object_get(ipam, "routes"));
}

static int lease(struct adding *a, json_t **ret)
{
	json_t *said;
	int err;

	/* From here on it may have one, also when it fails or is killed */
	a->leased = true;
	err = cni_ipam_run(a->r, "ADD", &said, a->e);
	if (err)
		return err;
	err = cni_result_parse(said, a->r->version, "what the IPAM plugin printed", ret, a->e);
	json_decref(said);
	return err;
}

static int configure(struct adding *a)
{
	struct cni_layout layout = {};
	json_t *ipam = NULL;
	int err = lease(a, &ipam);

	if (!err && !json_array_size(json_object_get(ipam, "ips")))
		err = cni_fail(a->e, CNI_E_IPAM, "IPAM plugin %s gave no address", a->r->ipam);
	if (!err)
		err = cni_layout_read(ipam, -1, "what the IPAM plugin printed", &layout, a->e);
	if (!err)
		err = cni_inside_configure(a->r, a->netns_fd, &layout, a->e);
	if (!err)
		extend(a, ipam);
	cni_layout_free(&layout);
	json_decref(ipam);
	return err;
}

static int prepare(struct adding *a)
{
	const struct cni_request *r = a->r;
	int err = r->ipam ? cni_ipam_find(r, a->e) : 0;
	struct cni_layout before = {};

	if (err)
		return err;
	if (r->prev)
		err = cni_result_parse(r->prev, r->version, "prevResult", &a->result, a->e);
	else
		a->result = json_pack("{s:[], s:[], s:[], s:{}}", "interfaces", "ips", "routes", "dns");
	/* What another plugin printed may not go on as it came: a runtime could read none of the result then */
	if (!err)
		err = cni_layout_read(a->result, -1, "prevResult", &before, a->e);
	cni_layout_free(&before);
	if (!err && json_object_size(r->dns))
		json_object_set_new(a->result, "dns", json_deep_copy(r->dns));
	if (err)
		return err;
	a->netns_fd = cni_netns_open(r, a->e);
	return a->netns_fd < 0 ? a->e->code : 0;
}

static int add(struct adding *a)
{
	int err = prepare(a);

	if (!err)
		err = make(a);
	if (!err)
		err = cni_inside_up(a->r, a->netns_fd, &a->link, a->e);
	if (!err && a->r->ipam)
		err = configure(a);
	else if (!err)
		extend(a, NULL);
	return err;
}

int cni_add(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	struct adding a = { .r = r, .netns_fd = -1, .e = e };
	int err = add(&a);

	if (!err)
		*ret = cni_result_form(a.result, r->version);
	else if (a.made)
		cni_del_parts(r, a.leased, &(struct cni_error){});
	json_decref(a.result);
	if (a.netns_fd >= 0)
		close(a.netns_fd);
	return err;
}
