/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of pins, and of their folders, which contain what they belong to. Pure. */
#ifndef XM_PIN_NAMES_H
#define XM_PIN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "n<cookie>-<ifindex>" and NUL: at most 20 and 10 digits */
#define XM_PIN_DIR_NAME_LEN 33
/*
 * Writes the name of a parent's folder of pins, from the cookie of its namespace and its ifindex
 * there
 */
void xm_pin_dir_name(uint64_t cookie, uint32_t ifindex, char ret[XM_PIN_DIR_NAME_LEN]);
/* Whether the name is that of a folder of a parent */
bool xm_pin_dir_parse(const char *name, uint64_t *cookie, uint32_t *ifindex);

/* What the name of a folder begins with while it is being made or removed */
#define XM_UNFINISHED "new-"
bool xm_pin_dir_is_unfinished(const char *name);

/* Whether a pin's name is the prefix and a number below `count`, in the one way to write it */
bool xm_pin_name_is_numbered(const char *name, const char *prefix, uint32_t count);

#endif
