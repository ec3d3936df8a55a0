// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "docker/json.h"
#include "docker/log.h"
#include "docker/ports.h"

#define LABEL_PORTS "com.docker.network.portmap" /* libnetwork, netlabel/labels.go */
#define PORT_TEXT   32

static const char *port_protocol(const json_t *port)
{
	switch (json_integer_value(docker_json_get(port, "Proto"))) {
	case 6:
		return "tcp";
	case 17:
		return "udp";
	case 132:
		return "sctp";
	}
	return "?";
}

/* As `docker run -p` has it: 8080:80/tcp. The host's port is 0 when Docker is to choose it. */
static void port_describe(const json_t *port, char ret[PORT_TEXT])
{
	long long host = json_integer_value(docker_json_get(port, "HostPort"));
	long long own = json_integer_value(docker_json_get(port, "Port"));

	if (host)
		snprintf(ret, PORT_TEXT, "%lld:%lld/%s", host & 0xffff, own & 0xffff,
			 port_protocol(port));
	else
		snprintf(ret, PORT_TEXT, "%lld/%s", own & 0xffff, port_protocol(port));
}

/* Writes the first of the ports. False: there is none. */
static bool ports_first(const json_t *options, char ret[PORT_TEXT])
{
	const json_t *ports = docker_json_get(options, LABEL_PORTS);

	if (!json_array_size(ports))
		return false;
	port_describe(json_array_get(ports, 0), ret);
	return true;
}

int docker_ports_check(const struct docker_config *config, const json_t *options,
		       const char *address, struct xm_err *e)
{
	int len = strcspn(address, "/");
	char text[PORT_TEXT];

	if (config->ignores_ports || !ports_first(options, text))
		return 0;
	return xm_fail(e, EOPNOTSUPP,
		       "port %s cannot be published: the container has its own address on the "
		       "LAN%s%.*s, where all its ports are reached; leave -p out, or create the "
		       "network with -o publish=ignore",
		       text, len ? ", " : "", len, address);
}

void docker_ports_log(const char *endpoint, const json_t *options)
{
	char text[PORT_TEXT];

	if (ports_first(options, text))
		docker_log("port %s of endpoint %.12s is not published: the endpoint has the "
			   "container's default route",
			   text, endpoint);
}
