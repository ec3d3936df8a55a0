/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps and programs of one parent as file descriptors and as pins. A parent's pins are a folder
 * under /sys/fs/bpf/xmacvlan that appears complete (made under another name, then renamed).
 */
#ifndef XM_MAPS_USER_H
#define XM_MAPS_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

enum xm_map {
	XM_MAP_META,
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
	XM_MAP_ENDPOINTS,
	XM_MAP_OWNERS,
	XM_MAP_COUNT
};

enum xm_program {
	XM_PROG_PARENT_RX,
	XM_PROG_ENDPOINT_RX,
	XM_PROG_PARENT_TX,
	XM_PROG_PARENT_XDP,
	XM_PROG_COUNT
};

/* Behind a program's name: its successor, until it takes its place */
#define XM_FRESH_PIN "_fresh"

/* Names of the pins */
extern const char *const xm_map_names[XM_MAP_COUNT];
extern const char *const xm_program_names[XM_PROG_COUNT];

/* All closed; what xm_maps_close() leaves */
void xm_maps_init(int fds[XM_MAP_COUNT]);
void xm_maps_close(int fds[XM_MAP_COUNT]);

/* Makes the maps of a new parent (with one chunk of counters). 0 or -errno, said. */
int xm_maps_create(int fds[XM_MAP_COUNT], struct xm_err *e);

/*
 * Opens the pins in `dir` and checks that they are ours, all there, alone and of this ABI. 0 or -errno,
 * said; -ENOENT: there is no such folder (not said).
 */
int xm_maps_open(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e);

/* Pins all maps into the (empty) folder. 0 or -errno, said. */
int xm_maps_pin(const char *dir, const int fds[XM_MAP_COUNT], struct xm_err *e);

struct bpf_object;

/* A program's object on these maps, not loaded yet. NULL: said in *e, errno in *err. */
struct bpf_object *xm_program_open(enum xm_program program, const int fds[XM_MAP_COUNT], int *err,
				   struct xm_err *e);

/* Loads one program on these maps. A program's file descriptor or -errno, said. */
int xm_program_load(enum xm_program program, const int fds[XM_MAP_COUNT], struct xm_err *e);

/* bpf_map_create() and friends with libbpf's messages kept for the error: call once at start */
void xm_libbpf_keep_messages(void);

#endif
