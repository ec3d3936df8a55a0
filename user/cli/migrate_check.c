// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a network of macvlan may have that one of xmacvlan cannot: it is refused before a container
 * leaves the network
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cli/migrate_network.h"

/* The options of xmacvlan-docker(8) and xmacvlan-netavark(8); tests/e2e/migrate.sh compares them */
static const char *const docker_options[] = {
	"parent",
	"macvlan_mode",
	"mode",
	"macaddr",
	"host_access",
	"spoof_check",
	"trust",
	"follow_addresses",
	"publish",
	"com.docker.network.driver.mtu",
	"com.docker.network.enable_ipv4",
	"com.docker.network.enable_ipv6",
	NULL,
};
static const char *const podman_options[] = {
	"parent",	    "mode",    "macaddr",     "mtu",	     "metric",
	"no_default_route", "bclim",   "host_access", "spoof_check", "trust",
	"follow_addresses", "publish", NULL,
};

static bool check_knows(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names;
}

static int check_options(const struct xm_migrate_network *m, struct xm_err *e)
{
	json_t *options = json_object_get(m->network, m->is_podman ? "options" : "Options");
	char sanitized[XM_SANITIZED_LEN];
	const char *name;
	json_t *value;

	json_object_foreach(options, name, value)
		if (!check_knows(m->is_podman ? podman_options : docker_options, name))
			return xm_fail_usage(e,
					     "migrate: network '%s' has the option '%.100s', which "
					     "xmacvlan does not know",
					     m->name, xm_sanitized(name, sanitized));
	return 0;
}

static int check_docker(const struct xm_migrate_network *m, struct xm_err *e)
{
	const char *from = xm_migrate_text(json_object_get(m->network, "ConfigFrom"), "Network");

	if (json_is_true(json_object_get(m->network, "ConfigOnly")) ||
	    !strcmp(xm_migrate_text(m->network, "Scope"), "swarm"))
		return xm_fail_usage(e, "migrate: network '%s' is of a swarm", m->name);
	if (from[0])
		return xm_fail_usage(e,
				     "migrate: network '%s' has the configuration of network "
				     "'%.100s' (--config-from): create it by hand",
				     m->name, from);
	return 0;
}

/* `podman network create` gives both ends of a range, and routes with a gateway */
static int check_podman(const struct xm_migrate_network *m, struct xm_err *e)
{
	const json_t *subnet, *route, *range;
	const char *type;
	size_t i;

	json_array_foreach(json_object_get(m->network, "subnets"), i, subnet) {
		range = json_object_get(subnet, "lease_range");
		if (json_is_object(range) && (!xm_migrate_text(range, "start_ip")[0] ||
					      !xm_migrate_text(range, "end_ip")[0]))
			return xm_fail_usage(e,
					     "migrate: network '%s' has a range of addresses "
					     "(lease_range) without a start or an end",
					     m->name);
	}
	json_array_foreach(json_object_get(m->network, "routes"), i, route) {
		type = xm_migrate_text(route, "route_type");
		if (type[0] && strcmp(type, "unicast"))
			return xm_fail_usage(e,
					     "migrate: network '%s' has a route of the type "
					     "'%.100s', which xmacvlan does not know",
					     m->name, type);
	}
	return 0;
}

int xm_migrate_check(const struct xm_migrate_network *m, struct xm_err *e)
{
	const char *driver = xm_migrate_text(m->network, m->is_podman ? "driver" : "Driver");
	int err;

	if (strcmp(driver, "macvlan"))
		return xm_fail_usage(e, "migrate: network '%s' is of the driver '%s', not macvlan",
				     m->name, driver);
	err = m->is_podman ? check_podman(m, e) : check_docker(m, e);
	return err ? err : check_options(m, e);
}

bool xm_migrate_leases(const struct xm_migrate_network *m)
{
	return m->is_podman &&
	       !strcmp(xm_migrate_text(json_object_get(m->network, "ipam_options"), "driver"),
		       "dhcp");
}
