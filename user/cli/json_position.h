/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a key stands in the text of a JSON document. Pure. */
#ifndef XM_JSON_POSITION_H
#define XM_JSON_POSITION_H

/*
 * Returns the number of the line, from 1 on, with the key that the path ends in: {"endpoints",
 * "web", "mode", NULL}. When the path is not there to its end, it is the line of the last key that
 * is. text: a valid JSON document that is an object.
 */
unsigned int xm_json_line(const char *text, const char *const *path);

#endif
