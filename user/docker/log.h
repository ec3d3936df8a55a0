/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the driver says while it serves */
#ifndef XM_DOCKER_LOG_H
#define XM_DOCKER_LOG_H

/*
 * Prints a line to stderr, of printable ASCII only. A line that its reader does not take at once is
 * lost: Docker waits for the driver.
 */
void docker_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
