/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CNI_NETNS_H
#define XM_CNI_NETNS_H

#include "cni/env.h"

/*
 * Opens CNI_NETNS. *ret: a descriptor. The plugin's own network namespace is an error, unless
 * CNI_NETNS_OVERRIDE is 1 or true, as for the reference plugins.
 */
int cni_netns_open(const struct cni_env *env, int *ret, struct cni_error *e);

#endif
