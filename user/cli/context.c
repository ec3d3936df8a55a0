// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "cli/context.h"

int xm_context_open(struct xm_context *ctx, struct xm_err *e)
{
	const struct xm_engine_options options = { .batching = ctx->batch };

	return ctx->engine ? 0 : xm_engine_open(&options, &ctx->engine, e);
}

void xm_print_json(const struct xm_context *ctx, json_t *doc)
{
	json_dumpf(doc, stdout, ctx->pretty ? JSON_INDENT(4) : JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
}

int xm_print_error(const struct xm_context *ctx, const char *where, const struct xm_err *e)
{
	if (ctx->json) {
		json_t *doc = json_pack("{s:s, s:i}", "error", e->text, "exit_code", e->exit_code);

		if (where)
			json_object_set_new(doc, "where", json_string(where));
		xm_print_json(ctx, doc);
	} else {
		fprintf(stderr, "xmacvlan: %s%s%s\n", where ? where : "", where ? ": " : "",
			e->text);
	}
	return e->exit_code;
}
