// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `trace`: a program of its own, for only it needs libpcap */
#include "cli/command.h"
#include "cli/sibling.h"

int xm_command_trace(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	char *options[3] = {};
	int count = 0;

	if (ctx->batch)
		return xm_fail_usage(e, "trace: not in a batch");
	if (ctx->json)
		options[count++] = "--json";
	if (ctx->pretty)
		options[count++] = "--pretty";
	return xm_sibling_run("xmacvlan-trace", options, argc, argv, e);
}
