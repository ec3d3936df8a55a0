/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The requests of Docker: libnetwork's protocol for remote drivers (libnetwork, docs/remote.md, and
 * drivers/remote/api). Docker may repeat a request whose answer it did not get.
 */
#ifndef XM_DOCKER_CALLS_H
#define XM_DOCKER_CALLS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "docker/driver.h"

/* One request, while it is handled */
struct docker_job {
	struct docker_driver *d;
	const json_t *request; /* an object */
	json_t *answer; /* an empty object, to be filled */
	struct xm_err *e;
};

/* Returns 0 or a negative errno and fills *job->e */
typedef int docker_call_fn(const struct docker_job *job);

struct docker_call {
	const char *path; /* "/NetworkDriver.Join" */
	docker_call_fn *run;
	bool no_body; /* the request may have none */
};

/* Finds a request of a protocol. NULL: there is no such request. */
typedef const struct docker_call *docker_call_find_fn(const char *path);

/* calls.c: of the network driver */

docker_call_find_fn docker_call_find;

/* ipam_calls.c: of the DHCP driver. Several threads may run them at once. */

docker_call_find_fn docker_call_find_ipam;

/* network_calls.c */

docker_call_fn docker_call_create_network, docker_call_delete_network;

/* endpoint_calls.c */

docker_call_fn docker_call_create_endpoint, docker_call_delete_endpoint, docker_call_endpoint_info;

/* join_calls.c */

docker_call_fn docker_call_join;

/* publish_calls.c */

docker_call_fn docker_call_program, docker_call_unpublish;

#endif
