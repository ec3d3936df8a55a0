// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands that change something: words in, one call of the engine */
#include "cli/cmdline.h"
#include "cli/command.h"

int xm_command_add(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_add add;
	int err = xm_parse_add(argc, argv, &add, e);

	if (!err)
		err = xm_context_open(ctx, e);
	if (!err)
		err = xm_engine_add(ctx->engine, &add, e);
	xm_settings_free(&add.settings);
	return err;
}

int xm_command_set(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_settings settings;
	const char *name;
	int err = xm_parse_set(argc, argv, &name, &settings, e);

	if (!err)
		err = xm_context_open(ctx, e);
	if (!err)
		err = xm_engine_set(ctx->engine, name, &settings, e);
	xm_settings_free(&settings);
	return err;
}

int xm_command_del(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *name;
	int err = xm_parse_del(argc, argv, &name, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_del(ctx->engine, name, e);
}

int xm_command_attach(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_attach attach;
	int err = xm_parse_attach(argc, argv, &attach, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_attach(ctx->engine, &attach, e);
}

int xm_command_detach(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *parent;
	bool force;
	int err = xm_parse_detach(argc, argv, &parent, &force, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_detach(ctx->engine, parent, force, e);
}

int xm_command_upgrade(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *parent;
	int err = xm_parse_upgrade(argc, argv, &parent, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_upgrade(ctx->engine, parent, e);
}

int xm_command_sync(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const char *parent;
	int err = xm_parse_sync(argc, argv, &parent, e);

	if (!err)
		err = xm_context_open(ctx, e);
	return err ? err : xm_engine_sync(ctx->engine, parent, e);
}
