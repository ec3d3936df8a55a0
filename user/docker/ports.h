/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ports that are to be published (`docker run -p`), in the options of a request. Pure. */
#ifndef XM_DOCKER_PORTS_H
#define XM_DOCKER_PORTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "docker/config.h"
#include "docker/published.h"

#define DOCKER_PORT_TEXT 48 /* "8080-8090:80/tcp" */

struct docker_port {
	const char *protocol; /* "tcp" */
	unsigned int port; /* the container's */
	unsigned int first, last; /* of the host: one of these is taken. 0: Docker leaves it open */
	struct xm_prefix host; /* the host's address. len 0: all of the host */
	bool any; /* all addresses of the family: 0.0.0.0, or :: */
};

struct docker_ports {
	struct docker_port *list;
	size_t count;
};

/*
 * Reads the ports. Returns 0, or -EINVAL and fills *e. The caller frees *ret, also after an error.
 */
int docker_ports_read(const json_t *options, struct docker_ports *ret, struct xm_err *e);
void docker_ports_free(struct docker_ports *ports);

/* Writes the port as `docker run -p` has it: 8080:80/tcp. Returns ret. */
const char *docker_port_text(const struct docker_port *port, char ret[DOCKER_PORT_TEXT]);

/* Whether the network publishes ports: the host reaches its containers */
bool docker_ports_published(const struct docker_config *config);

/*
 * Checks the options of a CreateEndpoint request. Returns 0, or a negative errno and fills *e: a
 * port is to be published, and the network neither publishes nor ignores it. address: of the
 * endpoint; "": none.
 */
int docker_ports_check(const struct docker_config *config, const json_t *options,
		       const char *address, struct xm_err *e);

#endif
