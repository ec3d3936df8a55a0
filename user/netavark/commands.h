/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The commands of netavark's plugin interface. document: what netavark or podman wrote to the
 * plugin's standard input. Each returns 0, or a negative errno and fills *e.
 */
#ifndef XM_NETAVARK_COMMANDS_H
#define XM_NETAVARK_COMMANDS_H

#include <jansson.h>

#include "base/err.h"

/*
 * create.c: checks a new network. *ret: its configuration as podman is to keep it, a new reference.
 * Changes nothing of the host.
 */
int netavark_create(const json_t *document, json_t **ret, struct xm_err *e);

/*
 * setup.c: makes the endpoint in the network namespace `netns` (a path) with its addresses and
 * routes. One that the same request has made before, whose answer was lost, is made again. *ret:
 * netavark's type StatusBlock, a new reference. After an error nothing is left.
 */
int netavark_setup(const json_t *document, const char *netns, json_t **ret, struct xm_err *e);

/*
 * teardown.c: removes the endpoint. A missing one, a namespace that has ended and damaged pins are
 * no errors.
 */
int netavark_teardown(const json_t *document, const char *netns, struct xm_err *e);

#endif
