/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a command prints while it has a lock goes into memory, and is written when the lock is free:
 * whoever reads slowly (`less`) must not hold up other commands.
 */
#ifndef XM_OUTPUT_H
#define XM_OUTPUT_H

/* From now on stdout is memory. Out of memory: it stays as it is. */
void xm_output_hold(void);
/*
 * Writes what was held to stdout and stderr, in the order in which it was printed. Returns 0, or
 * -ENOMEM: some of it is missing.
 */
int xm_output_release(void);

/* Prints a line to stderr, "xmacvlan: " in front; it is held as stdout is */
void xm_output_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
