/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Published ports (`docker run -p`). A container of this driver has an address of its own on the
 * LAN, and no port of the host leads to it.
 */
#ifndef XM_DOCKER_PORTS_H
#define XM_DOCKER_PORTS_H

#include <jansson.h>

#include "base/err.h"
#include "docker/config.h"

/*
 * Checks the options of a CreateEndpoint request. Returns 0, or -EOPNOTSUPP and fills *e: a port is
 * to be published, and the network does not ignore it. address: of the endpoint; "": none.
 */
int docker_ports_check(const struct docker_config *config, const json_t *options,
		       const char *address, struct xm_err *e);
/*
 * Logs the ports of a ProgramExternalConnectivity request, which Docker makes for the endpoint that
 * has the container's default route: no other network publishes them then
 */
void docker_ports_log(const char *endpoint, const json_t *options);

#endif
