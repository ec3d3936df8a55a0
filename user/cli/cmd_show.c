// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `show`: endpoints; NAME may also be a parent's. In JSON a parent is an object of its own (parent: true)
 * only when it is asked for by its name or has no endpoint, so that the array is the list of endpoints.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmdline.h"
#include "cli/command.h"
#include "cli/describe.h"

struct show {
	struct xm_context *ctx;
	const char *name, *link;
	json_t *array; /* NULL: text */
	bool found;
};

static void show_parent(struct show *show, struct xm_parent *p)
{
	if (!show->array)
		xm_parent_print(p, show->ctx->stats);
	else if (show->name || !p->count)
		json_array_append_new(show->array, xm_parent_json(p, show->ctx->stats));
}

static void show_endpoint(struct show *show, struct xm_parent *p, const struct xm_endpoint *ep)
{
	if (show->array)
		json_array_append_new(show->array, xm_endpoint_json(p, ep, show->ctx->stats));
	else
		xm_endpoint_print(p, ep, show->ctx->stats);
	show->found = true;
}

static int by_name(const void *a, const void *b)
{
	const struct xm_endpoint *const *one = a, *const *other = b;

	return strcmp((*one)->rec.name, (*other)->rec.name);
}

/* The endpoints that are asked for, in order */
static int show_endpoints(struct show *show, struct xm_parent *p, const char *name)
{
	const struct xm_endpoint **sorted = calloc(p->count + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < p->count; i++)
		if (!name || !strcmp(name, p->slots[i].rec.name))
			sorted[n++] = &p->slots[i];
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++)
		show_endpoint(show, p, sorted[i]);
	free(sorted);
	return 0;
}

static int each(struct xm_parent *p, void *data)
{
	struct show *show = data;
	bool is_parent = show->name && !strcmp(show->name, p->link.name);

	if (show->link && strcmp(show->link, p->link.name))
		return 0;
	show->found |= show->link || is_parent;
	if (!show->name || is_parent)
		show_parent(show, p);
	return show_endpoints(show, p, show->name);
}

static int look(struct show *show, struct xm_err *e)
{
	int err = xm_engine_each(&show->ctx->engine, show->name, each, show, e);

	if (!err && show->name && !show->found)
		err = xm_fail(e, ENOENT, "no such endpoint '%s'", show->name);
	if (!err && show->link && !show->found)
		err = xm_fail(e, ENOENT, "'%s' is not an attached parent", show->link);
	return err;
}

int xm_command_show(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct show show = { .ctx = ctx };
	int err = xm_parse_show(argc, argv, &show.name, &show.link, e);

	if (!err)
		err = xm_context_open(ctx, e);
	if (err)
		return err;
	if (ctx->json)
		show.array = json_array();
	xm_netns_forget();
	err = look(&show, e);
	if (!err && show.array) {
		json_dumpf(show.array, stdout, ctx->pretty ? JSON_INDENT(4) : JSON_COMPACT);
		putchar('\n');
	}
	json_decref(show.array);
	return err;
}
