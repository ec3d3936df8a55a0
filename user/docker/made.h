/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The endpoints that this process has made last. Docker's Join follows its CreateEndpoint, and need
 * not read all endpoints of the host for what CreateEndpoint has just written. The kernel has the
 * same, and is asked for an endpoint that is not here.
 */
#ifndef XM_DOCKER_MADE_H
#define XM_DOCKER_MADE_H

#include "docker/owner.h"

#define DOCKER_MADE 64 /* Docker starts as many containers at once as it is asked to */

struct docker_made {
	struct docker_endpoint list[DOCKER_MADE]; /* a ring */
	unsigned int next;
};

void docker_made_add(struct docker_made *m, const struct docker_endpoint *endpoint);
/* The endpoint may have been deleted since. NULL: it is not here. */
const struct docker_endpoint *docker_made_find(const struct docker_made *m, const char *network,
					       const char *endpoint);

#endif
