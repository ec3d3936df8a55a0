// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ADD: the endpoint is created and set up; then IPAM runs, for a DHCP client needs a device that is
 * up; then come addresses and routes. A failure removes everything.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "cni/command.h"
#include "cni/container.h"
#include "cni/ipam.h"
#include "cni/naming.h"
#include "cni/netns.h"
#include "cni/result.h"
#include "cni/session.h"
#include "runtime/announce.h"
#include "runtime/bpffs.h"

struct attachment {
	const struct cni_request *r;
	int netns_fd; /* of the container; -1: not open */
	struct xm_link link; /* the device in the container */
	json_t *result; /* prevResult, then with this attachment */
	bool has_carrier; /* the master */
	bool has_endpoint, has_lease; /* created, and to be removed after a failure */
	struct cni_error *e;
};

static void add_fill_request(const struct attachment *a, const char *name, const char *master,
			     const struct xm_owner *owner, struct xm_add *ret)
{
	const struct cni_config *config = &a->r->config;

	*ret = (struct xm_add){
		.name = name,
		.link = master,
		.netns = config->link_in_container ? NULL : a->r->env.netns,
		.ifname = a->r->env.ifname,
		.mtu = config->mtu,
		.has_ipv6 = config->has_ipv6,
		.ipv6 = config->ipv6,
		.has_accept_ra = config->has_accept_ra,
		.accept_ra = config->accept_ra,
		.owner = owner,
		.settings = config->settings,
	};
	/* A passthru endpoint has its parent's MAC; macvlan ignores another one, too */
	ret->settings.has_address = config->settings.mode != XM_MODE_PASSTHRU;
}

static int add_endpoint(struct attachment *a, struct cni_session *s, const char *master,
			const struct xm_link *parent)
{
	bool has_mac = a->r->config.settings.has_address;
	const struct xm_attachment attachment = cni_attachment(a->r);
	struct xm_attachment_host host;
	char name[XM_NAME_LEN];
	struct xm_owner owner;
	struct xm_add add;
	struct xm_err why;
	unsigned int attempt = 0;
	int err;

	cni_endpoint_name(a->r, name);
	cni_owner(a->r, &owner);
	add_fill_request(a, name, master, &owner, &add);
	memcpy(host.mac, parent->mac, XM_MAC_LEN);
	xm_machine_id(host.machine_id);
	do {
		why = (struct xm_err){};
		if (!has_mac)
			xm_attachment_mac(&attachment, &host, attempt, add.settings.address);
		err = xm_engine_add(s->engine, &add, &why);
	} while (err == -EADDRINUSE && !has_mac && add.settings.has_address &&
		 ++attempt < XM_MAC_ATTEMPTS);
	if (has_mac && (err == -EADDRINUSE || err == -EADDRNOTAVAIL))
		return cni_fail(a->e, CNI_E_CONFIG, "mac: %s", why.text);
	return err ? cni_fail_engine(a->e, CNI_E_REFUSED, err, &why) : 0;
}

/* An endpoint that exists is not this ADD's: it stays, unless its namespace has ended */
static int add_check_free(struct attachment *a, struct cni_session *s)
{
	const struct cni_env *env = &a->r->env;
	char name[XM_NAME_LEN];
	struct xm_endpoint_info info;
	int found = cni_session_find(s, a->r, name, &info, a->e);

	if (found <= 0)
		return found ? a->e->code : 0;
	if (xm_engine_verify(s->engine, name, NULL) == -ENODEV)
		return cni_session_del(s, name, a->e);
	return cni_fail(a->e, CNI_E_REFUSED,
			"container %s already has an interface %s (endpoint %s)", env->container,
			env->ifname, name);
}

/* A device that cannot be a parent is the configuration's fault, damaged pins are not */
static int add_check_master(struct attachment *a, struct cni_session *s,
			    const struct xm_link *master, struct xm_link *parent)
{
	struct xm_err why = {};
	int err;

	*parent = *master;
	err = cni_session_parent(s, parent, &why);
	if (err == -EBUSY || err == -EINVAL)
		return cni_fail(a->e, CNI_E_CONFIG, "master '%s': %s", master->name, why.text);
	return err ? cni_fail_engine(a->e, CNI_E_REFUSED, err, &why)
		   : cni_session_check_settings(a->r, parent, a->e);
}

static int add_create(struct attachment *a)
{
	struct cni_session s;
	struct xm_link master, parent;
	struct xm_err why = {};
	int err = xm_bpffs_mount(&why);

	if (err)
		return cni_fail_engine(a->e, CNI_E_REFUSED, err, &why);
	err = cni_session_open(&s, a->r->config.link_in_container ? a->netns_fd : -1, a->e);
	if (err)
		return err;
	err = cni_session_master(a->r, &master, a->e);
	a->has_carrier = !err && master.flags & XM_LINK_CARRIER;
	if (!err)
		err = add_check_master(a, &s, &master, &parent);
	if (!err)
		err = add_check_free(a, &s);
	if (!err)
		err = add_endpoint(a, &s, master.name, &parent);
	a->has_endpoint = !err;
	cni_session_close(&s);
	return err;
}

/* Appends this attachment to the result; ipam: its addresses and routes, NULL: none */
static void add_extend_result(struct attachment *a, json_t *ipam)
{
	json_t *interfaces = json_object_get(a->result, "interfaces"), *ip;
	size_t i, index = json_array_size(interfaces);
	char mac[XM_MAC_TEXT];

	json_array_append_new(interfaces,
			      json_pack("{s:s, s:s, s:s, s:i}", "name", a->r->env.ifname, "mac",
					xm_mac_text(a->link.mac, mac), "sandbox", a->r->env.netns,
					"mtu", (int)a->link.mtu));
	json_array_foreach(json_object_get(ipam, "ips"), i, ip)
		json_object_set_new(ip, "interface", json_integer(index));
	json_array_extend(json_object_get(a->result, "ips"), json_object_get(ipam, "ips"));
	json_array_extend(json_object_get(a->result, "routes"), json_object_get(ipam, "routes"));
}

static int add_lease(struct attachment *a, json_t **ret)
{
	json_t *printed = NULL;
	int err;

	/* It may have made a lease also when it fails or is killed */
	a->has_lease = true;
	err = cni_ipam_run(a->r, "ADD", &printed, a->e);
	if (err)
		return err;
	err = cni_result_parse(printed, a->r->input.version, "result of the IPAM plugin", ret,
			       a->e);
	json_decref(printed);
	return err;
}

/* With ipv6 false IPAM must not give IPv6 addresses: adding one would enable IPv6 on the device */
static int add_check_families(struct attachment *a, const struct cni_ip_config *ip)
{
	const struct cni_config *config = &a->r->config;
	bool found = false;

	for (size_t i = 0; i < ip->address_count; i++)
		found |= ip->addresses[i].family == AF_INET6;
	for (size_t i = 0; i < ip->route_count; i++)
		found |= ip->routes[i].dst.family == AF_INET6;
	if (!found || !config->has_ipv6 || config->ipv6)
		return 0;
	return cni_fail(a->e, CNI_E_CONFIG,
			"ipv6 is false, but IPAM plugin %s gave an IPv6 address or route",
			config->ipam_type);
}

static void add_announce(const struct attachment *a, const struct cni_ip_config *ip)
{
	const struct xm_announcement announcement = {
		.addresses = ip->addresses,
		.address_count = ip->address_count,
		.link = &a->link,
		.netns = a->r->config.link_in_container ? a->r->env.netns : NULL,
		.netns_fd = a->netns_fd,
	};

	xm_announce_later(&announcement);
}

static int add_configure(struct attachment *a)
{
	struct cni_ip_config ip = {};
	json_t *ipam = NULL;
	int err = add_lease(a, &ipam);

	if (!err && !json_array_size(json_object_get(ipam, "ips")))
		err = cni_fail(a->e, CNI_E_IPAM, "IPAM plugin %s, ADD: its result has no address",
			       a->r->config.ipam_type);
	if (!err)
		err = cni_ip_config_read(ipam, "result of the IPAM plugin", &ip, a->e);
	if (!err)
		err = add_check_families(a, &ip);
	if (!err)
		err = cni_container_configure(a->r, a->netns_fd, &ip, a->has_carrier, a->e);
	if (!err) {
		add_extend_result(a, ipam);
		add_announce(a, &ip);
	}
	cni_ip_config_free(&ip);
	json_decref(ipam);
	return err;
}

/* The result that another plugin made. Its values are checked: a runtime has to read them all. */
static int add_take_prev_result(struct attachment *a)
{
	const struct cni_config *config = &a->r->config;
	struct cni_ip_config unused = {};
	int err = 0;

	if (config->prev_result)
		err = cni_result_parse(config->prev_result, a->r->input.version, "prevResult",
				       &a->result, a->e);
	else
		a->result = cni_result_new();
	if (!err)
		err = cni_ip_config_read(a->result, "prevResult", &unused, a->e);
	cni_ip_config_free(&unused);
	if (!err && json_object_size(config->dns))
		json_object_set(a->result, "dns", config->dns);
	return err;
}

/* Whatever needs no endpoint */
static int add_prepare(struct attachment *a)
{
	int err = a->r->config.ipam_type ? cni_ipam_check(a->r, a->e) : 0;

	if (!err)
		err = add_take_prev_result(a);
	return err ? err : cni_netns_open(&a->r->env, &a->netns_fd, a->e);
}

static int add_attachment(struct attachment *a)
{
	int err = add_prepare(a);

	if (!err)
		err = add_create(a);
	if (!err)
		err = cni_container_set_up(a->r, a->netns_fd, &a->link, a->e);
	if (!err && a->r->config.ipam_type)
		err = add_configure(a);
	else if (!err)
		add_extend_result(a, NULL);
	return err;
}

int cni_command_add(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	struct attachment a = { .r = r, .netns_fd = -1, .e = e };
	int err = add_attachment(&a);

	if (!err)
		*ret = cni_result_form(a.result, r->input.version);
	else if (a.has_endpoint)
		cni_attachment_remove(r, a.has_lease, &(struct cni_error){});
	json_decref(a.result);
	if (a.netns_fd >= 0)
		close(a.netns_fd);
	return err;
}
