/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The live table on a terminal, by ncurses */
#ifndef XM_TOP_SCREEN_H
#define XM_TOP_SCREEN_H

#include "top/options.h"

/*
 * Shows the table until the user quits, options->count tables were shown, or a signal or the end of
 * the terminal ends it. The terminal is then as it was. *signal: the signal, or 0. Returns 0, or a
 * negative errno and fills *e.
 */
int xm_top_screen(const struct xm_top_options *options, int *signal, struct xm_err *e);

#endif
