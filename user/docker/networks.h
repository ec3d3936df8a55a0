/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The networks that Docker has. Functions return 0 or a negative errno and fill *e. */
#ifndef XM_DOCKER_NETWORKS_H
#define XM_DOCKER_NETWORKS_H

#include "docker/config.h"
#include "docker/driver.h"

/*
 * Reads the configuration of a network: from the kernel or, after a reboot, from Docker's database,
 * which the kernel then keeps too. -ENOENT: neither has it. The caller frees *ret.
 */
int docker_networks_load(const struct docker_driver *d, const char *id, struct docker_config *ret,
			 struct xm_err *e);
/* Keeps a new network. Nothing is changed when it is refused. */
int docker_networks_add(const char *id, const json_t *document, struct xm_err *e);
/* Forgets a network, which may be unknown, and deletes its parent if the driver made it */
int docker_networks_del(const struct docker_driver *d, const char *id, struct xm_err *e);
/*
 * Forgets the networks that Docker's database does not have: Docker or the driver was killed before
 * Docker had the answer; none when the database cannot be read. Then deletes the parents that the
 * driver made and no network has.
 */
void docker_networks_prune(const struct docker_driver *d);

#endif
