/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a plugin says while it serves. The line begins with the name of its program. */
#ifndef XM_PLUGIN_LOG_H
#define XM_PLUGIN_LOG_H

/*
 * Prints a line to stderr, of printable ASCII only. A line that its reader does not take at once is
 * lost: Docker waits for the driver.
 */
void plugin_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
