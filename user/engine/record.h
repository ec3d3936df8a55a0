/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: writes what is pinned of parents and endpoints. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_RECORD_H
#define XM_RECORD_H

#include "engine/state.h"

/* Writes p->rec and, where it has changed, p->config */
int xm_parent_commit(struct xm_parent *p, struct xm_err *e);

/*
 * To be called before a program of this binary is loaded: creates and pins the maps that this minor
 * version adds, and updates abi_minor and programs_minor of the record
 */
int xm_parent_prepare_program(struct xm_parent *p, struct xm_err *e);
/* Writes ep->rec */
int xm_endpoint_save(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Writes ep->rec.port into the map ports. The record is saved before. */
int xm_endpoint_write_port(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/*
 * Writes the record, then the port: a kill in between is completed from the record. A READY record
 * is written as CHANGING before and as READY after.
 */
int xm_endpoint_commit(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* Writes an entry of a map; `name`: the endpoint or device that an error message names */
int xm_map_add(struct xm_parent *p, enum xm_map map, const void *key, const void *value,
	       const char *name, struct xm_err *e);
/* Deletes the entry of that key while its value is the endpoint's slot */
int xm_map_del(struct xm_parent *p, const struct xm_endpoint *ep, enum xm_map map, const void *key,
	       struct xm_err *e);

#endif
