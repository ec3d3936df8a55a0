/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The terminal of the live table: its modes, its signals and its keys. One at a time in a process.
 */
#ifndef XM_TOP_TERMINAL_H
#define XM_TOP_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Attributes of a text, for attrset(); without colors they are bold or reverse or nothing */
struct xm_top_styles {
	unsigned long title, sorted, name, drop, trouble, key;
};

/* Returns 0, or a negative errno and fills *e */
int xm_terminal_open(bool no_color, struct xm_top_styles *styles, struct xm_err *e);
/* Puts the terminal back as it was. Does not wait for one whose output is stopped. */
void xm_terminal_close(void);

/*
 * Waits at most so long for a key. Returns 1: *key is a character or an enum xm_top_special; 0: the
 * time is over, or the size has changed; -1: a signal has come, or the terminal has gone.
 */
int xm_terminal_wait(double seconds, uint32_t *key);
/* The signal that ended xm_terminal_wait(); 0: none */
int xm_terminal_signal(void);

#endif
