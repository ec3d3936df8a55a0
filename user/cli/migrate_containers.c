// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/migrate_network.h"

#define SHORT_ID 12 /* hexadecimal digits of an id that Docker adds as an alias */

/* A member at a path of keys, which NULL ends */
static json_t *container_get(json_t *from, const char *const *keys)
{
	for (; *keys && from; keys++)
		from = json_object_get(from, *keys);
	return from;
}

/* What the container has of the network */
static json_t *container_endpoint(const struct xm_migrate_network *m, json_t *container)
{
	return container_get(container,
			     (const char *const[]){ "NetworkSettings", "Networks", m->name, NULL });
}

/* Docker's names begin with '/' */
static const char *container_name(json_t *container)
{
	const char *name = xm_migrate_text(container, "Name");

	return name + (name[0] == '/');
}

/* A container that does not run has only the address that was asked for */
static const char *container_address(json_t *endpoint, const char *key, const char *asked)
{
	const char *now = xm_migrate_text(endpoint, key);

	return now[0] ? now : xm_migrate_text(json_object_get(endpoint, "IPAMConfig"), asked);
}

/* Docker gives each container its short id as an alias by itself; podman resolves none here */
static void container_add_aliases(const struct xm_migrate_network *m, json_t *container,
				  struct xm_word_list *to)
{
	const char *id = xm_migrate_text(container, "Id"), *text;
	json_t *alias;
	size_t i;

	if (m->is_podman)
		return;
	json_array_foreach(json_object_get(container_endpoint(m, container), "Aliases"), i, alias) {
		text = json_string_value(alias) ?: "";
		if (strlen(text) != SHORT_ID || strncmp(id, text, SHORT_ID)) /* Docker's own */
			xm_migrate_add_option(to, "--alias", text);
	}
}

static void container_add_list(struct xm_word_list *to, const char *option, const json_t *list)
{
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
		xm_migrate_add_option(to, option, json_string_value(value) ?: "");
}

/* What `docker network connect` takes, beside addresses and aliases */
static void container_add_docker(json_t *endpoint, struct xm_word_list *to)
{
	json_int_t priority = json_integer_value(json_object_get(endpoint, "GwPriority"));
	char *word;

	container_add_list(
		to, "--link-local-ip",
		json_object_get(json_object_get(endpoint, "IPAMConfig"), "LinkLocalIPs"));
	container_add_list(to, "--link", json_object_get(endpoint, "Links"));
	xm_migrate_add_members(to, "--driver-opt", json_object_get(endpoint, "DriverOpts"));
	if (!priority) /* of Docker 28 */
		return;
	if (asprintf(&word, "%lld", (long long)priority) < 0)
		xm_fatal("out of memory");
	xm_migrate_add_option(to, "--gw-priority", word);
	free(word);
}

static void container_add_connect(const struct xm_migrate_network *m, json_t *container,
				  struct xm_word_list *to)
{
	json_t *endpoint = container_endpoint(m, container);

	xm_migrate_words(to, (const char *const[]){ m->runtime, "network", "connect", NULL });
	if (!xm_migrate_leases(m)) {
		xm_migrate_add_option(to, "--ip",
				      container_address(endpoint, "IPAddress", "IPv4Address"));
		xm_migrate_add_option(
			to, "--ip6",
			container_address(endpoint, "GlobalIPv6Address", "IPv6Address"));
	}
	if (m->is_podman)
		xm_migrate_add_option(to, "--mac-address", xm_migrate_text(endpoint, "MacAddress"));
	else
		container_add_docker(endpoint, to);
	container_add_aliases(m, container, to);
	xm_migrate_words(to, (const char *const[]){ m->name, container_name(container), NULL });
}

static void container_add_disconnect(const struct xm_migrate_network *m, json_t *container,
				     struct xm_word_list *to)
{
	xm_migrate_words(to, (const char *const[]){ m->runtime, "network", "disconnect", m->name,
						    container_name(container), NULL });
}

void xm_migrate_containers_leave(const struct xm_migrate_network *m, struct xm_migrate_plan *plan)
{
	json_t *container;
	size_t i;

	json_array_foreach(m->containers, i, container) {
		struct xm_migrate_step *step = xm_migrate_append(plan);

		container_add_disconnect(m, container, &step->run);
		container_add_connect(m, container, &step->undo);
	}
}

void xm_migrate_containers_enter(const struct xm_migrate_network *m, struct xm_migrate_plan *plan)
{
	json_t *container;
	size_t i;

	json_array_foreach(m->containers, i, container) {
		struct xm_migrate_step *step = xm_migrate_append(plan);

		container_add_connect(m, container, &step->run);
		container_add_disconnect(m, container, &step->undo);
	}
}

/* podman does not tell the address and the MAC that a container asks for while it does not run */
static int container_check_running(const struct xm_migrate_network *m, json_t *container,
				   struct xm_err *e)
{
	if (!m->is_podman || json_is_true(container_get(
				     container, (const char *const[]){ "State", "Running", NULL })))
		return 0;
	return xm_fail_usage(e,
			     "migrate: container '%s' does not run: podman does not tell its "
			     "addresses; start it or remove it",
			     container_name(container));
}

static int container_read(struct xm_migrate_network *m, const char *id, bool *has_ports,
			  struct xm_err *e)
{
	struct xm_word_list words = {};
	json_t *list = NULL, *container;
	int err;

	xm_migrate_words(&words, (const char *const[]){ m->runtime, "inspect", "--type",
							"container", id, NULL });
	err = xm_migrate_read(&words, &list, e);
	xm_word_list_free(&words);
	if (err)
		return err;
	container = json_array_get(json_array_get(list, 0), 0);
	if (!container_endpoint(m, container) || !container_name(container)[0])
		err = xm_fail(e, EPROTO, "%s inspect prints no container of network '%s' for %s",
			      m->runtime, m->name, id);
	if (!err)
		err = container_check_running(m, container, e);
	*has_ports |= json_object_size(container_get(
		container, (const char *const[]){ "HostConfig", "PortBindings", NULL }));
	*has_ports |= json_is_true(container_get(
		container, (const char *const[]){ "HostConfig", "PublishAllPorts", NULL }));
	if (!err)
		json_array_append(m->containers, container);
	json_decref(list);
	return err;
}

/* The ids of all containers of the network, a JSON text each */
int xm_migrate_containers_read(struct xm_migrate_network *m, bool *has_ports, struct xm_err *e)
{
	struct xm_word_list words = {};
	json_t *ids = NULL, *id;
	char *filter;
	size_t i;
	int err;

	if (asprintf(&filter, "network=%s", m->name) < 0)
		xm_fatal("out of memory");
	xm_migrate_words(&words,
			 (const char *const[]){ m->runtime, "ps", "-a", "--no-trunc", "--filter",
						filter, "--format", "{{json .ID}}", NULL });
	err = xm_migrate_read(&words, &ids, e);
	xm_word_list_free(&words);
	free(filter);
	m->containers = json_array();
	if (err)
		return err;
	json_array_foreach(ids, i, id) {
		err = container_read(m, json_string_value(id) ?: "", has_ports, e);
		if (err)
			break;
	}
	json_decref(ids);
	return err;
}
