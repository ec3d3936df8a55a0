/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps of one parent as file descriptors and as pins. Functions return 0 or a negative errno
 * and fill *e, unless their comment says more.
 */
#ifndef XM_MAPS_USER_H
#define XM_MAPS_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

enum xm_map {
	XM_MAP_CONFIG,
	XM_MAP_MAC_TABLE,
	XM_MAP_HINTS,
	XM_MAP_HOST_ENDS,
	XM_MAP_PORTS,
	XM_MAP_TC_DEVICES,
	XM_MAP_XDP_DEVICES,
	XM_MAP_SOURCES,
	XM_MAP_STATS,
	XM_MAP_VLANS,
	XM_MAP_MCAST_GROUPS,
	XM_MAP_GROUPS_VALID,
	XM_MAP_PARENT,
	XM_MAP_ENDPOINTS,
	XM_MAP_OWNERS,
	XM_MAP_NEIGH_OWNERS,
	XM_MAP_NEIGH_TAUGHT,
	XM_MAP_FANOUT,
	XM_MAP_FANOUT_FLOW,
	XM_MAP_FANOUT_MEMBERS,
	XM_MAP_FANOUT_LASTS,
	XM_MAP_FANOUT_LISTENERS,
	XM_MAP_FANOUT_CHUNKS,
	XM_MAP_LISTENERS,
	XM_MAP_EVENTS,
	XM_MAP_EVENT_LIMITS,
#ifdef XM_NEXT_MAP
	XM_MAP_NEXT_COUNTS,
#endif
	XM_MAP_COUNT
};

/* Names of the pins */
extern const char *const xm_map_names[XM_MAP_COUNT];

/* Marks all as closed, as xm_maps_close() does */
void xm_maps_init(int fds[XM_MAP_COUNT]);
void xm_maps_close(int fds[XM_MAP_COUNT]);

/*
 * Creates the maps that are marked as closed (of a new parent: all). After an error these are
 * marked as closed again.
 */
int xm_maps_create(int fds[XM_MAP_COUNT], struct xm_err *e);

/*
 * Part of an error about damaged pins: the command that removes the pins and what belongs to them
 */
#define XM_PINS_DAMAGED_HINT "'detach PARENT force' removes what is left"

/* Pins all maps into an empty folder */
int xm_maps_pin(const char *dir, const int fds[XM_MAP_COUNT], struct xm_err *e);

/* Whether all maps are open; false for pins of an older minor version */
bool xm_maps_are_complete(const int fds[XM_MAP_COUNT]);
/* Creates and pins the maps that are missing */
int xm_maps_complete(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e);

/* maps_open.c: pins that exist */

/*
 * Opens the pins in `dir` and checks that they are all there, have the right shapes and this major
 * version, and that no unknown pin is among them. Pins that a newer minor version has added are
 * left alone. Maps that this minor version adds may be missing; they are marked as closed. Returns
 * 0; 1: there is no such folder; or a negative errno. -EPROTO: a pin is missing, unknown or of
 * another shape; -ESTALE: the pins are of an older major version.
 */
int xm_maps_open(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e);

/* A set of maps: XM_MAPS_ALL, or XM_MAP_BIT() of some */
#define XM_MAP_BIT(map) (1u << (map))
#define XM_MAPS_ALL	(XM_MAP_BIT(XM_MAP_COUNT) - 1)

/*
 * The same, but opens only the wanted maps, XM_MAP_PARENT among them. Of the others it checks that
 * their pins are there, but not their shapes.
 */
int xm_maps_open_some(const char *dir, uint32_t wanted, int fds[XM_MAP_COUNT], struct xm_err *e);

/*
 * Opens one pin of damaged pins: checks its shape, but neither the other pins nor the ABI version.
 * Returns a descriptor or a negative errno.
 */
int xm_map_open_any(const char *dir, enum xm_map map);
/* The same without a check of the shape, for pins of an older major version */
int xm_map_open_any_shape(const char *dir, enum xm_map map);
/* Whether pins of an older minor version lack the map */
bool xm_map_is_optional(enum xm_map map);

/*
 * Reads the fields of the parent's record that are the same in every major version, the version
 * among them. Returns 0; 1: there is no such folder; or a negative errno.
 */
int xm_pins_version(const char *dir, struct xm_parent_record *ret, struct xm_err *e);

/* Pins the programs, links and counters of one folder in another one too */
int xm_pins_copy(const char *from, const char *to, struct xm_err *e);

#endif
