// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_attach(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *parent;
	int xdp, guard, err = xm_parse_attach(argc, argv, &parent, &xdp, &guard, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_attach(&ctx->engine, parent, xdp, guard, e);
}
