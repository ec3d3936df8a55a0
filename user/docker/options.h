/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The driver's options: `docker network create -o NAME=VALUE`. Pure. */
#ifndef XM_DOCKER_OPTIONS_H
#define XM_DOCKER_OPTIONS_H

#include "docker/config.h"

#define DOCKER_OPTION_MTU "com.docker.network.driver.mtu"

/*
 * Fills parent, has_parent, publish, mtu and settings of a zeroed *ret. options: an object of
 * texts; NULL: none. Returns 0, or -EINVAL and fills *e, which names the option.
 */
int docker_options_read(const json_t *options, struct docker_config *ret, struct xm_err *e);

#endif
