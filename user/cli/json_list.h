/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A JSON array of many objects. Each object becomes text and is freed before the next one is built,
 * and the text is printed at once: memory and time of a tree of all objects are many times those of
 * the text, and a reader never gets the beginning of an array whose rest failed.
 */
#ifndef XM_JSON_LIST_H
#define XM_JSON_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* {} with `pretty` is an empty list */
struct xm_json_list {
	bool pretty; /* indented by 4, as json_dumpf() with JSON_INDENT(4) does it; else compact */
	char *text;
	size_t len, size; /* octets: of the text, of its allocation */
};

/* Appends the object and takes its reference. Ends the process (xm_fatal()) without memory. */
void xm_json_list_append(struct xm_json_list *list, json_t *object);
/* Prints the array and a line feed to stdout, and frees the text. */
void xm_json_list_print(struct xm_json_list *list);

#endif
