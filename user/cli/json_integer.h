/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_JSON_INTEGER_H
#define XM_JSON_INTEGER_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Reads an integer as JSON Schema understands it: 1400.0 is one. Returns false when it is none, or
 * not from min to max, which are smaller than 2^53.
 */
bool xm_json_integer(const json_t *value, long long min, long long max, long long *ret);

#endif
