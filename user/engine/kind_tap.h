/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: endpoints that are a persistent tap device */
#ifndef XM_KIND_TAP_H
#define XM_KIND_TAP_H

#include "engine/kind.h"

extern const struct xm_kind xm_kind_tap;

#endif
