/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: endpoints that are a pair of netkit devices (Linux 6.7) */
#ifndef XM_KIND_NETKIT_H
#define XM_KIND_NETKIT_H

#include "engine/kind.h"

extern const struct xm_kind xm_kind_netkit;

#endif
