/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checks of every refusal: the message is one line, and nothing has changed. */
#ifndef NT_REFUSAL_H
#define NT_REFUSAL_H

#include "nt.h"

/* p0 with endpoints e0 (bridge, peer end eth0 in peer[0]) and s0 (source, peer end beside p0) */
extern struct nt_net refusal_net;
void refusal_make_net(void);

/* Runs a command in p0's namespace and returns its exit code; xmt_output() is its stderr. */
int refusal_run(const char *line);
/* The folder of p0's pins, in a static buffer */
const char *refusal_pin_dir(void);

/* Saves records, devices and pins as text; then checks that they are the same. */
void refusal_save_state(void);
void refusal_check_unchanged(const char *what);

/* Whether the text is exactly one line, not empty */
bool refusal_is_one_line(const char *text);

/*
 * Checks that the last command has exited with code `want` and has printed one line that contains
 * `text` and `too` (NULL: only `text`). `code` is its exit code.
 */
void refusal_check(const char *what, int code, int want, const char *text, const char *too);

#endif
