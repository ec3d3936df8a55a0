/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of a parent, loaded on its maps */
#ifndef XM_PROGRAMS_H
#define XM_PROGRAMS_H

#include "pins/maps.h"
#include "pins/objects.h"

/* Behind the name of a program's pin: its successor, until that is renamed */
#define XM_FRESH_PIN "_fresh"

/*
 * Opens a program's object on these maps without loading it. NULL: *err is a negative errno, *e is
 * filled.
 */
struct bpf_object *xm_program_open(enum xm_program program, const int fds[XM_MAP_COUNT], int *err,
				   struct xm_err *e);

/* Loads a program on these maps. Returns its file descriptor, or a negative errno and fills *e. */
int xm_program_load(enum xm_program program, const int fds[XM_MAP_COUNT], struct xm_err *e);

#endif
