// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cmdline.h"
#include "command.h"

int xm_command_del(const struct xm_options *options, int argc, char **argv, struct xm_err *e)
{
	struct xm_engine engine;
	const char *name;
	int err = xm_parse_del(argc, argv, &name, e);

	(void)options;
	if (!err)
		err = xm_engine_open(&engine, e);
	if (err)
		return err;
	err = xm_engine_del(&engine, name, e);
	xm_engine_close(&engine);
	return err;
}
