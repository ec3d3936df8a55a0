/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: pins of an older major version. Functions return 0 or a negative errno and
 * fill *e.
 */
#ifndef XM_PARENT_CONVERT_H
#define XM_PARENT_CONVERT_H

#include "engine/state.h"

/*
 * xm_parent_load_pins() (record_read.h). Pins and programs of an older major version are first
 * replaced by those of this one, without losing a frame. Not for readers, which change nothing.
 * lock: the lock of the folder, which p owns from then on, also after an error; -1: the caller has
 * and keeps the lock, and the pins must be of this version.
 */
int xm_parent_load_converted(struct xm_engine *engine, uint32_t ifindex, int lock,
			     struct xm_parent *p, struct xm_err *e);

#endif
