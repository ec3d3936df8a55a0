// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_add(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_add add;
	int err = xm_parse_add(argc, argv, &add, e);

	if (!err)
		err = xm_context_open(ctx, e);
	if (!err)
		err = xm_engine_add(&ctx->engine, &add, e);
	xm_settings_free(&add.settings);
	return err;
}
