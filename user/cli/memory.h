/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a command does without memory */
#ifndef XM_MEMORY_H
#define XM_MEMORY_H

#include <stdbool.h>

/* xm_json_need_memory(). json: xm_fatal() prints JSON. */
void xm_memory_init(bool json);

#endif
