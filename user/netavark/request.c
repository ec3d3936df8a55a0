// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "net/prefix.h"
#include "netavark/json.h"
#include "netavark/request.h"

/* The text of a key that has to be there */
static const char *request_need(const json_t *from, const char *path, struct xm_err *e)
{
	const char *text = netavark_json_text(from, path, e);

	if (text && text[0])
		return text;
	xm_fail(e, EINVAL, "%s is missing", path);
	return NULL;
}

int netavark_request_read_owner(const json_t *document, const char *netns,
				struct netavark_request *ret, struct xm_err *e)
{
	const json_t *network = netavark_json_get(document, "network");
	const json_t *options = netavark_json_get(document, "network_options");
	const char *name;

	*ret = (struct netavark_request){ .netns = netns };
	ret->attachment.container = request_need(document, "container_id", e);
	name = request_need(network, "network.name", e);
	ret->attachment.ifname = request_need(options, "network_options.interface_name", e);
	if (!ret->attachment.container || !name || !ret->attachment.ifname)
		return -EINVAL;
	if (strlen(ret->attachment.container) >= XM_OWNER_TEXT)
		return xm_fail(e, EINVAL, "container_id is longer than %d characters",
			       XM_OWNER_TEXT - 1);
	if ((size_t)snprintf(ret->owner, sizeof(ret->owner), "podman:%s", name) >=
	    sizeof(ret->owner))
		return xm_fail(e, EINVAL, "the name of the network is too long");
	ret->attachment.network = ret->owner;
	return xm_check_ifname("interface_name", ret->attachment.ifname, e);
}

/* As `podman run -p` has it: 8080:80/tcp */
static int request_check_ports(const json_t *document, const struct netavark_network *n,
			       struct xm_err *e)
{
	const json_t *ports = netavark_json_get(document, "port_mappings");
	const json_t *port = json_array_get(ports, 0);
	const char *protocol;

	if (!netavark_json_is(document, "port_mappings", JSON_ARRAY, e))
		return -EINVAL;
	if (!port || n->options.ignores_ports)
		return 0;
	protocol = json_string_value(netavark_json_get(port, "protocol"));
	return xm_fail(e, EOPNOTSUPP,
		       "port %lld:%lld/%.10s cannot be published: the container has its own "
		       "address on the LAN, where all its ports are reached; leave -p out, or "
		       "create the network with -o publish=ignore",
		       (long long)json_integer_value(netavark_json_get(port, "host_port")),
		       (long long)json_integer_value(netavark_json_get(port, "container_port")),
		       protocol ? protocol : "tcp");
}

static int request_check_options(const json_t *options, struct xm_err *e)
{
	const json_t *own = netavark_json_get(options, "options");
	const char *name = json_object_iter_key(json_object_iter((json_t *)own));
	char sanitized[XM_SANITIZED_LEN];

	if (!netavark_json_is(options, "network_options.options", JSON_OBJECT, e))
		return -EINVAL;
	return name ? xm_fail(e, EOPNOTSUPP, "option %.100s of the container is not supported",
			      xm_sanitized(name, sanitized))
		    : 0;
}

static int request_read_name(const json_t *document, struct netavark_request *r, struct xm_err *e)
{
	r->container_name = netavark_json_text(document, "container_name", e);
	return r->container_name ? 0 : -EINVAL;
}

static int request_read_mac(const json_t *options, struct netavark_request *r, struct xm_err *e)
{
	const char *text = netavark_json_text(options, "network_options.static_mac", e);

	if (!text)
		return -EINVAL;
	if (!text[0])
		return 0;
	if (r->network.options.settings.mode == XM_MODE_PASSTHRU)
		return xm_fail(e, EINVAL,
			       "static_mac: the container has the MAC of its parent in mode "
			       "passthru");
	r->has_mac = true;
	return xm_parse_unicast("static_mac", text, r->mac, e);
}

static int request_read_address(const json_t *value, struct netavark_request *r, struct xm_err *e)
{
	struct xm_prefix *a = &r->addresses[r->address_count];
	const char *text = json_string_value(value);
	const struct netavark_subnet *subnet;
	char sanitized[XM_SANITIZED_LEN];

	if (!text || !xm_address_parse(text, a))
		return xm_fail(e, EINVAL, "static_ips has an entry that is no address");
	subnet = netavark_network_subnet(&r->network, a);
	if (!subnet)
		return xm_fail(e, EINVAL, "static IP %.100s is in no subnet of network %.100s",
			       xm_sanitized(text, sanitized), r->network.name);
	a->bits = subnet->prefix.bits;
	r->subnets[r->address_count++] = subnet;
	return 0;
}

/* podman's IPAM has chosen an address of each subnet */
static int request_read_addresses(const json_t *options, struct netavark_request *r,
				  struct xm_err *e)
{
	const json_t *list = netavark_json_get(options, "static_ips"), *value;
	size_t i;
	int err = 0;

	if (!netavark_json_is(options, "network_options.static_ips", JSON_ARRAY, e))
		return -EINVAL;
	r->addresses = xm_need(calloc(json_array_size(list) + 1, sizeof(*r->addresses)));
	r->subnets = xm_need(calloc(json_array_size(list) + 1, sizeof(*r->subnets)));
	json_array_foreach(list, i, value) {
		err = request_read_address(value, r, e);
		if (err)
			return err;
	}
	if (!r->address_count && r->network.subnet_count)
		return xm_fail(e, EINVAL,
			       "network %.100s has subnets, but the container has no address of "
			       "them: static_ips is empty",
			       r->network.name);
	return 0;
}

int netavark_request_read(const json_t *document, const char *netns, struct netavark_request *ret,
			  struct xm_err *e)
{
	const json_t *options = netavark_json_get(document, "network_options");
	int err = netavark_request_read_owner(document, netns, ret, e);

	if (!err)
		err = netavark_network_read(netavark_json_get(document, "network"), &ret->network,
					    e);
	if (!err)
		err = request_check_ports(document, &ret->network, e);
	if (!err)
		err = request_check_options(options, e);
	if (!err)
		err = request_read_name(document, ret, e);
	if (!err)
		err = request_read_mac(options, ret, e);
	return err ? err : request_read_addresses(options, ret, e);
}

void netavark_request_free(struct netavark_request *r)
{
	netavark_network_free(&r->network);
	free(r->addresses);
	free(r->subnets);
	*r = (struct netavark_request){};
}
