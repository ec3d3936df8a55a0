// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `top`: a program of its own, for only it needs ncurses */
#include "cli/command.h"
#include "cli/sibling.h"

int xm_command_top(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	char *options[4] = {};
	int count = 0;

	if (ctx->batch)
		return xm_fail_usage(e, "top: not in a batch");
	if (ctx->json)
		options[count++] = "--json";
	if (ctx->pretty)
		options[count++] = "--pretty";
	if (ctx->color && !ctx->style.color)
		options[count++] = "--no-color";
	return xm_sibling_run("xmacvlan-top", options, argc, argv, e);
}
