/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Run commands. */
#ifndef XMT_RUN_H
#define XMT_RUN_H

#include "test.h"

/*
 * Run a command line by /bin/sh and wait for it. Its stdout and stderr are captured together.
 * Returns its exit code, 128 + N when signal N ended it, or a negative errno when it could not be
 * started (-E2BIG: the line is longer than 4095 characters).
 */
int xmt_run(const char *fmt, ...) XMT_PRINTF(1, 2);

/* xmt_run(), and xmt_die() naming the command and its output when the result is not 0. */
void xmt_must(const char *fmt, ...) XMT_PRINTF(1, 2);

/*
 * What the last xmt_run()/xmt_must() wrote (at most 64 KiB, the rest is dropped), NUL-terminated,
 * without the final newlines. Valid until the next run; never NULL.
 */
const char *xmt_output(void);

#endif
