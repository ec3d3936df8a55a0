// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/json_list.h"

#define INDENT	     4
#define INDENT_TEXT  "\n    "
#define FIRST_OCTETS 16384

static void list_add(struct xm_json_list *list, const char *text, size_t len)
{
	size_t size = list->size ? list->size : FIRST_OCTETS;

	while (size - list->len < len)
		size *= 2;
	if (size != list->size) {
		list->text = realloc(list->text, size);
		if (!list->text)
			xm_fatal("out of memory");
		list->size = size;
	}
	memcpy(list->text + list->len, text, len);
	list->len += len;
}

/*
 * A part of an object's text. The lines of an object in an array are indented once more; line feeds
 * inside strings are escaped, so each one begins a line.
 */
static int list_take(const char *text, size_t len, void *data)
{
	struct xm_json_list *list = data;
	const char *end;

	while (list->pretty && (end = memchr(text, '\n', len))) {
		list_add(list, text, end - text);
		list_add(list, INDENT_TEXT, strlen(INDENT_TEXT));
		len -= end + 1 - text;
		text = end + 1;
	}
	list_add(list, text, len);
	return 0;
}

void xm_json_list_append(struct xm_json_list *list, json_t *object)
{
	list_add(list, list->len ? "," : "[", 1);
	if (list->pretty)
		list_add(list, INDENT_TEXT, strlen(INDENT_TEXT));
	if (json_dump_callback(object, list_take, list,
			       list->pretty ? JSON_INDENT(INDENT) : JSON_COMPACT))
		xm_fatal("out of memory");
	json_decref(object);
}

void xm_json_list_print(struct xm_json_list *list)
{
	bool is_empty = !list->len;

	if (is_empty)
		list_add(list, "[", 1);
	if (list->pretty && !is_empty)
		list_add(list, "\n", 1);
	list_add(list, "]\n", 2);
	fwrite(list->text, 1, list->len, stdout);
	free(list->text);
	*list = (struct xm_json_list){ .pretty = list->pretty };
}
