/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ports of the host's own programs */
#ifndef XM_DOCKER_HOST_PORT_H
#define XM_DOCKER_HOST_PORT_H

#include "docker/published.h"

/*
 * Tries to bind a socket to the host's address and port. Returns 0, or a negative errno:
 * -EADDRINUSE: a program has the port; -EADDRNOTAVAIL: the host has no such address. A protocol
 * that the kernel does not have is no error: no program uses it.
 */
int docker_host_port_try(const struct docker_publication *p);

#endif
