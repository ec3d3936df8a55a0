/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a program prints and then ends: its usage, its version */
#ifndef XM_PRINT_H
#define XM_PRINT_H

/*
 * Prints the text to stdout. Returns the exit code: 0, or XM_EXIT_STATE with a message on stderr
 * when the output cannot be written.
 */
int xm_print_text(const char *text);

#endif
