// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_detach(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *parent;
	bool force;
	int err = xm_parse_detach(argc, argv, &parent, &force, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_detach(&ctx->engine, parent, force, e);
}
