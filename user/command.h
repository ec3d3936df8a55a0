/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands: they read the command line, call the engine and print */
#ifndef XM_COMMAND_H
#define XM_COMMAND_H

#include <stdbool.h>

#include "err.h"

struct xm_options {
	bool json, pretty, stats, version;
	const char *netns; /* NULL: the current one */
};

/* Arguments behind the command's own word. 0, or -errno with the reason in *e. */
typedef int xm_command_fn(const struct xm_options *options, int argc, char **argv, struct xm_err *e);

xm_command_fn xm_command_add, xm_command_set, xm_command_del, xm_command_show, xm_command_attach,
	xm_command_detach, xm_command_version;

#endif
