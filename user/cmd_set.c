// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cmdline.h"
#include "command.h"

int xm_command_set(const struct xm_options *options, int argc, char **argv, struct xm_err *e)
{
	struct xm_settings settings;
	struct xm_engine engine;
	const char *name;
	int err = xm_parse_set(argc, argv, &name, &settings, e);

	(void)options;
	if (!err)
		err = xm_engine_open(&engine, e);
	if (!err) {
		err = xm_engine_set(&engine, name, &settings, e);
		xm_engine_close(&engine);
	}
	xm_settings_free(&settings);
	return err;
}
