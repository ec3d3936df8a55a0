/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: endpoints that are a pair of veth devices */
#ifndef XM_KIND_VETH_H
#define XM_KIND_VETH_H

#include "engine/kind.h"

extern const struct xm_kind xm_kind_veth;

#endif
