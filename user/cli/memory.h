/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * jansson reports an allocation that failed by NULL, and a member is absent then. So a command
 * without memory ends, by xm_fatal(); what it leaves partial the next command completes.
 */
#ifndef XM_MEMORY_H
#define XM_MEMORY_H

#include <stdbool.h>

/* From now on jansson never returns NULL for want of memory. json: xm_fatal() prints JSON. */
void xm_memory_init(bool json);

#endif
