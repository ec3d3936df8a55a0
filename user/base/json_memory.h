/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Without memory jansson returns NULL, and the JSON would lack a member. Therefore a front end
 * without memory ends. The next one completes what it has begun.
 */
#ifndef XM_JSON_MEMORY_H
#define XM_JSON_MEMORY_H

/* From now on an allocation of jansson that fails ends the process by xm_fatal() */
void xm_json_need_memory(void);

#endif
