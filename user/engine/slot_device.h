/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: whether the device of a slot exists. The kernel knows it by tc_devices. */
#ifndef XM_SLOT_DEVICE_H
#define XM_SLOT_DEVICE_H

#include "engine/state.h"

/*
 * Returns 1 while the kernel has the device of the slot (host end or parent), 0 when it has gone,
 * or a negative errno and fills *e
 */
int xm_slot_has_device(struct xm_parent *p, uint32_t slot, struct xm_err *e);

#endif
