// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cmdline.h"
#include "command.h"

int xm_command_add(const struct xm_options *options, int argc, char **argv, struct xm_err *e)
{
	struct xm_engine engine;
	struct xm_add add;
	int err = xm_parse_add(argc, argv, &add, e);

	(void)options;
	if (!err)
		err = xm_engine_open(&engine, e);
	if (!err) {
		err = xm_engine_add(&engine, &add, e);
		xm_engine_close(&engine);
	}
	xm_settings_free(&add.settings);
	return err;
}
