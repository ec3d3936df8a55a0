// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `show`: endpoints; NAME may also be a parent's. In JSON a parent is an object of its own (parent:
 * true) only when it is asked for by its name, has no endpoint, is broken or out of line: the array
 * is the list of endpoints.
 */
#include <errno.h>
#include <stdio.h>

#include "cli/cmdline.h"
#include "cli/command.h"
#include "cli/show.h"

/* A parent is in the snapshot only when it, or an endpoint of it, is what was requested */
static int show_check_found(const struct xm_snapshot *s, const struct xm_snapshot_request *request,
			    struct xm_err *e)
{
	if (request->name && !s->count)
		return xm_fail(e, ENOENT, "no such endpoint '%s'", request->name);
	if (request->link && !s->count)
		return xm_fail(e, ENOENT, "'%s' is not an attached parent", request->link);
	return 0;
}

static void show_print_text(const struct xm_snapshot *s, const struct xm_snapshot_request *request)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		if (!request->name || p->is_named || p->broken)
			xm_show_parent_text(p);
		for (size_t j = 0; j < p->count; j++)
			xm_show_endpoint_text(p, &p->endpoints[j]);
	}
}

static json_t *show_make_json(const struct xm_snapshot *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		if (p->is_named || p->broken || p->stale[0] || !p->endpoint_count)
			json_array_append_new(array, xm_show_parent_json(p));
		for (size_t j = 0; j < p->count; j++)
			json_array_append_new(array, xm_show_endpoint_json(p, &p->endpoints[j]));
	}
	return array;
}

/*
 * A reader of its own, without the lock. In a batch the commands of before are completed first, so
 * that it sees them.
 */
static int show_open(struct xm_context *ctx, struct xm_engine **ret, struct xm_err *e)
{
	const struct xm_engine_options options = { .reader = true };
	int err = ctx->engine ? xm_engine_flush(ctx->engine, e) : 0;

	return err ? err : xm_engine_open(&options, ret, e);
}

int xm_command_show(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_snapshot_request request = { .stats = ctx->stats };
	struct xm_snapshot snapshot;
	struct xm_engine *engine;
	int err = xm_parse_show(argc, argv, &request.name, &request.link, e);

	if (!err)
		err = show_open(ctx, &engine, e);
	if (err)
		return err;
	err = xm_engine_snapshot(engine, &request, &snapshot, e);
	if (!ctx->json)
		show_print_text(&snapshot, &request);
	if (!err)
		err = show_check_found(&snapshot, &request, e);
	if (!err && ctx->json)
		xm_print_json(ctx, show_make_json(&snapshot));
	xm_snapshot_free(&snapshot);
	xm_engine_close(engine);
	return err;
}
