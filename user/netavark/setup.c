// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "netavark/commands.h"
#include "netavark/endpoint.h"
#include "netavark/lease.h"
#include "runtime/announce.h"
#include "runtime/container.h"

static int setup_open_netns(const struct netavark_request *r, struct xm_err *e)
{
	struct stat there, here;
	int fd;

	if (!strchr(r->netns, '/'))
		return xm_fail(e, EINVAL, "'%.100s' is not the path of a network namespace",
			       r->netns);
	fd = xm_netns_open(r->netns, e);
	if (fd < 0)
		return fd;
	if (fstat(fd, &there) || stat("/proc/self/ns/net", &here) || there.st_ino != here.st_ino ||
	    there.st_dev != here.st_dev)
		return fd;
	close(fd);
	return xm_fail(e, EINVAL, "'%.100s' is the host's network namespace", r->netns);
}

/* The default route of each family leads to the first gateway of the family */
static void setup_append_defaults(const struct netavark_request *r, struct xm_container_ip *ip,
				  struct xm_route *routes)
{
	const struct netavark_options *o = &r->network.options;
	bool has[2] = {};

	for (size_t i = 0; i < r->address_count; i++) {
		const struct xm_prefix *gateway = &r->subnets[i]->gateway;
		bool *given = &has[gateway->family == AF_INET6];

		if (!gateway->len || *given || r->network.internal || o->no_default_route)
			continue;
		*given = true;
		routes[ip->route_count++] = (struct xm_route){
			.dst = { .family = gateway->family, .len = gateway->len },
			.gw = *gateway,
			.priority = o->metric,
			.scope = -1,
		};
	}
}

/* *routes: freed by the caller */
static void setup_fill_ip(const struct netavark_request *r, const struct xm_link *parent,
			  struct xm_container_ip *ip, struct xm_route **routes)
{
	size_t own = r->network.route_count;

	*routes = xm_need(calloc(own + 2, sizeof(**routes)));
	*ip = (struct xm_container_ip){
		.addresses = r->addresses,
		.address_count = r->address_count,
		.routes = *routes,
		.route_count = own,
		.has_carrier = parent->flags & XM_LINK_CARRIER,
	};
	if (own)
		memcpy(*routes, r->network.routes, own * sizeof(**routes));
	setup_append_defaults(r, ip, *routes);
}

/* When nobody renews the lease, the kernel takes the address away at its end */
static int setup_limit(struct xm_container *c, const struct xm_lease *lease, struct xm_err *e)
{
	const struct xm_prefix address = xm_lease_prefix(lease);
	int err = xm_ipaddr_lease(&c->nl, c->link.ifindex, &address, xm_lease_seconds(lease));

	return err ? xm_container_refused(c, err, "set the time of the lease of", e) : 0;
}

/* lease: NULL: none. *ret: the device in the container. */
static int setup_inside(const struct netavark_request *r, int netns_fd,
			const struct xm_link *parent, const struct xm_lease *lease,
			struct xm_link *ret, struct xm_err *e)
{
	struct xm_route *routes;
	struct xm_container_ip ip;
	struct xm_container c;
	int err = xm_container_enter(&c, netns_fd, r->attachment.ifname, e);

	if (err)
		return err;
	setup_fill_ip(r, parent, &ip, &routes);
	err = xm_container_set_up(&c, r->address_count, e);
	if (!err)
		err = xm_container_configure(&c, &ip, e);
	if (!err && lease)
		err = setup_limit(&c, lease, e);
	*ret = c.link;
	xm_container_leave(&c);
	free(routes);
	return err;
}

static json_t *setup_subnets(const struct netavark_request *r)
{
	json_t *list = json_array(), *subnet;
	char address[INET6_ADDRSTRLEN], gateway[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < r->address_count; i++) {
		const struct xm_prefix *a = &r->addresses[i], *gw = &r->subnets[i]->gateway;

		inet_ntop(a->family, a->bytes, address, sizeof(address));
		subnet = json_object();
		json_object_set_new(subnet, "ipnet", json_sprintf("%s/%u", address, a->bits));
		if (gw->len && !r->network.internal)
			json_object_set_new(subnet, "gateway",
					    json_string(inet_ntop(gw->family, gw->bytes, gateway,
								  sizeof(gateway))));
		json_array_append_new(list, subnet);
	}
	return list;
}

/* Servers of the network stand for those of the lease */
static json_t *setup_dns(const struct netavark_request *r)
{
	json_t *list = json_array();
	char text[INET_ADDRSTRLEN];

	if (r->network.dns_servers)
		json_array_extend(list, (json_t *)r->network.dns_servers);
	for (int i = 0; i < r->reply.dns_count && !r->network.dns_servers; i++)
		json_array_append_new(list, json_string(inet_ntop(AF_INET, &r->reply.dns[i], text,
								  sizeof(text))));
	return list;
}

static json_t *setup_status(const struct netavark_request *r, const struct xm_link *link)
{
	json_t *domains = json_array();
	char mac[XM_MAC_TEXT];

	if (r->reply.domain[0])
		json_array_append_new(domains, json_string(r->reply.domain));
	return xm_need(json_pack("{s:o, s:o, s:{s:{s:s, s:o}}}", "dns_search_domains", domains,
				 "dns_server_ips", setup_dns(r), "interfaces", r->attachment.ifname,
				 "mac_address", xm_mac_text(link->mac, mac), "subnets",
				 setup_subnets(r)));
}

static int setup_endpoint(struct netavark_request *r, int netns_fd, struct xm_link *link,
			  struct xm_err *e)
{
	uint8_t mac[XM_MAC_LEN];
	struct xm_link parent;
	struct xm_lease lease;
	int err = netavark_endpoint_make(r, &parent, mac, e);

	if (err)
		return err;
	if (r->network.leases)
		err = netavark_lease_take(r, parent.name, mac, &lease, e);
	if (!err)
		err = setup_inside(r, netns_fd, &parent, r->network.leases ? &lease : NULL, link,
				   e);
	if (err) {
		netavark_endpoint_remove(r, NULL);
		netavark_lease_end(r);
	}
	return err;
}

static int setup_request(struct netavark_request *r, int netns_fd, json_t **ret, struct xm_err *e)
{
	struct xm_link link = {};
	struct xm_announcement announcement = { .link = &link };
	int err = r->network.leases ? netavark_lease_check(e) : 0;

	if (!err)
		err = setup_endpoint(r, netns_fd, &link, e);
	if (err)
		return err;
	announcement.addresses = r->addresses;
	announcement.address_count = r->address_count;
	xm_announce_later(&announcement);
	*ret = setup_status(r, &link);
	return 0;
}

int netavark_setup(const json_t *document, const char *netns, json_t **ret, struct xm_err *e)
{
	struct netavark_request r;
	int fd, err = netavark_request_read(document, netns, &r, e);

	if (!err) {
		fd = setup_open_netns(&r, e);
		err = fd < 0 ? fd : setup_request(&r, fd, ret, e);
		if (fd >= 0)
			close(fd);
	}
	netavark_request_free(&r);
	return err;
}
