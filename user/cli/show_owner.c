// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How the container runtime names an endpoint that it asked for. The peer end may have been renamed
 * since.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/show.h"
#include "net/prefix.h"
#include "runtime/lease.h"
#include "runtime/lease_id.h"

/*
 * xmacvlan-docker writes "docker:" and the id of the network, then the id of the endpoint and its
 * addresses. The netavark plugin writes "podman:" and the name of the network, then the id of the
 * container. No network of CNI has ':' in its name.
 */
#define OWNER_DOCKER "docker:"
#define OWNER_PODMAN "podman:"
#define OWNER_DIGITS 12 /* of an id, as container runtimes list it */

struct show_owner {
	bool docker;
	const char *runtime; /* the key of JSON, the first word of the text */
	char network[XM_SANITIZED_LEN], container[XM_SANITIZED_LEN];
	char *addresses; /* of Docker: separated by spaces, "" none */
};

static void owner_read(const struct xm_owner *from, struct show_owner *ret)
{
	const char *network = from->network;
	char *space;

	ret->docker = !strncmp(network, OWNER_DOCKER, strlen(OWNER_DOCKER));
	ret->runtime = ret->docker ? "docker" : "cni";
	if (!strncmp(network, OWNER_PODMAN, strlen(OWNER_PODMAN)))
		ret->runtime = "podman";
	/* Both prefixes have the same length */
	if (strcmp(ret->runtime, "cni"))
		network += strlen(OWNER_DOCKER);
	xm_sanitized(network, ret->network);
	xm_sanitized(from->container, ret->container);
	space = ret->docker ? strchr(ret->container, ' ') : NULL;
	ret->addresses = space ? space + 1 : ret->container + strlen(ret->container);
	if (space)
		*space = '\0';
}

static json_t *owner_addresses_json(char *addresses)
{
	json_t *list = json_array();
	char *word;

	while ((word = strsep(&addresses, " ")))
		if (word[0])
			json_array_append_new(list, json_string(word));
	return list;
}

/* The lease of one of Docker's endpoints: by its MAC and its IPv4 address, the first in the list */
static bool owner_read_docker_lease(const struct xm_endpoint_info *ep, const struct show_owner *o,
				    struct xm_lease *ret)
{
	char text[XM_SANITIZED_LEN], id[XM_STORE_ID];
	struct xm_prefix prefix;
	uint32_t address;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(o->addresses, " "), o->addresses);
	if (!xm_prefix_parse(text, &prefix) || prefix.family != AF_INET)
		return false;
	memcpy(&address, prefix.bytes, sizeof(address));
	xm_lease_docker_id(ep->mac, address, id);
	if (!xm_lease_load(XM_LEASES_DOCKER, id, ret))
		return false;
	ret->bits = prefix.bits;
	return true;
}

/* Whether it is podman's or Docker's, and has a lease of a DHCP server */
static bool owner_read_lease(const struct xm_endpoint_info *ep, const struct show_owner *o,
			     struct xm_lease *ret)
{
	if (o->docker)
		return owner_read_docker_lease(ep, o, ret);
	return !strcmp(o->runtime, "podman") && xm_lease_load(XM_LEASES_PODMAN, ep->name, ret);
}

static json_t *owner_lease_json(const struct xm_lease *l)
{
	char address[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &l->server, server, sizeof(server));
	return json_pack("{s:o, s:s, s:I}", "address",
			 json_sprintf("%s/%u", xm_lease_text(l, address), l->bits), "server",
			 server, "seconds", (json_int_t)xm_lease_seconds(l));
}

void xm_show_owner_json(json_t *object, const struct xm_endpoint_info *ep)
{
	char ifname[XM_SANITIZED_LEN];
	struct show_owner o;
	struct xm_lease l;

	if (!ep->owner)
		return;
	owner_read(ep->owner, &o);
	if (o.docker)
		json_object_set_new(object, o.runtime,
				    json_pack("{s:s, s:s, s:o}", "network", o.network, "endpoint",
					      o.container, "addresses",
					      owner_addresses_json(o.addresses)));
	else
		json_object_set_new(object, o.runtime,
				    json_pack("{s:s, s:s, s:s}", "network", o.network, "container",
					      o.container, "ifname",
					      xm_sanitized(ep->requested_ifname, ifname)));
	if (owner_read_lease(ep, &o, &l))
		json_object_set_new(object, "lease", owner_lease_json(&l));
}

void xm_show_owner_text(const struct xm_endpoint_info *ep)
{
	char ifname[XM_SANITIZED_LEN], address[INET_ADDRSTRLEN];
	struct show_owner o;
	struct xm_lease l;

	owner_read(ep->owner, &o);
	if (o.docker)
		printf("docker network %s endpoint %s%s%s", o.network, o.container,
		       o.addresses[0] ? " addresses " : "", o.addresses);
	else
		printf("%s network %s container %s ifname %s", o.runtime, o.network, o.container,
		       xm_sanitized(ep->requested_ifname, ifname));
	if (owner_read_lease(ep, &o, &l))
		printf(" lease %s/%u for %us", xm_lease_text(&l, address), l.bits,
		       xm_lease_seconds(&l));
}

const char *xm_show_owner_place(const struct xm_owner *owner, char ret[XM_OWNER_PLACE])
{
	struct show_owner o;

	owner_read(owner, &o);
	if (o.docker)
		snprintf(ret, XM_OWNER_PLACE, "docker %.*s %s", OWNER_DIGITS, o.network,
			 o.addresses[0] ? o.addresses : o.container);
	else
		snprintf(ret, XM_OWNER_PLACE, "%s container %.*s", o.network, OWNER_DIGITS,
			 o.container);
	return ret;
}
