/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: reads what is pinned of parents and endpoints. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_RECORD_READ_H
#define XM_RECORD_READ_H

#include "engine/state.h"

/*
 * Opens the maps of a parent in the folder `dir` and reads all records. Reads no device. Returns 0;
 * 1: the parent is not attached; or a negative errno. -EPROTO: the pins are not those of this
 * xmacvlan; -ESTALE: they are of an older major version. The caller closes p by xm_parent_close(),
 * also after an error.
 */
int xm_parent_load_from(struct xm_engine *engine, uint32_t ifindex, const char *dir,
			struct xm_parent *p, struct xm_err *e);
/* The same for the parent's own folder */
int xm_parent_load_pins(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
			struct xm_err *e);
/*
 * The same, but opens only the maps parent, config, endpoints, tc_devices and owners: for a look at
 * a parent that is not locked. No other map of p may be used.
 */
int xm_parent_look(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		   struct xm_err *e);
/* Reads the parent's record and config from maps that are open. -EPROTO: they are not valid. */
int xm_parent_read(struct xm_parent *p, uint32_t ifindex, struct xm_err *e);

/*
 * For pins that could not be loaded: reads p->rec and the records of endpoints as far as they are
 * readable. Returns whether all of them could be read.
 */
bool xm_parent_salvage(struct xm_parent *p);

#endif
