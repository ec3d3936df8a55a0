// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_upgrade(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *parent;
	int err = xm_parse_upgrade(argc, argv, &parent, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_upgrade(&ctx->engine, parent, e);
}
