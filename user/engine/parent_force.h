/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: removes a parent whose pins or device are damaged. Returns 0 or a negative
 * errno and fills *e.
 */
#ifndef XM_PARENT_FORCE_H
#define XM_PARENT_FORCE_H

#include "engine/state.h"

/*
 * Removes everything of the parent that can be found, whether its records can be read or not. When
 * the driver refuses to restore the MAC, everything else is removed, p->destroyed is set, and the
 * error names the MAC. After any other error p->destroyed is not set, the pins stay, and the call
 * can be repeated.
 */
int xm_parent_destroy_force(struct xm_parent *p, struct xm_err *e);

#endif
