/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checks of single words of a command line or a configuration. Pure. */
#ifndef XM_PARSE_H
#define XM_PARSE_H

#include <stdint.h>

#include "abi.h"
#include "base/err.h"

/*
 * Reads "02:00:00:00:00:01" or "2:0:0:0:0:1" (either case, ':' or '-') into six bytes. Returns 0 or
 * -EINVAL.
 */
int xm_parse_mac(const char *text, uint8_t ret[XM_MAC_LEN]);

/*
 * The same for a unicast address other than zero. Returns 0, or -EINVAL and fills *e; `what` names
 * the word there.
 */
int xm_parse_unicast(const char *what, const char *text, uint8_t ret[XM_MAC_LEN], struct xm_err *e);

/*
 * Checks that the kernel accepts the name for a device (dev_valid_name()) and that a terminal shows
 * all of it: 1 to 15 ASCII characters without '/', ':', '%', white space or control characters; not
 * ".", "..", "all" or "default". Returns 0, or -EINVAL and fills *e; `what` names the word there.
 */
int xm_check_ifname(const char *what, const char *name, struct xm_err *e);

#endif
