/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: reads what is pinned of parents and endpoints. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_RECORD_READ_H
#define XM_RECORD_READ_H

#include "engine/state.h"

/*
 * Opens the maps of a parent in that folder and reads all records. No device is looked at. Returns
 * 1 when the parent is not attached. -EPROTO: the pins are not what this xmacvlan writes. -ESTALE:
 * they are of an older major version. After an error p is closed by xm_parent_close() all the same.
 */
int xm_parent_load_from(struct xm_engine *engine, uint32_t ifindex, const char *dir,
			struct xm_parent *p, struct xm_err *e);
/* The same for the folder of its name */
int xm_parent_load_pins(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
			struct xm_err *e);
/* The parent's record and config alone, of open maps. -EPROTO as above. */
int xm_parent_read(struct xm_parent *p, uint32_t ifindex, struct xm_err *e);

/*
 * Reads what can be read of pins that could not be loaded: p->rec, and the records of endpoints.
 * Returns whether all records could be read.
 */
bool xm_parent_salvage(struct xm_parent *p);

#endif
