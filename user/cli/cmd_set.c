// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_set(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_settings settings;
	const char *name;
	int err = xm_parse_set(argc, argv, &name, &settings, e);

	if (!err)
		err = xm_context_open(ctx, e);
	if (!err)
		err = xm_engine_set(&ctx->engine, name, &settings, e);
	xm_settings_free(&settings);
	return err;
}
