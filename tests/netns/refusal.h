/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What refusals have in common: one clear line, and nothing changed. */
#ifndef NT_REFUSAL_H
#define NT_REFUSAL_H

#include "nt.h"

/* p0 with e0 (bridge, peer end eth0 in peer[0]) and s0 (source, beside the parent) */
extern struct nt_net refusal_net;
void refusal_make_net(void);

/* Remember records, devices and pins as they are; a test that they still are. */
void refusal_save_state(void);
void refusal_check_unchanged(const char *what);

/* Whether the text is one line and not empty */
bool refusal_is_one_line(const char *text);

/* A test: the last command ended with code `want` and said one line with `says` and `too` (or NULL)
 */
void refusal_check(const char *what, int code, int want, const char *says, const char *too);

#endif
