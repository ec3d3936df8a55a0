// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `metrics`: a program of its own, for only it needs the library of the HTTP server */
#include "cli/command.h"
#include "cli/sibling.h"

int xm_command_metrics(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	if (ctx->batch)
		return xm_fail_usage(e, "metrics: not in a batch");
	if (ctx->json)
		return xm_fail_usage(e, "metrics: there is no JSON form: 'show -s -j' has it");
	return xm_sibling_run("xmacvlan-metrics", NULL, argc, argv, e);
}
