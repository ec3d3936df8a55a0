/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Commands that are programs of their own, because only they need a library. They lie beside this
 * program.
 */
#ifndef XM_SIBLING_H
#define XM_SIBLING_H

#include "base/err.h"

/*
 * Runs a program in place of this one, with `first` (unless NULL) and then argv. Returns only when
 * that fails: a negative errno, and *e is filled.
 */
int xm_sibling_run(const char *program, char **first, int argc, char **argv, struct xm_err *e);

#endif
