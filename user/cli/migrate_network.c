// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A network of Docker or podman. Two networks cannot have the same subnet, so all containers leave
 * the old network, it is replaced by one with the same name, and they enter that one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/migrate_network.h"

/* An option with its value, if it has one */
/* What is given to `docker network create`, behind the driver */
static void network_add_docker(struct xm_word_list *to, const json_t *n)
{
	const json_t *ipam = json_object_get(n, "IPAM"), *config;
	const char *driver = xm_migrate_text(ipam, "Driver");
	size_t i;

	xm_migrate_add_members(to, "-o", json_object_get(n, "Options"));
	if (strcmp(driver, "default"))
		xm_migrate_add_option(to, "--ipam-driver", driver);
	xm_migrate_add_members(to, "--ipam-opt", json_object_get(ipam, "Options"));
	json_array_foreach(json_object_get(ipam, "Config"), i, config) {
		xm_migrate_add_option(to, "--subnet", xm_migrate_text(config, "Subnet"));
		xm_migrate_add_option(to, "--gateway", xm_migrate_text(config, "Gateway"));
		xm_migrate_add_option(to, "--ip-range", xm_migrate_text(config, "IPRange"));
		xm_migrate_add_members(to, "--aux-address",
				       json_object_get(config, "AuxiliaryAddresses"));
	}
	/* Docker 28 */
	if (json_is_false(json_object_get(n, "EnableIPv4")))
		xm_word_list_add(to, "--ipv4=false");
	if (json_is_true(json_object_get(n, "EnableIPv6")))
		xm_word_list_add(to, "--ipv6");
	if (json_is_true(json_object_get(n, "Internal")))
		xm_word_list_add(to, "--internal");
	if (json_is_true(json_object_get(n, "Attachable")))
		xm_word_list_add(to, "--attachable");
	xm_migrate_add_members(to, "--label", json_object_get(n, "Labels"));
}

static void network_add_route(struct xm_word_list *to, const json_t *route)
{
	json_int_t metric = json_integer_value(json_object_get(route, "metric"));
	const char *dst = xm_migrate_text(route, "destination");
	char *via;

	if (asprintf(&via, metric ? "%s,%lld" : "%s", xm_migrate_text(route, "gateway"),
		     (long long)metric) < 0)
		xm_fatal("out of memory");
	xm_migrate_add_pair(to, "--route", dst, ',', via);
	free(via);
}

/* The same for `podman network create` */
static void network_add_podman(struct xm_word_list *to, const json_t *n)
{
	const json_t *subnet, *route, *range, *server;
	size_t i;

	xm_migrate_add_option(to, "--interface-name", xm_migrate_text(n, "network_interface"));
	xm_migrate_add_members(to, "-o", json_object_get(n, "options"));
	xm_migrate_add_option(to, "--ipam-driver",
			      xm_migrate_text(json_object_get(n, "ipam_options"), "driver"));
	json_array_foreach(json_object_get(n, "subnets"), i, subnet) {
		xm_migrate_add_option(to, "--subnet", xm_migrate_text(subnet, "subnet"));
		xm_migrate_add_option(to, "--gateway", xm_migrate_text(subnet, "gateway"));
		range = json_object_get(subnet, "lease_range");
		if (range)
			xm_migrate_add_pair(to, "--ip-range", xm_migrate_text(range, "start_ip"),
					    '-', xm_migrate_text(range, "end_ip"));
	}
	json_array_foreach(json_object_get(n, "routes"), i, route)
		network_add_route(to, route);
	json_array_foreach(json_object_get(n, "network_dns_servers"), i, server)
		xm_migrate_add_option(to, "--dns", json_string_value(server) ?: "");
	if (json_is_true(json_object_get(n, "internal")))
		xm_word_list_add(to, "--internal");
	if (json_is_true(json_object_get(n, "ipv6_enabled")))
		xm_word_list_add(to, "--ipv6");
	xm_migrate_add_members(to, "--label", json_object_get(n, "labels"));
}

static void network_add_create(const struct xm_migrate_network *m, const char *driver,
			       struct xm_word_list *to)
{
	xm_migrate_words(
		to, (const char *const[]){ m->runtime, "network", "create", "-d", driver, NULL });
	if (m->is_podman)
		network_add_podman(to, m->network);
	else
		network_add_docker(to, m->network);
}

static void network_append_replace(const struct xm_migrate_network *m, bool ignores_ports,
				   struct xm_migrate_plan *plan)
{
	const char *const remove[] = { m->runtime, "network", "rm", m->name, NULL };
	struct xm_migrate_step *step = xm_migrate_append(plan);

	xm_migrate_words(&step->run, remove);
	network_add_create(m, "macvlan", &step->undo);
	xm_word_list_add(&step->undo, m->name);
	step = xm_migrate_append(plan);
	network_add_create(m, "xmacvlan", &step->run);
	if (ignores_ports)
		xm_migrate_words(&step->run, (const char *const[]){ "-o", "publish=ignore", NULL });
	xm_word_list_add(&step->run, m->name);
	xm_migrate_words(&step->undo, remove);
}

static int network_read(struct xm_migrate_network *m, struct xm_err *e)
{
	struct xm_word_list words = {};
	json_t *list = NULL;
	int err;

	xm_migrate_words(&words,
			 (const char *const[]){ m->runtime, "network", "inspect", m->name, NULL });
	err = xm_migrate_read(&words, &list, e);
	xm_word_list_free(&words);
	if (err)
		return err;
	/* One value, a list of one network */
	m->network = json_incref(json_array_get(json_array_get(list, 0), 0));
	json_decref(list);
	/* The user may have named it by its id */
	if (m->network)
		m->name = xm_migrate_text(m->network, m->is_podman ? "name" : "Name");
	return m->network ? xm_migrate_check(m, e)
			  : xm_fail(e, EPROTO, "%s network inspect prints no network", m->runtime);
}

int xm_migrate_network(const char *runtime, const char *network, struct xm_migrate_plan *plan,
		       struct xm_err *e)
{
	struct xm_migrate_network m = { .runtime = runtime,
					.name = network,
					.is_podman = !strcmp(runtime, "podman") };
	bool has_ports = false;
	int err = network[0] == '-' ? xm_fail_usage(e, "migrate: '%s' is no network", network) : 0;

	if (!err)
		err = network_read(&m, e);
	if (!err)
		err = xm_migrate_containers_read(&m, &has_ports, e);
	if (!err) {
		xm_migrate_containers_leave(&m, plan);
		network_append_replace(&m, has_ports, plan);
		xm_migrate_containers_enter(&m, plan);
	}
	json_decref(m.network);
	json_decref(m.containers);
	return err;
}
