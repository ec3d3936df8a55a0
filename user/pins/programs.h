/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of a parent, loaded on its maps */
#ifndef XM_PROGRAMS_H
#define XM_PROGRAMS_H

#include <stdbool.h>

#include "pins/maps.h"
#include "pins/objects.h"

/* Suffix to the name of a program: the pin of its tcx link */
#define XM_LINK_PIN "_link"
/* Suffix to the name of a pin: its successor, before it is renamed */
#define XM_FRESH_PIN "_fresh"

/*
 * Checks what no CO-RE relocation can adapt a program to (vmlinux/vmlinux.h). The answer is kept,
 * because the question waits for the RTNL. Returns 0, or a negative errno and fills *e.
 */
int xm_program_check_kernel(enum xm_program program, struct xm_err *e);

/*
 * Opens a program's object on these maps without loading it. plain: as for
 * xm_object_open_program(). NULL: *err is a negative errno, *e is
 * filled.
 */
struct bpf_object *xm_program_open(enum xm_program program, bool plain, const int fds[XM_MAP_COUNT],
				   int *err, struct xm_err *e);

/*
 * Whether a load that has ended with `err` is to be repeated, because a signal has interrupted it.
 * begin: xm_now_ms() before the first one
 */
bool xm_program_may_load_again(int err, int64_t begin);

/* Loads a program on these maps. Returns its file descriptor, or a negative errno and fills *e. */
int xm_program_load(enum xm_program program, bool plain, const int fds[XM_MAP_COUNT],
		    struct xm_err *e);

/*
 * Loads a TC program that passes every frame to the next program. Returns its descriptor or a
 * negative errno.
 */
int xm_program_load_pass(void);
/*
 * Loads a classifier (cls_bpf without direct action) that matches frames with that mark. Returns a
 * descriptor or a negative errno.
 */
int xm_program_load_match(uint32_t mark);
/*
 * Loads a program for TC egress that has each frame received on the device `ifindex` instead, with
 * that mark. Returns a descriptor or a negative errno.
 */
int xm_program_load_detour(uint32_t ifindex, uint32_t mark);

/*
 * Opens a loaded program by its id. Returns a descriptor or a negative errno. -EPERM: CAP_SYS_ADMIN
 * is missing; -ENOENT: there is no such program.
 */
int xm_program_open_id(uint32_t id);

/*
 * Opens the program of a pin, which is the program's own or that of its link. Returns a descriptor
 * or a negative errno.
 */
int xm_program_open_pin(const char *path, bool is_link);

#define XM_PROGRAM_MAPS_MAX 64
/*
 * Reads the ids of the maps that a loaded program uses. Returns their number, of which the first
 * XM_PROGRAM_MAPS_MAX are in ret, or a negative errno.
 */
int xm_program_map_ids(int fd, uint32_t ret[XM_PROGRAM_MAPS_MAX]);

/* The id of a loaded program; 0: the descriptor is no program's */
uint32_t xm_program_id(int fd);

/*
 * Writes the name of a loaded program into ret. ret stays unchanged without CAP_SYS_ADMIN, or when
 * there is no such program.
 */
void xm_program_name(uint32_t id, char ret[BPF_OBJ_NAME_LEN]);
/*
 * Whether a loaded program is that one of any version, by its name: an interrupted upgrade may have
 * left one
 */
bool xm_program_is(uint32_t id, enum xm_program program);

#endif
