/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shell commands and their output. */
#ifndef XMT_RUN_H
#define XMT_RUN_H

#include "test.h"

/*
 * Runs a command line with /bin/sh and waits for its end. Captures its stdout and stderr together.
 * Returns its exit code, 128 + N if signal N ended it, or a negative errno if it cannot be started
 * (-E2BIG: the line is longer than 4095 characters).
 */
int xmt_run(const char *fmt, ...) XMT_PRINTF(1, 2);

/* xmt_run(); if the result is not 0, xmt_die() with the command and its output. */
void xmt_must(const char *fmt, ...) XMT_PRINTF(1, 2);

/*
 * The output of the last xmt_run() or xmt_must(), NUL-terminated, without the final newlines. What
 * exceeds 64 KiB is dropped. Valid until the next run; never NULL.
 */
const char *xmt_output(void);

#endif
