/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: pins of TC programs in the folder of the parent. Functions return 0 or a
 * negative errno and fill *e.
 */
#ifndef XM_TC_PINS_H
#define XM_TC_PINS_H

#include "engine/state.h"
#include "pins/programs.h"

/* Path of the pin of a program. suffix: "", or XM_LINK_PIN for its tcx link, or XM_FRESH_PIN. */
void xm_tc_pin_path(const struct xm_parent *p, enum xm_program program, const char *suffix,
		    char *ret, size_t size);
/* Opens the pin of a program. Returns its descriptor or a negative errno. No *e. */
int xm_tc_pin_open(const char *dir, enum xm_program program);
int xm_tc_pin_add(struct xm_parent *p, enum xm_program program, int prog_fd, struct xm_err *e);
/* Pins another program in its place, in one step */
int xm_tc_pin_replace(struct xm_parent *p, enum xm_program program, int prog_fd, struct xm_err *e);

/*
 * Loads a program of the parent: the plain one while the parent has plain programs. Returns its
 * descriptor or a negative errno.
 */
int xm_tc_load(const struct xm_parent *p, enum xm_program program, struct xm_err *e);

#endif
