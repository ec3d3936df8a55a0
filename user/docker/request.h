/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One request: its body as it comes, and its answer */
#ifndef XM_DOCKER_REQUEST_H
#define XM_DOCKER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "docker/calls.h"
#include "docker/driver.h"

struct docker_request;

/* path: "/NetworkDriver.Join"; of a request that Docker does not have, too */
struct docker_request *docker_request_new(const char *path, docker_call_find_fn *find);
void docker_request_free(struct docker_request *r);
/*
 * Takes a part of the body. False: it is longer than DOCKER_BODY_MAX, or did not come in
 * DOCKER_REQUEST_S.
 */
bool docker_request_append(struct docker_request *r, const char *bytes, size_t size);
/*
 * Handles the request when all of it is there. Returns the answer, a text of JSON that the caller
 * frees, and its HTTP status. A refusal is logged to stderr.
 */
char *docker_request_run(struct docker_request *r, struct docker_driver *d, unsigned int *status);
/* The answer of a refusal; the caller frees it. Docker prints `why`. */
char *docker_request_error(const char *why);

#endif
