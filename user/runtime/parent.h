/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_RUNTIME_PARENT_H
#define XM_RUNTIME_PARENT_H

#include "base/err.h"
#include "net/link.h"

/*
 * Reads the device of the default route, of IPv4 before IPv6. Returns 0, or a negative errno and
 * fills *e. -ENOENT: there is no default route.
 */
int xm_default_parent(struct xm_nl *nl, struct xm_link *ret, struct xm_err *e);

#endif
