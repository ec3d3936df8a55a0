// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Addresses from the LAN's DHCP server: libnetwork's protocol for remote IPAM drivers (libnetwork,
 * docs/ipam.md). A pool is "PARENT/SUBNET": nothing else is known of it. The requests wait for the
 * server, each in a thread of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mac_random.h"
#include "base/parse.h"
#include "base/text.h"
#include "dhcp/docker_leases.h"
#include "dhcp/ipam_calls.h"
#include "dhcp/pool_asks.h"
#include "dhcp/service.h"
#include "net/prefix.h"
#include "plugin/json.h"

/* Keys of libnetwork: netlabel/labels.go, ipamapi/labels.go */
#define LABEL_MAC     "com.docker.network.endpoint.macaddress"
#define LABEL_GATEWAY "com.docker.network.gateway"

#define IPAM_TEXT (INET_ADDRSTRLEN + 11)

struct ipam_pool {
	char parent[XM_NAME_LEN];
	struct xm_prefix subnet;
};

static int ipam_activate(const struct plugin_job *job)
{
	json_object_set_new(job->answer, "Implements", json_pack("[s]", "IpamDriver"));
	return 0;
}

static int ipam_capabilities(const struct plugin_job *job)
{
	json_object_set_new(job->answer, "RequiresMACAddress", json_true());
	json_object_set_new(job->answer, "RequiresRequestReplay", json_false());
	return 0;
}

static int ipam_spaces(const struct plugin_job *job)
{
	json_object_set_new(job->answer, "LocalDefaultAddressSpace", json_string("xmacvlan-dhcp"));
	json_object_set_new(job->answer, "GlobalDefaultAddressSpace", json_string("xmacvlan-dhcp"));
	return 0;
}

static int ipam_release_pool(const struct plugin_job *job)
{
	(void)job;
	pool_asks_end();
	return 0;
}

static uint32_t ipam_address(const struct xm_prefix *prefix)
{
	uint32_t ret;

	memcpy(&ret, prefix->bytes, sizeof(ret));
	return ret;
}

static int pool_read_options(const json_t *options, char parent[XM_NAME_LEN], struct xm_err *e)
{
	char sanitized[XM_SANITIZED_LEN];
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)options, name, value)
		if (strcmp(name, "parent"))
			return xm_fail(e, EINVAL, "unknown option '%.100s' of the DHCP driver",
				       xm_sanitized(name, sanitized));
	name = plugin_json_text(options, "parent");
	if (!name[0])
		return xm_fail(e, EINVAL,
			       "the DHCP driver needs the network's parent: --ipam-opt "
			       "parent=eth0");
	snprintf(parent, XM_NAME_LEN, "%s", name);
	return xm_check_ifname("option parent", name, e);
}

/* Writes "192.0.2.0/24". Returns ret. */
static const char *ipam_text(uint32_t address, unsigned int bits, char ret[IPAM_TEXT])
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address, text, sizeof(text));
	snprintf(ret, IPAM_TEXT, "%s/%u", text, bits);
	return ret;
}

static bool subnet_has(const struct xm_prefix *subnet, uint32_t address)
{
	uint32_t mask = subnet->bits ? htonl(~0u << (32 - subnet->bits)) : 0;

	return !((address ^ ipam_address(subnet)) & mask);
}

static void pool_set(json_t *answer, const char *parent, uint32_t address, unsigned int bits)
{
	char subnet[IPAM_TEXT], id[XM_NAME_LEN + sizeof(subnet)];
	uint32_t network = address & (bits ? htonl(~0u << (32 - bits)) : 0);

	snprintf(id, sizeof(id), "%s/%s", parent, ipam_text(network, bits, subnet));
	json_object_set_new(answer, "PoolID", json_string(id));
	json_object_set_new(answer, "Pool", json_string(subnet));
	json_object_set_new(answer, "Data", json_object());
}

/* Without --subnet: the server's offer has subnet and router. Nothing is leased. */
static int pool_ask(const struct dhcp_service *service, const char *parent, json_t *answer,
		    struct xm_err *e)
{
	uint8_t mac[XM_MAC_LEN];
	const struct xm_dhcp_client client = { .parent = parent,
					       .mac = mac,
					       .stop = &service->stopped };
	char router[IPAM_TEXT];
	struct xm_dhcp_reply offer;
	struct xm_prefix subnet;
	unsigned int bits;
	int err = xm_mac_random(mac);

	if (err)
		return xm_fail(e, err, "the kernel gives no random number");
	err = xm_dhcp_client_discover(&client, 0, &offer, e);
	if (err)
		return err;
	bits = xm_dhcp_reply_bits(&offer);
	if (!bits)
		return xm_fail(e, EPROTO,
			       "the DHCP server on '%s' gives no subnet mask: --subnet is needed",
			       parent);
	pool_set(answer, parent, offer.address, bits);
	xm_prefix_parse(plugin_json_text(answer, "Pool"), &subnet);
	if (offer.router && !subnet_has(&subnet, offer.router))
		return xm_fail(e, EPROTO,
			       "the DHCP server on '%s' gives the router %s, which is not in its "
			       "subnet %s: --subnet and --gateway are needed",
			       parent, inet_ntop(AF_INET, &offer.router, router, sizeof(router)),
			       plugin_json_text(answer, "Pool"));
	if (pool_asked_in_vain(plugin_json_text(answer, "PoolID")))
		return xm_fail(e, EADDRINUSE,
			       "Docker takes the subnet of the DHCP server on '%s' only when it is "
			       "given, because the host has a route or a name server in it: "
			       "--subnet %s --gateway ROUTER",
			       parent, plugin_json_text(answer, "Pool"));
	if (!offer.router)
		return 0;
	ipam_text(offer.router, bits, router);
	json_object_set_new(json_object_get(answer, "Data"), LABEL_GATEWAY, json_string(router));
	return 0;
}

static int ipam_request_pool(const struct plugin_job *job)
{
	const json_t *r = job->request;
	const char *pool = plugin_json_text(r, "Pool");
	char parent[XM_NAME_LEN];
	struct xm_prefix subnet;
	int err = pool_read_options(plugin_json_get(r, "Options"), parent, job->e);

	if (err)
		return err;
	if (json_is_true(plugin_json_get(r, "V6")))
		return xm_fail(job->e, EOPNOTSUPP, "the DHCP driver has no IPv6: leave --ipv6 out");
	if (plugin_json_text(r, "SubPool")[0])
		return xm_fail(job->e, EINVAL,
			       "--ip-range is the DHCP server's to set: leave it out");
	if (!pool[0])
		return pool_ask(job->data, parent, job->answer, job->e);
	if (!xm_prefix_parse(pool, &subnet) || subnet.family != AF_INET)
		return xm_fail(job->e, EINVAL, "the subnet is no IPv4 subnet");
	pool_set(job->answer, parent, ipam_address(&subnet), subnet.bits);
	return 0;
}

static int pool_read(const json_t *request, struct ipam_pool *ret, struct xm_err *e)
{
	const char *id = plugin_json_text(request, "PoolID");
	size_t len = strcspn(id, "/");

	if (!len || len >= sizeof(ret->parent) || !id[len] ||
	    !xm_prefix_parse(id + len + 1, &ret->subnet) || ret->subnet.family != AF_INET)
		return xm_fail(e, EINVAL, "PoolID is no pool of the DHCP driver");
	snprintf(ret->parent, sizeof(ret->parent), "%.*s", (int)len, id);
	return xm_check_ifname("PoolID", ret->parent, e);
}

static void address_set(json_t *answer, const struct ipam_pool *pool, uint32_t address)
{
	char text[IPAM_TEXT];

	json_object_set_new(answer, "Address",
			    json_string(ipam_text(address, pool->subnet.bits, text)));
}

/* The server has granted what the pool or --ip does not allow */
static int lease_refuse(const struct xm_dhcp_client *c, const struct xm_dhcp_reply *ack,
			uint32_t wanted, struct xm_err *e)
{
	char text[INET_ADDRSTRLEN], wanted_text[INET_ADDRSTRLEN];

	xm_dhcp_client_release(c, ack->address, ack->server, ack->source, NULL);
	inet_ntop(AF_INET, &ack->address, text, sizeof(text));
	if (!wanted)
		return xm_fail(e, EADDRNOTAVAIL,
			       "the DHCP server on '%s' gives %s, which is not in the network's "
			       "subnet",
			       c->parent, text);
	return xm_fail(e, EADDRNOTAVAIL, "the DHCP server on '%s' gives %s, and not %s", c->parent,
		       text, inet_ntop(AF_INET, &wanted, wanted_text, sizeof(wanted_text)));
}

/* What a request has pinned before the server has granted it */
struct ipam_offer {
	struct xm_lease lease;
	bool added;
};

static void offer_forget(struct ipam_offer *o)
{
	if (o->added)
		docker_leases_forget(&o->lease);
	o->added = false;
}

static int offer_keep(const struct xm_dhcp_reply *offer, void *data, struct xm_err *e)
{
	struct ipam_offer *o = data;

	offer_forget(o);
	xm_lease_take_offer(&o->lease, offer);
	return docker_leases_offer(&o->lease, &o->added, e);
}

/* wanted: 0: any */
static int lease_get(const struct dhcp_service *service, const struct ipam_pool *pool,
		     const uint8_t mac[XM_MAC_LEN], uint32_t wanted, uint32_t *ret,
		     struct xm_err *e)
{
	const struct xm_dhcp_client client = { .parent = pool->parent,
					       .mac = mac,
					       .stop = &service->stopped };
	struct ipam_offer offer = { .lease.netns = service->netns };
	struct xm_lease *l = &offer.lease;
	struct xm_dhcp_reply ack;
	int err;

	memcpy(l->parent, pool->parent, sizeof(l->parent));
	memcpy(l->mac, mac, XM_MAC_LEN);
	err = xm_lease_ask(&client, wanted, offer_keep, &offer, &ack, e);
	if (!err && ((wanted && ack.address != wanted) || !subnet_has(&pool->subnet, ack.address)))
		err = lease_refuse(&client, &ack, ack.address == wanted ? 0 : wanted, e);
	else if (!err) {
		if (ack.address != l->address)
			offer_forget(&offer);
		xm_lease_take(l, &ack);
		err = docker_leases_add(l, ack.lease_s, e);
		if (err)
			xm_dhcp_client_release(&client, ack.address, ack.server, ack.source, NULL);
	}
	if (err)
		offer_forget(&offer);
	*ret = ack.address;
	return err;
}

/* Without a MAC it is the gateway's or an auxiliary address, which nobody leases */
static int ipam_request_address(const struct plugin_job *job)
{
	const char *wanted_text = plugin_json_text(job->request, "Address");
	const char *mac_text =
		plugin_json_text(plugin_json_get(job->request, "Options"), LABEL_MAC);
	struct xm_prefix wanted = {};
	uint8_t mac[XM_MAC_LEN];
	struct ipam_pool pool;
	uint32_t address;
	int err = pool_read(job->request, &pool, job->e);

	if (err)
		return err;
	if (wanted_text[0] && (!xm_address_parse(wanted_text, &wanted) || wanted.family != AF_INET))
		return xm_fail(job->e, EINVAL, "Address is no IPv4 address");
	address = ipam_address(&wanted);
	if (!mac_text[0] && !wanted_text[0])
		return xm_fail(job->e, EINVAL,
			       "the DHCP server on '%s' is not asked for a gateway: --gateway is "
			       "needed",
			       pool.parent);
	if (mac_text[0]) {
		err = xm_parse_unicast("MAC", mac_text, mac, job->e);
		if (!err)
			err = lease_get(job->data, &pool, mac, address, &address, job->e);
	}
	if (!err)
		address_set(job->answer, &pool, address);
	return err;
}

static int ipam_release_address(const struct plugin_job *job)
{
	const char *text = plugin_json_text(job->request, "Address");
	struct xm_prefix address;
	struct ipam_pool pool;
	const struct dhcp_service *service = job->data;
	int err = pool_read(job->request, &pool, job->e);

	if (err)
		return err;
	if (!xm_address_parse(text, &address) || address.family != AF_INET)
		return xm_fail(job->e, EINVAL, "Address is no IPv4 address");
	docker_leases_end(pool.parent, service->netns, ipam_address(&address));
	return 0;
}

static const struct plugin_call ipam_table[] = {
	{ "/Plugin.Activate", ipam_activate, true },
	{ "/IpamDriver.GetCapabilities", ipam_capabilities, true },
	{ "/IpamDriver.GetDefaultAddressSpaces", ipam_spaces, true },
	{ "/IpamDriver.RequestPool", ipam_request_pool, false },
	{ "/IpamDriver.ReleasePool", ipam_release_pool, false },
	{ "/IpamDriver.RequestAddress", ipam_request_address, false },
	{ "/IpamDriver.ReleaseAddress", ipam_release_address, false },
};

const struct plugin_call *dhcp_call_find(const char *path)
{
	for (size_t i = 0; i < sizeof(ipam_table) / sizeof(*ipam_table); i++)
		if (!strcmp(ipam_table[i].path, path))
			return &ipam_table[i];
	return NULL;
}
