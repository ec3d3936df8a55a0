/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Without memory jansson returns NULL, and the JSON would lack a member. Therefore a command
 * without memory ends by xm_fatal(). The next command completes what it has begun.
 */
#ifndef XM_MEMORY_H
#define XM_MEMORY_H

#include <stdbool.h>

/*
 * From now on an allocation of jansson that fails ends the process by xm_fatal(). json: xm_fatal()
 * prints JSON.
 */
void xm_memory_init(bool json);

#endif
