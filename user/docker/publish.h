/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Published ports (`docker run -p`): connections to a port of the host reach a container that the
 * host reaches. The rules are the host's (published.h); nothing else remembers them.
 */
#ifndef XM_DOCKER_PUBLISH_H
#define XM_DOCKER_PUBLISH_H

#include "docker/config.h"
#include "docker/driver.h"
#include "docker/owner.h"
#include "docker/ports.h"

/*
 * Publishes the ports of an endpoint in place of those that it has published before. Returns 0, or
 * a negative errno and fills *e; then the rules are as before.
 */
int docker_publish(struct docker_driver *d, const struct docker_config *config,
		   const struct docker_endpoint *endpoint, const struct docker_ports *ports,
		   struct xm_err *e);
/* Takes the ports of an endpoint (Docker's id) back. A failure is logged. */
void docker_publish_end(struct docker_driver *d, const char *endpoint);
/*
 * Takes the ports of endpoints back that do not exist: the driver was killed, or somebody else
 * deleted them
 */
void docker_publish_sweep(struct docker_driver *d);

#endif
