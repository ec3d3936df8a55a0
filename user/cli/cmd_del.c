// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_del(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *name;
	int err = xm_parse_del(argc, argv, &name, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_del(&ctx->engine, name, e);
}
