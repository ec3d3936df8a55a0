/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a frame of another machine needs beyond the rules of published.h on its way through the
 * host. dockerd sets the policy of iptables' chain FORWARD to drop when it turns forwarding on, and
 * looks into the chain DOCKER-USER first.
 */
#ifndef XM_DOCKER_FORWARD_H
#define XM_DOCKER_FORWARD_H

#include <stdbool.h>

#include "docker/published.h"

/* Whether the host forwards what it receives on the device. family: AF_INET, AF_INET6 */
bool docker_forward_enabled(const char *device, int family);
/*
 * Lets forwarded connections to the endpoint pass DOCKER-USER, if there is such a chain. A refusal
 * is logged.
 */
void docker_forward_accept(const struct docker_publication *p);
/* Undoes it. Nothing to undo is no error. */
void docker_forward_forget(const struct docker_publication *p);

#endif
