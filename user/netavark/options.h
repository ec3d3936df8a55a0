/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of a network: `podman network create -o NAME=VALUE`. Pure. */
#ifndef XM_NETAVARK_OPTIONS_H
#define XM_NETAVARK_OPTIONS_H

#include <jansson.h>

#include "base/err.h"
#include "engine/settings.h"

#define NETAVARK_METRIC 100 /* of routes, as netavark's own drivers have it */

struct netavark_options {
	char parent[XM_NAME_LEN]; /* "": not given */
	uint32_t mtu; /* 0: the parent's */
	uint32_t metric; /* of the routes */
	bool no_default_route;
	bool ignores_ports; /* false: published ports are refused */
	struct xm_settings settings; /* has_mode is set */
};

/*
 * options: an object of texts; NULL: none. Returns 0, or -EINVAL and fills *e, which names the
 * option. The caller frees ret->settings by xm_settings_free(), also after an error.
 */
int netavark_options_read(const json_t *options, struct netavark_options *ret, struct xm_err *e);

#endif
