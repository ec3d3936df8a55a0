/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parents that the driver makes, as Docker's macvlan driver does: the VLAN device `eth0.10` when
 * eth0 exists, and a dummy device for a network without a parent. A link group marks them as made
 * by the driver. Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_DOCKER_PARENT_H
#define XM_DOCKER_PARENT_H

#include "docker/config.h"

/* Finds the parent, or makes it */
int docker_parent_ensure(const struct docker_config *config, struct xm_err *e);
/* Deletes the device if the driver made it. A missing one is no error. */
int docker_parent_remove(const char *name, struct xm_err *e);
/*
 * Deletes the devices that the driver made and no network has: a driver was killed before it had
 * kept the network
 */
void docker_parents_prune(bool (*is_used)(const char *parent));

#endif
