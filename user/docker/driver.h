/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The driver: what its parts share. One thread handles one request after the other. */
#ifndef XM_DOCKER_DRIVER_H
#define XM_DOCKER_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/caps.h"
#include "docker/made.h"
#include "docker/unjoined.h"

struct docker_driver {
	const char *data_root; /* of dockerd */
	bool may_publish; /* false: the host has no rule of published.h */
	bool sweep_failed; /* the last docker_publish_sweep() */
	struct docker_unjoined unjoined;
	struct docker_made made;
};

/* How long a request waits for the lock of a parent, in milliseconds */
#define DOCKER_LOCK_MS 10000

/* Around bind() to ports below 1024 */
#define DOCKER_CAPS_BIND XM_CAP(CAP_NET_BIND_SERVICE)
/* Of the programs that the driver runs: iptables-legacy opens a raw socket */
#define DOCKER_CAPS_TOOLS XM_CAP(CAP_NET_RAW)

#endif
