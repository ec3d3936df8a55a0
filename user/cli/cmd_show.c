// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `show`: endpoints; NAME may also be a parent's. In JSON a parent is an object of its own (parent:
 * true) only when its name was given, or it has no endpoint, is broken or stale: the array is a
 * list of endpoints.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmdline.h"
#include "cli/command.h"
#include "cli/json_list.h"
#include "cli/show.h"
#include "cli/show_tree.h"

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

/* Whether JSON has an object for the parent */
static bool show_has_object(const struct xm_parent_info *p)
{
	return p->is_named || p->broken || p->stale[0] || !p->endpoint_count;
}

static void show_print_brief(const struct xm_show_style *style, const struct xm_snapshot *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		if (show_has_object(p))
			xm_show_parent_brief(style, p);
		for (size_t j = 0; j < p->count; j++)
			xm_show_endpoint_brief(style, p, &p->endpoints[j]);
	}
}

static void show_print_text(const struct xm_show_style *style, const struct xm_snapshot *s,
			    const struct xm_snapshot_request *request)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		if (!request->name || p->is_named || p->broken)
			xm_show_parent_text(style, p);
		for (size_t j = 0; j < p->count; j++)
			xm_show_endpoint_text(style, p, &p->endpoints[j]);
	}
}

static void show_append_json(struct xm_json_list *list, const struct xm_show_style *style,
			     json_t *object)
{
	xm_json_list_append(list, style->brief ? xm_show_brief_json(object) : object);
}

static void show_print_json(const struct xm_context *ctx, const struct xm_snapshot *s)
{
	struct xm_json_list list = { .pretty = ctx->pretty };

	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		if (show_has_object(p))
			show_append_json(&list, &ctx->style, xm_show_parent_json(p));
		for (size_t j = 0; j < p->count; j++)
			show_append_json(&list, &ctx->style,
					 xm_show_endpoint_json(p, &p->endpoints[j]));
	}
	xm_json_list_print(&list);
}

/*
 * Opens a reader's session, which takes no lock. In a batch the deferred work of earlier commands
 * is completed first, so that `show` sees it.
 */
static int show_open(struct xm_context *ctx, struct xm_engine **ret, struct xm_err *e)
{
	const struct xm_engine_options options = { .reader = true };
	int err = ctx->engine ? xm_engine_flush(ctx->engine, e) : 0;

	return err ? err : xm_engine_open(&options, ret, e);
}

enum form { FORM_LIST, FORM_TREE, FORM_DOT };

/* Takes --tree and --dot out of the words */
static int show_take_form(const struct xm_context *ctx, int *argc, char **argv, enum form *ret,
			  struct xm_err *e)
{
	int kept = 0;

	*ret = FORM_LIST;
	for (int i = 0; i < *argc; i++) {
		enum form form = !strcmp(argv[i], "--tree")  ? FORM_TREE
				 : !strcmp(argv[i], "--dot") ? FORM_DOT
							     : FORM_LIST;

		if (form == FORM_LIST)
			argv[kept++] = argv[i];
		else if (*ret != FORM_LIST && *ret != form)
			return xm_fail_usage(e, "show: --tree and --dot exclude each other");
		else
			*ret = form;
	}
	*argc = kept;
	return *ret != FORM_LIST && ctx->json
		       ? xm_fail_usage(e, "show: --tree and --dot have no JSON form")
		       : 0;
}

static void show_print(const struct xm_context *ctx, const struct xm_snapshot *s,
		       const struct xm_snapshot_request *request, enum form form)
{
	if (form == FORM_TREE)
		xm_show_tree(&ctx->style, s);
	else if (form == FORM_DOT)
		xm_show_dot(s);
	else if (!ctx->json && ctx->style.brief)
		show_print_brief(&ctx->style, s);
	else if (!ctx->json)
		show_print_text(&ctx->style, s, request);
}

int xm_command_show(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_snapshot_request request = { .stats = ctx->stats };
	struct xm_snapshot snapshot;
	struct xm_engine *engine;
	enum form form;
	int err = show_take_form(ctx, &argc, argv, &form, e);

	if (!err)
		err = xm_parse_show(argc, argv, &request.name, &request.link, e);
	if (!err)
		err = show_open(ctx, &engine, e);
	if (err)
		return err;
	err = xm_engine_snapshot(engine, &request, &snapshot, e);
	if (!err)
		err = show_check_found(&snapshot, &request, e);
	if (snapshot.count || !err)
		show_print(ctx, &snapshot, &request, form);
	if (!err && ctx->json)
		show_print_json(ctx, &snapshot);
	xm_snapshot_free(&snapshot);
	xm_engine_close(engine);
	return err;
}
