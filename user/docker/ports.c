// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/ports.h"
#include "net/prefix.h"
#include "plugin/json.h"

#define LABEL_PORTS "com.docker.network.portmap" /* libnetwork, netlabel/labels.go */

static const char *port_protocol(json_int_t number)
{
	switch (number) {
	case 6:
		return "tcp";
	case 17:
		return "udp";
	case 132:
		return "sctp";
	}
	return NULL;
}

/* False: it is no number of a port. 0 and an absent key are 0. */
static bool port_number(const json_t *from, const char *key, unsigned int *ret)
{
	const json_t *value = plugin_json_get(from, key);
	json_int_t number = json_integer_value(value);

	*ret = number;
	return (!value || json_is_integer(value)) && number >= 0 && number <= 65535;
}

static bool port_host(const json_t *from, struct docker_port *ret)
{
	static const uint8_t zeros[16];
	const char *text = plugin_json_text(from, "HostIP");

	if (!text[0])
		return !plugin_json_get(from, "HostIP") ||
		       json_is_string(plugin_json_get(from, "HostIP"));
	if (!xm_address_parse(text, &ret->host))
		return false;
	ret->any = !memcmp(ret->host.bytes, zeros, ret->host.len);
	return true;
}

static bool port_read(const json_t *from, struct docker_port *ret)
{
	*ret = (struct docker_port){
		.protocol = port_protocol(json_integer_value(plugin_json_get(from, "Proto"))),
	};
	if (!ret->protocol || !port_number(from, "Port", &ret->port) || !ret->port ||
	    !port_number(from, "HostPort", &ret->first) ||
	    !port_number(from, "HostPortEnd", &ret->last) || !port_host(from, ret))
		return false;
	if (!ret->last)
		ret->last = ret->first;
	return ret->last >= ret->first;
}

int docker_ports_read(const json_t *options, struct docker_ports *ret, struct xm_err *e)
{
	const json_t *list = plugin_json_get(options, LABEL_PORTS), *port;
	size_t i;

	*ret = (struct docker_ports){
		.list = xm_need(calloc(json_array_size(list) + 1, sizeof(*ret->list))),
	};
	json_array_foreach(list, i, port) {
		if (!port_read(port, &ret->list[i]))
			return xm_fail(e, EINVAL,
				       "port %zu of %zu that are to be published is "
				       "invalid",
				       i + 1, json_array_size(list));
		ret->count++;
	}
	return 0;
}

void docker_ports_free(struct docker_ports *ports)
{
	free(ports->list);
	*ports = (struct docker_ports){};
}

const char *docker_port_text(const struct docker_port *port, char ret[DOCKER_PORT_TEXT])
{
	if (!port->first)
		snprintf(ret, DOCKER_PORT_TEXT, "%u/%s", port->port, port->protocol);
	else if (port->first == port->last)
		snprintf(ret, DOCKER_PORT_TEXT, "%u:%u/%s", port->first, port->port,
			 port->protocol);
	else
		snprintf(ret, DOCKER_PORT_TEXT, "%u-%u:%u/%s", port->first, port->last, port->port,
			 port->protocol);
	return ret;
}

bool docker_ports_published(const struct docker_config *config)
{
	return config->settings.host_access && config->publish == DOCKER_PUBLISH_DEFAULT;
}

int docker_ports_check(const struct docker_config *config, const json_t *options,
		       const char *address, struct xm_err *e)
{
	int len = strcspn(address, "/"), err;
	struct docker_ports ports;
	char text[DOCKER_PORT_TEXT];

	if (config->publish == DOCKER_PUBLISH_IGNORE)
		return 0;
	err = docker_ports_read(options, &ports, e);
	if (!err && ports.count)
		docker_port_text(&ports.list[0], text);
	/* Docker publishes ports of the container's default route only: without one it is silent */
	if (!err && ports.count && !docker_ports_published(config))
		err = xm_fail(e, EOPNOTSUPP,
			      "port %s cannot be published: the container has its own address on "
			      "the LAN%s%.*s, where all its ports are reached; leave -p out, or "
			      "create the network with -o host_access=true, which publishes ports, "
			      "or with -o publish=ignore",
			      text, len ? ", " : "", len, address);
	else if (!err && ports.count && config->internal)
		err = xm_fail(e, EOPNOTSUPP,
			      "port %s cannot be published: containers of an internal network "
			      "have no default route; leave -p out",
			      text);
	docker_ports_free(&ports);
	return err;
}
