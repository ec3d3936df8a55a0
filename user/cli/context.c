// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <unistd.h>

#include "base/caps.h"
#include "cli/context.h"
#include "cli/output.h"
#include "net/netns.h"

static void context_report_wait(const char *path, const char *holder)
{
	fprintf(stderr, "xmacvlan: waiting for the lock of %s: %s has it\n", path, holder);
}

int xm_context_open(struct xm_context *ctx, struct xm_err *e)
{
	const struct xm_engine_options options = {
		.wait = { .ms = ctx->timeout_ms, .report = context_report_wait },
		.batching = ctx->batch || ctx->many,
	};
	int err = ctx->engine ? 0 : xm_engine_open(&options, &ctx->engine, e);

	if (!err)
		xm_output_hold();
	return err;
}

int xm_context_enter(const char *netns, struct xm_err *e)
{
	int fd, err = xm_caps_need(XM_CAPS_WORK | XM_CAPS_ENTER, "option -n", e);

	if (err)
		return err;
	fd = xm_netns_open(netns, e);
	if (fd < 0)
		return fd;
	err = xm_netns_enter(fd, netns, e);
	close(fd);
	return err;
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
		xm_output_error("%s%s%s", where ? where : "", where ? ": " : "", e->text);
	}
	return e->exit_code;
}
