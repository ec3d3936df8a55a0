/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * While a command has the lock, its output is kept in memory; it is written when the lock is free.
 * So a slow reader of the output (`less`) does not delay other commands.
 */
#ifndef XM_OUTPUT_H
#define XM_OUTPUT_H

/* From now on stdout is kept in memory. Without memory for that, nothing changes. */
void xm_output_hold(void);
/*
 * Writes the kept output to stdout and stderr, in the order in which it was printed. Returns 0, or
 * -ENOMEM when some of it is missing.
 */
int xm_output_release(void);

/* Prints "xmacvlan: " and the message as a line to stderr; it is kept as stdout is */
void xm_output_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
