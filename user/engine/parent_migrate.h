/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: pins of an older major version. Functions return 0 or a negative errno and
 * fill *e.
 */
#ifndef XM_PARENT_MIGRATE_H
#define XM_PARENT_MIGRATE_H

#include "engine/state.h"

/*
 * xm_parent_load_pins() (record_read.h), after pins of an older major version were replaced. Not
 * for readers, which change nothing.
 */
int xm_parent_load_migrated(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
			    struct xm_err *e);
/*
 * Replaces pins and programs of an older major version by those of this one, without losing a frame
 */
int xm_parent_migrate(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e);

#endif
