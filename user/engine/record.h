/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what is pinned of parents and endpoints. Functions return 0 or a negative
 * errno and fill *e, unless their comment says more.
 */
#ifndef XM_RECORD_H
#define XM_RECORD_H

#include "engine/state.h"

/* record.c */

/* Writes p->rec and, where it has changed, p->config */
int xm_parent_save(struct xm_parent *p, struct xm_err *e);
/*
 * Before a program of this binary is loaded: creates and pins the maps that this minor version
 * adds, and notes which programs are attached
 */
int xm_parent_take_program(struct xm_parent *p, struct xm_err *e);
/* Writes ep->rec */
int xm_endpoint_save(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Writes ep->rec.port into the map ports. The record is saved before. */
int xm_endpoint_write_port(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/*
 * Writes the record, then the port: a kill in between is completed from the record. A READY record
 * is written as CHANGING before and as READY after.
 */
int xm_endpoint_commit(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/*
 * Returns 1 while the kernel has the device of the slot (host end or parent), 0 when it has gone,
 * or a negative errno
 */
int xm_slot_has_device(struct xm_parent *p, uint32_t slot, struct xm_err *e);

/* Writes an entry of a map; `name`: the endpoint or device that an error message names */
int xm_map_add(struct xm_parent *p, enum xm_map map, const void *key, const void *value,
	       const char *name, struct xm_err *e);
/* Deletes the entry of that key while its value is the endpoint's slot */
int xm_map_del(struct xm_parent *p, const struct xm_endpoint *ep, enum xm_map map, const void *key,
	       struct xm_err *e);

/* record_read.c */

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

/*
 * owner.c: written after the endpoint's record and deleted before it, so that every owner has a
 * record
 */

int xm_owner_save(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_owner *owner,
		  struct xm_err *e);
/* Returns 1; 0: the slot has no owner; or a negative errno. Both texts end with NUL. */
int xm_owner_read(struct xm_parent *p, uint32_t slot, struct xm_owner *ret, struct xm_err *e);
/* The same from a map, for pins without a loaded parent; -ENOENT: none. *e is not filled. */
int xm_owner_lookup(int map, uint32_t slot, struct xm_owner *ret);
int xm_owner_del(struct xm_parent *p, uint32_t slot, struct xm_err *e);

/* host_end.c */

/*
 * Finds the host end: by its ifindex or, before that is known, by its name. It is a veth in our
 * link group in any case, for another program may have a device of that name, or of a reused
 * ifindex. *e is not filled.
 */
int xm_host_end_find(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *ret);
/*
 * Whether the device is the host end of the slot, or any host end in XM_LINK_GROUP_PENDING_DELETE
 */
bool xm_host_end_is(uint32_t slot, const struct xm_link *link);

#endif
