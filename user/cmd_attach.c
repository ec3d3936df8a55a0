// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cmdline.h"
#include "command.h"

int xm_command_attach(const struct xm_options *options, int argc, char **argv, struct xm_err *e)
{
	struct xm_engine engine;
	const char *parent;
	int xdp, err = xm_parse_attach(argc, argv, &parent, &xdp, e);

	(void)options;
	if (!err)
		err = xm_engine_open(&engine, e);
	if (err)
		return err;
	err = xm_engine_attach(&engine, parent, xdp, e);
	xm_engine_close(&engine);
	return err;
}
